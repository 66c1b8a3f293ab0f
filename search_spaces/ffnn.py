"""The search space of the feed-forward neural network."""

from search_spaces.distributions import Constant, Integer
from search_spaces.hyperparameter import Hyperparameter
from search_spaces.search_space import SearchSpace
from search_spaces.training import FIXED, INPUT_OPTIONS, TRAINING, WIDTHS

HIDDEN_LAYERS = Hyperparameter(
    name="hidden_layers",
    distribution=Integer(low=0, high=3),
    group="architecture",
    default=1,
    reason="0 is the linear model, the baseline that every network should beat; it ignores hidden_size.",
)
HIDDEN_ACTIVATION = Hyperparameter(
    name="hidden_activation",
    distribution=Constant(value="relu"),
    group="architecture",
    default="relu",
    reason="relu or sigmoid, with which small networks were long built.",
)

FFNN = SearchSpace(name="ffnn", hyperparameters=(*TRAINING, *WIDTHS, HIDDEN_LAYERS))
READ_BY_FFNN = SearchSpace(
    name="ffnn", hyperparameters=(*FFNN.hyperparameters, *FIXED, *INPUT_OPTIONS, HIDDEN_ACTIVATION)
)
