"""Run folders of any size, written without a trial being trained, in the product's own format.

    python benchmarks/generated_runs.py FOLDER [--trials 1000] [--seed 17]

The sweep file is resolved, the folder created and its tables written by the product's own functions; configurations are
drawn from the built-in LSTM space, the product's rung ladder decides who goes on, and only the outcomes are made up:
accuracies on handwritten digits as a formula of six of the hyperparameters and the epoch, with noise of fold and
epoch. One trial in a hundred diverges, where the learning rate is large and gradients are hardly clipped. Trials come
one after the other, so no two are under way at once.
"""

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.config_columns import config_columns, encode_configuration
from analysis.ranking import trials_summary
from analysis.run_record import RunRecord, write_tables
from learning_tasks.metrics import metrics_of
from search_spaces.distributions import Scalar
from sweeps.end_reasons import REASONS, stop_reason_at
from sweeps.loading import load_sweep
from sweeps.probes import probe_numbers
from sweeps.run_folder import create_run_folder
from sweeps.rungs import RungDecision, RungLadder
from sweeps.sweep import Sweep
from sweeps.trial_progress import trial_id_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SWEEP = """\
name: generated
task: digits
network: lstm
folds: 3
scheduler: {type: asha, first_rung: 1, max_epochs: 27, reduction_factor: 3}
search: {type: random}
budget: {trials: TRIALS}
seed: SEED
"""
FIRST = pd.Timestamp("2026-01-01", tz="UTC")
FOLD_SD, EPOCH_SD = 0.01, 0.004  # of an accuracy
EPOCH_S = 0.4  # seconds of an epoch on all folds


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SweptTrials:
    """What became of trials that came to the rungs one after the other."""

    epochs: IntArray  # (trials,) trained
    statuses: tuple[str, ...]
    decisions: tuple[RungDecision, ...]


def write_run(runs: Path, trials: int, *, seed: int = 17) -> Path:
    """Write the folder of a completed run into `runs`, and say where it is."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "generated.yaml")
        file.write_text(SWEEP.replace("TRIALS", str(trials)).replace("SEED", str(seed)))
        sweep, data = load_sweep(str(file), [])
    folder_of_run = create_run_folder(runs, sweep, data, f"generated-{trials}")
    try:
        record = generated_record(
            folder_of_run.path, folder_of_run.manifest, sweep, metrics_of(data.data.shape), seed=seed
        )
        write_tables(record)
        folder_of_run.update_manifest(
            status="completed",
            started_at=FIRST.isoformat(),
            ended_at=record.trials["ended_at"].max().isoformat(),
            exit_code=0,
            summary=trials_summary(record.trials, record.manifest["metric"]),
        )
        folder_of_run.remove_checkpoints()
    finally:
        folder_of_run.release()
    return folder_of_run.path


def generated_record(
    path: Path, manifest: Mapping[str, Any], sweep: Sweep, metrics: Sequence[str], *, seed: int
) -> RunRecord:
    """Make up the tables of a sweep."""
    rng = np.random.default_rng(seed)
    configs = [sweep.space.sample(rng) for _ in range(sweep.trials)]
    table = pd.DataFrame(configs)
    accuracy = _accuracies(table, sweep, rng)
    diverging = (table["learning_rate"] > 0.03) & (table["gradient_clip_norm"] > 5) & (rng.random(len(table)) < 0.5)
    probes = probe_numbers(sweep.trials, sweep.probe_share, sweep.seed)
    swept = sweep_by_rungs(accuracy.mean(axis=2), diverging.to_numpy(), probes, sweep)
    replicates, epochs = _epoch_tables(accuracy, swept, metrics, table["learning_rate"].to_numpy(), rng)
    trials = _trials_table(configs, swept, epochs, probes, config_columns(manifest["space"]))
    decisions = pd.DataFrame([_row(each) for each in swept.decisions])
    ended = trials.set_index("trial_id")["ended_at"]
    decisions["time"] = decisions["trial_id"].map(ended)
    return RunRecord(
        path=path, manifest=manifest, trials=trials, epochs=epochs, replicates=replicates, decisions=decisions
    )


def _accuracies(table: pd.DataFrame, sweep: Sweep, rng: np.random.Generator) -> FloatArray:
    """Give the accuracy of each trial, epoch and fold, shape (trials, epochs, folds)."""
    rate = np.log10(table["learning_rate"].to_numpy())
    size = np.log2(table["hidden_size"].to_numpy() / 8) / 4  # 0 to 1
    best = 0.97 - 0.08 * (1 - size) ** 2 - 0.15 * (table["output_dropout"] * table["input_dropout"]).to_numpy() * 4
    best = best - 0.02 * (rate + 2) ** 2 + 0.01 * table["bidirectional"].to_numpy(dtype=np.float64)
    slowness = 0.6 + 2.0 * np.clip(-1.8 - rate, 0, None) ** 1.5 + 0.3 * np.log2(table["batch_size"].to_numpy() / 16)
    along = np.arange(1, sweep.max_epochs + 1)
    mean = 0.1 + np.clip(best - 0.1, 0.05, None)[:, None] * -np.expm1(-along / slowness[:, None])
    shape = (len(table), sweep.max_epochs, sweep.folds)
    noise = FOLD_SD * rng.standard_normal((len(table), 1, sweep.folds)) + EPOCH_SD * rng.standard_normal(shape)
    return np.clip(mean[:, :, None] + noise, 0.0, 1.0)


def sweep_by_rungs(
    outcomes: FloatArray, diverging: NDArray[np.bool_], probes: frozenset[int], sweep: Sweep
) -> SweptTrials:
    """Let trials come to the rungs one after the other, and those that diverge end in their first epoch.

    Args:
        outcomes: (trials, epochs) what each would be worth.
        diverging: (trials,).
        probes: numbers of the trials that no rung stops.
        sweep: with the rungs.
    """
    ladder = RungLadder(
        rungs=sweep.rungs, last_epoch=sweep.max_epochs, reduction_factor=sweep.reduction_factor, maximize=sweep.maximize
    )
    epochs, statuses, decisions = np.zeros(len(outcomes), dtype=np.int64), [], []
    for number, curve in enumerate(outcomes):
        told, status, epoch = [], "completed", sweep.max_epochs
        if diverging[number]:
            told, status, epoch = [ladder.diverge(trial_id_of(number), 1)], "diverged", 1
        else:
            for rung in sweep.rungs:
                decision = ladder.judge(trial_id_of(number), rung, float(curve[rung - 1]), probe=number in probes)
                told.append(decision)
                if decision is not None and decision.action == "stop":
                    status, epoch = "stopped", rung
                    break
        decisions.extend(decision for decision in told if decision is not None)
        statuses.append(status)
        epochs[number] = epoch
    return SweptTrials(epochs=epochs, statuses=tuple(statuses), decisions=tuple(decisions))


def _epoch_tables(
    accuracy: FloatArray, swept: SweptTrials, metrics: Sequence[str], rates: FloatArray, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lay out the replicates of all epochs, and their means: the tables `replicates` and `epochs`."""
    trial = np.repeat(np.arange(len(swept.epochs)), swept.epochs)
    epoch = np.concatenate([np.arange(1, count + 1) for count in swept.epochs])
    of_folds = accuracy[trial, epoch - 1].copy()  # (rows, folds)
    of_folds[np.repeat(np.array(swept.statuses) == "diverged", swept.epochs)] = np.nan
    ids = np.array([trial_id_of(number) for number in range(len(swept.epochs))], dtype=object)[trial]
    folds = of_folds.shape[1]
    columns = {name: _metric(name, of_folds, rng) for name in metrics}
    loss = 2.3 * (1 - of_folds) + 0.02 * rng.standard_normal(of_folds.shape)
    replicates = pd.DataFrame(
        {
            "trial_id": np.repeat(ids, folds),
            "epoch": np.repeat(epoch, folds),
            "fold": np.tile(np.arange(folds), len(epoch)),
            "seed": 0,
            "train_loss": loss.ravel(),
            "best_epoch": np.repeat(epoch, folds),
            **{f"metrics/{name}": values.ravel() for name, values in columns.items()},
        }
    )
    seconds = EPOCH_S * rng.uniform(0.8, 1.4, len(epoch))
    epochs = pd.DataFrame(
        {
            "trial_id": ids,
            "epoch": epoch,
            **{f"metrics/{name}": values.mean(axis=1) for name, values in columns.items()},
            **{f"metrics/{name}_sd": values.std(axis=1, ddof=1) for name, values in columns.items()},
            "train_loss": loss.mean(axis=1),
            "learning_rate": rates[trial],
            "seconds": seconds,
            "gpu_seconds": 0.0,
            "peak_gpu_mib": np.nan,
            "node": "generated",
        }
    )
    return replicates, epochs


def _metric(name: str, accuracy: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Make a metric up from the accuracy: one that falls with it where smaller is better."""
    if name == "accuracy":
        return accuracy
    noise = 0.003 * rng.standard_normal(accuracy.shape)
    wrong = 1 - accuracy
    of_name = {"log_loss": 2.5 * wrong, "brier_score": 1.2 * wrong, "variance_explained": 1 - 1.1 * wrong}
    return of_name.get(name, accuracy) + noise


def _trials_table(
    configs: Sequence[Mapping[str, Scalar]],
    swept: SweptTrials,
    epochs: pd.DataFrame,
    probes: frozenset[int],
    columns: Sequence[Any],
) -> pd.DataFrame:
    encoded = [encode_configuration(config, columns) for config in configs]
    last = epochs.drop_duplicates("trial_id", keep="last").reset_index(drop=True)
    spent = epochs.groupby("trial_id", sort=False)["seconds"].sum().to_numpy()
    ended = FIRST + pd.to_timedelta(np.round(1e6 * np.cumsum(spent)).astype(np.int64), unit="us")
    decided = {decision.trial_id: decision for decision in swept.decisions}  # the last of each
    return pd.DataFrame(
        {
            "trial_id": last["trial_id"],
            "number": np.arange(len(configs)),
            "probe": [number in probes for number in range(len(configs))],
            **{column.name: [config[column.name] for config in encoded] for column in columns},
            "status": swept.statuses,
            "stop_reason": [
                stop_reason_at(decided[trial]) if status == "stopped" else REASONS.get(status, "reached the last epoch")
                for trial, status in zip(last["trial_id"], swept.statuses, strict=True)
            ],
            "epochs": swept.epochs,
            "rung": [decided[trial].rung for trial in last["trial_id"]],
            **{name: last[name] for name in last.columns if name.startswith("metrics/")},
            "variance_explained": last["metrics/variance_explained"],
            "train_seconds": spent,
            "gpu_seconds": 0.0,
            "peak_gpu_mib": np.nan,
            "node": "generated",
            "started_at": ended - pd.to_timedelta(np.round(1e6 * spent).astype(np.int64), unit="us"),
            "ended_at": ended,
            "error": None,
        }
    )


def _row(decision: RungDecision) -> dict[str, Any]:
    return {name: getattr(decision, name) for name in ("trial_id", "rung", "value", "cutoff", "seen", "action")}


def main() -> None:
    """Write runs of the sizes that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trials", type=int, nargs="+", default=[1000])
    parser.add_argument("--seed", type=int, default=17)
    options = parser.parse_args()
    for path in _written(options.folder, options.trials, options.seed):
        print(path, flush=True)


def _written(folder: Path, sizes: Sequence[int], seed: int) -> Iterator[Path]:
    for trials in sizes:
        yield write_run(folder, trials, seed=seed)


if __name__ == "__main__":
    main()
