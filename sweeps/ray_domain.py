"""A hyperparameter as Ray Tune's random search draws it."""

from typing import Any

from ray import tune
from ray.tune.search.sample import Domain

from search_spaces.distributions import Scalar
from search_spaces.hyperparameter import Hyperparameter


class HyperparameterDomain(Domain):
    """Draws through our own map from the unit interval, by Ray's generator; None where a condition does not hold."""

    def __init__(self, hyperparameter: Hyperparameter) -> None:
        self._hyperparameter = hyperparameter

    def sample(self, config: Any = None, size: int = 1, random_state: Any = None) -> Any:
        """Draw one value, or a list of ``size`` for the same configuration.

        Args:
            config: Ray's specification, whose ``config`` holds the values of the hyperparameters declared before.
            size: number of values.
            random_state: Ray's generator, or a seed.
        """
        positions = tune.uniform(0.0, 1.0).sample(size=size, random_state=random_state)
        known = config["config"] if config else {}
        return self._value(known, positions) if size == 1 else [self._value(known, each) for each in positions]

    def is_valid(self, value: Any) -> bool:
        """Say whether a value can be drawn."""
        return value is None or self._hyperparameter.distribution.contains(value)

    def _value(self, known: dict[str, Any], position: float) -> Scalar | None:
        active = self._hyperparameter.is_active(known)
        return self._hyperparameter.distribution.from_unit(position) if active else None
