"""Lengths of time as people write them."""

import math
import re

from sweeps.problems import shown

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])\s*")


def seconds_of(duration: object) -> float:
    """Read a duration such as ``90``, ``90s``, ``30m`` or ``1h30m`` in seconds.

    Raises:
        ValueError: If it is not one, or not positive.
    """
    seconds = _seconds_in_text(duration) if isinstance(duration, str) else duration
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds):
        raise ValueError(f"must be a duration such as 90s, 30m, 1h30m or 2d, got {shown(duration)}.")
    if not seconds > 0:
        raise ValueError(f"must be longer than nothing, got {shown(duration)}.")
    return float(seconds)


def _seconds_in_text(duration: str) -> float | None:
    text = duration.strip().lower()
    if not text or _PART.sub("", text):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def duration_text(seconds: float) -> str:
    """Write a duration for the screen: 48 s, 12:05, 3:12:05."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours}:{minutes:02d}:{rest:02d}"
    return f"{minutes}:{rest:02d}" if minutes else f"{rest} s"


def rough_duration_text(seconds: float) -> str:
    """Write an estimate no more precisely than it deserves, rounded up: 40 s, 12 min, 3 h 10 min, 2 d 4 h."""
    if seconds <= 55:
        return f"{max(1, math.ceil(seconds / 5)) * 5} s"
    minutes = math.ceil(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return _two_units(minutes, 60, "h", "min")
    return _two_units(math.ceil(minutes / 60), 24, "d", "h")


def _two_units(count: int, in_one: int, larger: str, smaller: str) -> str:
    whole, rest = divmod(count, in_one)
    return f"{whole} {larger} {rest} {smaller}" if rest else f"{whole} {larger}"
