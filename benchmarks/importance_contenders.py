"""Everyone who estimates shares of the same table: Odyssey's surrogates and the other packages."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import mean
from typing import Any

from threadpoolctl import threadpool_limits

from analysis.importance.importance import Importance, NotExplained
from analysis.importance.outcome_table import OutcomeTable
from benchmarks.importance_rivals import (
    OPTUNA_RIVALS,
    SALIB_RIVALS,
    Rival,
    Shares,
    all_continuous,
    normalised,
)
from benchmarks.sums_of_products import VarianceShares

Pair = frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """Shares as a contender tells them."""

    first_order: Shares
    pairs: dict[Pair, float] | None = None  # None: does not tell
    totals: Shares | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Errors:
    """Mean absolute errors of an estimate."""

    first_order: float
    pairs: float | None
    totals: float | None
    top_right: bool  # the largest first-order share is that of the right hyperparameter


Contender = Callable[[OutcomeTable, int], Estimate]  # the table and a seed


def odyssey(surrogate: str) -> Contender:
    """Make a contender of one of Odyssey's surrogates."""

    def contender(table: OutcomeTable, seed: int) -> Estimate:
        from analysis.importance.explain import explain

        return of_importance(explain(table, seed=seed, intervals=False, surrogate=surrogate))

    return contender


def of_importance(importance: Importance) -> Estimate:
    """Read the shares off an analysis."""
    return Estimate(
        first_order={entry.name: entry.alone.share for entry in importance.hyperparameters},
        pairs={frozenset(pair.names): pair.share.share for pair in importance.pairs},
        totals={entry.name: entry.total.share for entry in importance.hyperparameters},
    )


def singles_only(rival: Rival) -> Contender:
    """Make a contender of a package that tells first-order shares only."""
    return lambda table, seed: Estimate(first_order=rival(table, seed))


ODYSSEY: dict[str, Contender] = {
    "odyssey": odyssey("stack"),
    "odyssey_gaussian_process": odyssey("gaussian_process"),
    "odyssey_forest": odyssey("forest"),
}
RIVALS: dict[str, Contender] = {name: singles_only(rival) for name, rival in (OPTUNA_RIVALS | SALIB_RIVALS).items()}
CONTENDERS: dict[str, Contender] = ODYSSEY | RIVALS


def applies(contender: str, table: OutcomeTable) -> bool:
    """Tell whether a contender can read a table."""
    return contender not in SALIB_RIVALS or all_continuous(table.space)


def errors(estimate: Estimate, truth: VarianceShares) -> Errors:
    """Compare an estimate with the truth."""
    pairs, totals, first_order = estimate.pairs, estimate.totals, estimate.first_order
    wanted = {frozenset(pair): share for pair, share in truth.pairs.items()}
    return Errors(
        first_order=_mean_error(first_order, truth.first_order),
        pairs=None if pairs is None else _mean_error(pairs, wanted),
        totals=None if totals is None else _mean_error(totals, truth.totals),
        top_right=max(first_order, key=first_order.__getitem__) == max(truth.names, key=truth.first_order.__getitem__),
    )


def measure(contender: str, table: OutcomeTable, truth: VarianceShares, seed: int) -> dict[str, dict[str, Any]]:
    """Give the errors and CPU seconds of one contender, at one BLAS thread; of two for a figure scaled two ways."""
    with threadpool_limits(1):
        started = time.process_time()
        try:
            estimate = CONTENDERS[contender](table, seed)
        except NotExplained as refusal:
            return {contender: {"refused": str(refusal)}}
        seconds = time.process_time() - started
    found = {contender: entry(errors(estimate, truth)) | {"cpu_s": seconds}}
    if contender == "optuna_fanova":
        scaled = Estimate(first_order=normalised(estimate.first_order))
        found["optuna_fanova_normalised"] = entry(errors(scaled, truth)) | {"cpu_s": seconds}
    return found


def entry(found: Errors) -> dict[str, Any]:
    """Write errors down."""
    return {
        "first_order": found.first_order,
        "pairs": found.pairs,
        "totals": found.totals,
        "top_right": found.top_right,
    }


def _mean_error(estimated: Mapping[Any, float], true: Mapping[Any, float]) -> float:
    return mean(abs(estimated[key] - share) for key, share in true.items())
