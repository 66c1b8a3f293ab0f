"""What a trained network has learnt, as plain tables."""
