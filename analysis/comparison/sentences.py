"""Differences in words, and the numbers in them."""

import math

from analysis.comparison.difference import Difference
from analysis.comparison.evidence import ArmDifference, turned
from analysis.report.words import spoken
from analysis.significant_digits import difference_text, outcome_text
from learning_tasks.metrics import plain_name


def sentence(each: ArmDifference) -> str:
    """Say what a difference means."""
    metric, subset = spoken(plain_name(each.metric)), subset_of(each.metric)
    what = f"{metric} on {subset}" if subset else metric
    if math.isnan(each.p):
        return f"{each.second} against {each.first}: which is better in {what} cannot be judged from so little."
    if each.better is None:
        told = _size(each.difference, each.p, outcome_text(each.difference.value))
        return f"{each.second} and {each.first} cannot be told apart in {what}: difference {told}."
    lead, worse = (each.advantage, each.first) if each.better == each.second else (turned(each.advantage), each.second)
    return f"{each.better} is better than {worse} in {what} by {_size(lead, each.p, outcome_text(lead.value))}."


def subset_of(metric: str) -> str:
    """Name the subset that a metric is of; empty for all."""
    return metric.partition("@")[2]


def interval_text(difference: Difference, between: str) -> str:
    """Write the ends of an interval."""
    if not _has_width(difference):
        return "–"
    return f"{difference_text(difference.low)}{between}{difference_text(difference.high)}"


def p_text(p: float) -> str:
    """Write a p-value with two significant digits; far below what matters it is only called small."""
    if math.isnan(p):
        return "–"
    return "< .001" if p < 0.001 else f"{p:#.2g}".replace("0.", ".", 1)


def _size(difference: Difference, p: float, value: str) -> str:
    low, high = (outcome_text(end).replace("-", "−") for end in (difference.low, difference.high))
    written, interval = p_text(p), f" ({low} to {high})" if _has_width(difference) else ""
    return f"{value.replace('-', '−')}{interval}, p {written if written.startswith('<') else f'= {written}'}"


def _has_width(difference: Difference) -> bool:
    """Say whether there is an interval: where nothing varies, as between perfect scores, nothing tells one."""
    return difference.low < difference.high
