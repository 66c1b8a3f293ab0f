"""Hyperparameters of architectures beyond layers of cells: time scales, gradients and states cut, pre-training."""

from search_spaces.distributions import Choice, Constant, Integer
from search_spaces.hyperparameter import Condition, Hyperparameter
from search_spaces.recurrent import STACKED, held

SUBSAMPLING = Hyperparameter(
    name="subsampling",
    distribution=Choice(options=(1, 2, 3, 4)),
    group="architecture",
    default=1,
    conditions=STACKED,
    reason="Steps of a layer that become one of the next (Graves, 2012, chapter 9): 1 is none, 4 leave 26 steps 7.",
)
SUBSAMPLING_JOIN = Hyperparameter(
    name="subsampling_join",
    distribution=Constant(value="weights"),
    group="architecture",
    default="weights",
    conditions=(Condition(hyperparameter="subsampling", values=(2, 3, 4)),),
    reason="weights for each step of a window, as in Graves (2012, chapter 9), or their sum.",
)
SHUFFLE = held(
    "shuffle",
    True,
    "learning",
    "Without it, each place of a mini-batch goes through samples as they come in the data, which carry_over needs.",
)
CARRY_OVER = held(
    "carry_over",
    0.0,
    "regularisation",
    "0 to 1, probability of going on from the state of the mini-batch before; Hammerla et al. (2016, arXiv:1604.08880) "
    "search it, on samples in their order.",
)
TRUNCATE_STEPS = held(
    "truncate_steps",
    0,
    "learning",
    "Steps after which no gradient leads back, 0 is never; Dai & Le (2015, arXiv:1511.01432) train on a few hundred.",
)
PRE_TRAINING_EPOCHS = held(
    "pre_training_epochs",
    0,
    "learning",
    "Epochs as the encoder of an auto-encoder before the first, 0 is none (Dai & Le, 2015, arXiv:1511.01432).",
)
FREEZE_ENCODER = held(
    "freeze_encoder",
    False,
    "learning",
    "After pre-training, only what reads the encoder learns, as in TimeNet (Malhotra et al., 2017, arXiv:1706.08838).",
)
STACK_OPTIONS = (
    SUBSAMPLING,
    SUBSAMPLING_JOIN,
    SHUFFLE,
    CARRY_OVER,
    TRUNCATE_STEPS,
    PRE_TRAINING_EPOCHS,
    FREEZE_ENCODER,
)

CONVOLUTION_LAYERS = Hyperparameter(
    name="convolution_layers",
    distribution=Integer(low=0, high=4),
    group="architecture",
    default=4,
    reason="0 is the LSTM alone; Ordóñez & Roggen (2016) take 4.",
)
FILTERS = held("filters", 64, "architecture", "Of each layer of convolutions: Ordóñez & Roggen (2016).")
FILTER_WIDTH = held("filter_width", 5, "architecture", "Steps that a filter sees: Ordóñez & Roggen (2016).")
ABOVE_CONVOLUTIONS = held(
    "above_convolutions",
    "lstm",
    "architecture",
    "lstm or dense, fully connected layers over all steps at once: the baseline that tells what the LSTM adds, which "
    "reads nothing of what is the LSTM's alone.",
)
CELL = held(
    "cell",
    "rnn",
    "architecture",
    "rnn, that of Lai et al. (2015), lstm or gru: what reads the context of each step.",
)
