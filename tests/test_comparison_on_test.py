"""Confirmed runs compared on the test split."""

import math

import numpy as np
import pytest
from comparison_samples import confirm, run_record

from analysis.comparison.comparison import compare
from analysis.comparison.comparison_table import comparison_data, differences_table
from analysis.comparison.notes import notes
from analysis.comparison.sentences import sentence

ERROR = "mean_squared_error"
UNITS = 60


@pytest.fixture
def targets():
    return np.random.default_rng(0).normal(size=UNITS)


@pytest.fixture
def make_run(tmp_path, targets):
    """Record a run and confirm it: `errors` is what its predictions miss the targets by, at random, for each seed."""

    def make(name, errors=None, *, seed=0, of=None, **choices):
        path = tmp_path / name
        if errors is not None:
            rng = np.random.default_rng(seed)
            missed = np.array(errors)[:, np.newaxis] * rng.normal(size=UNITS)
            confirm(path, {"t0": (targets + missed).tolist()}, targets=targets if of is None else of, **choices)
        outcomes = {ERROR: [0.5, 0.6, 0.7], f"{ERROR}@9-mers": [0.5, 0.6, 0.7]}
        return run_record(path, outcomes, metric=ERROR, direction="minimize")

    return make


def test_confirmed_runs_are_compared_on_the_test_split_first(make_run, targets):
    found = compare([make_run("a", [1.0, 1.1, 0.9]), make_run("b", [0.5, 0.6, 0.5], seed=1)])
    on_test, on_folds = found.evidence
    assert (on_test.place, on_folds.place) == ("test", "folds")
    [lead] = [each for each in on_test.differences if each.metric == ERROR]
    assert (lead.better, lead.difference.pairs, lead.advantage.superiority) == ("b", UNITS, 1.0)
    assert lead.difference.low < lead.difference.value < lead.difference.high < 0
    missed = np.array([1.0, 1.1, 0.9])[:, np.newaxis] * np.random.default_rng(0).normal(size=UNITS)
    assert on_test.outcomes[0].mean == pytest.approx(np.mean(missed**2))
    assert on_test.outcomes[0].sd == pytest.approx(np.std((missed**2).mean(axis=1), ddof=1))
    assert sentence(lead).startswith("b is better than a in mean squared error by ")
    assert any("report those on the test split" in note for note in notes(found))
    assert differences_table(on_test)["over"].tolist() == ["60 groups"]
    assert comparison_data(found)["split"].tolist() == ["test"] * 2 + ["validation"] * 4


def test_equal_predictions_cannot_be_told_apart(make_run):
    found = compare([make_run("a", [1.0, 1.1]), make_run("b", [1.0, 1.1])])
    [lead] = found.evidence[0].differences
    assert (lead.difference.value, lead.better) == (0.0, None)
    assert lead.p == pytest.approx(1.0)


def test_on_the_test_split_too_each_subset_is_compared(make_run):
    subsets = [0, 1] * (UNITS // 2)
    found = compare([make_run("a", [1.0, 1.1], subsets=subsets), make_run("b", [0.5, 0.6], subsets=subsets)])
    on_test = found.evidence[0]
    assert [(each.metric, each.difference.pairs) for each in on_test.differences] == [
        (ERROR, UNITS),
        (f"{ERROR}@9-mers", UNITS // 2),
    ]


def test_groups_are_drawn_as_a_whole(make_run):
    groups = np.arange(UNITS) // 4
    found = compare([make_run("a", [1.0, 1.1], groups=groups), make_run("b", [0.9, 0.8], groups=groups)])
    assert found.evidence[0].differences[0].difference.pairs == UNITS // 4
    assert any("15 groups only" in note for note in notes(found))


def test_the_configuration_that_the_search_put_first_is_taken_of_each_arm(tmp_path, targets):
    configs = [{"network": network, "layers": 1, "rate": 0.01} for network in ("ffnn", "lstm", "lstm")]
    record = run_record(
        tmp_path / "family", *({ERROR: [each] * 3} for each in (0.5, 0.6, 0.7)), configs=configs, metric=ERROR,
        direction="minimize",
    )  # fmt: skip
    worse = (targets + 1).tolist()
    confirm(record.path, {"t0": [worse], "t1": [worse], "t2": [targets.tolist()]}, targets=targets)
    found = compare([record], hyperparameter="network")
    assert [(each.arm, each.trial_id) for each in found.evidence[0].outcomes] == [
        ("network=lstm", "t1"),
        ("network=ffnn", "t0"),
    ]


def test_an_arm_without_a_confirmed_configuration_is_named(tmp_path, targets):
    configs = [{"network": network, "layers": 1, "rate": 0.01} for network in ("ffnn", "lstm")]
    record = run_record(tmp_path / "family", {ERROR: [0.5] * 3}, {ERROR: [0.6] * 3}, configs=configs, metric=ERROR,
                        direction="minimize")  # fmt: skip
    confirm(record.path, {"t0": [targets.tolist()]}, targets=targets)
    found = compare([record], hyperparameter="network")
    assert [each.place for each in found.evidence] == ["folds"]
    assert any("network=lstm must have a configuration that was confirmed" in note for note in notes(found))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"errors": None}, "b must have been confirmed: `odyssey confirm b` does that."),
        ({"of": np.zeros(UNITS)}, "The test split of b is another than that of a."),
        ({"ended_at": None}, "The confirmation of b must have ended"),
    ],
)
def test_why_the_test_split_does_not_decide_is_told(make_run, changes, reason):
    found = compare([make_run("a", [1.0]), make_run("b", **({"errors": [0.5]} | changes))])
    assert [each.place for each in found.evidence] == ["folds"]
    assert f"Not compared on the test split. {reason}" in " ".join(notes(found))


def test_without_any_confirmation_nothing_is_said_of_one(make_run):
    found = compare([make_run("a"), make_run("b")])
    assert found.untested is None
    assert any("`odyssey confirm` each run" in note for note in notes(found))


def test_one_seed_and_a_test_split_read_twice_are_noted(make_run):
    found = compare([make_run("a", [1.0], test_reads=2), make_run("b", [0.5], seed=1)])
    told = " ".join(notes(found))
    assert "by a 2 times" in told
    assert "With one seed" in told
    [lead] = found.evidence[0].differences
    assert math.isnan(lead.difference.effect_size)
    assert (lead.difference.value < 0, lead.better) == (True, None)
    assert all(math.isnan(each) for each in (lead.p, lead.difference.low, lead.difference.high))
