"""Layers of LSTM stacked by hand, held against torch's own, one by one."""

import pytest
import torch
from torch import nn

from trainables.stacked.recurrence import Workspaces, run_layers

STEPS, BATCH, WIDTH, HIDDEN = 5, 3, 4, 6
NAMES = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0")


@pytest.fixture
def layers():
    torch.manual_seed(1)
    own = [nn.LSTM(WIDTH, HIDDEN, batch_first=True).double() for _ in range(3)]
    for layer in own:
        nn.init.zeros_(layer.bias_hh_l0)
    return own


def stacked(layers, name):
    return torch.stack([getattr(layer, name).detach() for layer in layers]).requires_grad_()


def one_by_one(layers, inputs):
    runs = [layer(own.transpose(0, 1)) for layer, own in zip(layers, inputs, strict=True)]
    return torch.stack([outputs.transpose(0, 1) for outputs, _ in runs]), torch.stack(
        [state[0][0] for _, state in runs]
    )


def drawn_inputs(steps=STEPS, batch=BATCH):
    return torch.randn(3, steps, batch, WIDTH, dtype=torch.float64, requires_grad=True)


# What of the outputs is read: all of them, the last, or both.
@pytest.mark.parametrize("share_of_all", [0.0, 1.0])
@pytest.mark.parametrize("share_of_last", [0.0, 1.0])
@pytest.mark.parametrize("steps", [1, 2, STEPS])
def test_outputs_and_gradients_are_those_of_torchs_layers(layers, steps, share_of_all, share_of_last):
    if not share_of_all + share_of_last:
        return
    inputs = drawn_inputs(steps)
    weights = [stacked(layers, name) for name in NAMES]
    found = run_layers(inputs, *weights, Workspaces())
    expected = one_by_one(layers, inputs)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14)
    by_output, by_last = torch.randn_like(found[0]), torch.randn_like(found[1])

    def judged(outputs, last):
        parts = [(by_output * outputs).sum()] if share_of_all else []
        return sum([*parts, (by_last * last).sum()] if share_of_last else parts)

    gradients = torch.autograd.grad(judged(*found), [inputs, *weights])
    of_inputs, *of_weights = torch.autograd.grad(
        judged(*expected), [inputs, *(getattr(layer, name) for name in NAMES for layer in layers)]
    )
    torch.testing.assert_close(gradients[0], of_inputs, rtol=1e-11, atol=1e-14)
    for number, gradient in enumerate(gradients[1:]):
        torch.testing.assert_close(gradient, torch.stack(of_weights[3 * number :][:3]), rtol=1e-11, atol=1e-14)


def test_a_second_backward_pass_is_refused(layers):
    loss = run_layers(drawn_inputs(), *[stacked(layers, name) for name in NAMES], Workspaces())[0].sum()
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="must be run once, got a second one"):
        loss.backward()


def test_a_mini_batch_does_not_disturb_another_that_waits_for_its_backward_pass(layers):
    weights, workspaces = [stacked(layers, name) for name in NAMES], Workspaces()
    batches = [drawn_inputs(), drawn_inputs(batch=2), drawn_inputs(), drawn_inputs(STEPS + 1)]
    alone = [torch.autograd.grad(run_layers(each, *weights, Workspaces())[0].sum(), weights) for each in batches]
    for _ in range(2):  # the second time, all workspaces have been used
        together = [run_layers(each, *weights, workspaces)[0].sum() for each in batches]
        for loss, expected in zip(together, alone, strict=True):
            for one, other in zip(torch.autograd.grad(loss, weights), expected, strict=True):
                assert torch.equal(one, other)


def test_only_a_few_shapes_keep_their_workspaces(layers):
    weights, workspaces = [stacked(layers, name) for name in NAMES], Workspaces()
    for steps in range(1, 40):
        run_layers(drawn_inputs(steps), *weights, workspaces)[0].sum().backward()
    assert len(workspaces._free) <= 4
