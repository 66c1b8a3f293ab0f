"""The search space of the LSTM."""

from search_spaces.architectures import STACK_OPTIONS
from search_spaces.distributions import Uniform
from search_spaces.hyperparameter import Hyperparameter
from search_spaces.recurrent import (
    BETWEEN_LAYER_DROPOUT,
    BIDIRECTIONAL,
    CANDIDATE_DROPOUT,
    LAYERS,
    RECURRENT_ARCHITECTURE,
    RECURRENT_DROPOUTS,
    STACKED,
    held,
)
from search_spaces.search_space import SearchSpace
from search_spaces.training import FIXED, INPUT_OPTIONS, RECURRENT_OPTIONS, TRAINING, WIDTHS

FORGET_GATE_BIAS = Hyperparameter(
    name="forget_gate_bias",
    distribution=Uniform(low=0.0, high=2.0),
    group="architecture",
    default=1.0,
    reason="Around 1, with which Jozefowicz et al. (2015) found the LSTM to close the gap to the GRU; 0 is none.",
)
OF_THE_MEMORY = (
    held(
        "peephole",
        False,
        "architecture",
        "The gates see the memory (Gers et al., 2002); Greff et al. (2017, arXiv:1503.04069) find no difference.",
    ),
    held(
        "depth_gated",
        False,
        "architecture",
        "A gate from the memory of the layer below (Yao et al., 2015, arXiv:1508.03790): one layer has none.",
        STACKED,
    ),
    held(
        "zoneout_cell",
        0.0,
        "regularisation",
        "0 to 0.5, the best of Krueger et al. (2017, arXiv:1606.01305); share of the memory that stays at each step.",
    ),
)

LSTM = SearchSpace(
    name="lstm",
    hyperparameters=(*TRAINING, *WIDTHS, LAYERS, BIDIRECTIONAL, FORGET_GATE_BIAS, BETWEEN_LAYER_DROPOUT),
)
READ_BY_LSTM = SearchSpace(
    name="lstm",
    hyperparameters=(
        *LSTM.hyperparameters,
        *FIXED,
        *INPUT_OPTIONS,
        *RECURRENT_OPTIONS,
        *RECURRENT_ARCHITECTURE,
        *RECURRENT_DROPOUTS,
        CANDIDATE_DROPOUT,
        *OF_THE_MEMORY,
        *STACK_OPTIONS,
    ),
)
