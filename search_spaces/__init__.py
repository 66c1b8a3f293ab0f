"""Search spaces: hyperparameters, their distributions, and the one map between configurations and the unit cube."""
