"""A confirmation as data, as a table for a person, and in sentences."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pandas as pd
import pyarrow as pa

from analysis.arrow_tables import to_frame
from analysis.best_table import hyperparameters_of
from analysis.config_columns import ConfigColumn
from analysis.confirmation.confirmed import Confirmed, ConfirmedConfiguration
from analysis.report.words import counted, listed, spoken
from analysis.significant_digits import difference_text, outcome_text
from learning_tasks.split_leaks import plural

LEGEND = (
    '"=": cannot be told from the best; with 95 % confidence the best is among these\n'
    "optimism: by how much the search's number is better than the test's"
)
FEW_GROUPS = 20  # fewer make an interval rough


def confirmed_data(confirmed: Confirmed, columns: tuple[ConfigColumn, ...]) -> pd.DataFrame:
    """Lay the configurations out, best on the test first; `config/…` columns hold what was searched.

    Args:
        confirmed: the configurations.
        columns: of the run's search space.
    """
    own = ("config", "metrics", "lost")
    outcomes = [
        {key: value for key, value in asdict(each).items() if key not in own} for each in confirmed.configurations
    ]
    lost = [sum(each.lost.values()) for each in confirmed.configurations]
    frame = pd.DataFrame(outcomes).assign(lost=lost).astype({"test_rank": "Int64"})
    searched = {
        column.name: pa.array(
            [column.encode(each.config.get(column.hyperparameter)) for each in confirmed.configurations], column.type
        )
        for column in columns
        if column.searched
    }
    metrics = pd.DataFrame([each.metrics for each in confirmed.configurations]).add_prefix("metrics/")
    return frame.join(to_frame(pa.table(searched))).join(metrics)


def confirmed_table(data: pd.DataFrame, *, metric: str, seeds: int) -> pd.DataFrame:
    """Lay a confirmation out for the eye: "=" marks what may be the best, intervals are one column."""
    shown = pd.DataFrame(
        {
            "test rank": [_rank(row.test_rank, tied=bool(row.tied)) for row in data.itertuples()],
            "search rank": data["search_rank"],
            "trial": data["trial_id"],
            f"test {spoken(metric)}": data["test"].map(outcome_text),
            "± sd": data["sd"].map(outcome_text),
            "95 % interval": [_interval(*ends) for ends in zip(data["low"], data["high"], strict=True)],
            "search said": data["search"].map(outcome_text),
            "optimism": data["optimism"].map(difference_text),
            "seeds": [f"{count} of {seeds}" if count < seeds else str(count) for count in data["seeds"]],
            "epochs": data["epochs"],
        }
    )
    return shown.join(hyperparameters_of(data))


def subset_table(confirmed: Confirmed, subsets: tuple[str, ...]) -> pd.DataFrame:
    """Lay the metric on each subset of the test out for the eye, mean ± sd over seeds; empty without subsets."""
    metric = confirmed.metric
    columns: dict[str, Any] = {
        subset: [_mean_and_sd(each, f"{metric}@{subset}") for each in confirmed.configurations]
        for subset in subsets
        if any(f"{metric}@{subset}" in each.metrics for each in confirmed.configurations)
    }
    return pd.DataFrame({"trial": [each.trial_id for each in confirmed.configurations], **columns} if columns else {})


def headline(confirmed: Confirmed) -> str:
    """Say what was tested, on what."""
    count, seeds = len(confirmed.configurations), confirmed.seeds
    configurations = "configuration" if count == 1 else f"{count} configurations"
    grouped = f" in {_groups(confirmed)}" if confirmed.grouped else ""
    return (
        f"The best {configurations} of the search, trained anew on all development data with "
        f"{counted(seeds, 'new seed')}, on the held-out test: {counted(confirmed.units, 'sample')}{grouped}"
    )


def verdict(confirmed: Confirmed) -> str:
    """Say how the search's first fares on the test, and how optimistic its number was."""
    winner = confirmed.winner
    if winner is None:
        return "The search's first was lost with all its replicates: nothing can be said of it."
    metric = spoken(confirmed.metric)
    interval = "" if math.isnan(winner.low) else f" (95 % interval {_interval(winner.low, winner.high)})"
    return (
        f"The number to report: {metric} {outcome_text(winner.test)}{interval}, of {winner.trial_id}, which the search "
        f"had put first with {outcome_text(winner.search)}. {_optimism(winner)}"
    )


def notes(confirmed: Confirmed) -> tuple[str, ...]:
    """Say what a reader must know to trust the numbers as far as they go, and no further."""
    return tuple(_notes(confirmed))


def confirmed_json(confirmed: Confirmed) -> dict[str, Any]:
    """Give the whole confirmation as plain lists, texts and numbers."""
    return {
        **asdict(confirmed),
        "configurations": [asdict(each) for each in confirmed.configurations],
        "winner": None if confirmed.winner is None else confirmed.winner.trial_id,
        "notes": list(notes(confirmed)),
    }


def _notes(confirmed: Confirmed) -> Iterator[str]:
    first = confirmed.configurations[0]
    if confirmed.winner is not None and confirmed.winner.test_rank != 1:
        yield (
            f"{first.trial_id} comes first on the test, but whoever takes it for that has chosen on the test, and its "
            "number is too good."
        )
    if confirmed.test_reads > 1:
        yield f"This run's test split was read {confirmed.test_reads} times: the more often, the less it is held out."
    if confirmed.seeds == 1:
        yield "With one seed, the intervals leave the luck of seeds out: take more, such as --seeds 5."
    alike = [each.trial_id for each in confirmed.configurations if each.seeds and math.isnan(each.low)]
    if alike and confirmed.groups > 1:
        yield f"Whichever samples are drawn, {listed(alike)} scores the same: nothing tells how sure that is."
    if confirmed.groups < FEW_GROUPS:
        yield f"The test split has {_groups(confirmed)} only: its intervals are rough."
    for each in confirmed.configurations:
        if each.lost:
            lost = " and ".join(f"{count} {spoken(status)}" for status, count in each.lost.items())
            of_all = f"{sum(each.lost.values())} of {confirmed.seeds} replicates"
            yield f"{each.trial_id} lost {of_all} ({lost}): {_kept(each)}"


def _groups(confirmed: Confirmed) -> str:
    noun = confirmed.group_noun if confirmed.grouped else "sample"
    return counted(confirmed.groups, noun, plural(noun))


def _kept(configuration: ConfirmedConfiguration) -> str:
    if not configuration.seeds:
        return "it has no outcome."
    return "its mean is over the others, which may flatter it."


def _optimism(winner: ConfirmedConfiguration) -> str:
    """Say how far the search's number was off, and which way."""
    off = f"{'too good' if winner.optimism > 0 else 'too modest'} by {outcome_text(abs(winner.optimism))}"
    if math.isnan(winner.optimism_low):
        return f"The search's number was {off}."
    interval = f"95 % interval {difference_text(winner.optimism_low)} to {difference_text(winner.optimism_high)}"
    if winner.optimism_low <= 0 <= winner.optimism_high:
        return f"The search's number was {off}, which chance may explain ({interval})."
    why = "" if winner.optimism > 0 else ": the networks of the search had fewer samples to learn from"
    return f"The search's number was {off} ({interval}){why}."


def _rank(rank: Any, *, tied: bool) -> str:
    return "–" if pd.isna(rank) else f"{rank}{'=' if tied else ''}"


def _mean_and_sd(configuration: ConfirmedConfiguration, metric: str) -> str:
    mean, sd = (configuration.metrics.get(name, float("nan")) for name in (metric, f"{metric}_sd"))
    return f"{outcome_text(mean)} ± {outcome_text(sd)}" if not math.isnan(sd) else outcome_text(mean)


def _interval(low: float, high: float) -> str:
    return "–" if math.isnan(low) else f"{outcome_text(low)} … {outcome_text(high)}"
