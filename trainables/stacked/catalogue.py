"""Which networks can be stacked."""

from torch import nn

from trainables.stacked.stacked_ffnn import StackedFFNN
from trainables.stacked.stacked_lstm import StackedLSTM
from trainables.stacked.stacked_network import StackedNetwork

STACKS: tuple[type[StackedNetwork], ...] = (StackedLSTM, StackedFFNN)


def stack_for(network: nn.Module) -> type[StackedNetwork] | None:
    """Find the stack of networks like this one; None where it has what no stack has."""
    return next((stack for stack in STACKS if stack.can_stack(network)), None)
