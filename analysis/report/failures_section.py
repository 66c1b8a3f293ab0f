"""What failed and where in the search space."""

from collections.abc import Iterator

import numpy as np

from analysis.figures.tick_text import capital
from analysis.importance.importance import Importance
from analysis.importance.run_outcomes import DIVERGED
from analysis.report.blocks import Block, Folded, Listing, Section, Table, Text, drawings, frame_table
from analysis.report.findings import Findings
from analysis.report.lost_trials import ErrorGroup
from analysis.report.matters_section import importance_words, near_words, trust_words
from analysis.report.words import counted, first_of, listed, percent, spoken

ALIKE = 0.1  # of the height of a curve
FEWEST = 10  # trials, for a percentage of them
_MOST_OPEN, _MOST_LISTED = 8, 100  # rows
_MOST_IDS, _MOST_GROUPS, _MOST_TRACEBACKS = 12, 20, 5

STATUS_MEANINGS = {
    "completed": "trained to the last epoch",
    "stopped": "stopped by a rung for its outcome",
    "running": "being trained when this was written",
    "interrupted": "unfinished when the run ended",
    "diverged": "loss or metric was no longer finite",
    "out_of_memory": "memory ran out",
    "failed": "ended with an error",
}


def failures_section(findings: Findings) -> Section:
    """Count the trials by how they ended, group the messages, and say where the lost trials lie."""
    blocks: list[Block] = [Text(text=lost_words(findings))]
    if findings.statuses:
        blocks.append(_status_table(findings))
    if findings.lost.groups:
        blocks.extend(_lost_blocks(findings))
    return Section(anchor="failed", title="What failed and where", blocks=tuple(blocks))


def lost_words(findings: Findings) -> str:
    """Say how many trials were lost, and how."""
    lost = len(findings.lost.trial_ids)
    if not lost:
        return "No trial diverged, ran out of memory or failed."
    counts = [(status, findings.statuses.get(status, 0)) for status in ("diverged", "out_of_memory", "failed")]
    if len([count for _, count in counts if count]) == 1:
        status = findings.lost.groups[0].status
        return f"{lost:,} of {counted(findings.trials, 'trial')}{_share_words(findings)} {_verb(status)}."
    told = listed([f"{count:,} {_verb(status)}" for status, count in counts if count])
    return f"{lost:,} of {counted(findings.trials, 'trial')}{_share_words(findings)} gave no usable outcome: {told}."


def _share_words(findings: Findings) -> str:
    return f" ({percent(len(findings.lost.trial_ids) / findings.trials)})" if findings.trials >= FEWEST else ""


def _verb(status: str) -> str:
    return {"out_of_memory": "ran out of memory"}.get(status, status)


def _status_table(findings: Findings) -> Table:
    known = [status for status in STATUS_MEANINGS if status in findings.statuses]
    others = sorted(set(findings.statuses) - set(known))
    return Table(
        caption="Trials by how they ended.",
        columns=("status", "trials", "meaning"),
        rows=tuple(
            (status.replace("_", " "), f"{findings.statuses[status]:,}", STATUS_MEANINGS.get(status, "–"))
            for status in [*known, *others]
        ),
    )


def _lost_blocks(findings: Findings) -> Iterator[Block]:
    groups = findings.lost.groups
    more = "" if len(groups) <= _MOST_GROUPS else f" The {len(groups) - _MOST_GROUPS:,} rarest are left out."
    yield Table(
        caption=f"What they said, by the last line; the most frequent first.{more}",
        columns=("message", "status", "trials", "which"),
        rows=tuple(_group_row(group) for group in groups[:_MOST_GROUPS]),
    )
    examples = [group for group in groups if group.example][:_MOST_TRACEBACKS]
    if examples:
        listings = tuple(Listing(caption=f"{group.trial_ids[0]}", text=group.example or "") for group in examples)
        yield Folded(title=f"Errors in full, one of each kind ({len(listings)})", blocks=listings)
    yield from _where(findings)


def _group_row(group: ErrorGroup) -> tuple[str, str, str, str]:
    message = f"{group.message} (numbers differ)" if group.alike else group.message
    return (
        message,
        group.status.replace("_", " "),
        f"{len(group.trial_ids):,}",
        first_of(group.trial_ids, _MOST_IDS),
    )


def _where(findings: Findings) -> Iterator[Block]:
    divergence, reason = findings.analyses.divergence, findings.analyses.divergence_reason
    if divergence is not None:
        words = f"{importance_words(divergence)} {trust_words(divergence)}{_most_frequent(divergence)}"
        yield Text(text=f"Where trials diverge or run out of memory: {words[:1].lower()}{words[1:]}")
        yield from drawings(("importance_bars", "marginals"), divergence, prefix="divergence_")
    elif reason and any(findings.statuses.get(status) for status in DIVERGED):
        yield Text(text=f"Which hyperparameters explain this cannot be said. {capital(reason)}", tone="quiet")
    yield from _configurations(findings)


def _most_frequent(divergence: Importance) -> str:
    """Say where the hyperparameter that matters most loses most trials."""
    curve = divergence.curves[0]
    most = np.flatnonzero(curve.mean >= curve.mean.max() - ALIKE * np.ptp(curve.mean))
    from_here, to_there = near_words(curve, int(most[0])), near_words(curve, int(most[-1]))
    whole = curve.scale != "categories" and most[-1] - most[0] == len(most) - 1 and from_here != to_there
    where = f"{from_here} … {to_there}" if whole else near_words(curve, int(np.argmax(curve.mean)))
    return f" It is most frequent at {spoken(curve.name)} {where}."


def _configurations(findings: Findings) -> Iterator[Block]:
    shown = findings.lost.table.head(_MOST_LISTED)
    more = len(findings.lost.table) - len(shown)
    table = frame_table(shown, f"Their configurations.{f' {more:,} more are left out.' if more else ''}")
    if len(shown) <= _MOST_OPEN:
        yield table
    else:
        yield Folded(
            title=f"Configurations of the {len(shown)} lost trials" if not more else table.caption, blocks=(table,)
        )
