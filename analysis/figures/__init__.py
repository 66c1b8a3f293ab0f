"""Figures of a run and of what explains it: data functions without matplotlib, and the drawings."""
