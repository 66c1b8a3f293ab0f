"""What the name of a column says: words, direction, group, and whether it is a hyperparameter at all."""

import re
from collections.abc import Iterable
from itertools import pairwise

from analysis.foreign_tables.known_words import (
    AMBIGUOUS,
    CLOCKS,
    ENDINGS,
    GROUP_WORDS,
    MAXIMIZED,
    MINIMIZED,
    RAY,
    REPLICATES,
    STATISTICS,
    USUALLY_LINEAR,
    USUALLY_LOG,
    WHOLE_NAMES,
)
from search_spaces.hyperparameter import Group


def words(name: str) -> tuple[str, ...]:
    """Split a name into lower-case words."""
    parts = re.split(r"[^A-Za-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", name))
    return tuple(part.lower() for part in parts if part)


def guess_direction(name: str) -> bool | None:
    """Guess from its name whether a metric is to be maximised; None if the name says nothing."""
    parts = words(name)
    said = [part for part in reversed(parts) if part != "score"]  # what a Brier score is, only `brier` says
    for part in [*said, *parts]:
        if part in MINIMIZED or part in MAXIMIZED:
            negated = any(other in ("neg", "negative") for other in parts)
            return (part in MAXIMIZED) != negated
    return None


def guess_group(name: str) -> Group | None:
    """Guess the group of a hyperparameter from its name, its last part first; None if the name says nothing."""
    for part in (re.split(r"[./]", name)[-1], name):
        for group, known in GROUP_WORDS.items():
            if known & {*words(part), *_pairs(words(part))}:
                return group
    return None


def usually_log(name: str) -> bool | None:
    """Tell whether hyperparameters of a name are usually searched on a logarithmic scale; None if it says nothing."""
    parts = {*words(name), *_pairs(words(name))}
    if parts & USUALLY_LINEAR:
        return False
    return True if parts & USUALLY_LOG else None


def seems_measured(name: str) -> bool:
    """Tell whether a name is that of a metric, such as ``val_loss`` or ``accuracy_sd``."""
    parts = list(words(name))
    while len(parts) > 1 and parts[-1] in STATISTICS:
        parts.pop()
    return bool(parts) and (parts[-1] in (MINIMIZED | MAXIMIZED) - AMBIGUOUS or parts[-2:] == ["error", "rate"])


def seems_recorded(name: str) -> str | None:
    """Say what a column holds by its name, if that is neither hyperparameter nor metric."""
    parts = words(name)
    whole = "_".join(parts)
    if not parts or whole.startswith("unnamed"):
        return "a row number"
    if whole in RAY or parts[-1] in CLOCKS or (parts[0] in CLOCKS and parts[-1] in ("at", "s", "start", "complete")):
        return "a time, or what the runs were counted by"
    if whole in REPLICATES or parts[-1] in ("seed", "fold"):
        return "a replicate"
    return "an identifier or a remark" if whole in WHOLE_NAMES or parts[-1] in ENDINGS else None


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """Give each name an identifier of its own, as near to it as can be."""
    found: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"\W+", "_", name).strip("_") or "unnamed"
        plain = plain if plain.isidentifier() else f"_{plain}"
        taken = set(found.values())
        endings = ("" if number == 1 else f"_{number}" for number in range(1, len(found) + 2))
        found[name] = next(plain + ending for ending in endings if plain + ending not in taken)
    return found


def _pairs(parts: tuple[str, ...]) -> set[str]:
    return {f"{left}_{right}" for left, right in pairwise(parts)}
