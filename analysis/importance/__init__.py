"""Variance explained: which hyperparameters account for the differences between configurations."""
