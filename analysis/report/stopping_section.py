"""Was early stopping justified: the rungs, and whether an early order foretells the later one."""

import math

from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.rung_correlation import RungCorrelationData, rung_correlation_data
from analysis.report.blocks import Block, Section, Table, Text, drawings
from analysis.report.findings import Findings
from analysis.report.words import counted, percent
from analysis.significant_digits import outcome_text

FEWEST = 5  # trials of an interval
NORMAL_95 = 1.6449  # quantile
_CLOSELY, _PARTLY = 0.8, 0.5  # Spearman's rank correlation


def stopping_section(findings: Findings) -> Section | None:
    """Lay out what the rungs did; None where there are none."""
    if not findings.stops_early or not len(findings.record.decisions):
        return None
    record, importance = findings.record, findings.analyses.importance
    blocks: list[Block] = [Text(text=f"{_saved(findings)}{correlation_words(findings)}"), _rung_table(findings)]
    blocks.extend(drawings(("rung_ladder", "rung_correlation"), record))
    blocks.extend(drawings(("importance_over_epochs",), importance))
    return Section(anchor="early-stopping", title="Was early stopping justified?", blocks=tuple(blocks))


def _saved(findings: Findings) -> str:
    stopped = findings.statuses.get("stopped", 0)
    return f"Rungs stopped {stopped:,} of {counted(findings.trials, 'trial')} early. {saving_words(findings)}"


def saving_words(findings: Findings) -> str:
    """Say what early stopping saved."""
    trained, saved = findings.summary.epochs_trained, findings.summary.epochs_saved
    if not saved:
        return f"{counted(trained, 'epoch')} {'was' if trained == 1 else 'were'} trained."
    return (
        f"{counted(trained, 'epoch')} were trained and {saved:,} saved, {percent(saved / (trained + saved))} of what "
        "the same trials would have taken in full."
    )


def correlation_words(findings: Findings) -> str:
    """Say how well the order at the first rung foretells that at the last."""
    try:
        data = rung_correlation_data(findings.record)
    except NothingToDraw:
        return " Too few trials reached two rungs to tell whether an early order foretells a later one."
    value, trials = float(data.correlation[-1, 0]), int(data.trials[-1, 0])
    if not math.isfinite(value):
        return ""
    how = "closely" if value >= _CLOSELY else "in part" if value >= _PARTLY else "only weakly"
    over = f"{trials:,} {'probes' if data.used == 'probes' else 'trials that reached both'}"
    sure = _interval(value, trials)
    return (
        f" The order after {counted(data.epochs[0], 'epoch')} foretells that after {data.epochs[-1]} {how}: "
        f"Spearman's rank correlation {_signed(value)}{sure} over {over}.{_selected(data)}{_losses(data)}"
    )


def _interval(value: float, trials: int) -> str:
    """Give the 90 % interval of a rank correlation: Fieller, Hartley & Pearson (1957), Biometrika 44, 470-481."""
    if trials < FEWEST or abs(value) >= 1:
        return ""
    spread = NORMAL_95 * math.sqrt(1.06 / (trials - 3))
    low, high = (math.tanh(math.atanh(value) + side * spread) for side in (-1, 1))
    return f" (90 % interval {_signed(low)} to {_signed(high)})"


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _selected(data: RungCorrelationData) -> str:
    if data.used == "probes":
        return ""
    return (
        " Only the good reach both, which tends to lower it; probes, which no rung stops, would tell without that bias."
    )


def _losses(data: RungCorrelationData) -> str:
    if not data.would_be_cut:
        return ""
    told = ", ".join(f"{each.cut} of {each.of} after {counted(each.rung, 'epoch')}" for each in data.would_be_cut)
    return f" Of the probes that ended best, the cut-off would have stopped {told}."


def _rung_table(findings: Findings) -> Table:
    probes = findings.summary.probes > 0
    rows = [
        (
            str(rung.rung),
            f"{rung.seen:,}",
            f"{rung.passed:,}",
            *((f"{rung.spared:,}",) if probes else ()),
            f"{rung.stopped:,}",
            f"{rung.diverged:,}",
            "–" if rung.last_cutoff is None else outcome_text(rung.last_cutoff),
        )
        for rung in findings.summary.rungs
    ]
    return Table(
        caption="The rungs: how many trials reached each, and what became of them there."
        + (" Spared: probes below the cut-off." if probes else ""),
        columns=("epoch", "reached", "passed", *(("spared",) if probes else ()), "stopped", "diverged", "last cut-off"),
        rows=tuple(rows),
    )
