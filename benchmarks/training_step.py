"""What Odyssey's training loop costs over a bare one: seconds per epoch of the same LSTM on the same folds.

    python -m benchmarks.training_step [--pairs 15] [--quick]

`digits`, three folds at once, one layer in one direction, one thread. The product is `TrialTraining`, which trains
and computes all metrics of a classification, their means and spreads; the bare side is `bare_digits.py`, which
computes accuracy and log loss. Both stay in one process, and epochs come in pairs, product and bare, the first of a
pair changing from pair to pair; one epoch of each is thrown away. For each hidden size and batch size the JSON has,
over all pairs, `epoch`: the whole; `training` and `evaluation`: its two parts, timed by themselves in the same way,
pairs after pairs. Each is a median of seconds of either side and `ratio`, the median of product / bare over the pairs,
with the quartiles of that ratio, and all pairs. `all` is the median, over configurations, of the ratios.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import torch

from benchmarks.bare_digits import BareFold, BareTrial, read_digits
from benchmarks.measurement import write_measured
from benchmarks.peers.task_files import write_task_files
from learning_tasks.digits import DIGITS
from learning_tasks.folds import make_folds
from learning_tasks.metrics import metrics_of
from trainables.replicate import Replicate
from trainables.replicate_stack import stack_replicates
from trainables.sample_tensors import samples_to_tensors
from trainables.settings import TrialSettings
from trainables.trial_training import TrialTraining

HIDDEN_SIZES = (16, 64, 128)
BATCH_SIZES = (16, 32, 128)
FOLDS, SEED = 3, 17
PLAIN = {
    "learning_rate": 1e-3,
    "gradient_clip_norm": 1.0,
    "weight_decay": 1e-2,
    "input_dropout": 0.2,
    "output_dropout": 0.2,
    "layers": 1,
    "bidirectional": False,
    "forget_gate_bias": 1.0,
}
Sides = tuple[Callable[[], Any], Callable[[], Any]]  # the product's, the bare one's


def contenders(hyperparameters: dict[str, Any], folder: Path) -> dict[str, Sides]:
    """Give what is timed, by part of an epoch."""
    data = DIGITS.load()
    folds = make_folds(data.development, data.shape.kind, FOLDS, SEED)
    settings = TrialSettings(
        networks=("lstm",), seeds=1, sweep_seed=SEED, metric="accuracy", metrics=metrics_of(data.shape),
        shape=data.shape, cpu=1.0, gpu=0.0, checkpoint_folder="",
    )  # fmt: skip
    samples = samples_to_tensors(data.development, torch.device("cpu"))
    common: dict[str, Any] = {"hyperparameters": hyperparameters, "samples": samples, "settings": settings}
    training = TrialTraining(trial_number=0, folds=folds, **common)
    replicates = [
        Replicate(fold=fold, seed=0, trial_number=0, split=split, **common) for fold, split in enumerate(folds)
    ]
    stack = stack_replicates(replicates)

    def train() -> None:
        if stack is not None:
            stack.train_epoch(2)
            return
        for replicate in replicates:
            replicate.train_epoch(2)

    digits = read_digits(folder)
    bare, bare_folds = BareTrial(hyperparameters, digits), [BareFold(hyperparameters, digits, f) for f in range(FOLDS)]
    return {
        "epoch": (training.train_epoch, bare.train_epoch),
        "training": (
            train,
            lambda: [fold.train() for fold in bare_folds],
        ),
        "evaluation": (
            lambda: [replicate.evaluate() for replicate in replicates],
            lambda: [fold.evaluate() for fold in bare_folds],
        ),
    }


def measure_pairs(sides: Sides, pairs: int) -> list[tuple[float, float]]:
    """Time both sides in turn, the first of a pair changing; in seconds, the product's first."""
    for side in sides:
        side()
    return [_pair(sides, backwards=number % 2 == 1) for number in range(pairs)]


def _pair(sides: Sides, *, backwards: bool) -> tuple[float, float]:
    if backwards:
        bare_s = _seconds(sides[1])
        return _seconds(sides[0]), bare_s
    return _seconds(sides[0]), _seconds(sides[1])


def _seconds(function: Callable[[], Any]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def summarise(pairs: list[tuple[float, float]]) -> dict[str, Any]:
    """Give medians of both sides, and of their ratio with its quartiles."""
    ratios = [ours / bare for ours, bare in pairs]
    low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return {
        "product_s": statistics.median(ours for ours, _ in pairs),
        "bare_s": statistics.median(bare for _, bare in pairs),
        "ratio": middle,
        "ratio_quartiles": [low, high],
        "pairs_s": pairs,
    }


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="4 pairs of two configurations, nothing written")
    options = parser.parse_args()
    sizes = list(product(HIDDEN_SIZES, BATCH_SIZES))
    pairs = 4 if options.quick else options.pairs
    torch.set_num_threads(1)
    measured = {}
    with tempfile.TemporaryDirectory(prefix="training-step-") as folder:
        write_task_files(Path(folder), 1)
        for hidden, batch in sizes[1:9:6] if options.quick else sizes:
            parts = contenders({**PLAIN, "hidden_size": hidden, "batch_size": batch}, Path(folder))
            found = {part: summarise(measure_pairs(sides, pairs)) for part, sides in parts.items()}
            measured[f"hidden {hidden}, batch {batch}"] = found
            shown = {part: round(one["ratio"], 3) for part, one in found.items()}
            epoch = found["epoch"]
            print(
                f"hidden {hidden}, batch {batch}: {shown}, {epoch['product_s']:.3f} s and {epoch['bare_s']:.3f} s",
                flush=True,
            )
    parts_measured = ("epoch", "training", "evaluation")
    over_all = {part: statistics.median(one[part]["ratio"] for one in measured.values()) for part in parts_measured}
    print(json.dumps(over_all))
    if not options.quick:
        settings = {"task": "digits", "folds": FOLDS, "pairs": pairs, "threads": 1, **PLAIN}
        print(write_measured("training_step", settings=settings, all=over_all, configurations=measured))


if __name__ == "__main__":
    main()
