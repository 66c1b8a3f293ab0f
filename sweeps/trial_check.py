"""Whether the values that a space gives can be trained with: tried out before a trial does."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from learning_tasks.shape import DataShape, Kind
from search_spaces.catalogue import READABLE, SPACES
from search_spaces.distributions import Distribution, Scalar
from search_spaces.families import NETWORK
from search_spaces.hyperparameter import Hyperparameter
from sweeps.space_text import condition_text
from trainables.networks.catalogue import build_network
from trainables.objective import read_objective
from trainables.optimisation import read_optimisation

# Tokens, so that the embedding is built too; which sizes does not matter.
_ANY_SHAPES: dict[Kind, DataShape] = {
    "classification": DataShape(kind="classification", time=2, features=0, vocabulary_size=3, outputs=2),
    "regression": DataShape(kind="regression", time=2, features=0, vocabulary_size=3, outputs=1),
}


def value_problems(
    hyperparameters: Iterable[Hyperparameter], networks: Sequence[str], kind: Kind | None = None
) -> Iterator[tuple[str, str]]:
    """Tell the hyperparameters whose outermost values a network or the optimiser refuses, and what they say.

    All others are at the defaults of the network's own space meanwhile.

    Args:
        hyperparameters: that are searched.
        networks: that read them.
        kind: of the task; None if not known, and then what one kind refuses is let through.
    """
    shapes = [_ANY_SHAPES[kind]] if kind else list(_ANY_SHAPES.values())
    for hyperparameter in hyperparameters:
        readers = [network for network in networks if hyperparameter.name in READABLE[network]]
        refusals = (_refusal(network, hyperparameter, shapes) for network in readers)
        problem = next((refusal for refusal in refusals if refusal), None)
        if problem:
            yield hyperparameter.name, problem


def _refusal(network: str, hyperparameter: Hyperparameter, shapes: Sequence[DataShape]) -> str | None:
    configuration = SPACES[network].defaults()
    for value in _outermost(hyperparameter.distribution):
        refusal = _try(network, {**configuration, hyperparameter.name: value}, shapes)
        if refusal:
            return refusal
    configuration.pop(hyperparameter.name, None)
    conditions = [c for c in hyperparameter.conditions if c.hyperparameter != NETWORK]
    if conditions and _try(network, configuration, shapes):
        text = " and ".join(map(condition_text, conditions))
        return f"must be there in every trial of the {network}, got it only where {text}."
    return None


def _outermost(distribution: Distribution) -> list[Scalar]:
    levels = getattr(distribution, "levels", None)
    return list(levels) if levels else [distribution.from_unit(0.0), distribution.from_unit(1.0)]


def _try(network: str, configuration: Mapping[str, Scalar], shapes: Sequence[DataShape]) -> str | None:
    """Say why a network or the optimiser refuses a configuration on data of all these shapes, if they do."""
    entries = tuple((name, type(value), value) for name, value in configuration.items())
    refusals = [_try_on(shape, network, entries) for shape in shapes]
    return refusals[0] if all(refusals) else None


class _Unfilled(TorchFunctionMode):
    """Leaves weights without memory as they are: to draw nothing into them, torch would import its compiler."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        return kwargs["tensor"] if func is nn.init.normal_ else func(*args, **kwargs)


@lru_cache(maxsize=4096)  # the arms of an experiment try nearly the same; by type too, for True equals 1
def _try_on(shape: DataShape, network: str, entries: tuple[tuple[str, type, Scalar], ...]) -> str | None:
    configuration = {name: value for name, _, value in entries}
    try:
        with torch.device("meta"), _Unfilled():  # no memory is taken, however large the network
            built = build_network([network], shape, configuration)
        read_objective(configuration, shape.kind, built)
        read_optimisation(configuration).optimiser([nn.Parameter(torch.zeros(1))])
    except (ValueError, TypeError, RuntimeError, OverflowError) as error:  # PyTorch has no one type for a refusal
        return _in_the_files_words(str(error), configuration)
    return None


def _in_the_files_words(refusal: str, hyperparameters: Iterable[str]) -> str:
    if refusal.startswith(tuple(hyperparameters)):
        return refusal.replace("True or False", "true or false")
    return f"must be what PyTorch accepts, got its refusal: {refusal.splitlines()[0].rstrip('.')}."
