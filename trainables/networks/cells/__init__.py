"""What a recurrent layer computes at each step."""
