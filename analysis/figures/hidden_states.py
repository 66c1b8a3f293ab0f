"""What the units of a network go through while it reads single sequences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.confirmation.confirmation_record import ConfirmationRecord
from analysis.figures.axes_drawing import colours_around_zero, draw_colour_bar
from analysis.figures.axis_scale import FloatArray, number_scale
from analysis.figures.frame import framed_figure
from analysis.figures.learnt_network import check_kept, rows_of_network, without_recurrence
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.style import DOUBLE, INK, VERMILLION, styled
from analysis.figures.text_layout import widest
from analysis.figures.tick_text import tick_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SEQUENCES, UNITS, UNITS_OF_TWO = 9, 10, 6  # drawn; units of a direction where there is one, or two
_ROW_IN, _PANEL_IN = 0.15, 0.42
_KEY_IN, _BESIDE_IN = 0.55, 0.5


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SequenceStates:
    """A test sequence that was read."""

    sample: int  # its place among the held-out units
    length: int
    target: float
    prediction: float
    probability: float | None  # of the class predicted
    steps: FloatArray  # (step,): from 1; of a long sequence some
    tokens: tuple[str, ...]  # at these steps; none of real values
    states: Mapping[str, FloatArray]  # by direction (unit, step), in the order of the units shown


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HiddenStatesData:
    """Some sequences that one network has read."""

    trial_id: str
    seed: int
    classes: bool
    units: Mapping[str, tuple[int, ...]]  # shown, by direction, most telling first
    kept: int  # units that they were chosen from
    sequences: tuple[SequenceStates, ...]  # by target


def hidden_states_data(
    record: ConfirmationRecord, *, trial: str | None = None, seed: int | None = None
) -> HiddenStatesData:
    """Lay out the states of a confirmed network's last recurrent layer over some test sequences.

    Shown are the units whose last states, those that a direction ends with, differ most from class to class, or vary
    most with the target of a regression.

    Args:
        record: the confirmation.
        trial: the configuration; the search's first with recurrent layers when None.
        seed: of the network; the first when None.

    Raises:
        NothingToDraw: If there is no such network.
    """
    check_kept(record, "A figure of hidden states")
    rows = rows_of_network(record, record.hidden_states, trial, seed)
    if rows is None:
        raise NothingToDraw(
            f"A figure of hidden states needs a network with recurrent layers; {without_recurrence(trial)}."
        )
    columns = sorted((str(name) for name in rows if str(name).startswith("state/")), key=lambda name: int(name[6:]))
    kept = [name for name in columns if rows[name].notna().any()]
    classes = record.about["shape"]["kind"] == "classification"
    directions = [str(each) for each in rows["direction"].unique()]
    most = UNITS if len(directions) == 1 else UNITS_OF_TWO
    units = {each: _telling(rows[rows["direction"] == each], kept, classes)[:most] for each in directions}
    names = _token_names(record.embeddings, rows)
    groups = [group for _, group in rows.groupby(["target", "sample"])]
    return HiddenStatesData(
        trial_id=str(rows["trial_id"].iloc[0]),
        seed=int(rows["seed"].iloc[0]),
        classes=classes,
        units=units,
        kept=len(kept),
        sequences=tuple(_sequence(group, units, names) for group in groups[:SEQUENCES]),
    )


def hidden_states_json(data: HiddenStatesData) -> list[dict[str, Any]]:
    """List the sequences with the states that are shown."""
    return [
        {"trial_id": data.trial_id, "seed": data.seed, "sample": each.sample, "length": each.length}
        | {"target": each.target, "prediction": each.prediction, "probability": each.probability}
        | {"direction": direction, "steps": each.steps.tolist(), "tokens": list(each.tokens)}
        | {"units": {str(unit): row.tolist() for unit, row in zip(data.units[direction], states, strict=True)}}
        for each in data.sequences
        for direction, states in each.states.items()
    ]


@styled
def draw_hidden_states(data: HiddenStatesData) -> "Figure":
    """Draw a map of units and steps for each sequence, its directions below one another."""
    directions = list(data.units)
    columns = _columns(data)
    lines = -(-len(data.sequences) // columns)
    shown = max(map(len, data.units.values()))
    figure = framed_figure(
        name="hidden-states",
        title=f"Hidden states of {data.trial_id}, seed {data.seed}, over {len(data.sequences)} test sequences",
        width=DOUBLE,
        body=lines * len(directions) * (_ROW_IN * shown + _PANEL_IN) + 0.15,
        notes=tuple(_notes(data)),
    )
    ratios = [*[1.0] * columns, 0.02 * columns]
    grid = figure.add_gridspec(lines * len(directions), columns + 1, width_ratios=ratios)
    for number, each in enumerate(data.sequences):
        # In two columns small targets stand left and large ones right, in three above and below.
        line, column = divmod(number, columns) if columns > 2 else divmod(number, lines)[::-1]
        lowest = line == lines - 1 or number + (columns if columns > 2 else 1) >= len(data.sequences)
        cells = [grid[line * len(directions) + place, column] for place in range(len(directions))]
        _draw_sequence([figure.add_subplot(cell) for cell in cells], data, each, left=column == 0, lowest=lowest)
    key = figure.add_subplot(grid[:, columns])
    draw_colour_bar(key, number_scale("state", [-1.0, 1.0]), "hidden state", 1.5, colours_around_zero())
    return figure


def _telling(rows: pd.DataFrame, columns: list[str], classes: bool) -> tuple[int, ...]:
    """Order the units of a direction by how much their last states tell of the target."""
    backward = rows["direction"].iloc[0] == "backward"
    last = rows[rows["step"] == rows.groupby("sample")["step"].transform("min" if backward else "max")]
    states, targets = last[columns].to_numpy(dtype=np.float64), last["target"].to_numpy(dtype=np.float64)
    if classes:
        told = np.var([states[targets == each].mean(axis=0) for each in np.unique(targets)], axis=0)
    else:
        told = np.abs((targets - targets.mean()) @ (states - states.mean(axis=0)))
    return tuple(int(columns[place][6:]) for place in np.argsort(-told, kind="stable"))


def _token_names(embeddings: pd.DataFrame, rows: pd.DataFrame) -> dict[int, str]:
    own = embeddings[
        (embeddings["trial_id"] == rows["trial_id"].iloc[0]) & (embeddings["seed"] == rows["seed"].iloc[0])
    ]
    return {int(number): str(token) for number, token in zip(own["id"], own["token"], strict=True)}


def _sequence(
    rows: pd.DataFrame, units: Mapping[str, tuple[int, ...]], names: Mapping[int, str]
) -> SequenceStates:  # fmt: skip
    rows = rows.sort_values("step", kind="stable")
    by_direction = {each: rows[rows["direction"] == each] for each in units}
    one = next(iter(by_direction.values()))
    first = one.iloc[0]
    tokens = [] if one["token"].isna().any() else [names.get(int(each), str(each)) for each in one["token"]]
    return SequenceStates(
        sample=int(first["sample"]),
        length=int(first["length"]),
        target=float(first["target"]),
        prediction=float(first["prediction"]),
        probability=None if pd.isna(first["probability"]) else float(first["probability"]),
        steps=one["step"].to_numpy(dtype=np.float64),
        tokens=tuple(tokens),
        states={
            direction: own[[f"state/{unit}" for unit in units[direction]]].to_numpy(dtype=np.float64).T
            for direction, own in by_direction.items()
        },
    )


def _columns(data: HiddenStatesData) -> int:
    """Lay three sequences side by side, or two where their tokens need the room."""
    fitting = [columns for columns in (3, 2) if _named_steps(data, columns)]
    return min(fitting[0] if fitting else 3, len(data.sequences))


def _panel_width(columns: int) -> float:
    return (DOUBLE - _KEY_IN - columns * _BESIDE_IN) / columns


def _longest(data: HiddenStatesData) -> int:
    return max(each.length for each in data.sequences)


def _named_steps(data: HiddenStatesData, columns: int) -> bool:
    """Say whether there is room for the token at each step."""
    tokens = {token for each in data.sequences for token in each.tokens}
    return bool(tokens) and widest(sorted(tokens)) + 0.02 <= _panel_width(columns) / _longest(data)


def _title(each: SequenceStates, classes: bool) -> str:
    if classes:
        sure = "" if each.probability is None else f" ({each.probability:.2f})"
        return f"class {each.target:.0f}, predicted {each.prediction:.0f}{sure}"
    return f"target {tick_text(each.target)}, predicted {tick_text(each.prediction)}"


def _notes(data: HiddenStatesData) -> list[str]:
    told = "differ most between classes" if data.classes else "vary most with the target"
    notes = [f"A row is a unit, of {data.kept} those whose last states {told}; the bar marks the end of the sequence."]
    if "backward" in data.units:
        notes.append("The backward direction reads from the end and has its last state at the first step.")
    if any(len(each.steps) < each.length for each in data.sequences):
        notes.append("Where steps are left out, a state stands for those before it too.")
    if data.classes:
        notes.append("In brackets the probability of the class predicted, in vermillion where it is wrong.")
    return notes


def _draw_sequence(
    panels: "Sequence[Axes]", data: HiddenStatesData, each: SequenceStates, *, left: bool, lowest: bool
) -> None:
    named = _named_steps(data, _columns(data))
    for axes, (direction, states) in zip(panels, each.states.items(), strict=True):
        _draw_states(axes, each, states)
        axes.set_xlim(0.5, _longest(data) + 0.5)
        axes.set_yticks(range(len(states)), list(map(str, data.units[direction])))
        if left:
            axes.set_ylabel("unit" if len(panels) == 1 else f"{direction}, unit")
        if named:
            axes.set_xticks(each.steps, list(each.tokens))
        else:
            ticks = number_scale("step", [1.0, float(_longest(data))]).ticks(_panel_width(_columns(data)))
            axes.set_xticks([tick.at for tick in ticks], [tick.label for tick in ticks])
    if lowest:
        panels[-1].set_xlabel("token read at each step" if named else "step")
    wrong = data.classes and each.target != each.prediction
    panels[0].set_title(_title(each, data.classes), color=VERMILLION if wrong else INK)


def _draw_states(axes: "Axes", each: SequenceStates, states: FloatArray) -> None:
    """Draw a map, and a bar where the sequence ends."""
    edges = np.concatenate([[0.5], each.steps + 0.5])
    mesh = axes.pcolormesh(edges, np.arange(len(states) + 1) - 0.5, states, vmin=-1, vmax=1, cmap=colours_around_zero())
    mesh.set_rasterized(True)  # as vectors, browsers show seams between the cells
    axes.plot([each.length + 0.5] * 2, [-0.5, len(states) - 0.5], color=INK, linewidth=1.6, clip_on=False)
    axes.set_ylim(len(states) - 0.5, -0.5)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
