"""The search space of the LSTM above convolutions."""

from search_spaces.architectures import ABOVE_CONVOLUTIONS, CONVOLUTION_LAYERS, FILTER_WIDTH, FILTERS
from search_spaces.lstm import LSTM, READ_BY_LSTM
from search_spaces.search_space import SearchSpace

DEEP_CONV_LSTM = SearchSpace(
    name="deep_conv_lstm",
    hyperparameters=(*LSTM.hyperparameters, CONVOLUTION_LAYERS),
)
READ_BY_DEEP_CONV_LSTM = SearchSpace(
    name="deep_conv_lstm",
    hyperparameters=(
        *DEEP_CONV_LSTM.hyperparameters,
        *(h for h in READ_BY_LSTM.hyperparameters if h.name not in DEEP_CONV_LSTM),
        FILTERS,
        FILTER_WIDTH,
        ABOVE_CONVOLUTIONS,
    ),
)
