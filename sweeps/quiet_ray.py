"""Keeping Ray's own lines of information out of what a verb says."""

import logging


def quiet_ray() -> None:
    """Let Ray's loggers speak from warnings on; importing Ray sets their level, so that it has to come first."""
    import ray  # noqa: F401

    logging.getLogger("ray").setLevel(logging.WARNING)
