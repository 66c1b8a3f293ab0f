"""Reading the journal that a run keeps while it is under way: one JSON object a line."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Entry = dict[str, Any]

_KEYS = {
    "trial": frozenset({"trial_id", "number", "config", "started_at"}),
    "epoch": frozenset(
        {"trial_id", "epoch", "metrics", "metrics_sd", "train_loss", "learning_rate", "seconds", "gpu_seconds", "node"}
        | {"replicates"}
    ),
    "decision": frozenset({"trial_id", "rung", "value", "cutoff", "seen", "action", "time"}),
    "end": frozenset({"trial_id", "status", "stop_reason", "error", "ended_at"}),
}
_EPOCH = b'{"kind":"epoch",'  # how a line of that kind begins, as the journal's writer writes it


@dataclass(frozen=True, kw_only=True, slots=True)
class Journal:
    """The entries that count: of epochs and decisions, the last with the same key."""

    lives: tuple[Entry, ...]  # trials starting and ending, in order
    epochs: dict[tuple[str, int], Entry]  # by trial and epoch
    decisions: dict[tuple[str, int], Entry]  # by trial and rung

    def __bool__(self) -> bool:
        return bool(self.lives or self.epochs or self.decisions)


def read_journal(folder: Path, *, epochs: bool = True) -> Journal:
    """Read a journal folder; one that does not exist is an empty journal.

    Args:
        folder: of the journal's files.
        epochs: whether to read what was reported of epochs; it is most of a journal.

    Raises:
        ValueError: If a line other than a file's torn last one is broken; says which.
        FileNotFoundError: If a file vanishes between being listed and being read.
    """
    return collect(journal_entries(folder, epochs=epochs))


def collect(entries: Iterable[Entry]) -> Journal:
    """Keep the entries that count."""
    lives: list[Entry] = []
    epochs: dict[tuple[str, int], Entry] = {}
    decisions: dict[tuple[str, int], Entry] = {}
    for entry in entries:
        match entry["kind"]:
            case "epoch":
                epochs[entry["trial_id"], entry["epoch"]] = entry
            case "decision":
                decisions[entry["trial_id"], entry["rung"]] = entry
            case _:
                lives.append(entry)
    return Journal(lives=tuple(lives), epochs=epochs, decisions=decisions)


def journal_entries(folder: Path, *, epochs: bool = True) -> Iterator[Entry]:
    """Yield the entries of a journal folder's files in the order they were written, with or without the epochs."""
    for path in sorted(folder.glob("*.jsonl")):
        yield from _file_entries(path, left_out=b"" if epochs else _EPOCH)


def _file_entries(path: Path, *, left_out: bytes) -> Iterator[Entry]:
    *lines, torn = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        if left_out and line.startswith(left_out):
            continue
        try:
            yield _entry(line)
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
    if torn and not (left_out and torn.startswith(left_out)) and _is_json(torn):  # whole but for its line end
        yield _entry(torn)


def _entry(line: bytes) -> Entry:
    entry = json.loads(line.decode())
    if not isinstance(entry, dict):
        raise ValueError(f"a journal's line must be a JSON object, got {entry!r}.")
    keys = _KEYS.get(entry.get("kind", ""))
    if keys is None:
        raise ValueError(f"a journal's line must be of a kind among {', '.join(_KEYS)}, got {entry.get('kind')!r}.")
    if not keys <= entry.keys():
        raise ValueError(f"a line of kind {entry['kind']} lacks {', '.join(sorted(keys - entry.keys()))}.")
    return entry


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line.decode())
    except ValueError:
        return False
    return True
