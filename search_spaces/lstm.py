"""The search space of the LSTM."""

from search_spaces.distributions import Choice, Constant, Integer, Uniform
from search_spaces.hyperparameter import Condition, Hyperparameter
from search_spaces.search_space import SearchSpace
from search_spaces.training import FIXED, TRAINING, WIDTHS

LAYERS = Hyperparameter(
    name="layers",
    distribution=Integer(low=1, high=2),
    group="architecture",
    default=1,
    reason="One or two: each further layer costs as much time again, and the built-in data are small.",
)
BIDIRECTIONAL = Hyperparameter(
    name="bidirectional",
    distribution=Choice(options=(False, True)),
    group="architecture",
    default=False,
    reason="Whole sequences are read before the answer; Hammerla et al. (2016, arXiv:1604.08880) compare both.",
)
FORGET_GATE_BIAS = Hyperparameter(
    name="forget_gate_bias",
    distribution=Uniform(low=0.0, high=2.0),
    group="architecture",
    default=1.0,
    reason="Around 1, with which Jozefowicz et al. (2015) found the LSTM to close the gap to the GRU; 0 is none.",
)
BETWEEN_LAYER_DROPOUT = Hyperparameter(
    name="between_layer_dropout",
    distribution=Uniform(low=0.0, high=0.5),
    group="regularisation",
    default=0.0,
    conditions=(Condition(hyperparameter="layers", values=(2,)),),
    reason="On the connections between layers only (Zaremba et al., 2014, arXiv:1409.2329): one layer has none.",
)
SEPARATE_EMBEDDINGS = Hyperparameter(
    name="separate_embeddings",
    distribution=Constant(value=False),
    group="architecture",
    default=False,
    conditions=(Condition(hyperparameter="bidirectional", values=(True,)),),
    reason="A table of tokens for each direction; read on data of tokens only.",
)

LSTM = SearchSpace(
    name="lstm",
    hyperparameters=(*TRAINING, *WIDTHS, LAYERS, BIDIRECTIONAL, FORGET_GATE_BIAS, BETWEEN_LAYER_DROPOUT),
)
READ_BY_LSTM = SearchSpace(name="lstm", hyperparameters=(*LSTM.hyperparameters, *FIXED, SEPARATE_EMBEDDINGS))
