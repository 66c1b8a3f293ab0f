"""The search space of a report on recurrent networks for handwriting of patients, and of its code's random search.

A recording is one mini-batch there, and the two directions are added up before the output layer. The random search
also kept layers × units below 300, which bounded its time and nothing else.
"""

from dataclasses import replace

from search_spaces.distributions import Choice, Constant, Integer, Uniform
from search_spaces.families import join_families
from search_spaces.hyperparameter import Condition
from search_spaces.lstm import FORGET_GATE_BIAS
from search_spaces.recurrent import BETWEEN_LAYER_DROPOUT, BIDIRECTIONAL, LAYERS, RECURRENT_ARCHITECTURE
from search_spaces.search_space import SearchSpace
from search_spaces.training import (
    BATCH_SIZE,
    EMBEDDING_SIZE,
    GRADIENT_CLIP_NORM,
    HIDDEN_SIZE,
    LEARNING_RATE,
    OPTIMIZER,
    OUTPUT_DROPOUT,
)

_READOUT = next(each for each in RECURRENT_ARCHITECTURE if each.name == "readout")
_ANY_SHARE = Uniform(low=0.0, high=1.0)

SHARED = (
    replace(
        LEARNING_RATE,
        distribution=Choice(options=(1e-4, 1e-3, 1e-2)),
        reason="1e-4, 1e-3 and 1e-2, by the random search; the report tried 1e-1 too, which did worse.",
    ),
    replace(LAYERS, distribution=Integer(low=1, high=5), reason="1 to 5, by the random search."),
    replace(
        HIDDEN_SIZE,
        distribution=Integer(low=1, high=200),
        reason="1 to 200, uniform, by the random search; 1, 10, 50 and 100 in the report.",
    ),
    replace(BIDIRECTIONAL, reason="Both, by the random search."),
    replace(
        BETWEEN_LAYER_DROPOUT,
        distribution=_ANY_SHARE,
        conditions=(Condition(hyperparameter="layers", values=(2, 3, 4, 5)),),
        reason="0 to 1, by the random search; 0.5 in the report.",
    ),
    replace(
        OUTPUT_DROPOUT,
        distribution=_ANY_SHARE,
        reason="0 to 1, by the random search, which draws one share for it and for between_layer_dropout.",
    ),
    replace(
        GRADIENT_CLIP_NORM,
        distribution=Choice(options=(5.0, 50.0)),
        default=5.0,
        reason="5 and 50 in the report.",
    ),
    replace(OPTIMIZER, distribution=Constant(value="adam"), default="adam", reason="Adam, in report and code."),
    replace(BATCH_SIZE, distribution=Constant(value=1), default=1, reason="One recording, in report and code."),
    replace(
        _READOUT,
        distribution=Constant(value="sum"),
        default="sum",
        reason="The final states of both directions, added up, by the report.",
    ),
    EMBEDDING_SIZE,
)
_FORGET_GATE_BIAS = replace(
    FORGET_GATE_BIAS, distribution=Choice(options=(0.0, 1.0)), reason="With and without a bias of 1, in the report."
)

HANDWRITING = replace(
    join_families(
        {
            "lstm": SearchSpace(name="lstm", hyperparameters=(*SHARED, _FORGET_GATE_BIAS)),
            "gru": SearchSpace(name="gru", hyperparameters=SHARED),
        }
    ),
    name="handwriting",
)
