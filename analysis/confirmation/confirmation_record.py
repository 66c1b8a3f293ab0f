"""The record of a confirmation, in the folder `confirmation` of its run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis.arrow_tables import read_parquet, table_of_columns, to_frame, write_parquet
from analysis.atomic_file import write_text_atomically
from analysis.confirmation.confirmation_tables import prediction_arrays, read_tables
from analysis.confirmation.test_bootstrap import FloatArray, HeldOut
from analysis.run_schema import REAL, TEXT, WHOLE

ConfirmationState = Literal["none", "begun", "ended", "damaged"]

FORMAT, FORMAT_VERSION = "odyssey-confirmation", 1


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ConfirmationRecord:
    """What a confirmation that has ended tells; the tables may hold replicates of earlier ones too."""

    run: Path
    about: Mapping[str, Any]  # confirmation.json
    replicates: pd.DataFrame
    predictions: pd.DataFrame  # of the held-out units, for each replicate
    embeddings: pd.DataFrame
    input_weights: pd.DataFrame  # these three are empty of a confirmation of an earlier version
    gate_biases: pd.DataFrame
    hidden_states: pd.DataFrame
    units: pd.DataFrame  # unit, target, group, subset

    @property
    def metric(self) -> str:
        """The metric that the sweep was decided by."""
        return str(self.about["metric"]["name"])

    @property
    def direction(self) -> str:
        """Whether that metric is to "maximize" or to "minimize"."""
        return str(self.about["metric"]["direction"])

    @property
    def subsets(self) -> tuple[str, ...]:
        """The subsets of the samples that results are told for."""
        return tuple(self.about["shape"]["subsets"])

    def replicates_of(self, trial_id: str) -> pd.DataFrame:
        """Give the replicates of a configuration that belong to this confirmation, whatever became of them."""
        of_trial = self.replicates[self.replicates["trial_id"] == trial_id]
        return of_trial[of_trial["seed"].isin(self.about["seeds"])]

    def predictions_of(self, trial_id: str) -> tuple[FloatArray, ...]:
        """Give the predictions of a configuration, of each completed replicate (unit,) or (unit, class)."""
        replicates = self.replicates_of(trial_id)
        seeds = replicates.loc[replicates["status"] == "completed", "seed"]
        of_trial = self.predictions[self.predictions["trial_id"] == trial_id]
        return tuple(prediction_arrays(of_trial[of_trial["seed"] == seed]) for seed in sorted(seeds))

    def held_out(self) -> HeldOut:
        """Give what was to be predicted, in the order of the predictions."""
        return HeldOut(
            targets=self.units["target"].to_numpy(np.int64 if self._classes else np.float64),
            groups=self.units["group"].to_numpy(np.int64),
            positive_above=self.about["shape"]["positive_above"],
        )

    def units_for(self, metric: str) -> NDArray[np.bool_]:
        """Mark the units that a metric is about: all, or the subset of `roc_auc@9-mers`."""
        _, _, subset = metric.partition("@")
        chosen: NDArray[np.bool_] = (self.units["subset"] == subset).fillna(False).to_numpy(dtype=np.bool_)
        return chosen if subset else np.ones(len(self.units), dtype=np.bool_)

    @property
    def _classes(self) -> bool:
        return bool(self.about["shape"]["kind"] == "classification")


def confirmation_folder(run: Path) -> Path:
    """Say where the confirmation of a run lies."""
    return run / "confirmation"


def read_confirmation(run: Path) -> ConfirmationRecord:
    """Read the confirmation of a run, once it has ended: before, nobody is to see what the test says.

    Raises:
        FileNotFoundError: If the run has none.
        ValueError: If it has not ended or is damaged.
    """
    folder = confirmation_folder(run)
    about = read_about(folder)
    if about is None:
        raise FileNotFoundError(f"{run.name} must have been confirmed: `odyssey confirm {run.name}` does that.")
    if about["ended_at"] is None:
        raise ValueError(
            f"The confirmation of {run.name} must have ended: `odyssey confirm {run.name}{_options(about)}` "
            "goes on with it."
        )
    return ConfirmationRecord(run=run, about=about, units=read_units(folder), **read_tables(folder))


def confirmation_state(run: Path) -> ConfirmationState:
    """Say how the confirmation of a run stands."""
    try:
        about = read_about(confirmation_folder(run))
    except (ValueError, OSError):
        return "damaged"
    if about is None:
        return "none"
    return "begun" if about["ended_at"] is None else "ended"


def confirm_options(run: Path) -> str:
    """Give the options that a run was confirmed with, from the blank before them: others would read the test again."""
    try:
        about = read_about(confirmation_folder(run))
        return "" if about is None else _options(about)
    except (KeyError, ValueError, OSError):
        return ""


def read_about(folder: Path) -> dict[str, Any] | None:
    """Read confirmation.json; None where there is none.

    Raises:
        ValueError: If it is damaged or of an unknown format.
    """
    path = folder / "confirmation.json"
    if not path.is_file():
        return None
    try:
        about = json.loads(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path} must be JSON: {error}") from error
    given = (about.get("format"), about.get("format_version")) if isinstance(about, dict) else about
    if given != (FORMAT, FORMAT_VERSION):
        raise ValueError(f"{path} must be of {FORMAT}, version {FORMAT_VERSION}, got {given!r}.")
    return dict(about)


def write_about(folder: Path, about: Mapping[str, Any]) -> None:
    """Write confirmation.json.

    Raises:
        OSError: If the folder cannot be written.
    """
    whole = {"format": FORMAT, "format_version": FORMAT_VERSION, **about}
    write_text_atomically(folder / "confirmation.json", json.dumps(whole, indent=2) + "\n")


def _options(about: Mapping[str, Any]) -> str:
    return f" --top {len(about['configurations'])} --seeds {len(about['seeds'])}"


def units_table(
    targets: NDArray[Any], groups: NDArray[np.int64] | None, subsets: NDArray[np.int64] | None, names: Sequence[str]
) -> pa.Table:
    """Lay out the held-out units in the order of the predictions; without groups each is its own."""
    count = len(targets)
    columns: dict[str, Any] = {
        "unit": np.arange(count),
        "target": targets,
        "group": np.arange(count) if groups is None else groups,
        "subset": [None] * count if subsets is None else [names[index] for index in subsets],
    }
    target = WHOLE if np.issubdtype(targets.dtype, np.integer) else REAL
    return table_of_columns(
        columns, pa.schema([("unit", WHOLE), ("target", target), ("group", WHOLE), ("subset", TEXT)])
    )


def write_units(folder: Path, units: pa.Table) -> None:
    """Write the held-out units.

    Raises:
        OSError: If the folder cannot be written.
    """
    write_parquet(units, folder / "units.parquet")


def read_units(folder: Path) -> pd.DataFrame:
    """Read the held-out units.

    Raises:
        FileNotFoundError: If there are none.
        ValueError: If the file is damaged.
    """
    return to_frame(read_parquet(folder / "units.parquet"))
