"""The live screen: a view of the sweep as text of fixed height, at any width."""

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate, pairwise

from rich.console import Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from analysis.significant_digits import outcome_text
from sweeps.best_so_far import best_so_far
from sweeps.durations import duration_text, rough_duration_text
from sweeps.status_styles import STATUS_STYLES
from sweeps.sweep_view import BEST_SHOWN, RungView, SweepView

EVENTS_SHOWN = 4
_ALWAYS_COUNTED = ("running", "completed", "stopped", "diverged")
_BAR = (
    ("passed", "█", "green"),
    ("spared", "▓", "bright_blue"),
    ("stopped", "▒", "yellow"),
    ("diverged", "░", "magenta"),
)
_GAPS = 3  # empty lines


def render(view: SweepView, width: int, height: int | None = None) -> Group:
    """Draw a view in lines none of which is wider than ``width``.

    The number of lines depends on the number of rungs and on ``height`` alone, never on what has happened. Where
    ``height`` is too small, the empty lines go first, then events.
    """
    head = (_title(view), _progress(view, width), _counts(view, width), _resources(view))
    needed = len(head) + (2 + len(view.rungs)) + (3 + BEST_SHOWN) + 1  # with the headings, without events
    spare = EVENTS_SHOWN + _GAPS if height is None else height - needed
    gap = [Text("")] if spare >= EVENTS_SHOWN + _GAPS else []
    events = _events(view, max(1, min(EVENTS_SHOWN, spare)))
    return Group(*head, *gap, *_rungs(view, width), *gap, *best_so_far(view, width), *gap, *events)


def _title(view: SweepView) -> Text:
    return _line((view.run, "bold"), f" · {about(view)}")


def about(view: SweepView) -> str:
    """Say what the sweep is of."""
    replicates = f"{view.folds} folds" + (f" × {view.seeds} seeds" if view.seeds > 1 else "")
    goal = f"{view.search} search to {view.direction} {view.metric}"
    dropped = f" ({view.dropped:,} left out)" if view.dropped else ""
    return f"{'+'.join(view.networks)} on {view.task}{dropped} · {replicates} · {goal}"


def _line(*parts: str | Text | tuple[str, str]) -> Text:
    """Put text together that is cut, never wrapped, where there is no room."""
    return Text.assemble(*parts, no_wrap=True, overflow="ellipsis")


# --- how far


def _progress(view: SweepView, width: int) -> Table:
    line = Table.grid(padding=(0, 1), expand=True)
    line.add_column(no_wrap=True, min_width=2 * len(str(view.planned)) + 8)
    line.add_column(ratio=1, min_width=4)
    # As wide as most of what it will say: the bar must not change its length with the time.
    line.add_column(no_wrap=True, min_width=min(34, width // 2))
    elapsed = duration_text(view.elapsed_s)
    line.add_row(
        f"{view.ended}/{view.planned} trials",
        ProgressBar(total=max(1, view.planned), completed=view.ended, complete_style="green", finished_style="green"),
        f"{elapsed} elapsed{_outlook(view)}" if width >= 60 else elapsed,
    )
    return line


def _outlook(view: SweepView) -> str:
    if view.over:
        return ", stopped" if view.stopping else ""
    if view.stopping:
        return ", stopping"
    if view.waiting:
        return ", waiting for nodes"
    if view.starting:
        return ", starting workers"
    if view.remaining_s is not None:
        return f", about {rough_duration_text(view.remaining_s)} left"
    return "" if view.budget_left_s is None else f", at most {rough_duration_text(view.budget_left_s)} left"


def _counts(view: SweepView, width: int) -> Text:
    counts = {status: view.counts.get(status, 0) for status in STATUS_STYLES}
    texts = [
        Text(f"{count} {status.replace('_', ' ')}", style=STATUS_STYLES[status] if count else "dim")
        for status, count in counts.items()
        if count or status in _ALWAYS_COUNTED
    ]
    if view.nodes > 1 and view.counts.get("pending"):
        texts.append(Text(f"{view.counts['pending']} pending", style="dim"))
    wide = Text("  ").join(texts)
    return _line(wide if len(wide) <= width else Text(" ").join(texts))


def _resources(view: SweepView) -> Text:
    parts = [f"{_share(view.cpus)} CPUs"]
    if view.gpus[1]:
        parts.append(f"{_share(view.gpus)} GPUs")
    if view.waiting:
        return _line((view.waiting, "yellow"))
    text = ", ".join(parts) + " in use" + (f" on {view.nodes} nodes" if view.nodes > 1 else "")
    if view.full_epochs:
        text += f" · early stopping saved {1 - view.ended_epochs / view.full_epochs:.0%} of epochs"
    return _line((text, "dim"))


def _share(used: tuple[float, float]) -> str:
    return f"{used[0]:.3g}/{used[1]:g}"


# --- rungs


def _rungs(view: SweepView, width: int) -> tuple[Text, Table]:
    columns = _rung_columns(view, width)
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1, 0, 1))
    for name, room in columns.items():
        table.add_column(name, justify="right", no_wrap=True, min_width=room)
    bar_width = min(60, width - sum(columns.values()) - 2 * len(columns) - 2)
    if bar_width >= 8:
        table.add_column("", no_wrap=True, width=bar_width)
    most = max((rung.standing.seen for rung in view.rungs), default=0)
    for rung in view.rungs:
        cells = _rung_cells(rung)
        bar = [_rung_bar(rung, most, bar_width)] if bar_width >= 8 else []
        table.add_row(*(cells[name] for name in columns), *bar)
    return _rungs_title(view, width), table


def _rung_columns(view: SweepView, width: int) -> dict[str, int]:
    """Choose the columns and their least widths; "seen" goes first where there is no room, being the others' sum."""
    columns = {"epoch": 5, "seen": 5, "passed": 6, "spared": 6, "stopped": 7, "diverged": 8, "running": 7, "cut-off": 8}
    if not view.probes:
        del columns["spared"]
    elif width < sum(columns.values()) + 2 * (len(columns) - 1):
        del columns["seen"]
    return columns


def _rungs_title(view: SweepView, width: int) -> Text:
    names = {name: name for name, *_ in _BAR} | ({"spared": "spared probes"} if width >= 80 else {})
    shown = [kind for kind in _BAR if kind[0] != "spared" or view.probes]
    legend = [(f"  {block} {names[name]}", style) for name, block, style in shown]
    return _line(("Rungs", "bold"), (f"  {view.schedule} ", "dim"), *legend)


def _rung_cells(rung: RungView) -> dict[str, str]:
    standing = rung.standing
    outcomes = {name: str(count) for (name, *_), count in zip(_BAR, _outcomes(rung), strict=True)}
    cutoff = "–" if standing.cutoff is None else outcome_text(standing.cutoff)
    numbers = {"epoch": str(standing.rung), "seen": str(standing.seen), "running": str(rung.running)}
    return {**numbers, **outcomes, "cut-off": cutoff}


def _outcomes(rung: RungView) -> tuple[int, ...]:
    """Give how many of the trials seen have passed, were spared or stopped, and diverged."""
    standing = rung.standing
    others = (standing.spared, standing.stopped, standing.diverged)
    return standing.seen - sum(others), *others


def _rung_bar(rung: RungView, most: int, width: int) -> Text:
    cells = divide_cells(_outcomes(rung), round(rung.standing.seen * width / max(1, most)))
    return Text.assemble(*((block * count, style) for (_, block, style), count in zip(_BAR, cells, strict=True)))


def divide_cells(counts: Sequence[int], cells: int) -> list[int]:
    """Divide a bar in proportion to counts, at least one cell for each that is not zero."""
    present = sum(count > 0 for count in counts)
    free, total = max(0, cells - present), max(1, sum(counts))
    edges = [round(free * passed / total) for passed in accumulate(counts, initial=0)]
    return [b - a + (count > 0) for count, (a, b) in zip(counts, pairwise(edges), strict=True)]


# --- what happened


def _events(view: SweepView, count: int) -> list[Text]:
    title = _line(("Events", "bold"), ("" if view.events else "  none yet", "dim"))
    lines = [_line((f"{clock(time)}  ", "dim"), plain_text(text)) for time, text in view.events[-count:]]
    return [title, *lines, *[Text("")] * (count - len(lines))]


def clock(time: str) -> str:
    """Give the time of day here of an ISO 8601 time."""
    return f"{datetime.fromisoformat(time).astimezone():%H:%M:%S}"


def plain_text(text: str) -> str:
    """Give the first line of a text without what would move a terminal's cursor or colour it."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    plain = Text.from_ansi(first.strip()).plain
    return "".join(each if each.isprintable() else " " for each in plain)
