"""The live screen: a view of the sweep as text of fixed height, at any width."""

from collections.abc import Sequence
from itertools import pairwise

from rich.console import Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from search_spaces.distributions import Scalar
from sweeps.durations import duration_text
from sweeps.sweep_view import BEST_SHOWN, EVENTS_SHOWN, BestView, RungView, SweepView

BLOCKS = "▁▂▃▄▅▆▇█"
_STATUSES = (
    ("running", "cyan"),
    ("completed", "green"),
    ("stopped", "yellow"),
    ("diverged", "magenta"),
    ("out_of_memory", "red"),
    ("failed", "red"),
)
_LABELS = {"out_of_memory": "out of memory"}


def render(view: SweepView, width: int) -> Group:
    """Draw a view; the height depends on the number of rungs alone."""
    return Group(
        _title(view),
        _progress(view, width),
        _counts(view),
        Text(""),
        _rung_table(view, width),
        Text(""),
        _best_table(view, width),
        Text(""),
        *_events(view, width),
    )


def _title(view: SweepView) -> Text:
    title = Text(no_wrap=True, overflow="ellipsis")
    title.append(view.run, style="bold")
    replicates = f"{view.folds} folds" + (f" × {view.seeds} seeds" if view.seeds > 1 else "")
    title.append(f" · {'+'.join(view.networks)} on {view.task} · {replicates}", style="dim")
    return title


def _progress(view: SweepView, width: int) -> Table:
    left = "stopping" if view.stopping else f"about {_remaining(view)} left"
    line = Table.grid(padding=(0, 1), expand=True)
    line.add_column(no_wrap=True)
    line.add_column(ratio=1)
    line.add_column(no_wrap=True, justify="right")
    line.add_row(
        Text(f"{view.ended}/{view.planned} trials"),
        ProgressBar(total=max(1, view.planned), completed=view.ended, width=None),
        Text(f"{duration_text(view.elapsed_s)} elapsed, {left}" if width >= 70 else duration_text(view.elapsed_s)),
    )
    return line


def _remaining(view: SweepView) -> str:
    return "…" if view.remaining_s is None else duration_text(view.remaining_s)


def _counts(view: SweepView) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis")
    for status, style in _STATUSES:
        count = view.counts.get(status, 0)
        if count or status in ("running", "completed", "stopped", "diverged"):
            line.append(f"{count} {_LABELS.get(status, status)}", style=style if count else "dim")
            line.append("  ")
    line.append(f"CPU {view.cpus[0]:g}/{view.cpus[1]:g}", style="dim")
    if view.gpus[1]:
        line.append(f"  GPU {view.gpus[0]:.3g}/{view.gpus[1]:g}", style="dim")
    if view.full_epochs:
        line.append(f"  {1 - view.ended_epochs / view.full_epochs:.0%} of epochs saved", style="dim")
    return line


def _rung_table(view: SweepView, width: int) -> Table:
    arrow = "↑" if view.direction == "maximize" else "↓"
    table = Table(
        title=f"Rungs  {view.schedule} · {view.metric} {arrow}", title_justify="left", title_style="bold", box=None,
        pad_edge=False, header_style="dim",
    )  # fmt: skip
    for name in ("epoch", "seen", "passed", "stopped", "diverged", "running", "cut-off"):
        table.add_column(name, justify="right", no_wrap=True)
    bar_width = min(40, width - 62)
    if bar_width >= 10:
        table.add_column("passed ▏stopped ▏diverged", no_wrap=True)
    most = max((rung.standing.seen for rung in view.rungs), default=0)
    for rung in view.rungs:
        table.add_row(*_rung_row(rung), *([_rung_bar(rung, most, bar_width)] if bar_width >= 10 else []))
    return table


def _passed(rung: RungView) -> int:
    return rung.standing.seen - rung.standing.stopped - rung.standing.diverged


def _rung_row(rung: RungView) -> list[str]:
    standing = rung.standing
    cutoff = "–" if standing.cutoff is None else f"{standing.cutoff:.4g}"
    counts = (standing.rung, standing.seen, _passed(rung), standing.stopped, standing.diverged, rung.running)
    return [*map(str, counts), cutoff]


def _rung_bar(rung: RungView, most: int, width: int) -> Text:
    bar = Text()
    parts = ((_passed(rung), "█", "green"), (rung.standing.stopped, "▒", "yellow"))
    for count, block, style in (*parts, (rung.standing.diverged, "░", "magenta")):
        bar.append(block * (-(-count * width // most) if count else 0), style=style)
    bar.truncate(width)
    return bar


def _best_table(view: SweepView, width: int) -> Table:
    table = Table(
        title="Best so far", title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim"
    )
    columns = shown_hyperparameters(view.searched, width)
    table.add_column("trial", no_wrap=True)
    table.add_column(f"{view.metric} ± sd", justify="right", no_wrap=True)
    table.add_column("epoch", justify="right", no_wrap=True)
    table.add_column("by epoch", no_wrap=True, width=10)
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True, overflow="ellipsis")
    for row in view.best:
        table.add_row(*_best_row(row, columns))
    for _ in range(BEST_SHOWN - len(view.best)):
        table.add_row("·", *[""] * (3 + len(columns)))
    return table


def _best_row(row: BestView, columns: Sequence[str]) -> list[str]:
    values = [scalar_text(row.configuration.get(name)) for name in columns]
    return [row.trial_id, f"{row.value:.4f} ± {row.spread:.4f}", str(row.epochs), spark_line(row.history, 10), *values]


def shown_hyperparameters(searched: Sequence[str], width: int) -> list[str]:
    """Choose the hyperparameters for which there is room, the space's first ones first."""
    room = width - 46
    shown = []
    for name in searched:
        room -= max(len(name), 8) + 2
        if room < 0:
            break
        shown.append(name)
    return shown


def scalar_text(value: Scalar | None) -> str:
    """Write a hyperparameter's value for a table: four digits, a dash where it does not apply."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def spark_line(history: Sequence[float], width: int) -> str:
    """Draw a curve by epoch in one line of text, each block the mean of the epochs that it stands for."""
    if not history:
        return ""
    blocks = min(width, len(history))
    edges = [round(index * len(history) / blocks) for index in range(blocks + 1)]
    means = [sum(history[a:b]) / (b - a) for a, b in pairwise(edges)]
    low, span = min(means), max(means) - min(means)
    return "".join(BLOCKS[round((mean - low) / span * 7) if span else 3] for mean in means)


def _events(view: SweepView, width: int) -> list[Text]:
    lines = [Text("Events", style="bold")]
    for time, text in view.events:
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(f"{time[11:19]}  ", style="dim")
        line.append(text.splitlines()[0] if text else "")
        line.truncate(width, overflow="ellipsis")
        lines.append(line)
    return [*lines, *[Text("")] * (EVENTS_SHOWN - len(view.events))]
