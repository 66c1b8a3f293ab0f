"""What each unit of a network's first layer reads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.confirmation.confirmation_record import ConfirmationRecord
from analysis.figures.axes_drawing import colours_around_zero, draw_colour_bar
from analysis.figures.axis_scale import FloatArray, number_scale
from analysis.figures.frame import framed_figure
from analysis.figures.learnt_network import check_kept, rows_of_network, token_order
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.style import DOUBLE, styled
from analysis.figures.text_layout import fitted
from analysis.figures.tick_text import capital

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

UNITS = 16  # of each gate, the first ones
WINDOW_UNITS = 8  # of a feed-forward network, the first ones: each is a panel
MOST_INPUTS = 40  # those with the largest weights
_ROW_IN, _PANEL_IN = 0.145, 0.45
_LONGEST_NAME_IN = 1.1


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class WeightPanel:
    """The weights of one gate of a direction, or of one unit of a feed-forward network."""

    direction: str | None
    gate: str | None  # or "output" of a network without hidden layers
    unit: int | None  # or the number of the output
    values: FloatArray  # (input, unit), or (input, step)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class InputWeightsData:
    """The first layer of one network."""

    trial_id: str
    seed: int
    reads: str  # "tokens", "features", "filters" …
    inputs: tuple[str, ...]
    left_out: int  # inputs with smaller weights than those shown
    across: str  # what lies along the panels: "unit" or "step"
    places: tuple[int, ...]  # their numbers
    panels: tuple[WeightPanel, ...]  # the gates of the forward direction first


def input_weights_data(
    record: ConfirmationRecord, *, trial: str | None = None, seed: int | None = None
) -> InputWeightsData:
    """Lay out what the units of a confirmed network read.

    Of tokens it is weight · embedding: what a token adds to a unit, or to a unit's gate, beside the bias.

    Args:
        record: the confirmation.
        trial: the configuration; the search's first when None.
        seed: of the network; the first when None.

    Raises:
        NothingToDraw: If there is no such network, or nothing was kept of it.
    """
    check_kept(record, "A map of input weights")
    rows = rows_of_network(record, record.input_weights, trial, seed)
    if rows is None:
        raise NothingToDraw("A map of input weights needs a network that was trained to its end.")
    first = rows.iloc[0]
    recurrent = bool(pd.notna(first["direction"]))
    keys = ["direction", "gate"] if recurrent else ["unit"]
    across = "unit" if recurrent else "step"
    rows = rows[rows["unit"] < (UNITS if recurrent else WINDOW_UNITS)]
    names, panels = _panels(record, rows, keys, across)
    shown = _largest(panels)
    return InputWeightsData(
        trial_id=str(first["trial_id"]),
        seed=int(first["seed"]),
        reads="tokens" if first["reads"] == "embeddings" else str(first["reads"]),
        inputs=tuple(names[place] for place in shown),
        left_out=len(names) - len(shown),
        across=across,
        places=tuple(int(place) for place in rows[across].unique()),
        panels=tuple(
            WeightPanel(
                direction=panel.direction, gate=panel.gate, unit=panel.unit, values=panel.values[shown]
            )
            for panel in panels
        ),
    )  # fmt: skip


def input_weights_json(data: InputWeightsData) -> list[dict[str, Any]]:
    """List what is shown, number by number."""
    return [
        {"trial_id": data.trial_id, "seed": data.seed}
        | {name: getattr(panel, name) for name in ("direction", "gate", "unit") if getattr(panel, name) is not None}
        | {data.across: data.places[column], "input": name, "weight": float(panel.values[row, column])}
        for panel in data.panels
        for row, name in enumerate(data.inputs)
        for column in range(len(data.places))
    ]


@styled
def draw_input_weights(data: InputWeightsData) -> "Figure":
    """Draw a map for each gate and direction, or for each unit of a feed-forward network."""
    columns = _columns(data)
    lines = -(-len(data.panels) // columns)
    figure = framed_figure(
        name="input-weights",
        title=f"Input weights of {data.trial_id}, seed {data.seed}: what each unit reads",
        width=DOUBLE,
        body=lines * (max(_ROW_IN * len(data.inputs), 0.7) + _PANEL_IN) + 0.15,
        notes=tuple(_notes(data)),
    )
    grid = figure.add_gridspec(lines, columns + 1, width_ratios=[*[1.0] * columns, 0.02 * columns])
    limit = max(float(np.abs(panel.values).max()) for panel in data.panels) or 1.0
    for number, panel in enumerate(data.panels):
        line, column = divmod(number, columns)
        axes = figure.add_subplot(grid[line, column])
        _draw_panel(axes, data, panel, limit, named=column == 0)
        if number + columns >= len(data.panels):
            axes.set_xlabel(data.across)
    scale = number_scale("weight", [-limit, limit])
    label = "weight · embedding" if data.reads == "tokens" else "weight"
    draw_colour_bar(figure.add_subplot(grid[:, columns]), scale, label, 1.5, colours_around_zero())
    return figure


def _panels(
    record: ConfirmationRecord, rows: pd.DataFrame, keys: list[str], across: str
) -> tuple[tuple[str, ...], list[WeightPanel]]:
    """Give the names of the inputs, and the weights of all of them; of tokens, with the embeddings put in."""
    names: tuple[str, ...] = ()
    panels = []
    for _, group in rows.groupby(keys, sort=False):
        first = group.iloc[0]
        weights = _numbers(group.sort_values(across), "weight/")
        names, values = _of_inputs(record, first, weights)
        told = {name: None if pd.isna(first[name]) else str(first[name]) for name in ("direction", "gate")}
        panels.append(WeightPanel(**told, unit=int(first["unit"]) if "unit" in keys else None, values=values))
    return names, panels


def _of_inputs(
    record: ConfirmationRecord, row: pd.Series, weights: FloatArray
) -> tuple[tuple[str, ...], FloatArray]:  # fmt: skip
    """Give the names of the inputs, and (input, unit or step) what each adds."""
    if row["reads"] == "embeddings":
        return _of_tokens(record.embeddings, row, weights)
    known = record.about.get("feature_names") or []
    if str(row["reads"]).endswith("features") and known:
        return tuple(known)[: weights.shape[1]], weights.T
    noun = str(row["reads"]).split()[-1].removesuffix("s")
    return tuple(f"{noun} {number}" for number in range(weights.shape[1])), weights.T


def _of_tokens(table: pd.DataFrame, row: pd.Series, weights: FloatArray) -> tuple[tuple[str, ...], FloatArray]:
    own = (table["trial_id"] == row["trial_id"]) & (table["seed"] == row["seed"]) & (table["table"] == row["embedding"])
    embeddings = table[own].sort_values("id")
    names = [str(token) for token in embeddings["token"]]
    order = token_order(names)
    return tuple(names[place] for place in order), (_numbers(embeddings, "d") @ weights.T)[order]


def _numbers(rows: pd.DataFrame, prefix: str) -> FloatArray:
    """Give the numbered columns that these rows have, in their order."""
    columns = [name for name in rows if str(name).startswith(prefix) and str(name).removeprefix(prefix).isdigit()]
    ordered = sorted(map(str, columns), key=lambda name: int(name.removeprefix(prefix)))
    return rows[ordered].dropna(axis=1, how="all").to_numpy(dtype=np.float64)


def _largest(panels: Sequence[WeightPanel]) -> list[int]:
    """Choose the inputs with the largest weights, in their own order."""
    sizes = np.sqrt(sum(np.square(panel.values).sum(axis=1) for panel in panels))
    return sorted(np.argsort(-sizes, kind="stable")[:MOST_INPUTS].tolist())


def _columns(data: InputWeightsData) -> int:
    """Count the panels that lie side by side: the gates of a direction, or four units."""
    return len({panel.gate for panel in data.panels}) if data.across == "unit" else min(4, len(data.panels))


def _title(panel: WeightPanel, directions: int) -> str:
    if panel.unit is not None:
        return f"{panel.gate or 'unit'} {panel.unit}"
    name = panel.gate if panel.gate in ("candidate", "state") else f"{panel.gate} gate"
    return f"{name}, {panel.direction}" if directions > 1 else name


def _notes(data: InputWeightsData) -> Iterator[str]:
    if any(panel.unit is None or panel.gate is None for panel in data.panels):
        units = len(data.places) if data.across == "unit" else len(data.panels)
        yield f"The first {units} units of the first layer; units have no order."
    if data.reads == "tokens":
        yield "Shown is what reading a token adds to the sum before the nonlinearity."
    elif data.reads != "features":
        yield f"The layer reads {data.reads}, not the inputs themselves."
    if data.left_out:
        yield f"{data.left_out} {data.reads} with smaller weights are left out."
    yield "Grey is 0."


def _draw_panel(axes: "Axes", data: InputWeightsData, panel: WeightPanel, limit: float, *, named: bool) -> None:
    directions = len({each.direction for each in data.panels})
    mesh = axes.pcolormesh(
        np.arange(len(data.places) + 1) - 0.5, np.arange(len(data.inputs) + 1) - 0.5, panel.values,
        vmin=-limit, vmax=limit, cmap=colours_around_zero(),
    )  # fmt: skip
    mesh.set_rasterized(True)  # as vectors, browsers show seams between the cells
    axes.set_ylim(len(data.inputs) - 0.5, -0.5)
    names = [fitted(name, _LONGEST_NAME_IN) for name in data.inputs] if named else []
    axes.set_yticks(range(len(names)), names)
    ticks = range(0, len(data.places), max(1, -(-len(data.places) // 5)))
    axes.set_xticks(list(ticks), [str(data.places[place]) for place in ticks])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title(capital(_title(panel, directions)))
