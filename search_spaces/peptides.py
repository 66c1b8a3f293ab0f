"""The search space of a study of regularised LSTMs against feed-forward networks on peptides that bind to MHC.

Its networks were those of Keras 1, trained on the squared error of values between 0 and 1: with targets like these, a
sweep file may add `output_activation: {value: sigmoid}`.
"""

from dataclasses import replace

from search_spaces.distributions import Choice, Constant, Integer
from search_spaces.families import join_families
from search_spaces.ffnn import HIDDEN_ACTIVATION, HIDDEN_LAYERS
from search_spaces.hyperparameter import Condition
from search_spaces.recurrent import BIDIRECTIONAL, LAYERS, RECURRENT_DROPOUTS, SEPARATE_EMBEDDINGS
from search_spaces.search_space import SearchSpace
from search_spaces.training import (
    BATCH_NORM_AFTER,
    BATCH_NORM_BEFORE,
    BATCH_SIZE,
    EMBEDDING_DROPOUT,
    EMBEDDING_SIZE,
    HIDDEN_SIZE,
    INITIAL_WEIGHTS,
    LEARNING_RATE,
    LEARNING_RATE_DECAY,
    LEARNING_RATE_SCHEDULE,
    OPTIMIZER,
    OUTPUT_DROPOUT,
)

_OFF_OR_HALF = Choice(options=(0.0, 0.5))
_NORMALISED = Choice(options=("none", "running", "batch"))
_VARIATIONAL = {"recurrent_dropout_input": "inputs", "recurrent_dropout_state": "state"}

SHARED = (
    replace(
        LEARNING_RATE,
        distribution=Choice(options=(1e-4, 1e-3, 5e-3, 1e-2, 5e-2)),
        reason="Powers of ten from 1e-4 and, of the grid with a decay, 5e-3 and 5e-2; from 0.1 on nothing was learnt.",
    ),
    replace(
        LEARNING_RATE_SCHEDULE,
        distribution=Choice(options=("polynomial", "exponential_sqrt", "exponential", "exponential_square")),
        reason="The polynomials of a grid and three exponentials, in epochs.",
    ),
    replace(
        LEARNING_RATE_DECAY,
        distribution=Integer(low=0, high=4),
        default=0,
        conditions=(Condition(hyperparameter="learning_rate_schedule", values=("polynomial",)),),
        reason="0, a constant rate, to 4, by the grid.",
    ),
    replace(
        OPTIMIZER,
        distribution=Choice(options=("adam", "rmsprop")),
        default="adam",
        reason="The two that were compared.",
    ),
    replace(BATCH_SIZE, distribution=Constant(value=16), default=16, reason="16 throughout."),
    replace(
        HIDDEN_SIZE,
        distribution=Choice(options=(10, 25, 50, 100)),
        default=50,
        reason="10 of the feed-forward network; 25, 50 and 100 of the LSTM.",
    ),
    replace(EMBEDDING_SIZE, distribution=Choice(options=(32, 128)), reason="The two that were compared."),
    replace(
        EMBEDDING_DROPOUT, distribution=Choice(options=(0.0, 0.25)), reason="None and 0.25, a share of the amino acids."
    ),
    replace(
        OUTPUT_DROPOUT,
        distribution=Choice(options=(0.0, 0.25, 0.5)),
        reason="0.25 of the plain network, 0.5 with regularised ones.",
    ),
    replace(BATCH_NORM_BEFORE, distribution=_NORMALISED, reason="Both modes and none, of the embeddings."),
    replace(BATCH_NORM_AFTER, distribution=_NORMALISED, reason="Both modes and none, of what the output layer reads."),
    replace(
        INITIAL_WEIGHTS, distribution=Constant(value="keras"), default="keras", reason="Those of Keras 1, as all were."
    ),
)
OF_LSTM = (
    replace(LAYERS, distribution=Constant(value=1), reason="One layer."),
    replace(BIDIRECTIONAL, reason="Both were compared."),
    replace(SEPARATE_EMBEDDINGS, distribution=Choice(options=(False, True)), reason="Both were compared."),
    *(
        replace(each, distribution=_OFF_OR_HALF, reason=f"None and 0.5, of the {_VARIATIONAL[each.name]}.")
        for each in RECURRENT_DROPOUTS
        if each.name in _VARIATIONAL
    ),
)
OF_FFNN = (
    replace(
        HIDDEN_LAYERS,
        distribution=Integer(low=0, high=1),
        reason="The network of a sigmoid alone, and the one with a hidden layer.",
    ),
    replace(HIDDEN_ACTIVATION, distribution=Constant(value="sigmoid"), default="sigmoid", reason="Sigmoid, as it was."),
)

PEPTIDES = replace(
    join_families(
        {
            "lstm": SearchSpace(name="lstm", hyperparameters=(*SHARED, *OF_LSTM)),
            "ffnn": SearchSpace(name="ffnn", hyperparameters=(*SHARED, *OF_FFNN)),
        }
    ),
    name="peptides",
)
