"""What was found: the best configurations, and how sure their order is."""

import json
import math

from analysis.config_columns import config_columns, configurations
from analysis.report.blocks import Block, Listing, Section, Text, frame_table
from analysis.report.findings import Findings
from analysis.report.searched_section import replicates_words
from analysis.report.words import counted, listed, spoken
from analysis.significant_digits import outcome_text

MOST_NAMED = 4  # trials in a sentence


def found_section(findings: Findings) -> Section:
    """Lay out the best configurations."""
    blocks = _blocks(findings) if findings.best.trial_id else (Text(text=nothing_words(findings), tone="caution"),)
    return Section(anchor="found", title="What was found", blocks=tuple(blocks))


def _blocks(findings: Findings) -> tuple[Block, ...]:
    best = findings.best
    shown = len(best.table)
    table = frame_table(best.table, f"The best {shown} of {counted(best.usable, 'configuration')} with an outcome, "
                        f"by {spoken(findings.record.metric)} on validation data {_when(findings)}." if shown > 1
                        else "The only configuration with an outcome.")  # fmt: skip
    return (Text(text=best_words(findings)), table, *_cautions(findings), _configuration(findings))


def _configuration(findings: Findings) -> Listing:
    """Give the best configuration in full precision, as YAML reads it."""
    trials = findings.record.trials
    best = trials[trials["trial_id"] == findings.best.trial_id]
    config = configurations(best, config_columns(findings.manifest["space"]))[0]
    text = "\n".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in config.items())
    return Listing(caption=f"The best configuration, {findings.best.trial_id}", text=text)


def _when(findings: Findings) -> str:
    return "at the best epoch of each replicate" if findings.patience else "at their last epoch"


def nothing_words(findings: Findings) -> str:
    """Say that no trial can be called best."""
    if not findings.trials:
        return "No trial was begun yet." if findings.state == "running" else "No trial was begun."
    return f"Of {counted(findings.trials, 'trial')}, none has a usable outcome."


def best_value(findings: Findings) -> str:
    """Write the best outcome with its spread."""
    spread = "" if math.isnan(findings.best.sd) else f" ± {outcome_text(findings.best.sd)}"
    return f"{outcome_text(findings.best.value)}{spread}"


def best_words(findings: Findings) -> str:
    """Say what the best is worth, and how many cannot be told from it."""
    best, metric = findings.best, spoken(findings.record.metric)
    spread = "" if math.isnan(best.sd) else f" (mean ± standard deviation over {replicates_words(findings)})"
    replicates = "" if best.replicates > 1 else " It rests on one replicate, so nothing tells how sure that is."
    after = f" on validation data after {counted(best.epochs, 'epoch')}"
    reached = f"The best, {best.trial_id}, reached {metric} {best_value(findings)}{spread}{after}."
    return f"{reached}{_ties(findings)}{replicates}"


def _ties(findings: Findings) -> str:
    tied, others = findings.best.tied, findings.best.usable - 1
    if findings.best.replicates < 2 or others < 1:
        return ""
    if not tied:
        return " A paired test at the 5 % level tells it from each of the others."
    which = listed(tied) if len(tied) <= MOST_NAMED else f"{len(tied):,} of the other {others:,}"
    return f" {which} cannot be told from it (paired test, 5 % level)."


def _cautions(findings: Findings) -> tuple[Text, ...]:
    texts = []
    if findings.best.replicates > 1:
        texts.append(
            "“=” beside a rank: cannot be told from the best (paired t test over common replicates at 5 %, corrected "
            "for folds that share training data, each comparison for itself). Intervals have the same correction."
        )
    if findings.best.usable > 1:
        untouched = " The test split was not touched." if findings.summary.confirmation == "none" else ""
        texts.append(f"The best of many is in part the luckiest: expect somewhat less of it on new data.{untouched}")
    return tuple(Text(text=text, tone="quiet") for text in texts)
