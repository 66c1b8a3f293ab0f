"""The search space of the feed-forward neural network."""

from search_spaces.distributions import Integer
from search_spaces.hyperparameter import Hyperparameter
from search_spaces.search_space import SearchSpace
from search_spaces.training import TRAINING, WIDTHS

HIDDEN_LAYERS = Hyperparameter(
    name="hidden_layers",
    distribution=Integer(low=0, high=3),
    group="architecture",
    default=1,
    reason="0 is the linear model, the baseline that every network should beat; it ignores hidden_size.",
)

FFNN = SearchSpace(name="ffnn", hyperparameters=(*TRAINING, *WIDTHS, HIDDEN_LAYERS))
