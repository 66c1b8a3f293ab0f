"""Recordings in an ``.npz`` file of numpy arrays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from learning_tasks.time_series.recording import Recording, Unsound

Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class NpzFile:
    """A file of these arrays; nothing in it is unpickled.

    ``values``: numbers (recording, time, channel), or (step, channel) with the recordings one after another.
    ``subjects``, ``labels``: text or numbers (recording,). ``folds``: as these, may be left out.
    ``lengths``: steps of each recording (recording,); may be left out where values have three axes.
    ``channels``: names (channel,), may be left out. ``times``: as values without the last axis, may be left out.
    """

    file: str
    sampling_rate_hz: float | None = None

    def read(self) -> Iterator[Recording | Unsound]:
        """Give the recordings in the file's order; float32 values are not copied.

        Raises:
            ValueError: If the file cannot be read, or its arrays do not fit together.
        """
        arrays = _arrays(Path(self.file))
        lengths = _checked_lengths(Path(self.file), arrays)
        starts = np.cumsum(lengths) - lengths
        for index, length in enumerate(lengths.tolist()):
            steps = slice(starts[index], starts[index] + length)
            part = (index, slice(0, length)) if arrays["values"].ndim == 3 else steps
            yield Recording(
                subject=str(arrays["subjects"][index]),
                label=str(arrays["labels"][index]),
                fold=str(arrays["folds"][index]) if "folds" in arrays else "",
                values=arrays["values"][part],
                channels=_channel_names(arrays),
                source=f"{self.file}, recording {index}",
                times=arrays["times"][part].astype(np.float64) if "times" in arrays else None,
                sampling_rate_hz=self.sampling_rate_hz,
                lines=range(length),
                line_word="step",
            )

    @property
    def name(self) -> str:
        """Name the kind of source and the file."""
        return f"npz-{Path(self.file).name.split('.')[0]}"

    def described(self) -> str:
        """Say where the recordings come from."""
        return f"Recordings of {self.file}."


def _arrays(file: Path) -> dict[str, Array]:
    if not file.is_file():
        raise ValueError(f"{file}: must be a file, got none.")
    try:
        with np.load(file, allow_pickle=False) as archive:
            if not isinstance(archive, Mapping):
                raise ValueError("a single array")
            arrays = {name: archive[name] for name in archive}
    except (ValueError, OSError, EOFError, BadZipFile) as error:
        raise ValueError(f"{file}: must be an .npz file of plain arrays, got: {str(error).rstrip('.')}.") from error
    for name in ("values", "subjects", "labels"):
        if name not in arrays:
            raise ValueError(f"{file}: must hold the array {name}, got {', '.join(arrays) or 'none'}.")
    if arrays["values"].ndim not in (2, 3) or arrays["values"].dtype.kind not in "fiu":
        raise ValueError(
            f"{file}: values must be numbers (recording, time, channel) or (step, channel), "
            f"got {arrays['values'].dtype} of shape {arrays['values'].shape}."
        )
    arrays["values"] = arrays["values"].astype(np.float32, copy=False)
    return arrays


def _checked_lengths(file: Path, arrays: Mapping[str, Array]) -> NDArray[np.int64]:
    values, count = arrays["values"], len(arrays["subjects"])
    if "lengths" not in arrays and values.ndim == 2:
        raise ValueError(f"{file}: must hold the array lengths where values have two axes, got none.")
    lengths = arrays.get("lengths", np.full(count, values.shape[1]))
    recordings = len(values) if values.ndim == 3 else len(lengths)
    if lengths.ndim != 1 or lengths.dtype.kind not in "iu":
        raise ValueError(f"{file}: lengths must be whole numbers (recording,), got {lengths.dtype} of {lengths.shape}.")
    wanted = dict.fromkeys(("subjects", "labels", "lengths", "folds"), (recordings,))
    wanted |= {"times": values.shape[:-1], "channels": values.shape[-1:]}
    for name, shape in wanted.items():
        if name in arrays and arrays[name].shape != shape:
            raise ValueError(f"{file}: {name} must be of shape {shape}, got {arrays[name].shape}.")
    if "folds" in arrays and (empty := np.flatnonzero(arrays["folds"].astype(str) == "")).size:
        raise ValueError(f"{file}, recording {empty[0]}: folds must name a fold, got an empty text.")
    if not count:
        raise ValueError(f"{file}: must hold at least one recording, got none.")
    _check_sums(file, lengths, values.shape)
    return lengths.astype(np.int64)


def _check_sums(file: Path, lengths: Array, shape: tuple[int, ...]) -> None:
    longest = shape[1] if len(shape) == 3 else shape[0]
    if lengths.min() < 1 or lengths.max() > longest:
        index = int(np.flatnonzero((lengths < 1) | (lengths > longest))[0])
        raise ValueError(f"{file}, recording {index}: lengths must be from 1 to {longest}, got {lengths[index]}.")
    if len(shape) == 2 and lengths.sum() != shape[0]:
        raise ValueError(f"{file}: lengths must sum to the {shape[0]} steps of values, got {lengths.sum()}.")


def _channel_names(arrays: Mapping[str, Array]) -> tuple[str, ...]:
    if "channels" in arrays:
        return tuple(str(name) for name in arrays["channels"])
    return tuple(f"channel_{place}" for place in range(arrays["values"].shape[-1]))
