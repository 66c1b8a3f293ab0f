"""The networks by name."""

from collections.abc import Callable, Sequence

from torch import nn

from learning_tasks.shape import DataShape
from trainables.hyperparameters import Hyperparameters, read_option
from trainables.networks.deep_conv_lstm import build_deep_conv_lstm
from trainables.networks.ffnn import build_ffnn
from trainables.networks.gru import build_gru
from trainables.networks.initial_weights import INITIAL_WEIGHTS, set_initial_weights
from trainables.networks.lstm import build_lstm
from trainables.networks.rcnn import build_rcnn
from trainables.networks.rnn import build_rnn

NetworkBuilder = Callable[[DataShape, Hyperparameters], nn.Module]

NETWORKS: dict[str, NetworkBuilder] = {
    "lstm": build_lstm,
    "ffnn": build_ffnn,
    "gru": build_gru,
    "rnn": build_rnn,
    "rcnn": build_rcnn,
    "deep_conv_lstm": build_deep_conv_lstm,
}


def build_network(families: Sequence[str], shape: DataShape, hyperparameters: Hyperparameters) -> nn.Module:
    """Build a network of the only family, or of the one that the hyperparameter `network` names.

    Raises:
        ValueError: If the family is not among those given or not in the catalogue, or a hyperparameter is wrong.
    """
    family = families[0] if len(families) == 1 else hyperparameters.get("network")
    if family not in families or family not in NETWORKS:
        known = ", ".join(name for name in families if name in NETWORKS)
        raise ValueError(f"The network must be one of {known or ', '.join(NETWORKS)}, got {family!r}.")
    network = NETWORKS[family](shape, hyperparameters)
    set_initial_weights(network, read_option(hyperparameters, "initial_weights", INITIAL_WEIGHTS, default="torch"))
    return network
