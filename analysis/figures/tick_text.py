"""Numbers and names as a reader of a figure meets them."""

from search_spaces.distributions import Scalar

_LONGEST_NAME = 30
_AS_PRINTED = {"roc_auc": "ROC AUC", "pr_auc": "PR AUC", "mean_f1": "mean F1", "ppv": "PPV", "npv": "NPV"}


def tick_text(value: Scalar) -> str:
    """Write a value as a person writes it into a configuration: 0.001, 1e-4, 64, true, adam."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    return _number_text(float(value)).replace("-", "−", 1) if value < 0 else _number_text(float(value))


def name_text(name: str, longest: int = _LONGEST_NAME) -> str:
    """Write the name of a hyperparameter or a metric as one reads it: `ROC AUC on 9-mers` for roc_auc@9-mers.

    Its middle is left out where it is longer than `longest` characters.
    """
    plain, _, subset = name.partition("@")
    text = _AS_PRINTED.get(plain, plain.replace("_", " "))
    return elided(f"{text} on {subset}" if subset else text, longest)


def capital(sentence: str) -> str:
    """Begin with a capital letter, whatever follows."""
    return sentence[:1].upper() + sentence[1:]


def elided(text: str, longest: int) -> str:
    """Leave out the middle of a text that is too long."""
    if len(text) <= longest:
        return text
    tail = (longest - 1) // 3
    return f"{text[: longest - 1 - tail].rstrip()}…{text[len(text) - tail :].lstrip()}"


def percent_text(share: float) -> str:
    """Write a share as a whole percentage; what rounds to none is told from none."""
    text = f"{100 * share:.0f}"
    return "<1" if text == "0" and share > 0 else text


def count_text(count: int, noun: str) -> str:
    """Write a count with its noun in the right number."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _number_text(number: float) -> str:
    if number.is_integer() and abs(number) < 1e5:
        return f"{number:.0f}"
    mantissa, _, exponent = f"{number:.3g}".partition("e")
    if not exponent and abs(number) < 1e-3:
        mantissa, _, exponent = f"{number:.2e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa
