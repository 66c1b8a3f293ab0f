"""Each step of preprocessing against a worked example or SciPy, and what it must not do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import signal, stats

from learning_tasks.time_series import preprocessing
from learning_tasks.time_series.recording import Recording, keep_channels
from learning_tasks.time_series.recording_fixes import PAHAW_FIXES, DropLast, DropLeadingInAir, mended
from learning_tasks.time_series.steps import (
    STEPS,
    Decimate,
    Differences,
    Normalise,
    Standardise,
    Trim,
    Window,
    preprocessed,
)
from learning_tasks.time_series.svc_files import SVC_CHANNELS

ROUNDING = 1e-6  # of float32: 2**-23, ten times over
ANY = arrays.arrays(
    np.float32, st.tuples(st.integers(1, 40), st.integers(1, 4)), elements=st.floats(-1e4, 1e4, width=32)
)


def column(*numbers):
    return np.array(numbers, dtype=np.float32)[:, None]


def recorded(values, channels=None, **changes):
    values = np.asarray(values, dtype=np.float32)
    keys = {
        "subject": "1",
        "label": "PD",
        "values": values,
        "channels": channels or tuple(f"c{place}" for place in range(values.shape[1])),
        "source": "00001__1_1.svc",
        "times": np.arange(len(values), dtype=np.float64),
        "sampling_rate_hz": 100.0,
        "lines": range(2, 2 + len(values)),
    }
    return Recording(**keys | changes)


# scaling


def test_standardising_is_the_worked_example():
    # Mean 2, standard deviation (ddof 0) sqrt(2/3).
    assert preprocessing.standardise(column(1, 2, 3))[:, 0] == pytest.approx(
        [-np.sqrt(1.5), 0, np.sqrt(1.5)], rel=ROUNDING
    )


def test_standardising_is_scipys_z_score():
    values = np.random.default_rng(1).normal(5, 3, size=(400, 3)).astype(np.float32)
    assert preprocessing.standardise(values) == pytest.approx(stats.zscore(values.astype(float), axis=0), abs=1e-5)


def test_a_clocks_channel_is_standardised_without_loss():
    clock = np.arange(16_000, dtype=np.float32)[:, None] * 7.5
    scaled = preprocessing.standardise(clock).astype(np.float64)
    assert scaled.mean() == pytest.approx(0, abs=ROUNDING)
    assert scaled.std() == pytest.approx(1, abs=ROUNDING)


@given(ANY)
def test_standardised_channels_have_mean_0_and_deviation_1_or_are_0(values):
    scaled = preprocessing.standardise(values).astype(np.float64)
    assert scaled.mean(axis=0) == pytest.approx(0, abs=1e-5)
    constant = values.max(axis=0) == values.min(axis=0)
    assert not scaled[:, constant].any()
    assert scaled[:, ~constant].std(axis=0) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("level", [0.0, 0.1, 1e9, -3.7])
def test_a_constant_channel_becomes_0(level):
    # The mean of 1,001 times 0.1 is not 0.1 in floating point: dividing by that deviation would give ±1.
    assert not preprocessing.standardise(np.full((1001, 1), level, dtype=np.float32)).any()


def test_normalising_is_the_worked_example():
    assert preprocessing.normalise(column(3, 4))[:, 0] == pytest.approx([0.6, 0.8], rel=ROUNDING)


@given(ANY)
def test_normalised_channels_have_norm_1_or_are_0(values):
    norms = np.linalg.norm(preprocessing.normalise(values).astype(np.float64), axis=0)
    assert norms == pytest.approx(values.any(axis=0).astype(float), abs=1e-5)


def test_channels_can_be_left_as_they_are():
    one = recorded([[1, 0], [2, 1], [3, 1]], channels=("x", "button"))
    for step in (Standardise(leave=("button",)), Normalise(leave=("button",))):
        (scaled,) = step.apply(one)
        assert scaled.values[:, 1].tolist() == [0, 1, 1]
        assert scaled.values[:, 0].tolist() != [1, 2, 3]


def test_no_step_leaves_the_numbers_raw():
    one = recorded(column(1, 2))
    assert preprocessed(one, ())[0] is one


def test_scaling_leaves_the_recording_itself_as_it_was():
    one = recorded(column(1, 2, 3))
    preprocessed(one, (Standardise(), Normalise(), Differences()))
    assert one.values[:, 0].tolist() == [1, 2, 3]


# decimation


@pytest.mark.parametrize(("steps", "factor"), [(100, 10), (101, 10), (109, 10), (64, 2), (300, 13)])
def test_decimation_is_scipys_and_keeps_one_step_in_so_many_rounded_up(steps, factor):
    values = np.random.default_rng(2).normal(size=(steps, 2)).astype(np.float32)
    thinned = preprocessing.decimate(values, factor)
    assert len(thinned) == -(-steps // factor)
    assert thinned == pytest.approx(signal.decimate(values.astype(float), factor, axis=0), abs=1e-5)
    assert thinned.dtype == np.float32


def amplitude(values, frequency, rate):
    """Amplitude of a sine in the middle half, by projection on it: free of the filter's edges."""
    values = values[len(values) // 4 : -len(values) // 4]
    time = np.arange(len(values)) / rate
    return 2 * abs(np.mean(values * np.exp(-2j * np.pi * frequency * time)))


def test_a_tone_above_the_new_nyquist_frequency_vanishes_and_does_not_fold_back():
    # From 200 to 20 Hz: 32 Hz lies above 10 Hz and would fold to 40 - 32 = 8 Hz.
    time = np.arange(4000) / 200
    tone = np.sin(2 * np.pi * 32 * time).astype(np.float32)[:, None]
    assert amplitude(tone[::10, 0], 8, 20) == pytest.approx(1, abs=0.01)
    assert amplitude(preprocessing.decimate(tone, 10)[:, 0], 8, 20) < 1e-4  # order 8, twice: far below


def test_a_tone_below_the_new_nyquist_frequency_stays():
    # The filter's ripple is 0.05 dB, run twice: 0.988 to 1.
    time = np.arange(4000) / 200
    tone = np.sin(2 * np.pi * 5 * time).astype(np.float32)[:, None]
    assert amplitude(preprocessing.decimate(tone, 10)[:, 0], 5, 20) == pytest.approx(1, abs=0.02)


def test_after_decimation_a_button_is_down_or_up():
    button = np.repeat([0.0, 1.0, 0.0, 1.0], [45, 60, 53, 42])
    values = np.stack([np.linspace(0, 1, 200), button], axis=1)
    (thinned,) = Decimate(factor=10).apply(recorded(values, channels=("x", "button")))
    assert thinned.values[:, 1].tolist() == np.round(signal.decimate(button, 10)).tolist()
    assert set(thinned.values[:, 1].tolist()) == {0.0, 1.0}


def test_a_button_that_was_scaled_first_keeps_its_two_numbers():
    one = recorded(np.repeat([0.0, 1.0], [45, 155])[:, None], channels=("button",))
    (scaled,) = Standardise().apply(one)
    (thinned,) = Decimate(factor=10).apply(scaled)
    assert set(thinned.values[:, 0]) == set(scaled.values[:, 0])


def test_decimation_divides_the_rate_and_keeps_times_and_lines_of_the_steps_it_keeps():
    (thinned,) = Decimate(factor=4).apply(recorded(np.zeros((41, 1))))
    assert thinned.sampling_rate_hz == 25.0
    assert thinned.times.tolist() == list(range(0, 41, 4))
    assert thinned.place(2).endswith("line 10")
    assert len(thinned) == 11


def test_decimation_needs_more_steps_than_its_filter_and_a_factor_it_can_filter_for():
    with pytest.raises(ValueError, match=r"There must be more than 27 steps to decimate, got 27\."):
        preprocessing.decimate(np.zeros((27, 1), dtype=np.float32), 2)
    assert len(preprocessing.decimate(np.zeros((28, 1), dtype=np.float32), 2)) == 14
    for factor in (1, 14):
        with pytest.raises(ValueError, match=rf"factor must be a whole number from 2 to 13 .*, got {factor}\."):
            Decimate(factor=factor)
        with pytest.raises(ValueError, match=rf"factor must be from 2 to 13 .*, got {factor}\."):
            preprocessing.decimate(np.zeros((99, 1), dtype=np.float32), factor)


# differences, windows, ends


def test_differences_are_the_worked_example_and_the_pen_is_down_where_it_was_so_at_both_steps():
    one = recorded([[1, 0], [4, 1], [9, 1], [16, 0]], channels=("x", "button"))
    (changes,) = Differences().apply(one)
    assert changes.values.tolist() == [[3, 0], [5, 1], [7, 0]]
    assert changes.place(0).endswith("line 3")


def test_windows_are_whole_and_in_order():
    windows = Window(length=4, stride=3).apply(recorded(np.arange(12)[:, None]))
    assert [window.values[:, 0].tolist() for window in windows] == [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]]
    assert {window.subject for window in windows} == {"1"}
    assert windows[1].place(0).endswith("line 5")


def test_a_window_of_100_that_overlaps_by_90_starts_every_10_steps():
    assert len(Window(length=100, stride=10).apply(recorded(np.zeros((250, 1))))) == 16


def test_a_recording_can_be_trimmed_at_either_end():
    one = recorded(np.arange(5)[:, None])
    assert Trim(length=2).apply(one)[0].values[:, 0].tolist() == [0, 1]
    assert Trim(length=2, keep="end").apply(one)[0].values[:, 0].tolist() == [3, 4]
    assert len(Trim(length=9).apply(one)[0]) == 5


def test_too_short_a_recording_is_told_what_a_step_needs():
    with pytest.raises(ValueError, match=r"at least 6 steps for a window, got 5\."):
        Window(length=6, stride=1).apply(recorded(np.zeros((5, 1))))
    with pytest.raises(ValueError, match=r"at least 2 steps to take differences, got 1\."):
        Differences().apply(recorded(np.zeros((1, 1))))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Window(length=0, stride=1), "length must be a whole number of at least 1, got 0"),
        (lambda: Window(length=5, stride="2"), "stride must be a whole number of at least 1, got '2'"),
        (lambda: Standardise(leave="button"), "leave must be a list of names, got one text, 'button'"),
        (lambda: DropLast(steps=1, subjects="43"), "subjects must be a list of names, got one text, '43'"),
        (lambda: Trim(length=0), "length must be a whole number of at least 1, got 0"),
        (lambda: Trim(length=1, keep="middle"), "keep must be start or end, got 'middle'"),
        (lambda: DropLast(steps=0), "steps must be a whole number of at least 1, got 0"),
        (lambda: Standardise(leave=("z",)).apply(recorded([[1]])), "channels must be among c0, got 'z'"),
        (lambda: Differences(levels=("z",)).apply(recorded([[1], [2]])), "channels must be among c0, got 'z'"),
        (lambda: keep_channels(recorded([[1]]), ("z",)), "channels must be among c0, got 'z'"),
    ],
)
def test_what_cannot_be_done_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_steps_are_applied_in_the_order_that_was_chosen():
    one = recorded(column(0, 1, 3, 6))
    (first,) = preprocessed(one, (Differences(), Normalise()))
    (second,) = preprocessed(one, (Normalise(), Differences()))
    assert first.values[:, 0] == pytest.approx(np.array([1, 2, 3]) / np.sqrt(14), rel=ROUNDING)
    assert second.values[:, 0] == pytest.approx(np.array([1, 2, 3]) / np.sqrt(46), rel=ROUNDING)


def test_every_step_gives_float32_and_arrays_of_one_length():
    one = recorded(np.random.default_rng(3).normal(size=(60, 2)), channels=("x", "button"))
    options = {"decimate": {"factor": 2}, "window": {"length": 5, "stride": 5}, "trim": {"length": 7}}
    for name, step in STEPS.items():
        for part in step(**options.get(name, {})).apply(one):
            assert part.values.dtype == np.float32
            assert len(part.values) == len(part.times) == len(part.lines)


# fixes


def test_points_before_the_pen_touches_the_paper_are_dropped_and_the_clock_starts_anew():
    values = np.ones((5, 7))
    values[:, SVC_CHANNELS.index("timestamp")] = [0, 7, 15, 22, 30]
    values[:, SVC_CHANNELS.index("button")] = [0, 0, 1, 0, 1]
    one = recorded(values, channels=SVC_CHANNELS)
    fixed = DropLeadingInAir().mend(one)
    assert fixed.values[:, SVC_CHANNELS.index("timestamp")].tolist() == [0, 7, 15]
    assert fixed.values[:, SVC_CHANNELS.index("button")].tolist() == [1, 0, 1]
    assert fixed.place(0).endswith("line 4")
    assert DropLeadingInAir().mend(fixed) is fixed
    assert one.values[:, SVC_CHANNELS.index("timestamp")].tolist() == [0, 7, 15, 22, 30]


def test_the_end_can_be_dropped():
    assert DropLast(steps=2).mend(recorded(column(1, 2, 3))).values[:, 0].tolist() == [1]
    with pytest.raises(ValueError, match=r"There must be more than the 3 steps to drop, got 3\."):
        DropLast(steps=3).mend(recorded(column(1, 2, 3)))


def test_a_pen_that_never_touches_the_paper_is_refused():
    with pytest.raises(ValueError, match=r"button must be other than 0 at some step, got 0 at all 3\."):
        DropLeadingInAir().mend(recorded(np.zeros((3, 1)), channels=("button",)))


@pytest.mark.parametrize(
    ("subject", "file", "left"),
    [
        ("00009", "00009__1_1.svc", 18),
        ("00056", "00056__3_1.svc", 18),
        ("00043", "00043__8_1.svc", 8),
        ("00043", "00043__1_1.svc", 20),
        ("00001", "00001__8_1.svc", 20),
    ],
)
def test_the_fixes_of_pahaw_are_for_their_subjects_only(subject, file, left):
    values = np.ones((20, 7))
    values[:2, SVC_CHANNELS.index("button")] = 0
    one = recorded(values, channels=SVC_CHANNELS, subject=subject, source=f"/data/{file}")
    assert len(mended(one, PAHAW_FIXES)) == left
