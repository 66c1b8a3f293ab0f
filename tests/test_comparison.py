"""Runs, and arms of a run, compared on the folds of their searches."""

import math

import numpy as np
import pytest
from comparison_samples import run_record
from scipy import stats

from analysis.comparison.comparison import compare
from analysis.comparison.comparison_table import arms_table, comparison_data, comparison_json, differences_table
from analysis.comparison.difference import holm, paired_difference, unpaired_difference
from analysis.comparison.notes import notes
from analysis.comparison.sentences import p_text, sentence

FIRST, SECOND = [0.70, 0.80, 0.75], [0.81, 0.90, 0.86]  # differ by 0.11, 0.10, 0.11
NINE = "accuracy@9-mers"


def two_runs(**choices):
    return run_record("a", {"accuracy": FIRST}), run_record("b", {"accuracy": SECOND}, **choices)


def said(*records, **choices):
    """Compare, and give all that is said, each sentence and each note."""
    found = compare(records, **choices)
    return [*(sentence(each) for evidence in found.evidence for each in evidence.differences), *notes(found)]


def the_difference(*records, **choices):
    [evidence] = compare(records, **choices).evidence
    [only] = evidence.differences
    return only


# --- a difference


def test_a_paired_difference_is_as_worked_by_hand():
    # mean 0.32/3, s = 0.01/√3, variance factor 1/3 + 1/2 = 5/6, t(0.975; 2) = 4.30265 (printed tables)
    found = paired_difference(np.array(FIRST), np.array(SECOND), test_to_train=0.5)
    mean, sd = 0.32 / 3, 0.01 / math.sqrt(3)
    half_width = 4.30265 * sd * math.sqrt(5 / 6)
    assert (found.value, found.low, found.high) == pytest.approx((mean, mean - half_width, mean + half_width), abs=1e-7)
    assert found.p == pytest.approx(2 * stats.t.sf(mean / (sd * math.sqrt(5 / 6)), 2), rel=1e-9)
    assert (found.effect_size, found.superiority, found.pairs) == (pytest.approx(mean / sd), 1.0, 3)


def test_without_overlap_an_unpaired_difference_is_welchs():
    rng = np.random.default_rng(3)
    first, second = rng.normal(0.6, 0.1, size=5), rng.normal(0.7, 0.3, size=8)
    expected = stats.ttest_ind(second, first, equal_var=False)
    interval = expected.confidence_interval(0.95)
    found = unpaired_difference(first, second, first_test_to_train=0.0, second_test_to_train=0.0)
    assert (found.low, found.high, found.p) == pytest.approx((interval.low, interval.high, expected.pvalue), rel=1e-9)
    pooled = math.sqrt((4 * first.var(ddof=1) + 7 * second.var(ddof=1)) / 11)
    assert found.effect_size == pytest.approx((second.mean() - first.mean()) / pooled)
    assert found.superiority == pytest.approx(stats.mannwhitneyu(second, first).statistic / 40)
    assert found.pairs == 0


def test_overlap_widens_an_unpaired_difference_as_worked_by_hand():
    # Both s = 0.1 on 3 folds, variance of each mean 0.01 (1/3 + 1/2), so 4 degrees of freedom: t(0.975; 4) = 2.77645
    first, second = np.array([0.6, 0.7, 0.8]), np.array([0.5, 0.6, 0.7])
    found = unpaired_difference(first, second, first_test_to_train=0.5, second_test_to_train=0.5)
    half_width = 2.77645 * math.sqrt(2 * 0.01 * 5 / 6)
    assert (found.low, found.high) == pytest.approx((-0.1 - half_width, -0.1 + half_width), abs=1e-6)


def test_equal_outcomes_are_equal_and_a_constant_lead_is_certain():
    first = np.array([0.5, 0.75])
    equal = paired_difference(first, first, test_to_train=1.0)
    assert (equal.value, equal.p, equal.superiority) == (0.0, 1.0, 0.5)
    assert math.isnan(equal.effect_size)
    assert paired_difference(first, first + 0.125, test_to_train=1.0).p == 0.0
    constant = np.array([0.5, 0.5])
    apart = unpaired_difference(constant, constant + 0.25, first_test_to_train=1.0, second_test_to_train=1.0)
    assert (apart.low, apart.high, apart.p) == (0.25, 0.25, 0.0)


@pytest.mark.parametrize("count", [0, 1])
def test_so_little_as_one_fold_tells_nothing(count):
    few = np.full(count, 0.5)
    paired = paired_difference(few, few + 0.1, test_to_train=math.nan)
    unpaired = unpaired_difference(few, few, first_test_to_train=math.nan, second_test_to_train=math.nan)
    for found in (paired, unpaired):
        assert all(map(math.isnan, (found.low, found.high, found.p, found.effect_size)))


def test_holms_correction_is_as_worked_by_hand_and_skips_what_is_unknown():
    # 3 × 0.01, 2 × 0.03, 1 × 0.04 raised to the one before it
    assert holm([0.04, math.nan, 0.01, 0.03]) == pytest.approx([0.06, math.nan, 0.03, 0.06], nan_ok=True)
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


# --- runs


def test_runs_on_the_same_folds_are_paired_by_fold_with_their_seeds_averaged():
    # Seeds differ widely and cancel: what is paired is 0.70, 0.80, 0.75 again.
    spread = [each + sign * 0.05 for each in FIRST for sign in (-1, 1)]
    found = the_difference(run_record("a", {"accuracy": spread}, seeds=2), two_runs()[1])
    expected = paired_difference(np.array(FIRST), np.array(SECOND), test_to_train=0.5)
    assert found.difference.p == pytest.approx(expected.p, rel=1e-6)
    assert (found.difference.low, found.difference.pairs) == (pytest.approx(expected.low), 3)


def test_the_manifests_overlap_is_taken():
    records = [
        run_record(name, {"accuracy": each}, test_to_train=0.1)
        for name, each in zip("ab", (FIRST, SECOND), strict=True)
    ]
    expected = paired_difference(np.array(FIRST), np.array(SECOND), test_to_train=0.1)
    assert the_difference(*records).difference.p == pytest.approx(expected.p, rel=1e-9)


@pytest.mark.parametrize(
    ("split", "reason"),
    [({"fingerprint": "other"}, "are others"), (None, "no record says"), ({}, "no record says")],
)
def test_runs_on_other_folds_are_not_paired_and_that_is_said(split, reason):
    records = two_runs(split=split, sweep={"task": "another", "network": "ffnn"})
    assert the_difference(*records).difference.pairs == 0
    told = said(*records)
    assert any("could not be paired" in note and reason in note for note in told)
    assert any("another and toy" in note for note in told)


def test_the_best_trial_of_each_is_compared_at_its_last_epoch():
    worse = {"accuracy": [0.1, 0.2, 0.3]}
    found = compare([run_record("a", worse, {"accuracy": FIRST}), two_runs()[1]])
    outcomes = found.evidence[0].outcomes
    assert [(each.arm, each.trial_id) for each in outcomes] == [("a", "t1"), ("b", "t0")]
    assert [each.mean for each in outcomes] == pytest.approx([np.mean(FIRST), np.mean(SECOND)])
    assert outcomes[0].sd == pytest.approx(np.std(FIRST, ddof=1))


def test_a_clear_lead_is_told_in_words():
    told = said(*two_runs())
    assert told[0] == "b is better than a in accuracy by 0.1067 (0.0840 to 0.1293), p = .0024."


def test_of_a_metric_to_minimise_less_is_better():
    records = [
        run_record(name, {"log_loss": each}, metric="log_loss", direction="minimize")
        for name, each in zip("ab", (FIRST, SECOND), strict=True)
    ]
    found = the_difference(*records)
    assert (found.better, found.difference.superiority, found.advantage.superiority) == ("a", 1.0, 0.0)
    assert said(*records)[0] == "a is better than b in log loss by 0.1067 (0.0840 to 0.1293), p = .0024."


def test_what_cannot_be_told_apart_is_called_so():
    records = run_record("a", {"accuracy": [0.7, 0.8, 0.9]}), run_record("b", {"accuracy": [0.72, 0.79, 0.9]})
    told = said(*records)[0]
    assert told.startswith("b and a cannot be told apart in accuracy: difference 0.0033 (−0.0")
    assert the_difference(*records).better is None


def test_one_fold_is_said_to_be_too_little():
    told = said(run_record("a", {"accuracy": [0.7]}), run_record("b", {"accuracy": [0.9]}))
    assert told[0] == "b against a: which is better in accuracy cannot be judged from so little."
    assert any("One fold gives neither" in note for note in told)


def test_each_subset_that_all_runs_know_is_compared():
    both = {"accuracy": FIRST, NINE: [0.5, 0.5, 0.5], "accuracy@rest": FIRST}
    found = compare([run_record("a", both), run_record("b", {"accuracy": FIRST, NINE: [0.9, 0.9, 0.9]})])
    assert found.metrics == ("accuracy", NINE)
    assert [each.better for each in found.evidence[0].differences] == [None, "b"]
    assert differences_table(found.evidence[0])["on"].tolist() == ["all", "9-mers"]
    assert "b is better than a in accuracy on 9-mers by 0.4000" in sentence(found.evidence[0].differences[1])
    assert any("number of subsets" in note for note in notes(found))


def test_a_subset_that_is_asked_for_is_compared_alone():
    both = {"accuracy": FIRST, NINE: SECOND}
    assert compare([run_record("a", both), run_record("b", both)], metric=NINE).metrics == (NINE,)


def test_several_are_held_against_the_first_and_p_is_corrected():
    third = run_record("c", {"accuracy": [0.71, 0.82, 0.74]})
    found = compare([*two_runs(), third])
    of_b, of_c = found.evidence[0].differences
    assert (of_b.first, of_c.first) == ("a", "a")
    assert of_b.p == pytest.approx(2 * of_b.difference.p)
    assert of_c.p == of_c.difference.p
    assert any(note.startswith("p-values are Holm's") for note in notes(found))


# --- arms of one run


def family_run(**choices):
    configs = [
        {"network": network, "layers": layers, "rate": 0.01}
        for network, layers in (("ffnn", 1), ("lstm", 2), ("lstm", 1), ("ffnn", 2))
    ]
    outcomes = [{"accuracy": [base, base + 0.05, base + 0.1]} for base in (0.6, 0.5, 0.7, 0.4)]
    return run_record("family", *outcomes, configs=configs, **choices)


def test_the_trials_of_a_run_are_divided_by_a_choice_in_the_order_of_its_options():
    found = compare([family_run(split=None)], hyperparameter="network")
    assert [(arm.name, arm.best, len(arm.trials)) for arm in found.arms] == [
        ("network=lstm", "t2", 2),
        ("network=ffnn", "t0", 2),
    ]
    assert found.evidence[0].differences[0].difference.pairs == 3  # the folds of one run are the same


def test_whole_numbers_divide_a_run_by_size_and_several_runs_are_told_apart():
    found = compare([family_run()], hyperparameter="layers")
    assert [arm.name for arm in found.arms] == ["layers=1", "layers=2"]
    both = compare([family_run(), run_record("b", {"accuracy": FIRST})], hyperparameter="layers")
    assert [arm.name for arm in both.arms] == ["family: layers=1", "family: layers=2", "b: layers=1"]


def test_what_divides_no_run_is_refused_with_what_does():
    with pytest.raises(ValueError, match=r"\(network, layers of family\), got 'rate'"):
        compare([family_run()], hyperparameter="rate")
    with pytest.raises(ValueError, match=r"layers must have two or more values .* got layers=1"):
        compare([run_record("a", {"accuracy": FIRST})], hyperparameter="layers")


# --- what is refused


def test_one_run_and_the_same_run_twice_are_refused():
    with pytest.raises(ValueError, match="two or more runs, or one with --by"):
        compare([run_record("a", {"accuracy": FIRST})])
    with pytest.raises(ValueError, match="must differ"):
        compare([run_record("a", {"accuracy": FIRST})] * 2)


def test_runs_of_different_metrics_need_a_metric_and_keep_their_own_choice():
    outcomes = {"accuracy": FIRST, "log_loss": SECOND}
    records = run_record("a", outcomes), run_record("b", outcomes, metric="log_loss", direction="minimize")
    with pytest.raises(ValueError, match="--metric M, got accuracy of a, log_loss of b"):
        compare(records)
    assert any("own metric, log loss." in note for note in said(*records, metric="accuracy"))
    with pytest.raises(ValueError, match="one of accuracy, log_loss for a, got 'roc_auc'"):
        compare(records, metric="roc_auc")


def test_a_run_without_an_outcome_is_named():
    lost = run_record("lost", {"accuracy": [math.nan, math.nan, math.nan]})
    with pytest.raises(ValueError, match="got none in lost"):
        compare([two_runs()[0], lost])


# --- what it cannot say


@pytest.mark.parametrize(
    ("records", "note"),
    [
        (two_runs(), "chosen by, so all are too good"),
        (two_runs(), "3 folds tell only large differences"),
        (
            (two_runs()[0], run_record("b", {"accuracy": FIRST}, {"accuracy": SECOND})),
            "1 to 2 trials and 2 to 4 epochs",
        ),
        ((two_runs()[0], two_runs(epochs=[9])[1]), "not trained for equally long: epochs of a 2 and b 9"),
        (two_runs(status="interrupted"), "Not at its end when last written: b (interrupted)"),
    ],
)
def test_what_a_comparison_cannot_say_is_noted(records, note):
    assert any(note in each for each in said(*records))


def test_only_what_was_spent_unequally_is_noted():
    longer = two_runs(epochs=[4])[1]
    [note] = [each for each in said(two_runs()[0], longer) if "unequal" in each]
    assert "unequal, 2 to 4 epochs: who" in note


@pytest.mark.parametrize(("p", "text"), [(0.5, ".50"), (0.0234, ".023"), (0.0002, "< .001"), (1.0, "1.0")])
def test_p_values_have_two_digits(p, text):
    assert p_text(p) == text


def test_of_many_folds_and_equal_budgets_nothing_is_noted():
    many = [run_record(name, {"accuracy": [0.5, 0.6, 0.7, 0.6, 0.5]}) for name in "ab"]
    assert not any("folds tell" in note or "unequal" in note for note in said(*many))


# --- tables


def test_tasks_are_told_with_what_sets_them_apart():
    tasks = ({"source": "peptides", "encoding": "index", "steps": 9}, {"source": "peptides", "steps": 9}, "toy")
    records = [
        run_record(str(number), {"accuracy": FIRST}, sweep={"task": task, "network": "lstm"})
        for number, task in enumerate(tasks)
    ]
    assert arms_table(compare(records[:2]))["task"].tolist() == ["peptides (encoding: index)", "peptides"]
    assert arms_table(compare(records[1:]))["task"].tolist() == ["peptides (steps: 9)", "toy"]


def test_the_arms_are_told_with_what_was_spent_and_what_came_out():
    [row, _] = arms_table(compare(two_runs())).to_dict("records")
    assert row == {
        "run": "a", "task": "toy", "network": "lstm", "hyperparameters searched": 3, "trials": 1, "epochs in all": 2,
        "training time": "1 min", "best trial": "t0", "validation accuracy": "0.7500 ± 0.0500",
    }  # fmt: skip


def test_the_data_hold_every_number_and_nothing_of_the_first():
    first, second = comparison_data(compare(two_runs())).to_dict("records")
    assert math.isnan(first["difference"])
    assert (second["run"], second["split"], second["better"], second["pairs"]) == ("b", "validation", "b", 3)
    assert second["difference"] == pytest.approx(0.32 / 3)


def test_as_json_a_comparison_is_whole():
    found = comparison_json(compare(two_runs()))
    assert [run["run"] for run in found["runs"]] == ["a", "b"]
    assert found["runs"][0]["config"] == {"network": "lstm", "layers": 1, "rate": 0.01}
    [evidence] = found["evidence"]
    assert evidence["differences"][0]["better"] == "b"
    assert evidence["differences"][0]["in_words"].startswith("b is better")
    assert found["notes"]
