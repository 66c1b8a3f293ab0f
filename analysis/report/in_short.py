"""A report in a few sentences, for a reader with three minutes."""

from analysis.figures.tick_text import capital
from analysis.report.blocks import Facts, Section
from analysis.report.confirmed_section import confirmed_words, unconfirmed_words
from analysis.report.cost_section import cost_words
from analysis.report.failures_section import lost_words
from analysis.report.findings import Findings
from analysis.report.found_section import best_words, nothing_words
from analysis.report.matters_section import direction_words, importance_words, noise_words, order_words, trust_words
from analysis.report.searched_section import networks, replicates_words, search_words, searched_names
from analysis.report.words import counted, listed


def in_short_section(findings: Findings) -> Section:
    """Say the most important things first."""
    pairs = [
        _reported(findings),
        ("Searched", _searched(findings)),
        ("Found", best_words(findings) if findings.best.trial_id else nothing_words(findings)),
        ("What matters", _matters(findings)),
        ("Where it is good", _where(findings)),
        ("How sure", _sure(findings)),
        ("Failed", _failed(findings)),
        ("Cost", capital(cost_words(findings))),
    ]
    return Section(anchor="in-short", title="In short", blocks=(Facts(pairs=tuple(pair for pair in pairs if pair[1])),))


def _reported(findings: Findings) -> tuple[str, str]:
    """Say which number is to be reported, or that there is none yet."""
    if findings.confirmed is None:
        return "Not confirmed", unconfirmed_words(findings)
    return "Confirmed", confirmed_words(findings, findings.confirmed)


def _searched(findings: Findings) -> str:
    kinds = [f"{_article(name)} {name}" for name in networks(findings)]
    network = f" of {listed(kinds)}" if kinds else ""
    task = f" on {findings.task}" if findings.task else ""
    epochs = f" for up to {counted(findings.max_epochs, 'epoch')}" if findings.max_epochs else ""
    folds = f" on {replicates_words(findings)}" if replicates_words(findings) else ""
    searched = len(searched_names(findings))
    were = "was" if findings.trials == 1 else "were"
    return (
        f"{_configurations(findings)}{network}{task} {were} trained{epochs}{folds}. "
        f"{counted(searched, 'hyperparameter')} {'was' if searched == 1 else 'were'} searched {search_words(findings)}."
    )


def _configurations(findings: Findings) -> str:
    planned = findings.summary.trials_planned
    if planned and planned != findings.trials:
        return f"{findings.trials:,} of {planned:,} planned configurations"
    return counted(findings.trials, "configuration")


def _article(name: str) -> str:
    """Choose by sound: an LSTM, a feed-forward network."""
    return "an" if name[:1].lower() in "aeio" or name.startswith("LSTM") else "a"


def _matters(findings: Findings) -> str:
    importance = findings.analyses.importance
    if importance is None:
        return f"No ranking is given. {findings.analyses.reason or ''}".strip()
    return importance_words(importance)


def _where(findings: Findings) -> str:
    importance = findings.analyses.importance
    return "" if importance is None else direction_words(importance)


def _sure(findings: Findings) -> str:
    importance = findings.analyses.importance
    if importance is None:
        return ""
    return " ".join(
        filter(
            None, [trust_words(importance), order_words(importance), noise_words(importance.noise), *importance.notes]
        )
    )


def _failed(findings: Findings) -> str:
    words = lost_words(findings)
    if not findings.lost.groups:
        return words
    group = findings.lost.groups[0]
    return f"{words} Most frequent: {group.message}"
