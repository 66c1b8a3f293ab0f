"""What a trial trains: networks, replicates in lockstep, and the Ray actor around them."""
