"""Training the folds of a trial as one network, over training one after another: where it pays.

    python -m benchmarks.stacking_pays [--pairs 7] [--quick]

Folds of generated sequences are trained for an epoch both ways, in turn in one process, on one thread; one epoch of
each is thrown away. `ratio` is the median over pairs of the processor time of the stack over that of one fold after
another, `pays` what the product says of it, and so does: where it says no, the stack is made all the same. Sequences of
`8 to 15` steps are padded.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from benchmarks.measurement import write_measured
from learning_tasks.folds import make_folds
from learning_tasks.samples import Samples
from learning_tasks.shape import shape_of
from trainables.objective import Objective
from trainables.replicate import Replicate
from trainables.replicate_stack import ReplicateStack, stack_replicates
from trainables.sample_tensors import samples_to_tensors
from trainables.settings import TrialSettings
from trainables.stacked.catalogue import stack_for

OPTIMISATION = {"learning_rate": 1e-3, "gradient_clip_norm": 1.0, "weight_decay": 0.01, "output_dropout": 0.2}
LSTM = {"layers": 1, "bidirectional": False, "input_dropout": 0.2, "between_layer_dropout": 0.2}
DEEP = {"layers": 2, "bidirectional": True}
FFNN = {"hidden_layers": 2, "input_dropout": 0.2}


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What is trained."""

    hidden: int
    batch: int
    steps: int
    shortest: int | None = None  # steps of the shortest sequence; None is as long as all
    samples: int = 192
    tokens: int = 0  # in the vocabulary; 0 is 7 real values a step
    folds: int = 3
    network: str = "lstm"
    options: Mapping[str, Any] = field(default_factory=lambda: LSTM)

    @property
    def name(self) -> str:
        """What a table calls it."""
        layers = ", two layers, both directions" if self.options.get("layers") == 2 else ""
        length = f"{self.steps}" if self.shortest is None else f"{self.shortest} to {self.steps}"
        read = "tokens" if self.tokens else "steps"
        return f"{self.network}{layers}: {self.folds} folds, {length} {read}, hidden {self.hidden}, batch {self.batch}"


CASES = [
    *(Case(hidden=hidden, batch=16, steps=8) for hidden in (16, 64, 128)),
    *(Case(hidden=hidden, batch=128, steps=8, samples=800) for hidden in (16, 64)),
    Case(hidden=64, batch=16, steps=8, options=LSTM | DEEP),
    *(Case(hidden=64, batch=16, steps=steps) for steps in (16, 32, 64, 128)),
    *(Case(hidden=16, batch=16, steps=steps, folds=10) for steps in (16, 64, 128)),
    *(Case(hidden=hidden, batch=32, steps=15, shortest=8, tokens=21, samples=1500) for hidden in (16, 64, 128)),
    Case(hidden=64, batch=16, steps=200, shortest=100, samples=120, options=LSTM | DEEP),
    Case(hidden=32, batch=8, steps=600, shortest=300, samples=60),
    *(Case(hidden=hidden, batch=32, steps=8, network="ffnn", options=FFNN, samples=800) for hidden in (16, 64, 256)),
    Case(hidden=64, batch=32, steps=15, shortest=8, tokens=21, network="ffnn", options=FFNN, samples=800),
    Case(hidden=256, batch=32, steps=200, network="ffnn", options=FFNN),
]


def drawn_samples(case: Case) -> Samples:
    """Draw sequences and classes that have nothing to do with one another."""
    rng = np.random.default_rng(1)
    lengths = rng.integers(case.shortest or case.steps, case.steps + 1, case.samples)
    lengths[0] = case.steps
    own = np.arange(case.steps) < lengths[:, None]
    if case.tokens:
        values = rng.integers(1, case.tokens, own.shape) * own
    else:
        values = (rng.normal(size=(*own.shape, 7)) * own[:, :, None]).astype(np.float32)
    return Samples(values=values, lengths=lengths, targets=rng.integers(0, 2, case.samples))


def drawn_replicates(case: Case) -> list[Replicate]:
    """Make the folds of a trial."""
    samples = drawn_samples(case)
    settings = TrialSettings(
        networks=(case.network,), seeds=1, sweep_seed=1, metric="accuracy", metrics=("accuracy",),
        shape=shape_of(samples, "classification"), cpu=1.0, gpu=0.0, checkpoint_folder="",
    )  # fmt: skip
    hyperparameters = {**OPTIMISATION, **case.options, "hidden_size": case.hidden, "batch_size": case.batch}
    tensors = samples_to_tensors(samples, torch.device("cpu"))
    return [
        Replicate(
            fold=fold, seed=0, trial_number=0, hyperparameters=hyperparameters, samples=tensors, split=split,
            settings=settings,
        )
        for fold, split in enumerate(make_folds(samples, "classification", case.folds, 1))
    ]  # fmt: skip


def measure(case: Case, pairs: int) -> dict[str, Any]:
    """Time both ways."""
    alone, together = drawn_replicates(case), drawn_replicates(case)
    pays = stack_replicates(together) is not None
    objective, kind = together[0].learner.objective, stack_for(together[0].network)
    assert isinstance(objective, Objective)
    assert kind is not None
    stack = ReplicateStack(together, objective, kind)

    def one_by_one() -> None:
        for replicate in alone:
            replicate.train_epoch(2)

    def at_once() -> None:
        stack.train_epoch(2)

    timed = [(_seconds(at_once), _seconds(one_by_one)) for _ in range(pairs + 1)][1:]
    ratio = statistics.median(ours / theirs for ours, theirs in timed)
    return {"case": case.name, "pays": pays, "ratio": ratio, "pairs_s": timed}


def _seconds(function: Callable[[], None]) -> float:
    started = time.thread_time()
    function()
    return time.thread_time() - started


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="one pair of two cases, nothing written")
    options = parser.parse_args()
    torch.set_num_threads(1)
    measured = []
    for case in CASES[:2] if options.quick else CASES:
        measured.append(measure(case, 1 if options.quick else options.pairs))
        print(f"{measured[-1]['case']}: {measured[-1]['ratio']:.2f}, pays: {measured[-1]['pays']}", flush=True)
    if not options.quick:
        print(write_measured("stacking_pays", settings={"pairs": options.pairs, **OPTIMISATION}, cases=measured))


if __name__ == "__main__":
    main()
