"""The biases of the gates that keep a network's memory, before training and after it."""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.confirmation.confirmation_record import ConfirmationRecord
from analysis.figures.axes_drawing import apply_scale, faint_grid, spread
from analysis.figures.axis_scale import FloatArray, number_scale
from analysis.figures.frame import framed_figure
from analysis.figures.learnt_network import check_kept, rows_of_trial, without_recurrence
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.style import BLUE, DOUBLE, GREY, INK, styled
from analysis.figures.text_layout import widest
from analysis.figures.tick_text import count_text

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The gate by which a cell keeps its memory: f of an LSTM, z of a GRU in torch's form, h' = (1 - z) n + z h.
KEEPING = ("forget", "update")
SHARE_STEPS = (1, 2, 5, 10, 20)  # per cent
_BETWEEN_SHARES_IN = 0.5
_ROW_IN = 0.62
_MANY_DOTS = 1500


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class BiasRow:
    """The units of one direction of a layer, of all networks."""

    layer: int  # from 1
    direction: str
    seeds: FloatArray  # (dot,): the network of each
    units: FloatArray  # (dot,)
    start: FloatArray  # (dot,)
    trained: FloatArray  # (dot,)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class GateBiasesData:
    """One configuration."""

    trial_id: str
    gate: str
    seeds: tuple[int, ...]
    rows: tuple[BiasRow, ...]


def gate_biases_data(
    record: ConfirmationRecord, *, trial: str | None = None, seed: int | None = None
) -> GateBiasesData:
    """Gather the biases of the gate that keeps the memory, forget or update, over units and seeds.

    Args:
        record: the confirmation.
        trial: the configuration; the search's first that has such a gate when None.
        seed: of the network; all when None.

    Raises:
        NothingToDraw: If there is no such network.
    """
    check_kept(record, "A figure of gate biases")
    table = record.gate_biases[record.gate_biases["gate"].isin(KEEPING)]
    rows = rows_of_trial(record, table, trial, seed)
    if rows is None:
        raise NothingToDraw(
            "A figure of gate biases needs a network with a forget gate, LSTM, or an update gate, GRU; "
            f"{without_recurrence(trial)}."
        )
    return GateBiasesData(
        trial_id=str(rows["trial_id"].iloc[0]),
        gate=str(rows["gate"].iloc[0]),
        seeds=tuple(sorted(int(each) for each in rows["seed"].unique())),
        rows=tuple(_row(group) for _, group in rows.groupby(["layer", "direction"], sort=False)),
    )


def gate_biases_json(data: GateBiasesData) -> list[dict[str, Any]]:
    """List the biases, unit by unit."""
    return [
        {"trial_id": data.trial_id, "seed": int(seed), "layer": row.layer, "direction": row.direction}
        | {"gate": data.gate, "unit": int(unit), "start": float(start), "trained": float(trained)}
        for row in data.rows
        for seed, unit, start, trained in zip(row.seeds, row.units, row.start, row.trained, strict=True)
    ]


@styled
def draw_gate_biases(data: GateBiasesData) -> "Figure":
    """Draw, for each direction of a layer, the units' biases before training above those after it."""
    units = len(data.rows[0].trained) // len(data.seeds)
    networks = count_text(len(data.seeds), "network")
    figure = framed_figure(
        name="gate-biases",
        title=f"Bias of the {data.gate} gate of {data.trial_id}, before and after training",
        width=DOUBLE,
        body=_ROW_IN * len(data.rows) + 0.85,
        legend=_legend(),
        notes=(
            f"A dot is a unit: {units} in each of {networks}. Above: what of its memory a unit keeps from step to "
            "step when nothing but the bias speaks, σ(bias).",
        ),
    )
    axes = figure.add_subplot()
    for place, row in enumerate(data.rows):
        _draw_row(axes, place, row)
    names = [_name(row, data) for row in data.rows]
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.45, -0.55)
    scale = number_scale("bias", np.concatenate([each for row in data.rows for each in (row.start, row.trained)]))
    length = DOUBLE - widest(names) - 0.4
    apply_scale(axes, "x", scale, length)
    axes.set_xlabel("bias")
    faint_grid(axes, "x")
    _draw_shares(axes, length)
    return figure


def _row(rows: pd.DataFrame) -> BiasRow:
    columns = {name: rows[name].to_numpy(dtype=np.float64) for name in ("seed", "unit", "start", "trained")}
    return BiasRow(
        layer=int(rows["layer"].iloc[0]),
        direction=str(rows["direction"].iloc[0]),
        seeds=columns["seed"],
        units=columns["unit"],
        start=columns["start"],
        trained=columns["trained"],
    )


def _name(row: BiasRow, data: GateBiasesData) -> str:
    layers, directions = ({getattr(each, name) for each in data.rows} for name in ("layer", "direction"))
    words = [f"layer {row.layer}"] if len(layers) > 1 or len(directions) == 1 else []
    return ", ".join([*words, row.direction] if len(directions) > 1 else words)


def _legend() -> "list[Artist]":
    from matplotlib.lines import Line2D

    dots: list[Artist] = [
        Line2D([], [], linestyle="none", marker="o", markersize=4, color=colour, label=label)
        for colour, label in ((GREY, "before training"), (BLUE, "after training"))
    ]
    return [*dots, Line2D([], [], linestyle="none", marker="|", markersize=9, color=INK, label="median after training")]


def _draw_row(axes: "Axes", place: int, row: BiasRow) -> None:
    for values, colour, middle in ((row.start, GREY, -0.2), (row.trained, BLUE, 0.2)):
        heights = place + middle + 0.24 * spread(len(values))
        dots = axes.scatter(values, heights, s=7, color=colour, linewidth=0, alpha=0.7, zorder=2)
        dots.set_rasterized(len(values) > _MANY_DOTS)
    axes.plot([np.median(row.trained)] * 2, [place + 0.04, place + 0.36], color=INK, linewidth=1.4)


def _draw_shares(axes: "Axes", length_in: float) -> None:
    """Mark above what share of the memory the biases keep."""
    low, high = axes.get_xlim()
    marks = share_marks(low, high, _BETWEEN_SHARES_IN * (high - low) / length_in)
    above = axes.secondary_xaxis("top")
    above.set_xticks([_logit(share) for share in marks], [f"{share} %" for share in marks])
    above.set_xlabel("share of the memory kept")
    above.spines[:].set_visible(False)


def share_marks(low: float, high: float, apart: float) -> list[int]:
    """Choose round shares, in per cent, whose biases lie between two others and at least so far apart."""
    for step in SHARE_STEPS:
        marks = [share for share in range(step, 100, step) if low <= _logit(share) <= high]
        if all(_logit(after) - _logit(before) >= apart for before, after in pairwise(marks)):
            return marks
    return [50]


def _logit(per_cent: float) -> float:
    return float(np.log(per_cent / (100 - per_cent)))
