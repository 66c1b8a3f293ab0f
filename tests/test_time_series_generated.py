"""Generated handwriting shakes as it is told to, and the task made of it is as hard as its description says."""

import dataclasses
import re

import numpy as np
import pytest
from scipy import signal
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from learning_tasks.time_series.generated_handwriting import (
    HANDWRITING_SPIRALS,
    SENSOR_NOISE_MM,
    SPIRALS_NOTE,
    GeneratedHandwriting,
    Hand,
    Shake,
    draw,
)
from learning_tasks.time_series.svc_files import SVC_CHANNELS

RATE = 125.0
X, Y, BUTTON = (SVC_CHANNELS.index(name) for name in ("x", "y", "button"))


def drawn(shake, figure="spirals"):
    hand = Hand(subject="1", label="", shake=shake, size_mm=20, pressure=500, azimuth=130, altitude=60)
    rng = np.random.default_rng(5)
    return draw(hand, figure, rng=rng, seconds=8.0, sampling_rate_hz=RATE, source="1.svc").values


def shaking(shake, figure="spirals"):
    """Give what a shake adds to x: the same figure with the same noise, with and without it."""
    return drawn(shake, figure)[:, X] - drawn(dataclasses.replace(shake, amplitude_mm=0.0), figure)[:, X]


@pytest.mark.parametrize("figure", ["spirals", "loops"])
@pytest.mark.parametrize("frequency", [4.0, 5.25, 6.0])
def test_a_periodogram_finds_the_frequency_and_amplitude_of_a_tremor(figure, frequency):
    # 8 s: bins of 1/8 Hz, on which each frequency lies, so that the power of a sine, amplitude²/2, is in one of them.
    frequencies, power = signal.periodogram(
        shaking(Shake(amplitude_mm=1.5, frequency_hz=frequency), figure), fs=RATE, scaling="spectrum"
    )
    assert frequencies[power.argmax()] == frequency
    assert np.sqrt(2 * power.max()) == pytest.approx(1.5, abs=1e-4)


def test_a_tremor_is_found_in_the_drawing_itself():
    values = drawn(Shake(amplitude_mm=1.5, frequency_hz=5.0))
    frequencies, power = signal.periodogram(np.diff(values[:, X]), fs=RATE)
    above = frequencies > 2  # three turns in 8 s lie below
    assert frequencies[above][power[above].argmax()] == pytest.approx(5.0, abs=1 / 8)


def test_a_shake_without_rhythm_is_as_large_and_has_no_peak():
    rng = np.random.default_rng(8)
    time = np.arange(1000) / RATE
    shakes = [Shake(amplitude_mm=1.5, frequency_hz=None).along(time, rng) for _ in range(200)]
    # A sine of amplitude 1.5 has the power 1.125; one drawing's power varies by about a third.
    assert np.mean(np.square(shakes)) == pytest.approx(1.125, rel=6 * 0.33 / np.sqrt(200))
    shares = [power.max() / power.sum() for power in (signal.periodogram(shake)[1] for shake in shakes)]
    assert np.mean(shares) < 0.5


def test_a_shake_lies_along_its_direction():
    upright = Shake(amplitude_mm=1.0, frequency_hz=5.0, direction=np.pi / 2)
    assert abs(shaking(upright)).max() < SENSOR_NOISE_MM / 100


def test_a_spiral_grows_and_loops_travel():
    still = Shake(amplitude_mm=0.0, frequency_hz=5.0)
    radius = np.hypot(*drawn(still)[:, [X, Y]].T)
    assert radius[-1] == pytest.approx(20, abs=6 * SENSOR_NOISE_MM)
    assert (np.diff(radius[::50]) > 0).all()
    crossings = np.sum(np.diff(np.sign(np.diff(drawn(still, "loops")[::10, Y]))) != 0)
    assert crossings == 11  # six tops and the five dips between them


def test_recordings_have_pahaws_channels_and_begin_in_the_air():
    recordings = list(GeneratedHandwriting(subjects=4, recordings=3).read())
    assert len(recordings) == 12
    for recording in recordings:
        assert recording.channels == SVC_CHANNELS
        assert 500 <= len(recording) <= 625
        pen = recording.values[:, BUTTON]
        assert (np.diff(pen) >= 0).all()
        assert not recording.values[pen == 0, SVC_CHANNELS.index("pressure")].any()
    assert [each.label for each in recordings[::3]] == ["steady", "tremor", "steady", "tremor"]
    assert len({each.subject for each in recordings}) == 4


DATA = HANDWRITING_SPIRALS.load()
TARGETS = np.concatenate([DATA.development.targets, DATA.test.targets])
GROUPS = np.concatenate([DATA.development.groups, DATA.test.groups])


def masked():
    parts = [samples.values.astype(np.float64) for samples in (DATA.development, DATA.test)]
    lengths = np.concatenate([DATA.development.lengths, DATA.test.lengths])
    values = np.concatenate(parts)
    values[np.arange(values.shape[1]) >= lengths[:, None]] = np.nan
    return values


def statistics():
    values = masked()
    return np.concatenate([fold(values, axis=1) for fold in (np.nanmean, np.nanstd, np.nanmin, np.nanmax)], axis=1)


def statistics_and_speed():
    return np.concatenate([statistics(), np.nanstd(np.diff(masked(), axis=1), axis=1)], axis=1)


def steps():
    return np.nan_to_num(masked().reshape(len(TARGETS), -1))


def share_right(features):
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    return np.mean(cross_val_predict(model, features, TARGETS, groups=GROUPS, cv=folds) == TARGETS)


def test_linear_models_are_as_good_as_the_task_says():
    said = [float(number) for number in re.findall(r"0\.\d\d", SPIRALS_NOTE)]
    measured = [share_right(features()) for features in (statistics, steps, statistics_and_speed)]
    assert measured == pytest.approx(said, abs=0.015)  # two digits, and 3 of 240 samples for another linear algebra
    assert SPIRALS_NOTE in DATA.sampling


def test_the_task_is_balanced_by_subject():
    assert np.bincount(DATA.development.targets).tolist() == [96, 96]
    assert np.bincount(DATA.test.targets).tolist() == [24, 24]
    assert len(np.unique(GROUPS)) == 120
