"""Each configuration's distance from the mean outcome, split into the effects that the surrogate knows."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import combinations

from analysis.importance.design import Design
from analysis.importance.explain import fit_table
from analysis.importance.outcome_table import OutcomeTable


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What a hyperparameter, or the interaction of two, adds to a configuration's outcome."""

    names: tuple[str, ...]
    value: float  # in the outcome's unit


@dataclass(frozen=True, kw_only=True, slots=True)
class Decomposition:
    """Why a configuration is where it is: mean + effects + rest = outcome."""

    mean: float  # over what was searched, at the full budget
    effects: tuple[Effect, ...]  # largest first; of active hyperparameters
    rest: float  # interactions of three and more, noise, and what a smaller budget lacks

    @property
    def distance(self) -> float:
        """How far the outcome lies from the mean."""
        return sum(effect.value for effect in self.effects) + self.rest


def decompose(
    table: OutcomeTable, *, seed: int = 0, trial_ids: Collection[str] | None = None
) -> dict[str, Decomposition]:
    """Split the last outcome of each trial that has one.

    Args:
        table: configurations and outcomes.
        seed: of the fit.
        trial_ids: the trials to be split, all when None: each takes time and memory with all pairs of hyperparameters.

    Raises:
        NotExplained: If the surrogate explains nothing of configurations left out.
        ValueError: If the table cannot be analysed, or only on another scale than it was measured on.
    """
    design, stack = fit_table(table, seed=seed)
    if design.scale.name != "as measured":
        raise ValueError(f"Effects need outcomes as they were measured, but they are {design.scale.name}.")
    mean = stack.mean()
    asked = set(table.trial_ids if trial_ids is None else trial_ids)
    rows = [row for row, trial in enumerate(design.trials) if table.trial_ids[trial] in asked]
    singles, pairs = stack.effects(design.configuration_codes[rows])
    last = table.outcomes.sort_values("epoch").groupby("trial")["value"].last()
    found = {}
    for place, row in enumerate(rows):
        trial = design.trials[row]
        found_here = _effects(design, trial, singles[place], pairs[place])
        effects = tuple(sorted(found_here, key=lambda each: -abs(each.value)))
        rest = float(last[trial]) - mean - sum(effect.value for effect in effects)
        found[table.trial_ids[trial]] = Decomposition(mean=mean, effects=effects, rest=rest)
    return found


def _effects(design: Design, trial: int, singles: Iterator[float], pairs: Iterator[float]) -> Iterator[Effect]:
    active = design.table.configurations[trial]
    for name, value in zip(design.names, singles, strict=True):
        if name in active:
            yield Effect(names=(name,), value=float(value))
    for names, value in zip(combinations(design.names, 2), pairs, strict=True):
        if all(name in active for name in names):
            yield Effect(names=names, value=float(value))


def decomposition_text(decomposition: Decomposition, *, terms: int = 3, least: float = 0.0005) -> str:
    """Write the largest effects and the rest: +0.041 learning_rate, +0.012 hidden_size × dropout, −0.004 rest."""
    shown = [effect for effect in decomposition.effects[:terms] if abs(effect.value) >= least]
    rest = decomposition.rest + sum(effect.value for effect in decomposition.effects if effect not in shown)
    return ", ".join([*(f"{signed(each.value)} {' × '.join(each.names)}" for each in shown), f"{signed(rest)} rest"])


def signed(value: float) -> str:
    """Write a number with its sign."""
    return f"{value:+.3f}".replace("-", "−")
