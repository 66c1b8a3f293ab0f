"""Numbers, names and lists as they stand in the sentences of a report."""

import math
from collections.abc import Mapping, Sequence

from analysis.figures.tick_text import name_text, percent_text
from analysis.importance.importance import Importance, Share
from analysis.significant_digits import significant

DIVERGENCE = "divergence"  # the outcome of an analysis of which trials diverged
_LONGEST_NAME = 60
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def spoken(name: str) -> str:
    """Write the name of a hyperparameter or a metric; the middle of a very long one is left out."""
    return name_text(name, _LONGEST_NAME)


def listed(words: Sequence[str]) -> str:
    """Join words as in a sentence: a, b and c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def first_of(words: Sequence[str], most: int) -> str:
    """List some words and how many there are beyond them."""
    more = len(words) - most
    return ", ".join(words) if more <= 0 else f"{', '.join(words[:most])} and {more:,} more"


def percent(share: float) -> str:
    """Write a share as a whole percentage; what rounds to all is told from all."""
    text = percent_text(share)
    return f"{'>99' if text == '100' and share < 1 else text} %"


def share_words(share: Share) -> str:
    """Write a share with its interval, if it has one: 63 % (90 % interval 22 to 84 %)."""
    return f"{percent(share.share)}{interval_words(share, ' (90 % interval {})')}"


def interval_words(share: Share, around: str = "{}") -> str:
    """Write the interval of a share; nothing where it has none."""
    if math.isnan(share.low):
        return ""
    return around.format(f"{100 * share.low:.0f} to {100 * share.high:.0f} %")


def outcome_words(importance: Importance) -> str:
    """Name the outcome that is explained, where it is read and on which scale."""
    if importance.outcome == DIVERGENCE:
        return "whether a trial diverges"
    scale = "" if importance.outcome_scale == "as measured" else f" ({importance.outcome_scale})"
    at = "" if importance.epoch is None else f" after {counted(importance.epoch, 'epoch')}"
    return f"{spoken(importance.outcome)}{scale}{at}"


def range_words(searched: str) -> str:
    """Write a searched range as in a sentence."""
    return f"{searched.removesuffix(', log')} (log)" if searched.endswith(", log") else searched


def rough(value: float) -> str:
    """Write an outcome that a surrogate gives, with the few digits that mean something."""
    text = f"{value:.2g}" if abs(value) < 10 else significant(float(f"{value:.3g}"))
    return text.replace("-", "−", 1) if value < 0 else text


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun in the right number."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def rows_words(read: int, dropped: Mapping[str, int]) -> str:
    """Say how many rows a source has, and how many of them were left out for which reason."""
    left_out = ", ".join(f"{count:,} {reason}" for reason, count in dropped.items() if count)
    return f"{read:,} read, {f'left out: {left_out}' if left_out else 'none left out'}"


def duration(seconds: float) -> str:
    """Write a length of time in the two units that matter."""
    if not math.isfinite(seconds):
        return "–"
    if seconds < _MINUTE:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return _two(whole, _MINUTE, 1, "min", "s")
    return _two(whole, _HOUR, _MINUTE, "h", "min") if whole < 2 * _DAY else _two(whole, _DAY, _HOUR, "d", "h")


def _two(whole: int, large: int, small: int, name: str, lesser: str) -> str:
    first, rest = divmod(whole, large)
    whole_part = f"{first} {name}"
    return f"{whole_part} {rest // small} {lesser}" if rest // small else whole_part


def memory(size: float) -> str:
    """Write a number of bytes in GiB."""
    return f"{size / 2**30:.1f} GiB"
