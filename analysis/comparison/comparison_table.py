"""A comparison as data, and as tables for a person."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison.arms import Arm
from analysis.comparison.comparison import Comparison
from analysis.comparison.evidence import ArmDifference, Evidence
from analysis.comparison.notes import notes
from analysis.comparison.sentences import interval_text, p_text, sentence, subset_of
from analysis.config_columns import config_columns
from analysis.report.words import counted, duration, spoken
from analysis.significant_digits import difference_text, outcome_text
from learning_tasks.metrics import metric_named, plain_name

_WHERE = {"test": "test", "folds": "validation"}  # split
_NO_DIFFERENCE = dict.fromkeys(("difference", "95 % interval", "p", "d", "P(better)", "over"), "–")
LEGEND = (
    "d: the difference in standard deviations, over folds or over seeds\n"
    "P(better): how often it is the better of a pair, of folds or of seeds"
)


def heading(comparison: Comparison, evidence: Evidence) -> str:
    """Say what the differences are, and of what."""
    metric = comparison.metrics[0]
    first = comparison.arms[0].name
    direction = {"maximize": "more is better", "minimize": "less is better"}[metric_named(metric).direction]
    where = {
        "test": "On the test split, of configurations trained anew",
        "folds": "On the folds of the searches",
    }[evidence.place]
    return f"{where}: {spoken(metric)} ({direction}), difference to {first}"


def arms_table(comparison: Comparison) -> pd.DataFrame:
    """Tell of each arm what it is, what was spent on it and what its best configuration gave, on all and on subsets."""
    return pd.DataFrame(
        [
            {
                "run": arm.name,
                "task": task,
                "network": arm.network,
                "hyperparameters searched": sum(
                    column.searched for column in config_columns(arm.record.manifest["space"])
                ),
                "trials": len(arm.trials),
                "epochs in all": arm.epochs,
                "training time": duration(_seconds(arm)),
                "best trial": arm.best,
                **_outcomes(comparison, arm),
            }
            for arm, task in zip(comparison.arms, _tasks(comparison.arms), strict=True)
        ]
    )


def differences_table(evidence: Evidence) -> pd.DataFrame:
    """Tell the difference of each arm to the first, on all and on each subset."""
    return pd.DataFrame(
        [
            {"run": each.second, "on": subset_of(each.metric) or "all"} | _texts(each, evidence.place)
            for each in evidence.differences
        ]
    )


def comparison_data(comparison: Comparison) -> pd.DataFrame:
    """Lay a comparison out with a row per place of evidence, arm and metric; the first arm has no difference."""
    rows = [
        {
            "run": outcome.arm,
            "split": _WHERE[evidence.place],
            "trial_id": outcome.trial_id,
            "metric": outcome.metric,
            "mean": outcome.mean,
            "sd": outcome.sd,
            "replicates": outcome.replicates,
            **_numbers(_difference(evidence, outcome.arm, outcome.metric)),
        }
        for evidence in comparison.evidence
        for outcome in evidence.outcomes
    ]
    table = pd.DataFrame(rows)
    spent = {arm.name: (len(arm.trials), arm.epochs) for arm in comparison.arms}
    table.insert(1, "trials", [spent[name][0] for name in table["run"]])
    table.insert(2, "epochs", [spent[name][1] for name in table["run"]])
    return table


def comparison_table(comparison: Comparison) -> pd.DataFrame:
    """Lay the same out for a paper: a row per arm, what was measured and how far it is from the first."""
    return pd.DataFrame(
        [
            {
                "run": outcome.arm,
                "split": _WHERE[evidence.place],
                "on": subset_of(outcome.metric) or "all",
                spoken(comparison.metrics[0]): mean_and_sd(outcome.mean, outcome.sd),
                **(
                    _texts(each, evidence.place)
                    if (each := _difference(evidence, outcome.arm, outcome.metric))
                    else _NO_DIFFERENCE
                ),
            }
            for evidence in comparison.evidence
            for outcome in evidence.outcomes
        ]
    )


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Give all of a comparison as plain data."""
    return {
        "metric": comparison.metrics[0],
        "metrics": list(comparison.metrics),
        "runs": [_arm_json(arm) for arm in comparison.arms],
        "evidence": [
            {
                "split": _WHERE[evidence.place],
                "outcomes": [asdict(outcome) for outcome in evidence.outcomes],
                "differences": [
                    {"second": each.second, "first": each.first, "metric": each.metric}
                    | _numbers(each)
                    | {"in_words": sentence(each)}
                    for each in evidence.differences
                ],
            }
            for evidence in comparison.evidence
        ],
        "notes": notes(comparison),
    }


def mean_and_sd(mean: float, sd: float) -> str:
    """Write an outcome with its spread over replicates."""
    return outcome_text(mean) if math.isnan(sd) else f"{outcome_text(mean)} ± {outcome_text(sd)}"


def _outcomes(comparison: Comparison, arm: Arm) -> dict[str, str]:
    return {
        f"{_WHERE[evidence.place]} {spoken(plain_name(outcome.metric))}{_on(outcome.metric)}": mean_and_sd(
            outcome.mean, outcome.sd
        )
        for evidence in comparison.evidence
        for outcome in evidence.outcomes
        if outcome.arm == arm.name
    }


def _tasks(arms: Sequence[Arm]) -> list[str]:
    """Name the task of each arm, with those of its keys that not all have alike: `peptides (encoding: kmer)`."""
    described = [arm.record.manifest["sweep"].get("task") for arm in arms]
    keys = [dict(task) if isinstance(task, Mapping) else {} for task in described]
    apart = [key for key in dict.fromkeys(chain(*keys)) if any(each.get(key) != keys[0].get(key) for each in keys)]
    own = [", ".join(f"{key}: {each[key]}" for key in apart if key in each and key != "source") for each in keys]
    return [f"{arm.task} ({told})" if told else arm.task for arm, told in zip(arms, own, strict=True)]


def _on(metric: str) -> str:
    return f", {subset_of(metric)}" if subset_of(metric) else ""


def _difference(evidence: Evidence, arm: str, metric: str) -> ArmDifference | None:
    found = [each for each in evidence.differences if (each.second, each.metric) == (arm, metric)]
    return found[0] if found else None


def _texts(each: ArmDifference, place: str) -> dict[str, str]:
    superiority = each.advantage.superiority
    return {
        "difference": difference_text(each.difference.value),
        "95 % interval": interval_text(each.difference, " … "),
        "p": p_text(each.p),
        "d": _effect_text(each.difference.effect_size),
        "P(better)": "–" if math.isnan(superiority) else f"{superiority:.2f}",
        "over": counted(each.difference.pairs, "fold" if place == "folds" else "group")
        if each.difference.pairs
        else "unpaired",
    }


def _effect_text(size: float) -> str:
    return "–" if math.isnan(size) else f"{size:+.1f}".replace("-", "−")


def _numbers(each: ArmDifference | None) -> dict[str, Any]:
    """Spread a difference over columns, missing of the first arm."""
    found = None if each is None else each.difference
    return {
        "difference": np.nan if found is None else found.value,
        "low": np.nan if found is None else found.low,
        "high": np.nan if found is None else found.high,
        "p": np.nan if found is None else found.p,
        "p_holm": np.nan if each is None else each.p,
        "effect_size": np.nan if found is None else found.effect_size,
        "probability_better": np.nan if each is None else each.advantage.superiority,
        "pairs": None if found is None else found.pairs,
        "better": None if each is None else each.better,
    }


def _arm_json(arm: Arm) -> dict[str, Any]:
    return {
        "run": arm.name,
        "path": str(arm.record.path),
        "task": arm.task,
        "network": arm.network,
        "trials": len(arm.trials),
        "epochs": arm.epochs,
        "train_seconds": _seconds(arm),
        "best": arm.best,
        "config": arm.best_configuration,
        "split_fingerprint": arm.split,
    }


def _seconds(arm: Arm) -> float:
    return float(arm.trials["train_seconds"].sum())
