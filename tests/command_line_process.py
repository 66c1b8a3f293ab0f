"""Running the command line as its user would: as a process of its own, in a folder and a home of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil


def start(folder: Path, *arguments: str, program: Sequence[str] = ("-m", "sweeps")) -> subprocess.Popen[bytes]:
    """Start `odyssey …`; what it says goes to said.txt (errors) and data.txt, as a pipe would be held open by Ray."""
    environment = os.environ | {"HOME": str(folder), "PYTHONWARNINGS": "default"}
    with (folder / "said.txt").open("wb") as said, (folder / "data.txt").open("wb") as data:
        return subprocess.Popen(
            [sys.executable, *program, *arguments],
            cwd=folder, stdout=data, stderr=said, start_new_session=True, env=environment,
        )  # fmt: skip


def finish(process: subprocess.Popen[bytes], exit_code: int, folder: Path) -> str:
    """Wait for the end, check the exit code, and give what was said."""
    process.wait(timeout=800)
    said = (folder / "said.txt").read_text()
    assert process.returncode == exit_code, said
    return said


def wait_until(process: subprocess.Popen[bytes], condition: Callable[[], bool]) -> None:
    """Wait until something holds, while the process runs."""
    while not condition():
        assert process.poll() is None, process.args
        time.sleep(0.01)


def journal_lines(run: Path) -> int:
    """Count what has been recorded since the run, or its last resumption, began."""
    return sum(path.read_bytes().count(b"\n") for path in (run / "journal").glob("*.jsonl"))


def workers_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """List the processes that train trials for a driver."""
    family = psutil.Process(process.pid).children(recursive=True)
    return [each for each in family if "Trainable" in " ".join(each.cmdline())]


def kill_driver(process: subprocess.Popen[bytes]) -> None:
    """Kill a driver at once, as a crash would; Ray's processes notice that it is gone, and end."""
    family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(family, timeout=5)
    for each in alive:
        each.kill()
