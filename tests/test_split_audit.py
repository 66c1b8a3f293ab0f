"""The audit of a split: what its parts hold, what leaks, what is hard to compare."""

import json
from dataclasses import replace

import numpy as np
import pytest

from learning_tasks.catalogue import TASKS
from learning_tasks.fold_plan import FoldPlan, plan_folds
from learning_tasks.folds import Fold
from learning_tasks.samples import Samples
from learning_tasks.shape import shape_of
from learning_tasks.split_audit import SplitAudit, audit_lines, audit_split, nothing_leaks
from learning_tasks.task import TaskData

THREE = FoldPlan(count=3)


def tokens(count, first=0):
    """Sequences of three tokens out of nine, all different: the digits of a number in base 9."""
    numbers = np.arange(first, first + count)
    return 1 + np.stack([numbers // 81, numbers // 9 % 9, numbers % 9], axis=1)


def samples_with(values, targets, **arrays):
    return Samples(
        values=values,
        lengths=np.full(len(values), values.shape[1]),
        targets=np.asarray(targets),
        **{name: np.asarray(array) for name, array in arrays.items()},
    )


def data_with(development, test, kind="classification", *, subsets=(), positive_above=None, **others):
    shape = replace(shape_of(development, kind, positive_above=positive_above), subsets=subsets)
    return TaskData(development=development, test=test, shape=shape, sampling="made up", **others)


def clean_data(**others):
    """12 samples of classes 0 and 1 in turn for development, 6 for testing."""
    return data_with(
        samples_with(tokens(12), np.arange(12) % 2), samples_with(tokens(6, 12), np.arange(6) % 2), **others
    )


def folds_with(*validations, count=12):
    rows = np.arange(count)
    return tuple(Fold(train=np.setdiff1d(rows, held), validation=np.array(held)) for held in validations)


IN_ORDER = folds_with([0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11])


@pytest.mark.parametrize("name", sorted(TASKS))
@pytest.mark.parametrize("plan", [THREE, FoldPlan(count=5, repeats=2)])
def test_tasks_of_the_catalogue_leak_nothing(name, plan):
    data = TASKS[name].load()
    audit = audit_split(data, plan_folds(data.development, data.shape.kind, plan, seed=17))
    assert audit.leaks == ()
    assert audit.warnings == ()


def test_parts_of_classes_are_counted():
    audit = audit_split(clean_data(), IN_ORDER)
    assert [fold.train.classes for fold in audit.folds] == [(4, 4)] * 3
    assert [fold.validation.classes for fold in audit.folds] == [(2, 2)] * 3
    assert (audit.development.samples, audit.test.samples, audit.test.classes) == (12, 6, (3, 3))
    assert (audit.test.groups, audit.test.target_mean, audit.test.target_sd) == (None, None, None)
    assert audit.test_to_train == 0.5
    assert (audit.leaks, audit.warnings) == ((), ())


def test_numbers_are_summed_up_over_units_and_counted_on_both_sides_of_a_threshold():
    """Units 0 to 4 of targets 0 to 4, unit i of i + 1 samples; two units a group."""
    units = np.repeat(np.arange(5), [1, 2, 3, 4, 5])
    development = samples_with(tokens(15), units.astype(np.float32), units=units, groups=units // 2)
    test = samples_with(tokens(3, 15), np.float32([0, 1, 2]), units=[5, 6, 7], groups=[3, 3, 4])
    data = data_with(development, test, "regression", positive_above=1.0, group_noun="subject")
    audit = audit_split(data, folds_with([0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11, 12, 13, 14], count=15))
    held = audit.folds[0].validation
    assert (held.samples, held.units, held.groups, held.classes) == (6, 3, 2, (2, 1))
    assert (held.target_mean, held.target_sd) == (1.0, pytest.approx(np.sqrt(2 / 3), rel=1e-12))
    assert audit.test_to_train == pytest.approx((3 / 2 + 2 / 3) / 2, rel=1e-12)
    # Group 1 holds units 2 and 3.
    assert audit.leaks == ("1 subject lies on both sides of fold 0 and fold 1, such as sample 6 and sample 3.",)
    assert audit_lines(audit)[:2] == [
        "2 folds: validation on 2 to 3 units (6 to 9 samples) of 2 subjects, "
        "training on 2 to 3 units (6 to 9 samples).",
        "Test split: 3 samples of 2 subjects; targets 1 ± 0.816, 0.33 positive (development 2 ± 1.41, 0.60 positive).",
    ]


def test_groups_on_both_sides_are_leaks_with_counts_and_examples():
    data = clean_data(group_noun="cluster of peptides")
    data = replace(
        data,
        development=replace(data.development, groups=np.array([0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4])),
        test=replace(data.test, groups=np.array([5, 5, 4, 6, 6, 6])),
    )
    assert audit_split(data, IN_ORDER).leaks == (
        "1 cluster of peptides lies on both sides of fold 0 and fold 1, such as sample 4 and sample 2.",
        "1 cluster of peptides lies in development and in the test split, "
        "such as sample 11 of development and sample 2 of test.",
    )
    across = folds_with([0, 2, 5, 8], [1, 3, 6, 9], [4, 7, 10, 11])
    assert audit_split(data, across).leaks[0] == (
        "4 clusters of peptides lie on both sides of fold 0, fold 1 and fold 2, "
        "such as sample 1 and sample 0; sample 3 and sample 2."
    )


def test_identical_sequences_on_both_sides_are_leaks_shown_by_their_tokens():
    data = clean_data(token_names=tuple("ACDEFGHIK"))
    data.development.values[7] = data.development.values[10]
    data.test.values[3] = data.development.values[0]
    assert audit_split(data, IN_ORDER).leaks == (
        "1 identical sequence lies on both sides of fold 1 and fold 2, such as sample 10 (ACC) and sample 7 (ACC).",
        "1 identical sequence lies in development and in the test split, "
        "such as sample 0 (AAA) of development and sample 3 (AAA) of test.",
    )


def test_names_of_several_letters_are_written_apart():
    data = clean_data(token_names=tuple(f"pen{token}" for token in range(9)))
    data.test.values[3] = data.development.values[0]
    assert "sample 3 (pen0 pen0 pen0) of test" in audit_split(data, IN_ORDER).leaks[0]


def test_identical_sequences_on_the_same_side_are_none():
    data = clean_data()
    data.development.values[5] = data.development.values[7]
    assert audit_split(data, IN_ORDER).leaks == ()


def test_the_same_numbers_at_another_length_are_another_sequence():
    values = np.zeros((12, 4, 1), np.float32)
    development = replace(samples_with(values, np.arange(12) % 2), lengths=1 + np.arange(12) // 4)
    test = replace(samples_with(values[:2], [0, 1]), lengths=np.array([4, 4]))
    assert audit_split(data_with(development, test), IN_ORDER).leaks == ()
    shortened = replace(test, lengths=np.array([4, 2]))
    assert (
        "sample 4 of development and sample 1 of test"
        in audit_split(data_with(development, shortened), IN_ORDER).leaks[0]
    )


def test_units_are_identical_only_if_all_their_samples_are():
    values = tokens(12)
    values[4], values[5] = values[1], values[0]  # units 0 and 2 hold the same windows in another order
    values[6] = values[2]  # units 1 and 3 share one of two
    units = np.arange(12) // 2
    development = samples_with(values, units % 2, units=units)
    test = samples_with(tokens(2, 12), [0, 1], units=[6, 7])
    assert audit_split(data_with(development, test), IN_ORDER).leaks == (
        "1 identical sequence lies on both sides of fold 0 and fold 1, such as sample 4 and sample 0.",
    )


def test_identical_sequences_of_a_lossy_encoding_are_a_warning():
    data = clean_data(lossy=True)
    data.test.values[3] = data.development.values[0]
    audit = audit_split(data, IN_ORDER)
    assert audit.leaks == ()
    assert audit.warnings == (
        "The encoding keeps a part of each sequence only: 1 identical sequence lies in development and in the test "
        "split, such as sample 0 of development and sample 3 of test.",
    )


def test_a_missing_class_is_a_warning_that_names_the_parts():
    data = clean_data()
    data = replace(data, test=replace(data.test, targets=np.ones(6, np.int64)))
    audit = audit_split(data, folds_with([0, 2, 4, 6], [1, 3, 5, 8], [7, 9, 10, 11]))
    assert audit.warnings == ("A class is missing in fold 0 and the test split: there is no class 1 in fold 0.",)


def test_a_threshold_without_targets_on_both_sides_and_equal_targets_are_warnings():
    development = samples_with(tokens(12), np.float32([5, 5, 5, 5, *range(8)]))
    data = data_with(development, samples_with(tokens(2, 12), np.float32([1, 6])), "regression", positive_above=4.5)
    assert audit_split(data, IN_ORDER).warnings == (
        "A class is missing in fold 0 and fold 1: there is no target at most 4.5 in fold 0.",
        "All targets are equal in fold 0.",
    )


def test_very_unequal_shares_are_a_warning():
    targets = np.array([0] * 8 + [1] * 2 + [0] * 3 + [1] * 7 + [0] * 5 + [1] * 5)
    development = samples_with(tokens(30), targets)
    data = data_with(development, samples_with(tokens(2, 30), [0, 1]))
    thirds = folds_with(range(10), range(10, 20), range(20, 30), count=30)
    assert audit_split(data, thirds).warnings == ("The share of class 1 is 0.2 in fold 0 and 0.7 in fold 1.",)


def test_a_missing_subset_is_a_warning():
    data = clean_data(subsets=("9-mers", "non-9-mers"))
    data = replace(
        data,
        development=replace(data.development, subsets=np.array([0] * 8 + [1] * 4)),
        test=replace(data.test, subsets=np.ones(6, np.int64)),
    )
    assert audit_split(data, IN_ORDER).warnings == (
        "There are no 9-mers in fold 2 and the test split.",
        "There are no non-9-mers in fold 0 and fold 1.",
    )


def windowed(samples, copies):
    """Encode each sample as several windows of other values, and number it as a unit."""
    rows = np.repeat(np.arange(len(samples)), copies)
    values = np.arange(2 * len(rows), dtype=np.float32).reshape(-1, 2, 1)
    return samples_with(values, samples.targets[rows], units=rows)


def test_the_fingerprint_is_of_the_split_and_not_of_the_encoding():
    data = clean_data()
    development, test = windowed(data.development, 3), windowed(data.test, 2)
    otherwise = data_with(development, replace(test, units=test.units + 12))

    def fingerprint(data, plan=THREE, seed=1):
        return audit_split(data, plan_folds(data.development, data.shape.kind, plan, seed)).fingerprint

    assert fingerprint(data) == fingerprint(otherwise)
    flipped = replace(data, test=replace(data.test, targets=1 - data.test.targets))
    fewer = replace(data, test=data.test.take(np.arange(5)))
    others = [fingerprint(data, seed=2), fingerprint(data, FoldPlan(count=2)), fingerprint(flipped), fingerprint(fewer)]
    assert len({fingerprint(data), *others}) == 5


def test_the_json_holds_plain_types_and_every_number():
    audit = audit_split(clean_data(), IN_ORDER)
    written = json.loads(json.dumps(audit.to_json()))
    assert written["folds"][0]["validation"]["classes"] == [2, 2]
    assert written["test_to_train"] == 0.5
    assert len(written["fingerprint"]) == 64
    assert SplitAudit.from_json(written) == audit


def test_of_a_lossy_encoding_it_is_not_said_that_nothing_identical_lies_on_both_sides():
    data = clean_data(lossy=True, group_noun="subject")
    data.test.values[3] = data.development.values[0]
    audit = audit_split(data, IN_ORDER)
    assert (audit.leaks, nothing_leaks(audit)) == ((), "")
    assert len(audit_lines(audit)) == 3  # folds, test, warning
    grouped = replace(
        data,
        development=replace(data.development, groups=np.arange(12)),
        test=replace(data.test, groups=12 + np.arange(6)),
    )
    assert nothing_leaks(audit_split(grouped, IN_ORDER)) == "No subject lies on both sides of a split."


def test_a_clean_split_takes_three_lines():
    assert audit_lines(audit_split(clean_data(), IN_ORDER)) == [
        "3 folds: validation on 4 samples, training on 8 samples.",
        "Test split: 6 samples; class shares 0.50, 0.50 (development 0.50, 0.50).",
        "No identical sequence lies on both sides of a split.",
    ]


def test_one_is_written_as_one():
    data = clean_data(group_noun="subject")
    data = replace(
        data,
        development=replace(data.development, groups=np.arange(12)),
        test=replace(data.test, groups=12 + np.arange(6)),
    )
    lines = audit_lines(audit_split(data, folds_with(*([row] for row in range(12)))))
    assert lines[0] == "12 folds: validation on 1 sample of 1 subject, training on 11 samples."
    assert lines[2] == "No subject and no identical sequence lies on both sides of a split."


def test_leaks_and_warnings_take_a_line_each_with_their_number():
    data = clean_data()
    data.development.values[7] = data.development.values[10]
    data.test.values[3] = data.development.values[0]
    lines = audit_lines(audit_split(data, folds_with([0, 2, 4, 6], [1, 3, 5, 7], [8, 9, 10, 11])))
    assert [line.split(":")[0] for line in lines[2:]] == ["Leak (1 of 2)", "Warning"]
