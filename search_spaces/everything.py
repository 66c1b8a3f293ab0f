"""All that any network reads, searched at once."""

from collections.abc import Mapping
from dataclasses import replace

from search_spaces.distributions import Choice, Distribution, Integer, Uniform
from search_spaces.families import join_families
from search_spaces.hyperparameter import Condition, Hyperparameter
from search_spaces.odyssey import MOMENTA
from search_spaces.search_space import SearchSpace

_EITHER = Choice(options=(False, True))
_NORMALISED = Choice(options=("none", "running", "batch"))
# None as often as either of the usual rates, so that each option is also seen without the others.
_SHARES = Choice(options=(0.0, 0.25, 0.5))

# What the networks' own spaces hold fixed, by name; each range is the one that its reason speaks of.
SEARCHED: dict[str, Distribution] = {
    "learning_rate_decay": Uniform(low=0.0, high=4.0),
    "momentum": Choice(options=MOMENTA),
    "weight_decay_kind": Choice(options=("decoupled", "l2")),
    "warm_up_epochs": Integer(low=0, high=5),
    "initial_weights": Choice(options=("torch", "uniform", "keras")),
    "weight_noise": Choice(options=(0.0, 0.01, 0.075)),
    "max_in_norm": Choice(options=(0.0, 0.5, 1.0, 2.0, 4.0)),
    "label_smoothing": Choice(options=(0.0, 0.1)),
    "class_weights": Choice(options=("none", "balanced")),
    "embedding_dropout": _SHARES,
    "input_noise": Choice(options=(0.0, 0.1, 0.5, 1.0)),
    "batch_norm_before": _NORMALISED,
    "batch_norm_after": _NORMALISED,
    "target_replication": Choice(options=(0.0, 0.5, 1.0)),
    "norm_stabiliser": Choice(options=(0.0, 10.0, 100.0)),
    "hidden_activation": Choice(options=("relu", "sigmoid")),
    "separate_embeddings": _EITHER,
    "readout": Choice(options=("last", "sum", "mean", "max", "attention")),
    "direction_heads": _EITHER,
    "all_layer_output": _EITHER,
    "input_layers": Integer(low=0, high=2),
    "transition_layers": Integer(low=1, high=2),
    "output_layers": Integer(low=0, high=2),
    "recurrent_dropout_input": _SHARES,
    "recurrent_dropout_state": _SHARES,
    "zoneout_hidden": _SHARES,
    "zoneout_cell": _SHARES,
    "stochastic_depth": _SHARES,
    "candidate_dropout": _SHARES,
    "recurrent_batch_norm": _EITHER,
    "peephole": _EITHER,
    "depth_gated": _EITHER,
    "subsampling_join": Choice(options=("weights", "sum")),
    "shuffle": _EITHER,
    "carry_over": Choice(options=(0.0, 0.5, 0.9)),
    "truncate_steps": Choice(options=(0, 10, 100, 400)),
    "pre_training_epochs": Choice(options=(0, 2, 5)),
    "freeze_encoder": _EITHER,
    "filters": Choice(options=(16, 32, 64)),
    "filter_width": Choice(options=(3, 5)),
    "above_convolutions": Choice(options=("lstm", "dense")),
    "cell": Choice(options=("rnn", "lstm", "gru")),
}
# Where else it would mean nothing or contradict another; these are declared last, behind what they depend on.
_ONLY_WITH = {
    "learning_rate_decay": (Condition(hyperparameter="learning_rate_schedule", values=("polynomial",)),),
    "depth_gated": (Condition(hyperparameter="subsampling", values=(1,)),),
    "carry_over": (
        Condition(hyperparameter="bidirectional", values=(False,)),
        Condition(hyperparameter="shuffle", values=(False,)),
    ),
    "freeze_encoder": (Condition(hyperparameter="pre_training_epochs", values=(2, 5)),),
    "above_convolutions": (Condition(hyperparameter="target_replication", values=(0.0,)),),
}


def everything(readable: Mapping[str, SearchSpace]) -> SearchSpace:
    """Join what several networks read, with all in it searched that means something on any data.

    Still fixed are the size of embeddings and what the task decides: the activation of outputs, and the epochs of a
    cosine.
    """
    return replace(join_families({name: _searched(space) for name, space in readable.items()}), name="everything")


def _searched(space: SearchSpace) -> SearchSpace:
    first = (_widened(each) for each in space.hyperparameters if each.name not in _ONLY_WITH)
    last = (_widened(each) for each in space.hyperparameters if each.name in _ONLY_WITH)
    return replace(space, hyperparameters=(*first, *last))


def _widened(hyperparameter: Hyperparameter) -> Hyperparameter:
    conditions = (*hyperparameter.conditions, *_ONLY_WITH.get(hyperparameter.name, ()))
    distribution = SEARCHED.get(hyperparameter.name, hyperparameter.distribution)
    return replace(hyperparameter, distribution=distribution, conditions=conditions)
