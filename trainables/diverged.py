"""The end of a training that has left the finite numbers."""


class Diverged(Exception):  # noqa: N818 - an outcome of a trial, not an error of the program
    """A training loss or a metric is not finite."""
