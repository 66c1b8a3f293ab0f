"""The built-in search spaces by name."""

from search_spaces.ffnn import FFNN
from search_spaces.lstm import LSTM
from search_spaces.search_space import SearchSpace

SPACES: dict[str, SearchSpace] = {
    "lstm": LSTM,
    "ffnn": FFNN,
}
