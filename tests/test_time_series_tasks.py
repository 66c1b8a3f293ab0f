"""A task of recordings: what is refused, what is left out, and that a subject is never on both sides."""

import pickle
import re
import tracemalloc
from dataclasses import dataclass, replace

import numpy as np
import pytest

from learning_tasks.folds import make_folds
from learning_tasks.task_check import check_task_data
from learning_tasks.time_series.generated_handwriting import GeneratedHandwriting
from learning_tasks.time_series.recording import Recording, Unsound
from learning_tasks.time_series.sources import SOURCES
from learning_tasks.time_series.steps import Standardise, Window
from learning_tasks.time_series.svc_files import SVC_CHANNELS
from learning_tasks.time_series.time_series_task import TimeSeriesOptions, load_time_series, time_series_task


@dataclass(frozen=True, kw_only=True)
class Given:
    """Recordings that are given rather than read."""

    found: tuple

    def read(self):
        yield from self.found

    def described(self):
        return "Given."


def one(subject, label, steps=6, channels=("x", "y"), **changes):
    values = np.random.default_rng(int(subject) * 100 + steps).normal(5, 2, size=(steps, len(channels)))
    keys = {
        "subject": str(subject),
        "label": label,
        "values": values.astype(np.float32),
        "channels": channels,
        "source": f"{subject}.svc",
        "lines": range(2, 2 + steps),
    }
    return Recording(**keys | changes)


def subjects(count=20, recordings=2, labels=("H", "PD")):
    return tuple(
        one(subject, labels[subject % len(labels)], steps=6 + subject % 4 + index)
        for subject in range(count)
        for index in range(recordings)
    )


def options(found=None, **keys):
    return TimeSeriesOptions(name="t", description="d", source=Given(found=found or subjects()), **keys)


def test_recordings_are_laid_out_in_one_array_with_zeros_beyond_their_ends():
    data = load_time_series(options())
    check_task_data(data)
    assert data.shape.time == 10
    assert (data.shape.features, data.shape.outputs) == (2, 2)
    assert data.feature_names == ("x", "y")
    given = {recording.values.tobytes(): recording for recording in subjects()}
    for samples in (data.development, data.test):
        assert samples.values.dtype == np.float32
        for values, length, target in zip(samples.values, samples.lengths, samples.targets, strict=True):
            assert given[values[:length].tobytes()].label == ("H", "PD")[target]
            assert not values[length:].any()


def test_the_time_axis_can_be_longer_but_not_shorter():
    assert load_time_series(options(time=15)).development.values.shape[1] == 15
    with pytest.raises(ValueError, match=r"time must be at least the 10 steps of the longest recording, got 9\."):
        load_time_series(options(time=9))


@pytest.mark.parametrize("steps", [(), (Window(length=4, stride=1),)], ids=["whole", "windows"])
def test_a_subjects_recordings_and_windows_never_straddle_folds_or_the_test_split(steps):
    data = load_time_series(options(steps=steps))
    assert len({*data.development.groups} | {*data.test.groups}) == 20
    assert not {*data.development.groups} & {*data.test.groups}
    for fold in make_folds(data.development, "classification", 4, seed=1):
        groups = data.development.groups
        assert not {*groups[fold.train]} & {*groups[fold.validation]}


def test_windows_of_a_recording_are_judged_as_one_or_each_by_itself():
    windows = (Window(length=4, stride=1),)
    data = load_time_series(options(steps=windows))
    check_task_data(data)
    for samples in (data.development, data.test):
        units, counts = np.unique(samples.units, return_counts=True)
        # 6 + subject % 4 + index steps, a window of 4 from each start: recordings are numbered as they are read.
        assert counts.tolist() == [3 + unit // 2 % 4 + unit % 2 for unit in units.tolist()]
    assert len({*data.development.units} | {*data.test.units}) == 40
    assert "40 recordings of 20 subjects make 200 samples, judged by recordings." in data.sampling
    single = load_time_series(options(steps=windows, judge="windows"))
    assert single.development.units is None
    assert "make 200 samples, judged by windows." in single.sampling


def test_whole_recordings_are_no_units():
    assert load_time_series(options()).development.units is None


def test_folds_of_the_source_are_kept_and_its_test_is_the_test_split():
    names = ("2", "10", "test", "b")
    found = tuple(replace(each, fold=names[int(each.subject) // 2 % 4]) for each in subjects())
    data = load_time_series(options(found))
    check_task_data(data)
    assert (len(data.development), len(data.test)) == (32, 8)
    of_target = {
        (int(length), int(target)) for length, target in zip(data.test.lengths, data.test.targets, strict=True)
    }
    held_out = [each for each in found if each.fold == "test"]
    assert of_target == {(len(each), ("H", "PD").index(each.label)) for each in held_out}
    assert sorted({*data.development.given_folds.tolist()}) == [0, 1, 2]
    assert "The test split is the source's own." in data.sampling
    without = load_time_series(options(tuple(replace(each, fold=each.fold.replace("test", "a")) for each in found)))
    assert (len(without.test), {*without.development.given_folds.tolist()}) == (8, {0, 1, 2, 3})


def test_what_was_read_and_left_out_is_counted_by_reason():
    found = (
        *subjects(),
        Unsound(problem="9.svc, line 3: broken.", reason="that cannot be read"),
        one(90, "H", channels=("x",)),
        one(91, ""),
        one(92, "H", values=np.full((6, 2), np.nan, dtype=np.float32)),
        one(93, "H", steps=3),
    )
    data = load_time_series(options(found, steps=(Window(length=6, stride=6),), leave_out_unsound=True))
    assert data.read == 45
    assert dict(data.dropped) == {
        "that cannot be read": 1,
        "of other channels": 1,
        "with a label that cannot be used": 1,
        "with a wrong number or time": 1,
        "that the steps cannot prepare": 1,
    }
    assert data.group_noun == "subject"


def test_one_class_and_too_few_subjects_are_refused_with_what_was_kept():
    with pytest.raises(
        ValueError, match=r"targets must be of two .* got .* only\. \(Given\. 40 recordings of 20 subjects\.\)"
    ):
        load_time_series(options(subjects(labels=("H",))))
    with pytest.raises(
        ValueError, match=r"There must be enough samples to hold out .* folds must be at most .* \(Given\. 6 "
    ):
        load_time_series(options(subjects(count=3)))


def test_of_a_source_that_cannot_be_read_nothing_is_kept(tmp_path):
    (tmp_path / "r.csv").write_text("")
    source = SOURCES["recordings"](file=str(tmp_path / "r.csv"))
    with pytest.raises(ValueError, match=r"r\.csv: must begin with .* names, got none\. Nothing was kept\."):
        load_time_series(TimeSeriesOptions(source=source))


@pytest.mark.parametrize(
    ("name", "keys", "task_name"),
    [
        ("svc", {"folder": "data/PaHaW", "corpus": "c.csv"}, "svc-PaHaW"),
        ("recordings", {"file": "data/steps.csv.gz"}, "recordings-steps"),
        ("npz", {"file": "data/arrays.npz"}, "npz-arrays"),
    ],
)
def test_a_task_without_a_name_is_called_after_its_source(name, keys, task_name):
    task = time_series_task(TimeSeriesOptions(source=SOURCES[name](**keys), kind="regression"))
    assert (task.name, task.metric) == (task_name, "variance_explained")
    assert task.description == SOURCES[name](**keys).described()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"judge": "subjects"}, "^judge must be one of recordings, windows, got 'subjects'"),
        ({"kind": "ranking"}, "^kind must be one of classification, regression, got 'ranking'"),
        ({"test_share": 1.0}, r"^test_share must be from 0\.1 to 0\.9, got 1\.0"),
        ({"channels": "x"}, "^channels must be a list of names, got one text, 'x'"),
        ({"kind": "regression", "classes": ("a",)}, "^classes must be left out of a regression, got a"),
    ],
)
def test_options_that_do_not_go_together_are_refused(keys, message):
    with pytest.raises(ValueError, match=message):
        options(**keys)


def test_subjects_are_the_same_with_and_without_leading_zeros():
    found = tuple(replace(each, subject=each.subject.zfill(1 + index % 2 * 4)) for index, each in enumerate(subjects()))
    data = load_time_series(options(found))
    assert len({*data.development.groups} | {*data.test.groups}) == 20


def test_scaling_takes_nothing_from_other_recordings():
    # A test subject's numbers change: nothing in development does.
    data = load_time_series(options(steps=(Standardise(),)))
    test_groups = {*data.test.groups.tolist()}
    keys = np.unique([each.subject for each in subjects()])
    changed = tuple(
        replace(each, values=each.values**2 * 50) if int(np.searchsorted(keys, each.subject)) in test_groups else each
        for each in subjects()
    )
    other = load_time_series(options(changed, steps=(Standardise(),)))
    assert other.development.values.tobytes() == data.development.values.tobytes()
    assert other.test.values.tobytes() != data.test.values.tobytes()


def test_classes_are_sorted_by_number_or_name_or_as_stated():
    numbers = load_time_series(options(subjects(labels=("10", "9"))))
    assert "Classes in order: 9, 10." in numbers.sampling
    stated = load_time_series(options(classes=("PD", "H")))
    assert "Classes in order: PD, H." in stated.sampling
    assert np.array_equal(stated.development.targets, 1 - load_time_series(options()).development.targets)


def test_a_number_can_be_predicted():
    data = load_time_series(
        options(subjects(labels=("61.5", "70", "82")), kind="regression", metric="mean_squared_error")
    )
    check_task_data(data)
    assert {*data.development.targets.tolist()} == {61.5, 70.0, 82.0}
    assert data.development.targets.dtype == np.float32


WRONG = (
    (Unsound(problem="9.svc, line 3: broken.", reason="that is broken"), "9.svc, line 3: broken."),
    (
        one(90, "H", channels=("x",)),
        "90.svc, line 2: channels must be those of 0.svc, x, y, got x.",
    ),
    (
        one(90, "H", values=np.array([[0, 1], [np.nan, 2]], dtype=np.float32)),
        "90.svc, line 3: x must be a finite number, got nan.",
    ),
    (
        one(90, "H", steps=2, times=np.array([5.0, 4.0])),
        "90.svc, line 3: time must increase from step to step, got 4 after 5.",
    ),
    (one(90, "H", steps=3), "90.svc, line 2: There must be at least 6 steps for a window, got 3."),
    (one(90, "?"), "90.svc, line 2: a label must be one of H, PD, got '?'."),
    (
        one(90, "H", values=np.zeros((0, 2), dtype=np.float32), lines=range(2, 2)),
        "90.svc: must hold at least one step, got none.",
    ),
)


@pytest.mark.parametrize(("wrong", "problem"), WRONG)
def test_an_unsound_recording_is_refused_or_left_out_and_told(wrong, problem):
    choices = options((*subjects(), wrong), steps=(Window(length=6, stride=6),), classes=("H", "PD"))
    with pytest.raises(ValueError, match=re.escape(problem)) as refusal:
        load_time_series(choices)
    assert str(refusal.value).splitlines() == [
        problem,
        "Nothing was kept: 1 unsound, 40 sound recordings. With leave_out_unsound: true the sound ones are used alone.",
    ]
    data = load_time_series(replace(choices, leave_out_unsound=True))
    assert len(data.development) + len(data.test) == 40
    assert data.sampling.endswith(f"Left out as unsound: 1. {problem}")


def test_a_label_that_is_no_number_is_refused_for_regression():
    with pytest.raises(ValueError, match=r"0\.svc, line 2: a label must be a finite number for regression, got 'H'\."):
        load_time_series(options(kind="regression", metric="mean_squared_error"))


def test_many_problems_are_counted_and_the_first_are_shown():
    found = tuple(Unsound(problem=f"{number}.svc: broken.", reason="that is broken") for number in range(12))
    with pytest.raises(ValueError, match=r"9\.svc: broken\.\n… and 2 more\.\nNothing was kept: 12 unsound, 0 sound"):
        load_time_series(options(found, leave_out_unsound=True))


def test_no_recordings_at_all_are_refused():
    with pytest.raises(ValueError, match=r"There must be recordings, got none\. Given\."):
        load_time_series(replace(options(), source=Given(found=())))


def test_a_task_reads_nothing_before_it_is_loaded_and_travels_to_a_worker():
    task = time_series_task(TimeSeriesOptions(name="t", description="d", source=GeneratedHandwriting(subjects=10)))
    again = pickle.loads(pickle.dumps(task))  # noqa: S301 - our own
    assert again.load().test.values.tobytes() == task.load().test.values.tobytes()


@dataclass(frozen=True, kw_only=True)
class Large:
    """72 recordings of the length and channels of PaHaW's longest."""

    steps: int

    def read(self):
        for number in range(72):
            yield Recording(
                subject=str(number),
                label="H" if number % 2 else "PD",
                values=np.full((self.steps, 7), number + 1, dtype=np.float32),
                channels=SVC_CHANNELS,
                source=f"{number}.svc",
                lines=range(2, 2 + self.steps),
            )

    def described(self):
        return "Large."


def test_recordings_are_held_once_beside_the_arrays_they_are_copied_to():
    load_time_series(options())  # imports
    tracemalloc.start()
    try:
        data = load_time_series(TimeSeriesOptions(name="t", description="d", source=Large(steps=16_000)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    held = data.development.values.nbytes + data.test.values.nbytes
    assert held == 72 * 16_000 * 7 * 4
    # The recordings as read and one split's array at a time, and each recording is let go of when it has been copied.
    assert peak < 2.05 * held
