"""A built-in space on the data at hand: what would mean nothing there is not searched, and told of."""

from collections.abc import Iterable
from dataclasses import replace

from learning_tasks.shape import Kind
from search_spaces.distributions import Choice, Constant, Scalar
from search_spaces.search_space import SearchSpace
from sweeps.contradictions import facts_of
from sweeps.space_text import distribution_text
from sweeps.sweep import SweepData

# Why hyperparameters are held, and which; the reason stands in the space from then on.
NO_CLASSES = "A regression has no classes."
NO_TOKENS = "Real values have no embedding."
NO_STEPS = "The sequences that are trained on have too few steps for more."
_OF_CLASSES = ("label_smoothing", "class_weights")
_OF_TOKENS = ("embedding_size", "embedding_dropout", "separate_embeddings")
# Numbers of steps, by how many more steps a sequence must have.
_OF_STEPS = {"subsampling": 0, "truncate_steps": 1}


def fit_to_data(space: SearchSpace, kind: Kind | None, split: SweepData | None) -> SearchSpace:
    """Hold what means nothing on the data at its default; what the space does not search stays as it is.

    Args:
        space: a built-in one, which knows no data.
        kind: of the task; None if not known.
        split: the data, divided; None if not known.
    """
    if kind == "regression":
        space = _held(space, _OF_CLASSES, NO_CLASSES)
    if split is None:
        return space
    if not split.data.development.tokens:
        space = _held(space, _OF_TOKENS, NO_TOKENS)
    longest = facts_of(split).longest
    for name, more in _OF_STEPS.items():
        space = _limited(space, name, longest - more)
    return space


def fitted_lines(space: SearchSpace) -> list[str]:
    """Say what was left out of a space for the data's sake, and why."""
    told: dict[str, list[str]] = {}
    for each in space.hyperparameters:
        if each.reason in (NO_CLASSES, NO_TOKENS, NO_STEPS):
            told.setdefault(each.reason, []).append(f"{each.name} {distribution_text(each.distribution)}")
    return [f"{', '.join(names)}: {reason[0].lower()}{reason[1:-1]}" for reason, names in told.items()]


def _held(space: SearchSpace, names: Iterable[str], reason: str) -> SearchSpace:
    for name in names:
        if name in space.searched:
            space = _with_values(space, name, [space[name].default], reason)
    return space


def _limited(space: SearchSpace, name: str, most: int) -> SearchSpace:
    """Leave the options that are not larger."""
    options = getattr(space[name].distribution, "options", ()) if name in space else ()
    kept = [option for option in options if option <= most]
    return _with_values(space, name, kept, NO_STEPS) if len(kept) < len(options) else space


def _with_values(space: SearchSpace, name: str, values: list[Scalar], reason: str) -> SearchSpace:
    distribution = Choice(options=tuple(values)) if len(values) > 1 else Constant(value=values[0])
    return space.with_hyperparameter(replace(space[name], distribution=distribution, reason=reason))
