"""What each network learns of generated data, and which regularisers narrow the gap of an LSTM that overfits.

    OMP_NUM_THREADS=1 python -m benchmarks.what_networks_learn [--quick] [--anew]

`networks_compared.py` and `regularisers_compared.py` say what is trained on what, and how it is judged. In each round
networks have one seed more, and regularisers two. The JSON is written as they come: a run goes on with the seeds that
lie there for the same hyperparameters, unless it is to begin `--anew`. `--quick` trains one seed of everything for two
epochs and writes nothing.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is loaded; networks this small wait for one another

import torch

from benchmarks import networks_compared as networks
from benchmarks import regularisers_compared as regularisers
from benchmarks.learning_summaries import network_summaries, regulariser_summaries
from benchmarks.measurement import RESULTS, write_measured
from trainables.hyperparameters import Scalar

NAME = "what_networks_learn"
WRITTEN_EVERY_S = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What is done seed by seed."""

    kind: str  # baseline, network or regulariser
    task: str
    name: str
    seeds: int
    hyperparameters: dict[str, Scalar]
    run: Callable[..., dict[str, Any]]  # takes a seed and `epochs`

    @property
    def described(self) -> dict[str, Any]:
        """What makes a seed that was run before the same."""
        return {"kind": self.kind, "task": self.task, "name": self.name, "hyperparameters": self.hyperparameters}


def cases() -> Iterator[Case]:
    """List baselines and networks, task by task, then regularisers."""
    for task in networks.TASKS:
        tokens = networks.loaded(task)[0].development.tokens
        for name in networks.BASELINES:
            if not (tokens and name == "changes"):
                yield _case("baseline", task, name, networks.FOLDS, {}, partial(networks.baseline, task, name))
        for name in networks.NETWORKS:
            if tokens or "embeddings" not in name:
                told = dict(networks.hyperparameters_of(task, name))
                yield _case("network", task, name, networks.FOLDS, told, partial(networks.train_and_test, task, told))
    for name, arm in regularisers.ARMS.items():
        told = {**regularisers.LSTM, **arm.options}
        run = partial(regularisers.train_and_judge, arm)
        yield _case("regulariser", "anchors, bound or not", name, regularisers.FOLDS, told, run)


def _case(
    kind: str, task: str, name: str, seeds: int, told: dict[str, Scalar], run: Callable[..., dict[str, Any]]
) -> Case:
    return Case(kind=kind, task=task, name=name, seeds=seeds, hyperparameters=told, run=run)


class Record:
    """What was measured, in a file from one run to the next."""

    def __init__(self, listed: list[Case], *, anew: bool) -> None:
        path = RESULTS / f"{NAME}.json"
        before = [] if anew or not path.exists() else json.loads(path.read_text())["cases"]
        self.cases = [{**case.described, "by_seed": _found(case, before)} for case in listed]
        self._written = time.monotonic()

    def seeds(self, number: int) -> int:
        """Count the seeds that a case has."""
        return min((len(values) for values in self.cases[number]["by_seed"].values()), default=0)

    def add(self, number: int, measured: dict[str, Any]) -> None:
        """Add a seed to a case."""
        for name, value in measured.items():
            self.cases[number]["by_seed"].setdefault(name, []).append(value)
        if time.monotonic() - self._written > WRITTEN_EVERY_S:
            self.write()

    def write(self) -> None:
        """Write all there is."""
        write_measured(
            NAME,
            settings=settings(),
            networks=network_summaries(self.cases),
            regularisers=regulariser_summaries(self.cases),
            cases=self.cases,
        )
        self._written = time.monotonic()


def _found(case: Case, before: list[dict[str, Any]]) -> dict[str, list[float]]:
    same = [each["by_seed"] for each in before if {name: each[name] for name in case.described} == case.described]
    return dict(same[0]) if same else {}


@cache
def settings() -> dict[str, Any]:
    """Tell what all cases share."""
    return {
        "networks": {
            "folds": networks.FOLDS,
            "patience": dict(networks.PATIENCE),
            "max_epochs": networks.MAX_EPOCHS,
            "metrics": {task: networks.TASKS[task].metric for task in networks.TASKS},
            "best_possible": networks.best_possible(),
            "development": {task: len(networks.loaded(task)[0].development) for task in networks.TASKS},
            "test": {task: len(networks.loaded(task)[0].test) for task in networks.TASKS},
        },
        "regularisers": {
            "trained": len(regularisers.split_of(regularisers.ARMS["plain"], 0).train),
            "validated": len(regularisers.split_of(regularisers.ARMS["plain"], 0).validation),
            "epochs": regularisers.EPOCHS,
        },
    }


def main() -> None:
    """Train, compare, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--anew", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    listed = list(cases())
    if options.quick:
        for case in listed:
            print(case.kind, case.task, case.name, case.run(0, **({} if case.kind == "baseline" else {"epochs": 2})))
        return
    record = Record(listed, anew=options.anew)
    for number, seed in rounds(listed):
        if record.seeds(number) == seed:
            measured = listed[number].run(seed)
            print(listed[number].kind, listed[number].task, listed[number].name, seed, measured, flush=True)
            record.add(number, measured)
    record.write()


def rounds(listed: list[Case]) -> Iterator[tuple[int, int]]:
    """Give places of cases and their seeds in the order in which they are run."""
    for turn in range(max(case.seeds for case in listed)):
        for number, case in enumerate(listed):
            each = 2 if case.kind == "regulariser" else 1
            yield from ((number, seed) for seed in range(each * turn, each * turn + each) if seed < case.seeds)


if __name__ == "__main__":
    main()
