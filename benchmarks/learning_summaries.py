"""Means, and differences to the plain network, of what was measured seed by seed.

A case is a mapping with `kind`, `name`, for networks and baselines `task`, and `by_seed`: a list for each number.
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.comparison.difference import LEVEL, holm, paired_difference
from analysis.corrected_t import share_of_folds
from benchmarks.networks_compared import FOLDS
from benchmarks.regularisers_compared import ARMS

Case = Mapping[str, Any]
MEASURES = ("gap", "last", "best")
LSTM = "LSTM"  # the network that others are held against


def mean_and_sd(values: Sequence[float]) -> dict[str, float | int]:
    """Summarise the seeds."""
    sd = statistics.stdev(values) if len(values) > 1 else float("nan")
    return {"mean": statistics.fmean(values), "sd": sd, "seeds": len(values)}


def network_summaries(cases: Iterable[Case]) -> list[dict[str, Any]]:
    """Summarise the test metric of networks and baselines, task by task, and hold each network against the LSTM.

    Seeds share three quarters of their training samples: the variance of differences is corrected for that as that of
    cross-validation is, and p by Holm for the number of networks. The test samples are the same for all seeds and
    networks; what they owe to chance is in no number here.
    """
    found = [case for case in cases if case["kind"] != "regulariser" and case["by_seed"]]
    rows = [
        {"task": case["task"], "name": case["name"], **mean_and_sd(case["by_seed"]["test"]), **_size(case)}
        for case in found
    ]
    for task in dict.fromkeys(case["task"] for case in found):
        own = [(row, case) for row, case in zip(rows, found, strict=True) if case["task"] == task]
        _hold_against_lstm([(row, case) for row, case in own if case["kind"] == "network"])
    return rows


def _size(case: Case) -> dict[str, int]:
    return {"parameters": case["by_seed"]["parameters"][0]} if case["kind"] == "network" else {}


def _hold_against_lstm(rows: Sequence[tuple[dict[str, Any], Case]]) -> None:
    """Add differences to all rows of a task but the LSTM's."""
    lstm = next((case["by_seed"]["test"] for _, case in rows if case["name"] == LSTM), [])
    others = [(row, case["by_seed"]["test"]) for row, case in rows if case["name"] != LSTM]
    compared = [(row, values) for row, values in others if min(len(values), len(lstm)) > 1]
    for row, values in compared:
        row["difference"] = _difference(np.array(lstm), np.array(values), overlap=share_of_folds(FOLDS))
    corrected = holm([row["difference"]["p"] for row, _ in compared])
    for (row, _), p in zip(compared, corrected, strict=True):
        row["difference"]["holm_p"] = p
        row["above_lstm"] = row["difference"]["value"] > 0 if p < LEVEL else None


def regulariser_summaries(cases: Iterable[Case]) -> list[dict[str, Any]]:
    """Give gap, last and best of each arm, and how far they are from those of the arm that it is held against.

    The differences are paired by seed, with 95 % intervals by Student's t; p is corrected by Holm for the number of
    arms, each measure by itself. Seeds share no training sample, so no correction for overlap is due.
    """
    found = {case["name"]: case for case in cases if case["kind"] == "regulariser" and case["by_seed"]}
    rows = [_row(name, found) for name in ARMS if name in found and ARMS[name].against in found]
    for measure in MEASURES:
        compared = [row[measure]["difference"] for row in rows if "difference" in row[measure]]
        for difference, p in zip(compared, holm([each["p"] for each in compared]), strict=True):
            difference["holm_p"] = p
    return rows


def _row(name: str, found: Mapping[str, Case]) -> dict[str, Any]:
    arm = ARMS[name]
    alone = name == arm.against or name in {each.against for each in ARMS.values()}
    row: dict[str, Any] = {"name": name, "against": None if alone else arm.against, "metric": arm.metric}
    for measure in MEASURES:
        own, other = (_values(found[each], arm.metric, measure) for each in (name, arm.against))
        row[measure] = mean_and_sd(own.tolist())
        if not alone and min(len(own), len(other)) > 1:
            row[measure]["difference"] = _difference(other, own)
    return row


def _values(case: Case, metric: str, measure: str) -> NDArray[np.float64]:
    """Give a measure of a case, by seed."""
    numbers = {name: np.array(values) for name, values in case["by_seed"].items()}
    if measure == "gap":
        gap: NDArray[np.float64] = numbers[f"{metric} train"] - numbers[f"{metric} last"]
        return gap
    return np.asarray(numbers[f"{metric} {measure}"])


def _difference(first: NDArray[np.float64], second: NDArray[np.float64], *, overlap: float = 0.0) -> dict[str, float]:
    both = min(len(first), len(second))
    found = paired_difference(first[:both], second[:both], test_to_train=overlap)
    return {"value": found.value, "low": found.low, "high": found.high, "p": found.p}
