"""Sweep files that come with Odyssey."""
