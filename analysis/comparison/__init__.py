"""Two or more runs, or arms of one, side by side."""
