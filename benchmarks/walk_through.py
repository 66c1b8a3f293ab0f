"""Types the commands of docs/walk_through.md in an empty folder and keeps what they print, and the pictures they draw.

    python benchmarks/walk_through.py

The terminal is one of 100 columns that knows no colours. Lines that only tell how far a training has come are left out.
"""

import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measurement import write_measured

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ("peptides.yaml", "bd2009_small.tsv")
COLUMNS = 100
SHELL = 'odyssey() { "$PYTHON" -m sweeps "$@"; }\n'  # what is typed runs this checkout, by this interpreter
COMMANDS = {
    "file": "head -n 6 examples/bd2009_small.tsv",
    "typos": "sed -e '2s/IPSYCKAHD/IPSYCKAHB/' -e '5s/331/-331/' examples/bd2009_small.tsv > typos.tsv\n"
    "odyssey validate examples/peptides.yaml --set task.file=typos.tsv",
    "validate": "odyssey validate examples/peptides.yaml",
    "run": "odyssey run examples/peptides.yaml",
    "importance": "odyssey importance a0201-ffnn",
    "confirm_lstm": "odyssey confirm a0201-lstm --top 3 --seeds 5",
    "confirm_ffnn": "odyssey confirm a0201-ffnn --top 3 --seeds 5",
    "compare": "odyssey compare a0201-lstm a0201-ffnn",
    "table": "odyssey compare a0201-lstm a0201-ffnn -o table.tex\ncat table.tex",
    "interpret": "odyssey interpret a0201-lstm -o .",
}
CUT = {"run": ("folds", "The arms compared")}  # output that makes two: name and first line of the second
PICTURES = ("input-weights.svg", "gate-biases.svg", "hidden-states.svg", "embeddings.svg")
PROGRESS = re.compile(
    r"^(a0201-\w+ · |probes: |\d\d:\d\d:\d\d |(\d+s|[\d:]+) (starting|ended=)"  # of a sweep
    r"|Training \d+ replicates| *\d+/\d+  t\d+ seed ).*\n",  # of a confirmation
    re.MULTILINE,
)


def typed(command: str, folder: Path) -> tuple[str, int]:
    """Give what a command prints on a terminal, stdout and stderr as they come, and its exit code."""
    ours, theirs = pty.openpty()
    known = {"TERM": "dumb", "COLUMNS": str(COLUMNS), "LINES": "50", "PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ODYSSEY_", "RAY_"))}
    with subprocess.Popen(
        ["bash", "-c", SHELL + command],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env=environment | known,
    ) as process:
        os.close(theirs)
        printed = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return printed.decode(), process.returncode


def shown(printed: str, folder: Path) -> str:
    """Leave out colours, the temporary folder, blanks at the ends of lines, and how far a training had come."""
    plain = re.sub(r"\x1b\[[\d;]*m", "", printed).replace("\r\n", "\n").replace(f"{folder}/", "")
    lines = "".join(f"{line.rstrip()}\n" for line in plain.splitlines())
    return PROGRESS.sub("", lines).strip("\n")


def take(folder: Path) -> dict[str, dict[str, Any]]:
    """Type all commands, one after another."""
    steps: dict[str, dict[str, Any]] = {}
    for name, command in COMMANDS.items():
        started = time.perf_counter()
        printed, code = typed(command, folder)
        about = {"exit_code": code, "seconds": round(time.perf_counter() - started, 1)}
        first, *rest = _parts(name, shown(printed, folder))
        steps[name] = {"command": command, **about, "output": first}
        steps |= {second: {"output": output} for second, output in rest}
        print(f"{name}: {about}", flush=True)
    return steps


def _parts(name: str, output: str) -> list[Any]:
    if name not in CUT:
        return [output]
    second, begins = CUT[name]
    place = output.index(begins)
    return [output[:place].rstrip(), (second, output[place:])]


def _read(terminal: int) -> bytes:
    """Read what there is; nothing once the other side is closed."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def main() -> None:
    """Walk through, and write the result and the pictures."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve()
        (folder / "examples").mkdir()
        for example in EXAMPLES:
            shutil.copy(ROOT / "examples" / example, folder / "examples")
        steps = take(folder)
        for picture in PICTURES:
            shutil.copy(folder / picture, ROOT / "docs" / picture)
    seconds = sum(step.get("seconds", 0.0) for step in steps.values())
    print(write_measured("walk_through", settings={"columns": COLUMNS}, seconds=seconds, steps=steps))


if __name__ == "__main__":
    main()
