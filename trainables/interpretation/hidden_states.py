"""What a network's last recurrent layer goes through while it reads some sequences."""

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor, nn

from learning_tasks.samples import Samples
from learning_tasks.shape import DataShape
from trainables.interpretation.input_weights import evenly
from trainables.interpretation.recurrent_parts import DIRECTIONS, Columns, direction_weights, recurrent_layers
from trainables.judged_units import judged_units
from trainables.networks.layers.sequences import padded
from trainables.networks.recurrent import RecurrentNetwork
from trainables.networks.subsampling import window_count
from trainables.objective import to_predictions
from trainables.sample_tensors import SampleTensors, share_array

MOST_UNITS = 32  # of a direction; the first ones: units have no order
MOST_STEPS = 200  # of a sequence, evenly and with both ends
FEW_SEQUENCES, MOST_CLASSES = 6, 12


def hidden_states(network: nn.Module, samples: SampleTensors, held_out: NDArray[np.int64], shape: DataShape) -> Columns:
    """Give the states of the last recurrent layer, a row for each sequence, direction and step (from 1).

    Padding has no rows. With subsampling, a state belongs to the last step that it covers. `sample` is the place of
    the sequence among the held-out units, of which its first sample is read.

    Args:
        network: a trained one.
        samples: all samples.
        held_out: rows of the samples that were not trained on.
        shape: of the task.
    """
    if not recurrent_layers(network):
        return {}
    units = judged_units(samples.source, held_out).rows
    chosen = chosen_units(samples.source.targets[units], shape)
    rows = units[chosen]
    [batch] = samples.batches(share_array(rows), len(rows))
    states, outputs = _states(network, batch.values, batch.lengths)
    predictions = to_predictions(shape.kind, outputs)
    directions = len(direction_weights(recurrent_layers(network)[-1]))
    window = network.windows[-1] if isinstance(network, RecurrentNetwork) else 1
    counts = window_count(batch.lengths, window).tolist()
    parts = [
        _with_tokens(_of_sequence(of_one[:count], directions, window, length), samples.source, int(row))
        | _told(samples.source, int(row), sample, prediction)
        for of_one, count, length, row, sample, prediction in zip(
            states, counts, batch.lengths.tolist(), rows, chosen.tolist(), predictions, strict=True
        )
    ]
    return _below_one_another(parts)


def chosen_units(targets: NDArray[np.int64] | NDArray[np.float32], shape: DataShape) -> NDArray[np.int64]:
    """Choose units by their targets alone, the same each time: the first of each class, or from small to large."""
    if shape.kind == "regression":
        return np.argsort(targets, kind="stable")[evenly(len(targets), FEW_SEQUENCES)]
    classes = range(min(shape.outputs, MOST_CLASSES))
    each = max(1, FEW_SEQUENCES // len(classes))
    return np.concatenate([np.flatnonzero(targets == number)[:each] for number in classes])


@torch.inference_mode()
def _states(
    network: nn.Module, values: Tensor, lengths: Tensor
) -> tuple[Float[np.ndarray, "sample steps width"], Tensor]:
    """Let a network read, and listen to its last recurrent layer."""
    heard: list[Tensor] = []
    hook = recurrent_layers(network)[-1].register_forward_hook(lambda _, __, told: heard.append(padded(told[0])))
    try:
        outputs = network.eval()(values, lengths)
    finally:
        hook.remove()
    return heard[0].cpu().double().numpy(), outputs


def _of_sequence(states: Float[np.ndarray, "steps width"], directions: int, window: int, length: int) -> Columns:
    """Lay the states of one sequence out, its directions below one another."""
    places = evenly(len(states), MOST_STEPS)
    shown = [part[places, :MOST_UNITS] for part in np.split(states, directions, axis=1)]
    columns: Columns = {
        "direction": np.repeat(DIRECTIONS[:directions], len(places)),
        "step": np.tile(np.minimum((places + 1) * window, length), directions),
        "length": np.full(directions * len(places), length),
    }
    return columns | {f"state/{unit}": column for unit, column in enumerate(np.concatenate(shown).T)}


def _with_tokens(columns: Columns, source: Samples, row: int) -> Columns:
    """Say which token is read at each step, where the samples are tokens."""
    return columns | ({"token": source.values[row][columns["step"] - 1]} if source.tokens else {})


def _told(source: Samples, row: int, sample: int, prediction: NDArray[np.float64] | np.float64) -> Columns:
    """Say which sequence it is, what it is and what the network makes of it; a class has its probability."""
    of_class = isinstance(prediction, np.ndarray)
    return {
        "sample": sample,
        "target": float(source.targets[row]),
        "prediction": float(prediction.argmax()) if of_class else float(prediction),
        "probability": float(prediction.max()) if of_class else None,
    }


def _below_one_another(parts: list[Columns]) -> Columns:
    """Join the columns of sequences; what is one value of a sequence is that of all its rows."""
    lengths = [len(part["step"]) for part in parts]
    joined: Columns = {}
    for name in parts[0]:
        columns = [
            part[name] if isinstance(part[name], np.ndarray) else np.full(length, part[name])
            for part, length in zip(parts, lengths, strict=True)
        ]
        joined[name] = np.concatenate(columns)
    return joined
