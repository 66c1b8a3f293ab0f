"""What an axis of outcomes says."""

from analysis.figures.tick_text import name_text
from analysis.importance.importance import Importance

_SCALES = {"logarithm": "log₁₀ of {}", "winsorised": "{}, winsorised", "capped": "{}, capped"}


def outcome_label(importance: Importance) -> str:
    """Name the outcome on the scale that it was analysed on."""
    return _SCALES.get(importance.outcome_scale, "{}").format(name_text(importance.outcome))


def metric_label(metric: str, *, maximize: bool) -> str:
    """Name a metric and which way is better."""
    return f"{name_text(metric)} ({'higher' if maximize else 'lower'} is better)"
