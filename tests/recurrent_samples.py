"""Recurrent layers with sequences for them, and the equations of an LSTM written out."""

import torch
from torch import nn

from trainables.networks.cells.recurrence import Recurrence
from trainables.networks.layers.sequences import padded, without_padding
from trainables.networks.layers.stepped_layer import SteppedLayer
from trainables.networks.regularisers.recurrent_regularisation import RecurrentRegularisation

FUSED = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
BATCH, TIME, WIDTH, HIDDEN = 4, 6, 3, 5
LENGTHS = {"padded": torch.tensor([2, 6, 1, 4]), "of one length": torch.tensor([6] * 4)}
ONE_LENGTH = LENGTHS["of one length"]


def sequences(seed=3, width=WIDTH):
    return torch.randn(BATCH, TIME, width, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def stepped_layer(cell="lstm", *, bidirectional=False, above=False, width=WIDTH, **options):
    """A layer in double precision; what regularises is told from the rest by its name."""
    names = {*RecurrentRegularisation.shares(), "recurrent_batch_norm"}
    chosen = RecurrentRegularisation(**{name: value for name, value in options.items() if name in names})
    rest = {name: value for name, value in options.items() if name not in names}
    torch.manual_seed(4)
    recurrence = Recurrence(cell=cell, hidden_size=HIDDEN, regularisation=chosen, **rest)
    return SteppedLayer(recurrence, width, bidirectional=bidirectional, time=TIME, above=above).double()


def run(layer, values, lengths=ONE_LENGTH):
    """Give padded outputs and final states of a layer of either kind."""
    result = layer(without_padding(values, lengths))
    state = result[1]
    return padded(result[0]), state[0] if isinstance(state, tuple) else state


def lstm_by_hand(
    layer, values, *, inputs=(1.0,) * 4, states=(1.0,) * 4, candidates=(1.0,) * TIME, kept=None, peep=None
):
    """Hidden states (batch, time, hidden) and memories: the equations of Gers et al. (2000), a gate at a time.

    Masks are of what the gates i, f, g, o read of inputs and states, and of the candidates; `kept` holds shares of
    hidden state and memory for each step, `peep` the weights with which i, f and o see the memory.
    """
    w, u = layer.weight_ih_l0.chunk(4), layer.weight_hh_l0.chunk(4)
    b = (layer.bias_ih_l0 + layer.bias_hh_l0).chunk(4)
    p_i, p_f, p_o = torch.zeros(3, HIDDEN) if peep is None else peep
    kept = kept or [(0.0, 0.0)] * TIME
    h = c = values.new_zeros(len(values), HIDDEN)
    hiddens, memories = [], []
    for t in range(values.shape[1]):
        i, f, g, o = ((values[:, t] * inputs[k]) @ w[k].T + (h * states[k]) @ u[k].T + b[k] for k in range(4))
        new_c = torch.sigmoid(f + p_f * c) * c + torch.sigmoid(i + p_i * c) * torch.tanh(g) * candidates[t]
        new_h = torch.sigmoid(o + p_o * new_c) * torch.tanh(new_c)
        h = kept[t][0] * h + (1 - kept[t][0]) * new_h
        c = kept[t][1] * c + (1 - kept[t][1]) * new_c
        hiddens.append(h)
        memories.append(c)
    return torch.stack(hiddens, 1), torch.stack(memories, 1)
