"""Where the runs of a sweep with arms lie: side by side, their names beginning with the experiment's.

NAME.arms.yaml beside them is the sweep file as it was given, overrides put in, so that all can go on from there. An
experiment is known by the path that those of its runs begin with.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from analysis.atomic_file import write_text_atomically
from analysis.manifest import read_manifest
from sweeps.arm_loading import Experiment, check_experiment, has_arms
from sweeps.loading import SweepText, read_sweep
from sweeps.problems import UsageError
from sweeps.resume import CHANGEABLE
from sweeps.run_list import find_run, run_names
from sweeps.sweep_file import NAME_PATTERN
from sweeps.yaml_text import dump_yaml

_SUFFIX = ".arms.yaml"


def run_of(place: Path, arm: str) -> Path:
    """Give the path of an arm's run."""
    return place.with_name(f"{place.name}-{arm}")


def begin_experiment(experiment: Experiment, runs: Path, name: str | None) -> Path:
    """Choose a place, as named, or after the sweep file with a number where that is in use, and keep the file there.

    Raises:
        UsageError: If the name is in use or no name, or the folder cannot be written.
    """
    numbered = (experiment.name if number == 1 else f"{experiment.name}-{number}" for number in count(1))
    chosen = next(
        (each for each in (numbered if name is None else [name]) if not _in_use(experiment, runs, each)), None
    )
    if chosen is None:
        raise UsageError(f"A name must not be in use, got {name!r}: `odyssey resume {name}` goes on with it.")
    for arm in _arms(experiment):
        if not re.fullmatch(NAME_PATTERN, f"{chosen}-{arm}"):
            must = "hold only letters, digits, dots, dashes and underscores, with the arm at most 64"
            raise UsageError(f"A name must begin with a letter or digit and {must}, got {f'{chosen}-{arm}'!r}.")
    keep(experiment, runs / chosen)
    return runs / chosen


def find_experiment(runs: Path, name: str | None) -> Path | None:
    """Find the experiment that the user means, or, without a name, that of the newest run; None if there is none."""
    if name is not None:
        return next((place for place in (runs / name, Path(name)) if _kept(place).is_file()), None)
    newest = read_manifest(find_run(runs, None)).get("experiment") if run_names(runs) else None
    place = runs / newest["name"] if newest else None
    return place if place and _kept(place).is_file() else None


def reload_experiment(place: Path, changes: Sequence[str]) -> Experiment:
    """Read and check an experiment again, with a changed budget if asked for.

    Raises:
        UsageError: If anything but budget, resources and max_failed is to be changed, or the sweep resolves no more.
    """
    text = read_sweep(str(_kept(place)), changes)
    if not has_arms(text):
        raise UsageError(f"{text.source} must be the sweep file of an experiment, with arms.")
    changed = [str(each.path[0]) for each in text.overrides if each.path[0] not in CHANGEABLE]
    if changed:
        must = f"A resumed run must stay as it is but for {', '.join(CHANGEABLE)}"
        raise UsageError(f"{must}, got --set of {', '.join(changed)}.")
    return check_experiment(_from_where_it_began(text, place))


def keep(experiment: Experiment, place: Path) -> None:
    """Write the sweep file beside the runs.

    Raises:
        UsageError: If the folder cannot be written.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_text_atomically(_kept(place), dump_yaml(dict(experiment.text.document)))
    except OSError as error:
        problem = f"got {str(place.parent)!r}: {error.strerror}"
        raise UsageError(f"The folder of runs must be writable, {problem}.") from error


def forget_if_unbegun(experiment: Experiment, place: Path) -> None:
    """Take back that an experiment was begun, where no arm could be."""
    if not any(run_of(place, arm).exists() for arm in _arms(experiment)):
        _kept(place).unlink(missing_ok=True)


def _arms(experiment: Experiment) -> list[str]:
    return [each.arm.name for each in experiment.arms]


def _in_use(experiment: Experiment, runs: Path, name: str) -> bool:
    place = runs / name
    return _kept(place).exists() or any(run_of(place, arm).exists() for arm in _arms(experiment))


def _kept(place: Path) -> Path:
    return place.with_name(f"{place.name}{_SUFFIX}")


def _from_where_it_began(text: SweepText, place: Path) -> SweepText:
    """Let files be found where the first session found them."""
    runs = [run_of(place, arm) for arm in text.document["arms"]]
    manifests = (read_manifest(run) for run in runs if (run / "manifest.json").is_file())
    folder = next((manifest["task_folder"] for manifest in manifests if manifest.get("task_folder")), ".")
    return replace(text, folders=(folder, "."))
