"""How the process of a command ends."""

import atexit
import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def ended_in_haste() -> Iterator[None]:
    """Let what exits within end the process after all that is registered for its end, and before Python's own clean-up.

    Python takes every module apart, for as long as it took to import some of them, and nothing needs it.
    """
    codes: list[int] = []

    def leave() -> None:
        if codes:
            leave_at_once(codes[0])

    atexit.register(leave)  # what is registered first is called last
    try:
        yield
    except SystemExit as end:
        if isinstance(end.code, int):
            codes.append(end.code)
        raise


def leave_at_once(exit_code: int) -> None:
    """End the process without a farewell of anything in it."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(exit_code)
