"""The range that a share holds for, as text: with another range it would be another share."""

from analysis.importance.ranges import NumberRange, Options
from search_spaces.distributions import Distribution, Levels, Range


def searched_text(distribution: Distribution, narrowed: NumberRange | Options | None = None) -> str:
    """Say what was searched, or the narrower range that counts."""
    if isinstance(distribution, Range):
        low, high = narrowed if isinstance(narrowed, tuple) else (distribution.low, distribution.high)
        return f"{low:.4g} … {high:.4g}{', log' if distribution.logarithmic else ''}"
    levels = distribution.levels if isinstance(distribution, Levels) else ()
    return ", ".join(str(level) for level in levels if _counts(level, narrowed))


def _counts(level: object, narrowed: NumberRange | Options | None) -> bool:
    if isinstance(narrowed, tuple):
        return isinstance(level, int | float) and narrowed[0] <= level <= narrowed[1]
    return narrowed is None or level in narrowed
