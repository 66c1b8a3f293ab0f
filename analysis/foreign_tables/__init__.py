"""Tables of configurations and outcomes that others wrote: files, Optuna, Ray Tune and W&B."""
