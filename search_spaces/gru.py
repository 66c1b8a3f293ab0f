"""The search space of the GRU."""

from search_spaces.architectures import STACK_OPTIONS
from search_spaces.recurrent import (
    BETWEEN_LAYER_DROPOUT,
    BIDIRECTIONAL,
    CANDIDATE_DROPOUT,
    LAYERS,
    RECURRENT_ARCHITECTURE,
    RECURRENT_DROPOUTS,
)
from search_spaces.search_space import SearchSpace
from search_spaces.training import FIXED, INPUT_OPTIONS, RECURRENT_OPTIONS, TRAINING, WIDTHS

GRU = SearchSpace(
    name="gru",
    hyperparameters=(*TRAINING, *WIDTHS, LAYERS, BIDIRECTIONAL, BETWEEN_LAYER_DROPOUT),
)
READ_BY_GRU = SearchSpace(
    name="gru",
    hyperparameters=(
        *GRU.hyperparameters,
        *FIXED,
        *INPUT_OPTIONS,
        *RECURRENT_OPTIONS,
        *RECURRENT_ARCHITECTURE,
        *RECURRENT_DROPOUTS,
        CANDIDATE_DROPOUT,
        *STACK_OPTIONS,
    ),
)
