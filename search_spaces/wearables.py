"""The search space of the LSTMs of Hammerla et al. (2016), arXiv:1604.08880, and of the code they published with it.

The code is https://github.com/nhammerla/deepHAR: what its recurrent models read, and the ranges of its script for
random search where the two have a hyperparameter in common.
"""

from dataclasses import replace

from search_spaces.architectures import CARRY_OVER, SHUFFLE
from search_spaces.distributions import Choice, Constant, Integer, LogInteger, LogUniform, Uniform
from search_spaces.hyperparameter import Condition
from search_spaces.recurrent import BIDIRECTIONAL, LAYERS
from search_spaces.search_space import SearchSpace
from search_spaces.training import (
    BATCH_SIZE,
    EMBEDDING_SIZE,
    HIDDEN_SIZE,
    INITIAL_WEIGHTS,
    LEARNING_RATE,
    MAX_IN_NORM,
    OPTIMIZER,
)

WEARABLES = SearchSpace(
    name="wearables",
    hyperparameters=(
        replace(
            LEARNING_RATE,
            distribution=LogUniform(low=1e-3, high=1e-1),
            default=1e-2,
            reason="1e-3 to 1e-1, log-uniform.",
        ),
        replace(LAYERS, distribution=Integer(low=1, high=3), reason="1, the default of the code, to 3 of its scripts."),
        replace(
            HIDDEN_SIZE,
            distribution=LogInteger(low=64, high=128),
            default=64,
            reason="64, the default of the code, to 128 of its scripts.",
        ),
        replace(
            BIDIRECTIONAL,
            distribution=Choice(options=(False, True)),
            reason="The study compares both.",
        ),
        replace(
            MAX_IN_NORM,
            distribution=LogUniform(low=0.5, high=5.0),
            default=2.0,
            reason="0.5 to 5, log-uniform, by the code; 2 is its default, 2.28 what it found best on Opportunity.",
        ),
        replace(
            SHUFFLE,
            distribution=Constant(value=False),
            default=False,
            reason="Each place of a mini-batch follows the recordings, by the code, where it begins anywhere in them.",
        ),
        replace(
            CARRY_OVER,
            distribution=Uniform(low=0.0, high=1.0),
            conditions=(Condition(hyperparameter="bidirectional", values=(False,)),),
            reason="0 to 1, a probability; 0.916 was best on Opportunity, there of the forward direction of two.",
        ),
        replace(OPTIMIZER, distribution=Constant(value="adagrad"), default="adagrad", reason="Adagrad, by the code."),
        replace(BATCH_SIZE, distribution=Constant(value=64), default=64, reason="64, the default of the code."),
        replace(
            INITIAL_WEIGHTS,
            distribution=Constant(value="uniform"),
            default="uniform",
            reason="Uniform within 0.08, by the code.",
        ),
        EMBEDDING_SIZE,
    ),
)
