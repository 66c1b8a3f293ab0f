"""A Ray of one's own on this machine, with no more of it than a sweep needs, that starts while the sweep is read.

Ray ends its processes when the thread ends that started them: one thread starts it, waits, and shuts it down.
"""

import atexit
import logging
import os
import tempfile
import threading
from collections.abc import Callable
from typing import Any

from sweeps.ray_workarounds import core_services_only

# A worker imports what trials need before the first trial asks for it. Ray starts one for each core, which is more than
# the trials of a large machine with few GPUs: there the memory is worth more than the second.
_PRELOADED, _CORES_AT_MOST = ["trainables.epoch_trainable"], 16
_WARM_MS = 20_000  # for which a worker waits for its first trial


class OwnRay:
    """Starts Ray at once, beside what its maker does meanwhile."""

    def __init__(self, shut_down: Callable[[], None]) -> None:
        self._shut_down = shut_down
        self._up, self._over = threading.Event(), threading.Event()
        self._refusal: Exception | None = None
        self._thread = threading.Thread(target=self._live, name="own Ray", daemon=True)
        atexit.register(self.end)  # where what is read meanwhile is refused
        self._thread.start()

    def wait(self) -> None:
        """Wait until it is up.

        Raises:
            Exception: What kept Ray from starting.
        """
        self._up.wait()
        if self._refusal is not None:
            raise self._refusal

    def end(self) -> None:
        """Shut it down, and wait until it is."""
        atexit.unregister(self.end)
        self._over.set()
        self._thread.join()

    def _live(self) -> None:
        # A folder of our own: nothing of the session stays behind. Its path is short, as a socket's must be.
        with tempfile.TemporaryDirectory(prefix="ody", ignore_cleanup_errors=True) as folder:
            try:
                _start(folder)
            except Exception as error:
                self._refusal = error
            self._up.set()
            self._over.wait()
            if self._refusal is None:
                self._shut_down()


def _start(folder: str) -> None:
    import ray

    os.environ.pop("RAY_ADDRESS", None)
    with core_services_only():
        ray.init(
            address="local",
            include_dashboard=False,
            _temp_dir=folder,
            _system_config=_configuration(),
            logging_level=logging.CRITICAL,
            log_to_driver=False,
        )


def _configuration() -> dict[str, Any]:
    warm: dict[str, Any] = {"idle_worker_killing_time_threshold_ms": _WARM_MS}
    return warm | ({"preload_python_modules": _PRELOADED} if (os.cpu_count() or 1) <= _CORES_AT_MOST else {})
