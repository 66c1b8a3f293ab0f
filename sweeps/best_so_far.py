"""The best trials on the live screen: as many hyperparameters as there is room for, the telling ones first."""

import math
from collections.abc import Sequence
from itertools import chain, pairwise, zip_longest

from rich.table import Table
from rich.text import Text

from analysis.significant_digits import outcome_text
from search_spaces.distributions import Distribution, Scalar
from search_spaces.search_space import SearchSpace
from sweeps.status_styles import STATUS_STYLES
from sweeps.sweep_view import BEST_SHOWN, BestView, SweepView
from sweeps.trial_progress import trial_id_of

BLOCKS = "▁▂▃▄▅▆▇█"
SPARK_WIDTH = 10
OUTCOME_WIDTH = 15  # of 0.9562 ± 0.0206
PROBE_MARK = " ◆"
_BEFORE_HYPERPARAMETERS = 5 + OUTCOME_WIDTH + 5 + SPARK_WIDTH + 4 * 2  # columns with the gaps after them
_WIDEST_VALUE = 12
_known_widths: dict[str, int] = {}  # of values, by the distribution: each frame asks again


def best_so_far(view: SweepView, width: int) -> tuple[Text, Table]:
    """Draw a heading and a table of fixed height."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    mark = len(PROBE_MARK) if view.probes else 0
    table.add_column(_header("trial"), no_wrap=True, min_width=len(trial_id_of(view.planned - 1)) + mark)
    outcome = f"{view.metric} ±\N{NO-BREAK SPACE}sd"
    table.add_column(_header(outcome, OUTCOME_WIDTH), justify="right", no_wrap=True, min_width=OUTCOME_WIDTH)
    table.add_column(_header("epoch"), justify="right", no_wrap=True)
    table.add_column(_header("by epoch", SPARK_WIDTH), no_wrap=True, width=SPARK_WIDTH)
    columns = shown_hyperparameters(view, width - _BEFORE_HYPERPARAMETERS - mark)
    for name, room in columns.items():
        table.add_column(_header(name, room), justify="right", no_wrap=True, width=room)
    for row in view.best:
        table.add_row(*_best_row(row, list(columns)))
    for _ in range(BEST_SHOWN - len(view.best)):
        table.add_row(Text("·", style="dim"))
    return _title(view, width), table


def _title(view: SweepView, width: int) -> Text:
    """Explain the mark of a probe, as far as there is room."""
    title = Text("Best so far", style="bold")
    if not view.probes:
        return title
    mark = f" {PROBE_MARK} one of {view.probes} probes, which no rung stops"
    reasons = (", so that importance is not biased by early stopping", " (for unbiased importance)", "")
    fitting = (mark + reason for reason in reasons if len(title) + len(mark + reason) <= width)
    return title.append(next(fitting, ""), style="dim")


def _header(name: str, room: int = 0) -> Text:
    return Text(two_lines(name, room))


def _best_row(row: BestView, columns: Sequence[str]) -> list[Text]:
    trial = Text(row.trial_id, style=STATUS_STYLES.get(row.status, "")).append(PROBE_MARK if row.probe else "", "bold")
    outcome = Text(f"{outcome_text(row.value)} ± {outcome_text(row.spread)}")
    curve = Text(spark_line(row.history, SPARK_WIDTH), style="cyan")
    values = [Text(scalar_text(row.configuration.get(name))) for name in columns]
    return [trial, outcome, Text(str(row.epochs)), curve, *values]


def shown_hyperparameters(view: SweepView, room: int) -> dict[str, int]:
    """Choose the hyperparameters for which there is room, with the width of their columns, the telling ones first."""
    shown: dict[str, int] = {}
    for name in telling_first(view.space):
        values = _value_width(view.space[name].distribution)
        width = max(values, *map(len, two_lines(name, values).split("\n")))
        if width + 2 <= room:
            shown[name] = width
            room -= width + 2
    return shown


def _value_width(distribution: Distribution) -> int:
    """Give the width that nearly all values need; it must not change with what is shown."""
    described = repr(distribution)  # options of True and 1 are equal, and written differently
    if described not in _known_widths:
        widest = max(len(scalar_text(distribution.from_unit(place / 64))) for place in range(65))
        _known_widths[described] = min(_WIDEST_VALUE, widest)
    return _known_widths[described]


def two_lines(name: str, room: int = 0) -> str:
    """Break a name into two lines as even as can be; what fits the room, and a single word, stands on the second."""
    words = name.replace("_", " ").split(" ")
    breaks = [(" ".join(words[:place]), " ".join(words[place:])) for place in range(len(words))]
    return "\n".join(min(breaks, key=lambda lines: max(room, *map(len, lines))))


def scalar_text(value: Scalar | None) -> str:
    """Write a hyperparameter's value for a table: three digits, a dash where it does not apply."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else " ".join(str(value).split())


def spark_line(history: Sequence[float], width: int) -> str:
    """Draw a curve by epoch in one line of text, each block the mean of the epochs that it stands for."""
    finite = [value for value in history if math.isfinite(value)]
    if not finite:
        return ""
    blocks = min(width, len(finite))
    edges = [round(index * len(finite) / blocks) for index in range(blocks + 1)]
    means = [sum(finite[a:b]) / (b - a) for a, b in pairwise(edges)]
    low, span = min(means), max(means) - min(means)
    return "".join(BLOCKS[round((mean - low) / span * 7) if span else 3] for mean in means)


def telling_first(space: SearchSpace) -> list[str]:
    """Order the searched hyperparameters for a screen without room for all: in turn one of each group.

    Learning comes first: its rate nearly always matters. A choice of network family comes before everything.
    """
    family = ["network"] if "network" in space.searched else []
    groups = {group: [name for name in names if name not in family] for group, names in space.groups().items()}
    in_turn = zip_longest(groups.pop("learning", []), *groups.values())
    return [*family, *(name for name in chain.from_iterable(in_turn) if name is not None)]
