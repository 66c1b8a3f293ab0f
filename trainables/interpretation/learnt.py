"""All that is kept of what a network has learnt, besides its weights."""

import numpy as np
from numpy.typing import NDArray
from torch import nn

from learning_tasks.shape import DataShape
from trainables.interpretation.gate_biases import Biases, bias_columns, gate_biases
from trainables.interpretation.hidden_states import hidden_states
from trainables.interpretation.input_weights import input_weights
from trainables.interpretation.recurrent_parts import Columns
from trainables.sample_tensors import SampleTensors


def learnt_tables(
    network: nn.Module, started: Biases, samples: SampleTensors, held_out: NDArray[np.int64], shape: DataShape
) -> dict[str, Columns]:
    """Give the tables of a trained network, bounded in size whatever the data; one that would mean nothing is left out.

    Args:
        network: the trained one.
        started: its `gate_biases` before training.
        samples: all samples.
        held_out: rows of the samples that were not trained on.
        shape: of the task.
    """
    trained = gate_biases(network)
    tables = {
        "input_weights": input_weights(network),
        "gate_biases": bias_columns(started, trained) if trained else {},
        "hidden_states": hidden_states(network, samples, held_out, shape),
    }
    return {name: columns for name, columns in tables.items() if columns}
