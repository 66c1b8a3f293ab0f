"""Confirmed configurations: what the held-out test says of them, and how sure that is."""
