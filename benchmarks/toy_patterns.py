"""What networks learn of the patterns planted in generated peptides, and whether an LSTM needs to be told their length.

    OMP_NUM_THREADS=1 python benchmarks/toy_patterns.py [--seeds 8] [--processes 2]

Each pattern's own 2,000 peptides in the task's own division. A seed trains on seven eighths of the development split
and takes from the other eighth one thing, the epoch to stop at; then it reads the test split, and besides once after
epoch EARLY, which chooses nothing. Seed s of each arm has the same training and validation peptides.

Arrays have room for 26 residues, as in the study of masking and padding, peptides have 8 to 11: a network with `mask`
stops at a peptide's end (LSTM) or reads zeros beyond it (FFNN), one with `symbol` reads 15 to 18 more tokens. `ends`
reads the first three and the last three residues.

The hyperparameters were chosen by hand, one set for each network on all patterns, from a dozen or so runs each that
were judged on validation folds, most of them with `mask`. The test split was not read for that.

Differences, and their 95 % intervals by Student's t, come from `analysis/confirmation/test_bootstrap.py`: both arms are
judged on the same draws of test peptides, and the variance over seeds is added.
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is loaded; networks this small wait for one another

import numpy as np
import torch
from measurement import write_measured
from numpy.typing import NDArray

from analysis.confirmation.test_bootstrap import HeldOut, held_out_scores
from learning_tasks.folds import Fold, make_folds
from learning_tasks.metric import FloatArray
from learning_tasks.metrics import METRICS
from learning_tasks.peptides.affinity import affinities_of_targets
from learning_tasks.peptides.encodings import EncodedPeptides, decode
from learning_tasks.peptides.labelled_peptides import GENERATED, SEED
from learning_tasks.peptides.peptide_options import PeptideOptions
from learning_tasks.peptides.peptide_task import peptide_task
from learning_tasks.peptides.planted import PlantedPeptides, anchor_motif
from learning_tasks.task import TaskData
from trainables.confirmation import confirmation_data
from trainables.hyperparameters import Scalar
from trainables.patient_replicate import PatientReplicate
from trainables.replicate import Replicate
from trainables.sample_tensors import samples_to_tensors
from trainables.settings import TrialSettings

METRIC = METRICS["roc_auc"]
FILES = {  # number of peptides, and standard deviation of the noise
    "anchor_motif_without_noise": (GENERATED, 0.0),
    "anchor_motif_without_noise_8000": (8_000, 0.0),
}
PLANTED = ("positional_leucines", "three_leucines", "anchor_motif", "anchor_motif_without_noise")
STEPS = 26  # residues that the arrays have room for
FOLDS, FOLD_SEED = 8, 17
PATIENCE, MAX_EPOCHS, EARLY = 10, 80, 3
MANY = 100_000  # peptides, of which the ceiling is computed

SHARED: Mapping[str, Scalar] = {"embedding_size": 32, "weight_decay": 1e-2, "gradient_clip_norm": 1.0}
NETWORKS: Mapping[str, Mapping[str, Scalar]] = {
    "LSTM": {
        **SHARED,
        "network": "lstm",
        "hidden_size": 32,
        "layers": 1,
        "bidirectional": True,
        "learning_rate": 1e-2,
        "batch_size": 64,
    },
    "FFNN": {
        **SHARED,
        "network": "ffnn",
        "hidden_size": 128,
        "hidden_layers": 1,
        "input_dropout": 0.2,
        "output_dropout": 0.5,
        "learning_rate": 4e-3,
        "batch_size": 64,
    },
    "linear": {
        **SHARED,
        "network": "ffnn",
        "hidden_size": 1,
        "hidden_layers": 0,
        "learning_rate": 4e-3,
        "batch_size": 64,
    },
}
READINGS: Mapping[str, Mapping[str, Any]] = {
    "mask": {"padding": "mask", "steps": STEPS},
    "symbol": {"padding": "symbol", "steps": STEPS},
    "ends": {"encoding": "ends"},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Arm:
    """What is trained on what."""

    pattern: str
    network: str
    reading: str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Trained:
    """A replicate of an arm; predictions are of the test split."""

    early: FloatArray
    end: FloatArray
    validation: float  # of the best epoch
    best_epoch: int
    epochs: int
    parameters: int
    seconds: float


ARMS = (
    *(Arm(pattern=p, network=n, reading=r) for p, n, r in product(PLANTED, NETWORKS, ("mask", "symbol"))),
    *(Arm(pattern=p, network=n, reading="ends") for p, n in product(PLANTED[2:], ("FFNN", "linear"))),
    *(Arm(pattern="anchor_motif_without_noise_8000", network=n, reading="mask") for n in ("FFNN", "linear")),
)


@cache
def load(pattern: str, reading: str) -> TaskData:
    """Load a pattern's task; one that no sweep file can name is made of a file, as a user's own peptides are."""
    if pattern not in FILES:
        return _load(reading, pattern=pattern)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "peptides.tsv")
        count, noise = FILES[pattern]
        write_peptides(file, anchor_motif(count, SEED, noise=noise))
        return _load(reading, file=str(file))


def _load(reading: str, **where: Any) -> TaskData:
    return peptide_task(PeptideOptions(**where, **READINGS[reading])).load()


def write_peptides(file: Path, planted: PlantedPeptides) -> None:
    """Write peptides and the affinities that make their targets."""
    affinities = affinities_of_targets(planted.targets)
    rows = zip(planted.peptides, affinities.tolist(), strict=True)
    lines = [f"{peptide}\tHLA-A-0201\t{affinity!r}" for peptide, affinity in rows]
    file.write_text("\n".join(["sequence\tmhc\tmeas", *lines, ""]))


def train(arm: Arm, seed: int) -> Trained:
    """Train with one seed until patience ends, and predict the test split early and at the best epoch."""
    torch.set_num_threads(1)
    started = time.perf_counter()
    data = load(arm.pattern, arm.reading)
    replicate, test = _replicate(arm, data, seed)
    patient = PatientReplicate(replicate, patience=PATIENCE, metric=METRIC.name)
    early, epoch, best = np.empty(0), 0, 0
    while epoch < MAX_EPOCHS and epoch - best < PATIENCE:
        epoch += 1
        report = patient.run_epoch(epoch)
        best = report.best_epoch or 0
        if epoch == EARLY:
            early = replicate.predict(test)
    print(arm, seed, report.metrics, flush=True)
    replicate.network.load_state_dict(patient.state()["best_network"])
    return Trained(
        early=early,
        end=replicate.predict(test),
        validation=report.metrics[METRIC.name],
        best_epoch=best,
        epochs=epoch,
        parameters=sum(parameter.numel() for parameter in replicate.network.parameters()),
        seconds=time.perf_counter() - started,
    )


def _replicate(arm: Arm, data: TaskData, seed: int) -> tuple[Replicate, NDArray[np.int64]]:
    """Make a replicate that is validated on a fold of the development split, and give the rows of the test split."""
    hyperparameters = NETWORKS[arm.network]
    settings = TrialSettings(
        networks=(str(hyperparameters["network"]),),
        seeds=1,
        sweep_seed=0,
        metric=METRIC.name,
        metrics=(METRIC.name,),
        shape=data.shape,
        cpu=1,
        gpu=0,
        checkpoint_folder="",
    )
    both = confirmation_data(data, settings)
    replicate = Replicate(
        fold=seed % FOLDS,
        seed=seed,
        trial_number=0,
        hyperparameters=hyperparameters,
        samples=samples_to_tensors(both.samples, torch.device("cpu")),
        split=_folds(data)[seed % FOLDS],
        settings=settings,
    )
    return replicate, both.split.validation


def _folds(data: TaskData) -> tuple[Fold, ...]:
    return make_folds(data.development, data.shape.kind, FOLDS, FOLD_SEED)


def summary(arm: Arm, trained: Sequence[Trained]) -> dict[str, Any]:
    """Give the outcomes of an arm on the test split, by seed."""
    held_out = _held_out(arm.pattern)
    found = {"early": [each.early for each in trained], "end": [each.end for each in trained]}
    scores = {
        when: [METRIC.compute(held_out.targets, each, positive_above=held_out.positive_above) for each in predictions]
        for when, predictions in found.items()
    }
    told = ("validation", "best_epoch", "epochs", "seconds")
    return {
        **asdict(arm),
        "parameters": trained[0].parameters,
        **{
            when: {"mean": statistics.fmean(values), "sd": statistics.stdev(values), "by_seed": values}
            for when, values in scores.items()
        },
        **{name: [getattr(each, name) for each in trained] for name in told},
    }


def differences(trained: Mapping[Arm, Sequence[Trained]]) -> list[dict[str, Any]]:
    """Compare the symbol with the mask, early and at the end: above 0 the symbol is better."""
    return [
        {
            "pattern": pattern,
            "network": network,
            "when": when,
            **_symbol_above_mask(pattern, [[getattr(each, when) for each in trained[arm]] for arm in arms]),
        }
        for pattern, network in product(PLANTED, NETWORKS)
        for arms in [[Arm(pattern=pattern, network=network, reading=each) for each in ("symbol", "mask")]]
        for when in ("early", "end")
    ]


def _symbol_above_mask(pattern: str, predictions: list[list[FloatArray]]) -> dict[str, Any]:
    scores = held_out_scores(predictions, _held_out(pattern), METRIC)
    lead = scores.lead(0, 1)
    by_seed = (scores.by_seed[0] - scores.by_seed[1]).tolist()
    return {"value": lead.value, "low": lead.low, "high": lead.high, "p": lead.p_value, "by_seed": by_seed}


@cache
def _held_out(pattern: str) -> HeldOut:
    data = load(pattern, "mask")
    groups = data.test.groups if data.test.groups is not None else np.arange(len(data.test))
    return HeldOut(targets=data.test.targets, groups=groups, positive_above=data.shape.positive_above)


def ceilings() -> dict[str, dict[str, float]]:
    """Give the AUC of the noisy pattern's targets without their noise: on the test split, and on many other peptides.

    Nothing can be predicted better.
    """
    many, drawn = anchor_motif(MANY, seed=5), anchor_motif(GENERATED, SEED)
    data, known = load("anchor_motif", "mask"), dict(zip(drawn.peptides, drawn.clean.tolist(), strict=True))
    tested = EncodedPeptides(values=data.test.values, lengths=data.test.lengths, token_names=data.token_names)
    clean = np.array([known[peptide] for peptide in decode(tested)])
    above = data.shape.positive_above
    return {
        "anchor_motif": {
            "test": METRIC.compute(data.test.targets, clean, positive_above=above),
            "others": METRIC.compute(many.targets, many.clean, positive_above=above),
        }
    }


def main() -> None:
    """Train, compare, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    started = time.perf_counter()
    jobs = list(product(ARMS, range(options.seeds)))
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        done = pool.starmap(train, jobs, chunksize=options.seeds)
    trained = {arm: done[place * options.seeds : (place + 1) * options.seeds] for place, arm in enumerate(ARMS)}
    cells = [summary(arm, trained[arm]) for arm in ARMS]
    for cell in cells:
        print({name: cell[name] for name in ("pattern", "network", "reading")}, cell["end"]["mean"], cell["end"]["sd"])
    path = write_measured(
        "toy_patterns",
        settings={
            "steps": STEPS,
            "folds": FOLDS,
            "seeds": options.seeds,
            "patience": PATIENCE,
            "max_epochs": MAX_EPOCHS,
            "early_epoch": EARLY,
            "hyperparameters": NETWORKS,
            "development": {pattern: len(load(pattern, "mask").development) for pattern in (*PLANTED, *FILES)},
            "test": {pattern: len(load(pattern, "mask").test) for pattern in (*PLANTED, *FILES)},
        },
        seconds=time.perf_counter() - started,
        ceilings=ceilings(),
        cells=cells,
        differences=differences(trained),
    )
    print(path)


if __name__ == "__main__":
    main()
