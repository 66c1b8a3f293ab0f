"""Our LSTM layer, held against torch's own over packed sequences."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from trainables.networks.layers.lstm_layer import LSTMLayer

LENGTHS = torch.tensor([3, 7, 1, 7, 5])


def both(bidirectional, dtype=torch.float64):
    torch.manual_seed(1)
    ours, torchs = (nn_layer(4, 6, batch_first=True, bidirectional=bidirectional) for nn_layer in (LSTMLayer, nn.LSTM))
    torchs.load_state_dict(ours.state_dict())
    return ours.to(dtype), torchs.to(dtype)


def packed(dtype=torch.float64):
    values = torch.randn(5, 7, 4, dtype=dtype, requires_grad=True)
    return values, pack_padded_sequence(values, LENGTHS, batch_first=True, enforce_sorted=False)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_outputs_states_and_gradients_are_torchs(bidirectional):
    ours, torchs = both(bidirectional)
    values, sequence = packed()
    outputs, (final, _) = ours(sequence)
    same_values = values.detach().clone().requires_grad_()
    expected, (expected_final, _) = torchs(
        pack_padded_sequence(same_values, LENGTHS, batch_first=True, enforce_sorted=False)
    )
    torch.testing.assert_close(outputs.data, expected.data)
    torch.testing.assert_close(final, expected_final)
    assert torch.equal(outputs.batch_sizes, expected.batch_sizes)
    assert torch.equal(outputs.sorted_indices, expected.sorted_indices)
    by_step, by_state = torch.randn_like(outputs.data), torch.randn_like(final)
    found, wanted = (
        torch.autograd.grad((by_step * told.data).sum() + (by_state * state).sum(), [given, *layer.parameters()])
        for told, state, given, layer in (
            (outputs, final, values, ours),
            (expected, expected_final, same_values, torchs),
        )
    )
    torch.testing.assert_close(found, wanted)


def test_in_single_precision_they_differ_by_rounding():
    ours, torchs = both(bidirectional=True, dtype=torch.float32)
    _, sequence = packed(torch.float32)
    torch.testing.assert_close(ours(sequence)[0].data, torchs(sequence)[0].data, rtol=1e-5, atol=1e-6)


def test_what_begins_somewhere_or_wants_the_memory_is_run_by_torch():
    ours, torchs = both(bidirectional=False)
    _, sequence = packed()
    start = tuple(torch.randn(1, 5, 6, dtype=torch.float64) for _ in range(2))
    for found, wanted in (
        (ours(sequence, start), torchs(sequence, start)),
        (ours(sequence, final_memory=True), torchs(sequence)),
    ):
        assert torch.equal(found[0].data, wanted[0].data)
        assert torch.equal(found[1][1], wanted[1][1])


def test_of_one_length_it_is_torchs_bit_for_bit():
    ours, torchs = both(bidirectional=True, dtype=torch.float32)
    values = torch.randn(5, 7, 4)
    assert torch.equal(ours(values)[0], torchs(values)[0])
