"""What a report says, in order, whatever it is written as."""

import math
from dataclasses import dataclass

from analysis.confirmation.confirmed import Confirmed, ConfirmedConfiguration
from analysis.report.again_section import again_section
from analysis.report.analyses import Analyses
from analysis.report.blocks import Section
from analysis.report.confirmed_section import confirmed_section, interval_text
from analysis.report.cost_section import cost_section
from analysis.report.course_section import configurations_section, course_section
from analysis.report.data_section import data_section, leak_words
from analysis.report.failures_section import STATUS_MEANINGS, failures_section
from analysis.report.findings import Findings, gather
from analysis.report.found_section import found_section
from analysis.report.in_short import in_short_section
from analysis.report.matters_section import matters_section
from analysis.report.searched_section import searched_section
from analysis.report.stopping_section import stopping_section
from analysis.report.words import counted, duration, interval_words, percent, spoken
from analysis.run_record import RunRecord
from analysis.significant_digits import outcome_text

_STATES = {
    "running": "This run is under way: all figures are those so far.",
    "interrupted": "This run was interrupted: what it had recorded is here, and it can be resumed.",
    "killed": "This run was killed while under way: what it had recorded is here, and it can be resumed.",
    "failed": "This run ended with an error: what it had recorded is here, and it can be resumed.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tile:
    """A number to be seen first."""

    label: str
    value: str
    note: str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ReportContent:
    """A report before it is written."""

    title: str
    subtitle: str
    warnings: tuple[str, ...]  # how the run stands, where it is not complete; that its split leaks
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]


def report_content(record: RunRecord, analyses: Analyses, *, state: str | None = None) -> ReportContent:
    """Gather what a report says; the same record and analyses give the same.

    Args:
        record: the run, finished or not.
        analyses: of the same run.
        state: how it stands: "running", "completed", "interrupted", "failed" or "killed"; what the manifest says
            when None.
    """
    findings = gather(record, analyses, state)
    sections = (
        in_short_section(findings),
        searched_section(findings),
        data_section(findings),
        confirmed_section(findings),
        found_section(findings),
        matters_section(findings),
        stopping_section(findings),
        course_section(findings),
        configurations_section(findings),
        failures_section(findings),
        cost_section(findings),
        again_section(findings),
    )
    return ReportContent(
        title=findings.name,
        subtitle=_subtitle(findings),
        warnings=tuple(filter(None, [_STATES.get(findings.state), leak_words(findings)])),
        tiles=tuple(_tiles(findings)),
        sections=tuple(section for section in sections if section is not None),
    )


def _subtitle(findings: Findings) -> str:
    started = str(findings.manifest.get("started_at") or "")[:10]
    return f"Hyperparameter search{f', {started}' if started else ''}"


def _tiles(findings: Findings) -> list[Tile]:
    tiles = []
    if findings.confirmed is not None and findings.confirmed.winner is not None:
        tiles.append(_confirmed_tile(findings.confirmed, findings.confirmed.winner))
    if findings.best.trial_id is not None:
        tiles.append(_best_tile(findings))
    importance = findings.analyses.importance
    if importance is not None:
        first = importance.hyperparameters[0]
        tiles.append(
            Tile(
                label="matters most",
                value=spoken(first.name),
                note=f"{percent(first.alone.share)} of the variance alone{interval_words(first.alone, ' ({})')}",
            )
        )
    planned = findings.summary.trials_planned
    of = f" of {planned:,}" if planned and planned != findings.trials else ""
    tiles.append(Tile(label="trials", value=f"{findings.trials:,}{of}", note=_ends(findings)))
    trained = counted(findings.summary.epochs_trained, "epoch")
    tiles.append(Tile(label="took", value=duration(findings.summary.elapsed_seconds), note=trained))
    return tiles


def _confirmed_tile(confirmed: Confirmed, winner: ConfirmedConfiguration) -> Tile:
    interval = interval_text(confirmed)
    return Tile(
        label=f"{spoken(confirmed.metric)} on the test",
        value=outcome_text(winner.test),
        note=f"{interval}, {winner.trial_id}" if interval else winner.trial_id,
    )


def _best_tile(findings: Findings) -> Tile:
    best = findings.best
    spread = "" if math.isnan(best.sd) else f"± {outcome_text(best.sd)}, "
    return Tile(
        label=f"best {spoken(findings.record.metric)} in the search",
        value=outcome_text(best.value),
        note=f"{spread}{best.trial_id}",
    )


def _ends(findings: Findings) -> str:
    counts = [
        f"{findings.statuses[status]:,} {status.replace('_', ' ')}"
        for status in STATUS_MEANINGS
        if status in findings.statuses
    ]
    return ", ".join(counts)
