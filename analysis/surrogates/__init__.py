"""Surrogates of the outcome: sums of products over hyperparameters, whose variances have closed forms."""
