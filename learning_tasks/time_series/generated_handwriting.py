"""Generated handwriting: spirals and loops on a tablet, by hands that shake in rhythm or without one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from learning_tasks.time_series.recording import Recording
from learning_tasks.time_series.recording_fixes import DropLeadingInAir
from learning_tasks.time_series.steps import Decimate, Differences, Standardise
from learning_tasks.time_series.svc_files import SVC_CHANNELS
from learning_tasks.time_series.time_series_task import TimeSeriesOptions, time_series_task

FloatArray = NDArray[np.float64]
Figure = Literal["spirals", "loops"]

TICKS_PER_SECOND = 1000
STEADY, TREMOR = "steady", "tremor"  # labels
SENSOR_NOISE_MM = 0.01
# An aperiodic shake, of sines over this band: as large as a tremor, but slower.
APERIODIC_BAND_HZ = (0.5, 3.5)
APERIODIC_SINES = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Shake:
    """A to-and-fro of the pen along a line."""

    amplitude_mm: float  # of a sine with the shake's power: the peak of a tremor
    frequency_hz: float | None  # None: aperiodic
    direction: float = 0.0  # radians from the x axis

    def along(self, seconds: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Give the displacement in mm (time,)."""
        if self.frequency_hz is not None:
            angle: FloatArray = 2 * np.pi * self.frequency_hz * seconds + rng.uniform(0, 2 * np.pi)
            return np.asarray(self.amplitude_mm * np.sin(angle))
        frequencies = rng.uniform(*APERIODIC_BAND_HZ, size=APERIODIC_SINES)
        phases = rng.uniform(0, 2 * np.pi, size=APERIODIC_SINES)
        waves: FloatArray = np.sin(2 * np.pi * np.outer(seconds, frequencies) + phases).sum(axis=1)
        return np.asarray(self.amplitude_mm * waves / np.sqrt(APERIODIC_SINES))


@dataclass(frozen=True, kw_only=True, slots=True)
class Hand:
    """A subject's way of drawing."""

    subject: str
    label: str
    shake: Shake
    size_mm: float  # outer radius of a spiral, height of a loop
    pressure: float
    azimuth: float  # degrees
    altitude: float  # degrees


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratedHandwriting:
    """Recordings of subjects of whom every other one has a tremor; the rest shake as far, but slower."""

    figure: Figure = "spirals"
    subjects: int = 120
    recordings: int = 2  # of each subject
    seconds: tuple[float, float] = (4.0, 5.0)  # shortest and longest
    sampling_rate_hz: float = 125.0
    tremor_hz: tuple[float, float] = (4.0, 6.0)
    amplitude_mm: tuple[float, float] = (1.5, 2.5)
    seed: int = 2016

    def read(self) -> Iterator[Recording]:
        """Draw subject after subject."""
        rng = np.random.default_rng(self.seed)
        for number in range(self.subjects):
            hand = self._hand(rng, number)
            for index in range(self.recordings):
                yield draw(
                    hand,
                    self.figure,
                    rng=rng,
                    seconds=rng.uniform(*self.seconds),
                    sampling_rate_hz=self.sampling_rate_hz,
                    source=f"{hand.subject}__{index + 1}.svc",
                )

    @property
    def name(self) -> str:
        """Name the figure."""
        return f"handwriting-{self.figure}"

    def described(self) -> str:
        """Say what is drawn."""
        low, high = self.tremor_hz
        return f"Generated {self.figure} of {self.subjects} subjects, half with a tremor of {low:g} to {high:g} Hz."

    def _hand(self, rng: np.random.Generator, number: int) -> Hand:
        frequency = rng.uniform(*self.tremor_hz)
        shake = Shake(
            amplitude_mm=rng.uniform(*self.amplitude_mm),
            frequency_hz=frequency if number % 2 else None,
            direction=rng.uniform(0, np.pi),
        )
        return Hand(
            subject=f"{number + 1:05}",
            label=TREMOR if number % 2 else STEADY,
            shake=shake,
            size_mm=rng.uniform(15, 25),
            pressure=rng.uniform(300, 700),
            azimuth=rng.uniform(100, 160),
            altitude=rng.uniform(45, 70),
        )


def draw(
    hand: Hand, figure: Figure, *, rng: np.random.Generator, seconds: float, sampling_rate_hz: float, source: str
) -> Recording:
    """Draw a figure once, in PaHaW's channels; the pen is in the air for up to 0.2 s before it touches the paper."""
    steps = round(seconds * sampling_rate_hz)
    time = np.arange(steps) / sampling_rate_hz
    x, y = FIGURES[figure](time / seconds, hand.size_mm)
    shake = hand.shake.along(time, rng)
    x = x + shake * np.cos(hand.shake.direction) + rng.normal(scale=SENSOR_NOISE_MM, size=steps)
    y = y + shake * np.sin(hand.shake.direction) + rng.normal(scale=SENSOR_NOISE_MM, size=steps)
    button = (time >= rng.uniform(0, 0.2)).astype(np.float64)
    pressure = button * (hand.pressure + _wander(rng, time, 40.0))
    azimuth = hand.azimuth + _wander(rng, time, 3.0)
    altitude = hand.altitude + _wander(rng, time, 2.0)
    ticks = np.round(time * TICKS_PER_SECOND)
    columns = (y, x, ticks, button, azimuth, altitude, pressure)
    return Recording(
        subject=hand.subject,
        label=hand.label,
        values=np.stack(columns, axis=1).astype(np.float32),
        channels=SVC_CHANNELS,
        source=source,
        times=ticks,
        sampling_rate_hz=sampling_rate_hz,
        lines=range(2, 2 + steps),
    )


def _spiral(progress: FloatArray, size_mm: float) -> tuple[FloatArray, FloatArray]:
    """Turn three times outwards (Archimedes' spiral), slower in angle as the radius grows."""
    turned = progress**0.7
    angle = 2 * np.pi * 3 * turned
    return size_mm * turned * np.cos(angle), size_mm * turned * np.sin(angle)


def _loops(progress: FloatArray, size_mm: float) -> tuple[FloatArray, FloatArray]:
    """Write six joined loops from left to right (a prolate cycloid), like the letter l."""
    angle = 2 * np.pi * 6 * progress
    return 60 * progress - size_mm / 4 * np.sin(angle), size_mm / 2 * (1 - np.cos(angle))


def _wander(rng: np.random.Generator, time: FloatArray, size: float) -> FloatArray:
    """Vary slowly about 0: three sines below 1 Hz."""
    frequencies, phases = rng.uniform(0.1, 1.0, size=3), rng.uniform(0, 2 * np.pi, size=3)
    waves: FloatArray = np.sin(2 * np.pi * np.outer(time, frequencies) + phases).mean(axis=1)
    return size * waves


FIGURES = {"spirals": _spiral, "loops": _loops}

# Each figure from 5-fold cross-validation by subject over all recordings; the tests compute them again.
SPIRALS_NOTE = (
    "Both kinds of hands shake as far. A linear model of each channel's mean, standard deviation and extremes is right "
    "for about 0.61, of the numbers step by step for about 0.67, and given the standard deviation of the changes from "
    "step to step for about 0.98, since a tremor is faster: speed is what there is to find, not form. None of this "
    "says what real handwriting holds."
)
HANDWRITING_SPIRALS = time_series_task(
    TimeSeriesOptions(
        description="Spirals drawn with a shaking pen: is the shaking a tremor, or slower and without rhythm?",
        source=GeneratedHandwriting(),
        fixes=(DropLeadingInAir(),),
        channels=("y", "x"),
        steps=(Decimate(factor=8), Differences(), Standardise()),
        metric="accuracy",
        split_seed=72,
        note=SPIRALS_NOTE,
    )
)
