"""The search space of the simple recurrent network."""

from search_spaces.architectures import STACK_OPTIONS
from search_spaces.recurrent import (
    BETWEEN_LAYER_DROPOUT,
    BIDIRECTIONAL,
    LAYERS,
    RECURRENT_ARCHITECTURE,
    RECURRENT_DROPOUTS,
)
from search_spaces.search_space import SearchSpace
from search_spaces.training import FIXED, INPUT_OPTIONS, RECURRENT_OPTIONS, TRAINING, WIDTHS

RNN = SearchSpace(
    name="rnn",
    hyperparameters=(*TRAINING, *WIDTHS, LAYERS, BIDIRECTIONAL, BETWEEN_LAYER_DROPOUT),
)
READ_BY_RNN = SearchSpace(
    name="rnn",
    hyperparameters=(
        *RNN.hyperparameters,
        *FIXED,
        *INPUT_OPTIONS,
        *RECURRENT_OPTIONS,
        *RECURRENT_ARCHITECTURE,
        *RECURRENT_DROPOUTS,
        *STACK_OPTIONS,
    ),
)
