"""Hyperparameters that the network families share: optimiser, mini-batches, width and dropout at both ends."""

from search_spaces.distributions import Choice, Constant, LogInteger, LogUniform, Uniform
from search_spaces.hyperparameter import Condition, Hyperparameter

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
    reason="From none to half of the inputs (Srivastava et al., 2014): they bear less dropout than hidden units.",
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
OPTIMIZER = Hyperparameter(
    name="optimizer",
    distribution=Choice(options=("adamw", "adam", "rmsprop", "sgd", "adagrad")),
    group="learning",
    default="adamw",
    reason=(
        "Adagrad is that of Hammerla et al. (2016, arXiv:1604.08880), SGD that of Greff et al. (2017, "
        "arXiv:1503.04069), Adam and RMSprop those that Keras 1 was used with; learning rates do not compare."
    ),
)
MOMENTUM = Hyperparameter(
    name="momentum",
    distribution=Constant(value=0.0),
    group="learning",
    default=0.0,
    conditions=(Condition(hyperparameter="optimizer", values=("sgd", "rmsprop")),),
    reason=(
        "0 to below 1; Greff et al. (2017, arXiv:1503.04069) search 1 - log-uniform 0.01 to 1, so 0 to 0.99, and find "
        "no effect."
    ),
)
WEIGHT_DECAY_KIND = Hyperparameter(
    name="weight_decay_kind",
    distribution=Constant(value="decoupled"),
    group="regularisation",
    default="decoupled",
    conditions=(Condition(hyperparameter="optimizer", values=("rmsprop", "sgd", "adagrad")),),
    reason=(
        "decoupled or l2 (Loshchilov & Hutter, 2019, arXiv:1711.05101); adamw is decoupled and adam l2 by their names."
    ),
)
LEARNING_RATE_SCHEDULE = Hyperparameter(
    name="learning_rate_schedule",
    distribution=Choice(
        options=("none", "polynomial", "exponential_sqrt", "exponential", "exponential_square", "cosine")
    ),
    group="learning",
    default="polynomial",
    reason=(
        "polynomial falls by learning_rate_decay, at 0 not at all; the exponentials have exp(-√t), exp(-t) and "
        "exp(-t²) in epoch t from 0; cosine is of Loshchilov & Hutter (2017, arXiv:1608.03983)."
    ),
)
SCHEDULE_EPOCHS = Hyperparameter(
    name="schedule_epochs",
    distribution=Constant(value=50),
    group="learning",
    default=50,
    conditions=(Condition(hyperparameter="learning_rate_schedule", values=("cosine",)),),
    reason="Epochs after which the cosine is at 0: as many as a trial may have. No rung may shorten it.",
)
WARM_UP_EPOCHS = Hyperparameter(
    name="warm_up_epochs",
    distribution=Constant(value=0),
    group="learning",
    default=0,
    reason="0 is none; a few of the first epochs, after Goyal et al. (2017, arXiv:1706.02677).",
)
INITIAL_WEIGHTS = Hyperparameter(
    name="initial_weights",
    distribution=Constant(value="torch"),
    group="learning",
    default="torch",
    reason=(
        "torch; uniform, within 0.08 as in the code of Hammerla et al. (2016, arXiv:1604.08880); or keras, orthogonal "
        "from state to state (Saxe et al., 2014, arXiv:1312.6120)."
    ),
)
WEIGHT_NOISE = Hyperparameter(
    name="weight_noise",
    distribution=Constant(value=0.0),
    group="regularisation",
    default=0.0,
    reason="Standard deviation, 0 is none; Krueger et al. (2017, arXiv:1606.01305) compare zoneout with 0.075.",
)
MAX_IN_NORM = Hyperparameter(
    name="max_in_norm",
    distribution=Constant(value=0.0),
    group="regularisation",
    default=0.0,
    reason=(
        "0 is none; the code of Hammerla et al. (2016, arXiv:1604.08880) draws log-uniformly from 0.5 to 5, and 3 or 4 "
        "is usual."
    ),
)
LABEL_SMOOTHING = Hyperparameter(
    name="label_smoothing",
    distribution=Constant(value=0.0),
    group="regularisation",
    default=0.0,
    reason="0 is none and all that a regression may have; 0.1 is usual (Szegedy et al., 2016, arXiv:1512.00567).",
)
CLASS_WEIGHTS = Hyperparameter(
    name="class_weights",
    distribution=Constant(value="none"),
    group="learning",
    default="none",
    reason="none or, in a classification, balanced: every class counts as much as any other.",
)
EMBEDDING_DROPOUT = Hyperparameter(
    name="embedding_dropout",
    distribution=Constant(value=0.0),
    group="regularisation",
    default=0.0,
    reason=(
        "Share of the vocabulary that a mini-batch lacks, read on data of tokens only; 0 to 0.5 (Gal & Ghahramani, "
        "2016, arXiv:1512.05287)."
    ),
)
INPUT_NOISE = Hyperparameter(
    name="input_noise",
    distribution=Constant(value=0.0),
    group="regularisation",
    default=0.0,
    reason=(
        "Standard deviation, 0 is none; Greff et al. (2017, arXiv:1503.04069) search 0 to 1 on standardised inputs, "
        "and find that it mostly hurts."
    ),
)
BATCH_NORM_BEFORE = Hyperparameter(
    name="batch_norm_before",
    distribution=Constant(value="none"),
    group="regularisation",
    default="none",
    reason=(
        "none, or of the inputs, evaluated with running averages or with the statistics of the batch (Ioffe & Szegedy, "
        "2015, arXiv:1502.03167; modes 0 and 2 of Keras 1)."
    ),
)
BATCH_NORM_AFTER = Hyperparameter(
    name="batch_norm_after",
    distribution=Constant(value="none"),
    group="regularisation",
    default="none",
    reason="none, running or batch, as batch_norm_before, of what the output layer reads.",
)
TARGET_REPLICATION = Hyperparameter(
    name="target_replication",
    distribution=Constant(value=0.0),
    group="regularisation",
    default=0.0,
    reason="Weight of the steps' loss, 0 is none and 1 leaves the end none; Lipton et al. (2016, arXiv:1511.03677).",
)
NORM_STABILISER = Hyperparameter(
    name="norm_stabiliser",
    distribution=Constant(value=0.0),
    group="regularisation",
    default=0.0,
    reason=(
        "Weight of the penalty (Krueger & Memisevic, 2016, arXiv:1511.08400), 0 is none; Krueger et al. (2017, "
        "arXiv:1606.01305) compare zoneout with 50."
    ),
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
# Read, but in no built-in space: by every network, by those with an input layer of all options, by recurrent ones.
FIXED = (
    LEARNING_RATE_DECAY,
    OUTPUT_ACTIVATION,
    OPTIMIZER,
    MOMENTUM,
    WEIGHT_DECAY_KIND,
    LEARNING_RATE_SCHEDULE,
    SCHEDULE_EPOCHS,
    WARM_UP_EPOCHS,
    INITIAL_WEIGHTS,
    WEIGHT_NOISE,
    MAX_IN_NORM,
    LABEL_SMOOTHING,
    CLASS_WEIGHTS,
)
INPUT_OPTIONS = (EMBEDDING_DROPOUT, INPUT_NOISE, BATCH_NORM_BEFORE, BATCH_NORM_AFTER)
RECURRENT_OPTIONS = (TARGET_REPLICATION, NORM_STABILISER)
