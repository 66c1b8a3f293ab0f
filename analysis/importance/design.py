"""An outcome table made ready for a surrogate: axes, codes, outcomes on their scale, all in an order of their own.

The order is that of the configurations and names, never that of the table, so that how rows and columns are
arranged changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.importance.outcome_scale import OutcomeScale, asked_scale
from analysis.importance.outcome_table import OutcomeTable
from analysis.importance.ranges import NumberRange, Options
from analysis.importance.redundancy import refuse_functions
from analysis.surrogates.axis import Axis, OutsideError, axis_of, codes_of, continuous_axis
from analysis.surrogates.observations import Observations

FloatArray = NDArray[np.float64]
Narrowed = Mapping[str, NumberRange | Options]

EPOCH = "epoch"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Design:
    """What a surrogate is fitted to, and how to read it."""

    table: OutcomeTable
    names: tuple[str, ...]  # of the searched hyperparameters, in the order of the axes
    observations: Observations  # its last axis is the epoch, where there are several
    slice_at: float | None  # code of the full budget on that axis
    epochs: tuple[int, ...]  # those observed, ascending; empty where outcomes have none
    epoch_codes: dict[int, float]
    trials: tuple[int, ...]  # those with outcomes, as index in the table
    configuration_codes: FloatArray  # (trials, hyperparameters)
    scale: OutcomeScale

    @property
    def epoch(self) -> int | None:
        """The epoch at which shares are read: the full budget, or the only one that was observed."""
        only = self.epochs[0] if len(self.epochs) == 1 else None
        return only or self.table.last_epoch

    @property
    def distinct(self) -> int:
        """Number of different configurations."""
        return len(np.unique(self.observations.groups))

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the hyperparameters."""
        return self.observations.axes[: len(self.names)]

    def on_scale(self, scale: OutcomeScale) -> "Design":
        """Give the design with its outcomes, so far as measured, on another scale."""
        observations = replace(self.observations, outcomes=scale.apply(self.observations.outcomes))
        return replace(self, observations=observations, scale=scale)


def make_design(table: OutcomeTable, *, ranges: Narrowed, cap_quantile: float | None, seed: int) -> Design:
    """Code a table's configurations, in the measure of their space or within narrower ranges.

    Inactive hyperparameters get a random draw of their distribution: a constant would make them look important.

    Args:
        table: configurations and outcomes.
        ranges: hyperparameters that are not to count over all that was searched: (low, high), or the options.
        cap_quantile: as in `asked_scale`.
        seed: of the draws.

    Raises:
        ValueError: If the configurations or outcomes cannot be analysed; the message says which and why.
    """
    rows = _finite_rows(table)
    texts = _configuration_texts(table)
    trials = _in_their_order(texts, rows)
    names = _varying(table, trials)
    _check_ranges(ranges, names)
    axes = tuple(_axis(table, name, ranges) for name in names)
    codes, active = _codes(table, trials, names, np.random.default_rng(seed))
    _, same = np.unique([texts[trial] for trial in trials], return_inverse=True)
    _, distinct = np.unique(same, return_index=True)  # a repetition tells nothing more
    refuse_functions(names, codes[distinct], active[distinct])
    last = rows.sort_values("epoch").groupby("trial")["value"].last().to_numpy(dtype=np.float64)
    scale = asked_scale(last, maximize=table.maximize, cap_quantile=cap_quantile)
    _refuse_one_value(table, scale.apply(rows["value"].to_numpy(dtype=np.float64)), scale)
    group_of = {trial: group for group, trial in enumerate(trials)}
    rows = rows.assign(group=rows["trial"].map(group_of)).sort_values(["group", "epoch"], kind="stable")
    epochs = tuple(sorted(int(epoch) for epoch in rows["epoch"].unique())) if table.last_epoch else ()
    epoch_codes = _epoch_codes(epochs, table.last_epoch)
    groups = rows["group"].to_numpy(dtype=np.int64)
    row_codes = codes[groups]
    if epoch_codes:
        along = rows["epoch"].map(epoch_codes).to_numpy(dtype=np.float64)
        row_codes, axes = np.column_stack([row_codes, along]), (*axes, continuous_axis(EPOCH))
    observations = Observations(
        axes=axes,
        codes=row_codes,
        outcomes=scale.apply(rows["value"].to_numpy(dtype=np.float64)),
        groups=_replicate_groups(same, axes)[groups],
        full=(rows["epoch"] == (table.last_epoch or 0)).to_numpy(),
        noise_weights=1.0 / rows["count"].to_numpy(dtype=np.float64),
    )
    return Design(
        table=table,
        names=names,
        observations=observations,
        slice_at=epoch_codes[table.last_epoch] if epoch_codes and table.last_epoch else None,
        epochs=epochs,
        epoch_codes=epoch_codes,
        trials=trials,
        configuration_codes=codes,
        scale=scale,
    )


def _finite_rows(table: OutcomeTable) -> pd.DataFrame:
    """Average the outcomes of one trial and epoch."""
    outcomes = table.outcomes[np.isfinite(table.outcomes["value"].to_numpy(dtype=np.float64))]
    rows: pd.DataFrame = outcomes.groupby(["trial", "epoch"], as_index=False)["value"].agg(["mean", "count"])
    rows = rows.rename(columns={"mean": "value"})
    if rows.empty:
        raise ValueError(
            f"An analysis needs finite outcomes, got none for {table.outcome} in {len(table.trial_ids)} trials: "
            "all of them failed or diverged."
        )
    _refuse_one_value(table, rows["value"].to_numpy(dtype=np.float64), None)
    return rows


def _refuse_one_value(table: OutcomeTable, outcomes: FloatArray, scale: OutcomeScale | None) -> None:
    if np.ptp(outcomes) > 1e-12 * np.abs(outcomes).max():
        return
    capped = "" if scale is None else f" {scale.name}"
    raise ValueError(
        f"An analysis needs outcomes that differ, got {table.outcome}{capped} = {outcomes[0]:.6g} in all "
        f"{len(table.trial_ids)} trials: there is no variance to explain."
    )


def _check_ranges(ranges: Narrowed, names: Sequence[str]) -> None:
    if unknown := sorted(ranges.keys() - set(names)):
        raise ValueError(f"A range must be of one of {', '.join(names)}, got {', '.join(unknown)}.")


def _replicate_groups(same: NDArray[np.int64], axes: Sequence[Axis]) -> NDArray[np.int64]:
    """Number the trials so that replicates are left out together: continuous values are not equal by chance."""
    if any(axis.kind == "continuous" and axis.name != EPOCH for axis in axes):
        return same
    return np.arange(len(same))


def _configuration_texts(table: OutcomeTable) -> list[str]:
    """Write each configuration down: equal ones have equal texts."""
    names = sorted(table.space.searched)
    return [repr([configuration.get(name) for name in names]) for configuration in table.configurations]


def _in_their_order(texts: Sequence[str], rows: pd.DataFrame) -> tuple[int, ...]:
    last = rows.sort_values("epoch").groupby("trial")["value"].last()
    outcomes = zip(last.index.tolist(), last.tolist(), strict=True)
    return tuple(trial for *_, trial in sorted((texts[trial], outcome, trial) for trial, outcome in outcomes))


def _varying(table: OutcomeTable, trials: Sequence[int]) -> tuple[str, ...]:
    names = tuple(sorted(table.space.searched))
    if not names:
        raise ValueError("An analysis needs a hyperparameter that was searched, got none.")
    if len(trials) < 2:
        raise ValueError(f"An analysis needs several configurations with outcomes, got {len(trials)}.")
    return names


def _axis(table: OutcomeTable, name: str, ranges: Narrowed) -> Axis:
    given = ranges.get(name)
    if isinstance(given, tuple):
        return axis_of(table.space[name], bounds=given)
    return axis_of(table.space[name], options=given)


def _codes(
    table: OutcomeTable, trials: Sequence[int], names: Sequence[str], rng: np.random.Generator
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Give codes and where they are of active hyperparameters, both (trials, hyperparameters)."""
    configurations = [table.configurations[trial] for trial in trials]
    codes = np.empty((len(trials), len(names)))
    active = np.array([[name in each for name in names] for each in configurations])
    for column, name in enumerate(names):
        distribution, axis = table.space[name].distribution, axis_of(table.space[name])
        drawn = rng.random(len(trials)).tolist()
        values = [
            each[name] if name in each else distribution.from_unit(position)
            for each, position in zip(configurations, drawn, strict=True)
        ]
        try:
            codes[:, column] = codes_of(axis, distribution, values)
        except OutsideError as error:
            trial_id = table.trial_ids[trials[error.index]]
            raise ValueError(f"The table must match its search space, got {name} of {trial_id}: {error}") from error
    return codes, active


def _epoch_codes(epochs: Sequence[int], last_epoch: int | None) -> dict[int, float]:
    if len(epochs) < 2 or last_epoch is None:
        return {}
    low, high = np.log(min(epochs)), np.log(max(*epochs, last_epoch))
    return {epoch: float((np.log(epoch) - low) / (high - low)) for epoch in {*epochs, last_epoch}}
