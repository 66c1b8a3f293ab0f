"""What every benchmark writes down: machine, versions, commit, each repetition, and the ratios of paired runs."""

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sweeps.journal_writer import utc_now
from sweeps.manifest import git_commit, hardware, package_versions

RESULTS = Path(__file__).parent / "results"


def write_result(name: str, *, settings: Mapping[str, Any], repetitions: Sequence[Mapping[str, float]]) -> Path:
    """Write one benchmark's JSON.

    Args:
        name: of the file.
        settings: what was measured.
        repetitions: seconds by contender, one entry for each time all contenders ran one after another.
    """
    return write_measured(
        name,
        settings=settings,
        seconds=[dict(repetition) for repetition in repetitions],
        ratios=paired_ratios(repetitions),
    )


def write_measured(name: str, *, settings: Mapping[str, Any], **measured: Any) -> Path:
    """Write a JSON that begins with when, where and with what it was measured."""
    path = RESULTS / f"{name}.json"
    result = {
        "measured_at": utc_now(),
        "commit": git_commit(),
        "versions": package_versions(),
        "machine": hardware(),
        "settings": dict(settings),
        **measured,
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=2, default=_plain) + "\n")
    return path


def _plain(value: Any) -> Any:
    """Give a number of numpy's as one of Python's."""
    return value.item()


def paired_ratios(repetitions: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Give the median, over repetitions, of each contender's seconds over those of the first."""
    first = next(iter(repetitions[0]))
    return {
        f"{name} / {first}": statistics.median(repetition[name] / repetition[first] for repetition in repetitions)
        for name in repetitions[0]
        if name != first
    }
