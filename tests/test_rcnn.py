"""The recurrent convolutional network."""

import pytest
import torch
from architecture_samples import LENGTHS, OWN, ROUNDING, SERIES, values

from trainables.networks.catalogue import NETWORKS
from trainables.networks.layers.stepped_layer import SteppedLayer


def build(**hyperparameters):
    torch.manual_seed(1)
    return NETWORKS["rcnn"](SERIES, {"hidden_size": 4} | hyperparameters).double()


def test_it_is_its_equations():
    network = build()
    w, u, b, b2, w_back, u_back, b_back, b2_back = network.layer.parameters()
    for row, length in enumerate(LENGTHS.tolist()):
        sequence = values()[row, :length]
        ahead, back, h = [], [], torch.zeros(4, dtype=torch.float64)
        for x in sequence:
            h = torch.tanh(w @ x + u @ h + b + b2)
            ahead.append(h)
        h = torch.zeros(4, dtype=torch.float64)
        for x in sequence.flip(0):
            h = torch.tanh(w_back @ x + u_back @ h + b_back + b2_back)
            back.insert(0, h)
        steps = torch.cat([torch.stack(ahead), sequence, torch.stack(back)], 1)
        largest = torch.tanh(network.projection(steps)).max(0).values
        torch.testing.assert_close(network(values(), LENGTHS)[row], network.output_layer(largest), **ROUNDING)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_neither_padding_nor_the_rest_of_a_batch_matters(cell):
    network = build(cell=cell).eval()
    rubbish = values() + 100 * ~OWN
    alone = torch.cat([network(rubbish[[row]], LENGTHS[[row]]) for row in range(5)])
    torch.testing.assert_close(network(values(), LENGTHS), alone, **ROUNDING)


def test_without_contexts_steps_that_come_twice_change_nothing():
    network = build()
    with torch.no_grad():
        for weight in network.layer.parameters():
            weight.zero_()
    twice = values()[:, :4].repeat_interleave(2, 1)
    torch.testing.assert_close(
        network(twice, torch.full((5,), 8)), network(values()[:, :4], torch.full((5,), 4)), **ROUNDING
    )


def test_it_has_as_many_parameters_as_its_equations():
    # Two cells of 4·(7 + 4) + 2·4, the projection 4·(4 + 7 + 4) + 4, the output layer 5.
    assert sum(parameter.numel() for parameter in build().parameters()) == 2 * 52 + 64 + 5


def test_its_cells_are_regularised_as_those_of_other_networks():
    network = build(recurrent_dropout_state=0.5)
    assert isinstance(network.layer, SteppedLayer)
    plain, at_rest = build().eval(), network.eval()
    torch.testing.assert_close(at_rest(values(), LENGTHS), plain(values(), LENGTHS), **ROUNDING)
    assert not torch.equal(network.train()(values(), LENGTHS), network(values(), LENGTHS))


def test_an_unknown_cell_is_refused():
    with pytest.raises(ValueError, match="cell must be one of lstm, gru, rnn, got 'tcn'"):
        build(cell="tcn")
