"""Hyperparameters that the network families share: optimiser, mini-batches, width and dropout at both ends."""

from search_spaces.distributions import Choice, Constant, LogInteger, LogUniform, Uniform
from search_spaces.hyperparameter import Hyperparameter

LEARNING_RATE = Hyperparameter(
    name="learning_rate",
    distribution=LogUniform(low=1e-4, high=1e-1),
    group="learning",
    default=1e-3,
    reason=(
        "Around the usual 1e-3 of Adam, up to the end of Hammerla et al. (2016, arXiv:1604.08880); Greff et al. (2017, "
        "arXiv:1503.04069) search 1e-6 to 1e-2 for SGD. Its share of the variance grows with the range."
    ),
)
BATCH_SIZE = Hyperparameter(
    name="batch_size",
    distribution=Choice(options=(16, 32, 64, 128)),
    group="learning",
    default=32,
    reason=(
        "Powers of two that leave enough updates per epoch on small data. The noise of the gradient grows with the "
        "learning rate over the batch size (Smith et al., 2018, arXiv:1711.00489), so the two interact."
    ),
)
GRADIENT_CLIP_NORM = Hyperparameter(
    name="gradient_clip_norm",
    distribution=LogUniform(low=0.1, high=10.0),
    group="learning",
    default=1.0,
    reason="A decade to either side of 1; clipping by norm after Pascanu et al. (2013, arXiv:1211.5063).",
)
WEIGHT_DECAY = Hyperparameter(
    name="weight_decay",
    distribution=LogUniform(low=1e-6, high=1e-1),
    group="regularisation",
    default=1e-2,
    reason=(
        "Decoupled from the gradient (Loshchilov & Hutter, 2019, arXiv:1711.05101): from next to nothing to ten times "
        "the default of PyTorch's AdamW, 1e-2."
    ),
)
INPUT_DROPOUT = Hyperparameter(
    name="input_dropout",
    distribution=Uniform(low=0.0, high=0.5),
    group="regularisation",
    default=0.0,
    reason="From none to half of the inputs; Srivastava et al. (2014) keep about 0.8 of the inputs.",
)
OUTPUT_DROPOUT = Hyperparameter(
    name="output_dropout",
    distribution=Uniform(low=0.0, high=0.5),
    group="regularisation",
    default=0.0,
    reason="From none to 0.5, the usual rate for hidden units (Srivastava et al., 2014).",
)
HIDDEN_SIZE = Hyperparameter(
    name="hidden_size",
    distribution=LogInteger(low=8, high=128),
    group="architecture",
    default=32,
    reason=(
        "Logarithmic as in Greff et al. (2017, arXiv:1503.04069), who search 20 to 200; smaller here, so that a trial "
        "on small data takes seconds."
    ),
)
EMBEDDING_SIZE = Hyperparameter(
    name="embedding_size",
    distribution=Constant(value=32),
    group="architecture",
    default=32,
    reason="Read on data of tokens only, so it is held fixed: searching it on real-valued data would search nothing.",
)
LEARNING_RATE_DECAY = Hyperparameter(
    name="learning_rate_decay",
    distribution=Constant(value=0.0),
    group="learning",
    default=0.0,
    reason="q of learning_rate / t^q in epoch t, from 1; 0 is a constant rate, and 0 to 4 what a grid would try.",
)
OUTPUT_ACTIVATION = Hyperparameter(
    name="output_activation",
    distribution=Constant(value="linear"),
    group="architecture",
    default="linear",
    reason="linear or, for numbers from 0 to 1, sigmoid; the logits of classes are linear always.",
)

TRAINING = (LEARNING_RATE, BATCH_SIZE, GRADIENT_CLIP_NORM, WEIGHT_DECAY, INPUT_DROPOUT, OUTPUT_DROPOUT)
WIDTHS = (HIDDEN_SIZE, EMBEDDING_SIZE)
FIXED = (LEARNING_RATE_DECAY, OUTPUT_ACTIVATION)  # read, but in no built-in space
