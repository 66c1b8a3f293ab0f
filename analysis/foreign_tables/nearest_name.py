"""What is said of a name that is not there."""

from collections.abc import Iterable
from difflib import get_close_matches

MOST_SHOWN = 12


def known_names(name: str, known: Iterable[str]) -> str:
    """Say what was given, what there is, and what was probably meant."""
    names = list(known)
    by_lower_case = {each.lower(): each for each in names}
    nearest = get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.55)
    meant = f" Did you mean {by_lower_case[nearest[0]]!r}?" if nearest else ""
    return f"got {name!r}; there is {listed(names)}.{meant}"


def listed(names: Iterable[object], most: int = MOST_SHOWN) -> str:
    """List names, at most so many of them."""
    texts = [str(name) for name in names]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return (", ".join(texts[:most]) + more) or "nothing"
