"""The search space of Greff et al. (2017), LSTM: A Search Space Odyssey, arXiv:1503.04069."""

from dataclasses import replace

from search_spaces.distributions import Choice, Constant, LogInteger, LogUniform, Uniform
from search_spaces.recurrent import BIDIRECTIONAL, LAYERS
from search_spaces.search_space import SearchSpace
from search_spaces.training import (
    BATCH_SIZE,
    EMBEDDING_SIZE,
    HIDDEN_SIZE,
    INPUT_NOISE,
    LEARNING_RATE,
    MOMENTUM,
    OPTIMIZER,
)

# 1 - 10^(-k/3): seven levels, each equally likely, of what the study draws as 1 - log-uniform.
MOMENTA = tuple(round(1 - 10 ** (-k / 3), 3) for k in range(7))

ODYSSEY = SearchSpace(
    name="odyssey",
    hyperparameters=(
        replace(
            LEARNING_RATE,
            distribution=LogUniform(low=1e-6, high=1e-2),
            reason="1e-6 to 1e-2, log-uniform; of the four it explains most, by far.",
        ),
        replace(
            HIDDEN_SIZE,
            distribution=LogInteger(low=20, high=200),
            reason="20 to 200, log-uniform.",
        ),
        replace(
            INPUT_NOISE,
            distribution=Uniform(low=0.0, high=1.0),
            reason="0 to 1, uniform: the standard deviation on standardised inputs; it mostly hurts.",
        ),
        replace(OPTIMIZER, distribution=Constant(value="sgd"), default="sgd", reason="SGD with momentum."),
        replace(
            MOMENTUM,
            distribution=Choice(options=MOMENTA),
            conditions=(),
            reason="1 - log-uniform 0.01 to 1, in seven levels; no effect is found.",
        ),
        replace(BATCH_SIZE, distribution=Constant(value=1), default=1, reason="Weights change after every sequence."),
        replace(LAYERS, distribution=Constant(value=1), reason="One hidden layer."),
        replace(
            BIDIRECTIONAL,
            distribution=Constant(value=True),
            default=True,
            reason="Both directions, as on speech and handwriting; on music the study has one.",
        ),
        EMBEDDING_SIZE,
    ),
)
