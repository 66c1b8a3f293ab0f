"""Ctrl-C and a scheduler's SIGTERM: end the sweep so that it can be resumed."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType


@contextlib.contextmanager
def on_interruption(ask_to_stop: Callable[[str], None]) -> Iterator[None]:
    """While inside, call ``ask_to_stop`` with the reason at the first SIGINT or SIGTERM; the second SIGINT raises.

    To be entered after Ray has started, which puts a handler of its own on SIGTERM that loses everything.
    Outside the main thread, where Python handles no signals, nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:
        ask_to_stop(f"interrupted by {signal.Signals(number).name}")
        signal.signal(signal.SIGINT, signal.default_int_handler)

    earlier = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)  # None: it was not Python's
