"""What the held-out test said: the only number of a report that chose nothing."""

import math
import shlex

from analysis.config_columns import config_columns
from analysis.confirmation.confirmation_table import (
    LEGEND,
    confirmed_data,
    confirmed_table,
    headline,
    notes,
    subset_table,
    verdict,
)
from analysis.confirmation.confirmed import Confirmed
from analysis.figures.tick_text import capital
from analysis.report.blocks import Block, Points, Section, Text, frame_table
from analysis.report.findings import UNDER_WAY, Findings
from analysis.report.words import counted, spoken
from analysis.significant_digits import outcome_text


def confirmed_section(findings: Findings) -> Section | None:
    """Lay out the confirmation; None where there is none that has ended."""
    confirmed = findings.confirmed
    if confirmed is None:
        return None
    data = confirmed_data(confirmed, config_columns(findings.manifest["space"]))
    table = confirmed_table(data, metric=confirmed.metric, seeds=confirmed.seeds)
    legend = ". ".join(capital(line) for line in LEGEND.splitlines())
    blocks: list[Block] = [Text(text=verdict(confirmed)), frame_table(table, f"{headline(confirmed)}. {legend}.")]
    of_subsets = subset_table(confirmed, findings.confirmed_subsets)
    if len(of_subsets):
        caption = f"Test {spoken(confirmed.metric)} on each subset, mean ± sd over seeds."
        blocks.append(frame_table(of_subsets, caption))
    blocks.append(Text(text=f"“odyssey interpret {shlex.quote(findings.name)}” draws what these networks have learnt."))
    told = (*filter(None, [_outdated(findings, confirmed)]), *notes(confirmed))
    if told:
        blocks.append(Points(items=told, tone="caution"))
    return Section(anchor="confirmed", title="Confirmed on the test", blocks=tuple(blocks))


def confirmed_words(findings: Findings, confirmed: Confirmed) -> str:
    """Say which number is to be reported, and what became of it since."""
    return " ".join(filter(None, [verdict(confirmed), _outdated(findings, confirmed)]))


def unconfirmed_words(findings: Findings) -> str:
    """Say that the best number is the search's own, and how it is confirmed; nothing without a number."""
    best = findings.best
    if best.trial_id is None:
        return ""
    chosen = f", the best of {best.usable:,} on the validation data that chose it" if best.usable > 1 else ""
    number = f"{spoken(findings.record.metric)} {outcome_text(best.value)}"
    return f"{capital(number)} is the search's own number{chosen}, and so optimistic. {_how(findings)}"


def _how(findings: Findings) -> str:
    if findings.unconfirmed:
        return findings.unconfirmed
    command = f"“odyssey confirm {shlex.quote(findings.name)}”"
    does = f"{command} trains the best anew and tests them once on {_held_out(findings)}."
    return f"Once the run has ended, {does}" if findings.state == UNDER_WAY else does


def _held_out(findings: Findings) -> str:
    if findings.split is None:
        return "the held-out test"
    test = findings.split.test
    return f"the {counted(test.units, 'sample' if test.units == test.samples else 'unit')} held out as the test"


def _outdated(findings: Findings, confirmed: Confirmed) -> str:
    """Say that the search has another first by now."""
    first = min(confirmed.configurations, key=lambda each: each.search_rank).trial_id
    if findings.best.trial_id in (first, None):
        return ""
    return f"The search has gone on since: its first is now {findings.best.trial_id}, which this does not speak of."


def interval_text(confirmed: Confirmed) -> str:
    """Write the interval of the number to be reported; nothing where it has none."""
    winner = confirmed.winner
    if winner is None or math.isnan(winner.low):
        return ""
    return f"95 % {outcome_text(winner.low)} … {outcome_text(winner.high)}"
