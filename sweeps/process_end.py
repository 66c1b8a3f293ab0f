"""How the process of a command ends."""

import atexit
import contextlib
import os
import sys
from collections.abc import Iterator

_codes: list[int] = []  # of the exit that is under way


@contextlib.contextmanager
def ended_in_haste() -> Iterator[None]:
    """Let what exits within end the process after all that is registered for its end, and before Python's own clean-up.

    Python takes every module apart, for as long as it took to import some of them, and nothing needs it.
    """
    atexit.register(_leave, None)  # what is registered first is called last
    try:
        yield
    except SystemExit as end:
        if isinstance(end.code, int):
            _codes.append(end.code)
        raise


def without_farewells(exit_code: int) -> None:
    """Let nothing that is registered by now be called when the process ends.

    Args:
        exit_code: its own, where it is not `ended_in_haste`.
    """
    atexit.register(_leave, exit_code)


def leave_at_once(exit_code: int) -> None:
    """End the process without a farewell of anything in it."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(exit_code)


def _leave(exit_code: int | None) -> None:
    codes = [exit_code, *_codes]
    if codes[-1] is not None:
        leave_at_once(codes[-1])
