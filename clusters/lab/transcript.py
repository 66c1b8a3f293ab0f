"""What a lab says while it runs: commands as typed on the laptop, and what they printed."""

import sys
import time
from pathlib import Path

from machines import LabError, Machine

_LONGEST = 30  # lines of one output


class Transcript:
    """Runs commands on a laptop of the lab, and keeps both as a text."""

    def __init__(self, laptop: Machine, env: dict[str, str]) -> None:
        self._laptop, self._env = laptop, env
        self._started_s = time.monotonic()
        self.text = ""

    def note(self, text: str) -> None:
        """Tell what happens besides commands."""
        self._add(f"# {time.monotonic() - self._started_s:4.0f} s  {text}\n")

    def type(self, line: str, *, exits: int = 0, shows: str = "", quiet: bool = False, timeout_s: float = 300) -> str:
        """Run a line in the project's folder, and give what it printed.

        Args:
            line: for bash.
            exits: the exit code that it must have.
            shows: what must be in its output.
            quiet: leave its output out of the transcript.
            timeout_s: how long it may take.

        Raises:
            LabError: If it does not do what it must.
        """
        done = self._laptop.run(
            "bash", "-c", f"cd ~/project && {line}", env=self._env, check=False, timeout_s=timeout_s
        )
        printed = done.stdout + done.stderr
        self._add(f"$ {line}\n")
        if not quiet:
            self._add(_shortened(printed))
        if done.returncode != exits:
            raise LabError(f"`{line}` must exit {exits}, got {done.returncode}:\n{printed[-5000:]}")
        if shows not in printed:
            raise LabError(f"`{line}` must show {shows!r}, got:\n{printed[-5000:]}")
        return printed

    def save(self, path: Path) -> None:
        """Write the text to a file."""
        path.write_text(self.text, encoding="utf-8")

    def _add(self, text: str) -> None:
        self.text += text
        sys.stdout.write(text)
        sys.stdout.flush()


def _shortened(text: str) -> str:
    lines = text.replace("\r", "").splitlines()
    if len(lines) > _LONGEST:
        half = _LONGEST // 2
        lines = [*lines[:half], f"  … {len(lines) - 2 * half} lines …", *lines[-half:]]
    return "".join(f"{line.rstrip()}\n" for line in lines)
