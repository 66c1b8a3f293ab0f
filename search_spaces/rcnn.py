"""The search space of the recurrent convolutional network."""

from search_spaces.architectures import CELL, SHUFFLE, TRUNCATE_STEPS
from search_spaces.recurrent import RECURRENT_DROPOUTS
from search_spaces.search_space import SearchSpace
from search_spaces.training import FIXED, INPUT_OPTIONS, TRAINING, WIDTHS

RCNN = SearchSpace(name="rcnn", hyperparameters=(*TRAINING, *WIDTHS))
READ_BY_RCNN = SearchSpace(
    name="rcnn",
    hyperparameters=(
        *RCNN.hyperparameters,
        *FIXED,
        *INPUT_OPTIONS,
        *RECURRENT_DROPOUTS,
        CELL,
        SHUFFLE,
        TRUNCATE_STEPS,
    ),
)
