"""What a run's manifest tells of its sweep, in the words of the live screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from analysis.manifest import Manifest
from search_spaces.search_space import SearchSpace
from search_spaces.serialisation import space_from_json
from sweeps.probes import probe_numbers
from sweeps.rungs import RungLadder
from sweeps.sweep_file import SweepFile
from sweeps.sweep_keys import read_keys


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFacts:
    """What does not change while a session of a run lasts."""

    task: str
    dropped: int
    networks: tuple[str, ...]
    metric: str
    direction: str
    folds: int
    seeds: int
    search: str
    scheduler: str
    reduction_factor: int
    rungs: tuple[int, ...]
    max_epochs: int
    trials: int
    probes: int
    space: SearchSpace
    cpu: float  # of a trial
    gpu: float  # of a trial, where it was asked for by number
    time_budget_s: float | None
    began: datetime  # this session
    known_epochs: int = 0  # trained before this session

    def ladder(self) -> RungLadder:
        """Build the run's empty rung ladder."""
        return RungLadder(
            rungs=self.rungs,
            last_epoch=self.max_epochs,
            reduction_factor=self.reduction_factor,
            maximize=self.direction == "maximize",
        )


def run_facts(manifest: Manifest) -> RunFacts:
    """Read the facts of a run.

    Raises:
        ValueError: If the manifest is damaged, or its sweep is not one that this version understands.
    """
    try:
        return _facts(manifest)
    except (KeyError, TypeError) as error:
        raise ValueError(f"A manifest must tell of the sweep that was begun, got none of {error}.") from error


def _facts(manifest: Manifest) -> RunFacts:
    file, problems = read_keys(manifest["sweep"])
    if file is None or problems:
        told = problems[0].message if problems else "nothing"
        raise ValueError(f"The sweep of a manifest must be one that this version of Odyssey understands: {told}")
    space = space_from_json(manifest["space"])
    task = manifest["sweep"]["task"]
    return RunFacts(
        task=str(task["source"] if isinstance(task, Mapping) else task),
        dropped=sum((manifest.get("data") or {}).get("dropped", {}).values()),
        networks=tuple([file.network] if isinstance(file.network, str) else file.network),
        metric=manifest["metric"]["name"],
        direction=manifest["metric"]["direction"],
        folds=int(manifest["folds"]),
        seeds=int(manifest["seeds"]),
        search=str(manifest["search"]),
        scheduler=str(manifest["scheduler"]),
        reduction_factor=file.scheduler.reduction_factor,
        rungs=tuple(manifest["rungs"]),
        max_epochs=int(manifest["max_epochs"]),
        trials=int(manifest["trials"]),
        probes=_probes(manifest, file, space),
        space=space,
        cpu=file.resources.cpu,
        gpu=0.0 if file.resources.gpu == "auto" else file.resources.gpu,
        time_budget_s=file.budget.time,
        began=datetime.fromisoformat(sessions(manifest)[-1]),
    )


def sessions(manifest: Mapping[str, Any]) -> Sequence[str]:
    """List when the run began, and when it was taken up again."""
    return [manifest["started_at"], *manifest.get("resumed_at", [])]


def _probes(manifest: Manifest, file: SweepFile, space: SearchSpace) -> int:
    trials = int(manifest["trials"])
    planned = trials if file.search.type != "grid" else sum(1 for _ in islice(space.grid(file.search.points), trials))
    return len(probe_numbers(planned, float(manifest.get("probe_share", 0.0)), int(manifest["seed"])))
