"""The built-in search spaces by name."""

from collections.abc import Sequence

from search_spaces.deep_conv_lstm import DEEP_CONV_LSTM, READ_BY_DEEP_CONV_LSTM
from search_spaces.everything import everything
from search_spaces.families import join_families
from search_spaces.ffnn import FFNN, READ_BY_FFNN
from search_spaces.gru import GRU, READ_BY_GRU
from search_spaces.handwriting import HANDWRITING
from search_spaces.hyperparameter import Hyperparameter
from search_spaces.lstm import LSTM, READ_BY_LSTM
from search_spaces.odyssey import ODYSSEY
from search_spaces.peptides import PEPTIDES
from search_spaces.rcnn import RCNN, READ_BY_RCNN
from search_spaces.rnn import READ_BY_RNN, RNN
from search_spaces.search_space import SearchSpace
from search_spaces.wearables import WEARABLES

# The own space of each network.
SPACES: dict[str, SearchSpace] = {
    "lstm": LSTM,
    "ffnn": FFNN,
    "gru": GRU,
    "rnn": RNN,
    "rcnn": RCNN,
    "deep_conv_lstm": DEEP_CONV_LSTM,
}

# All that a network of the name reads: its space, and what that leaves at its default until a sweep file names it.
READABLE: dict[str, SearchSpace] = {
    "lstm": READ_BY_LSTM,
    "ffnn": READ_BY_FFNN,
    "gru": READ_BY_GRU,
    "rnn": READ_BY_RNN,
    "rcnn": READ_BY_RCNN,
    "deep_conv_lstm": READ_BY_DEEP_CONV_LSTM,
}

# What a sweep file may name as its space: one of a network, of a study, or of all networks.
NAMED_SPACES: dict[str, SearchSpace] = {
    **SPACES,
    "odyssey": ODYSSEY,
    "wearables": WEARABLES,
    "handwriting": HANDWRITING,
    "peptides": PEPTIDES,
    "everything": everything(READABLE),
}


def readable_by(networks: Sequence[str]) -> dict[str, Hyperparameter]:
    """Give all that these networks read, by name; of several, what only some read exists only with these."""
    spaces = {network: READABLE[network] for network in networks}
    space = join_families(spaces) if len(spaces) > 1 else spaces[networks[0]]
    return {hyperparameter.name: hyperparameter for hyperparameter in space.hyperparameters}
