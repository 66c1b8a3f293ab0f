"""What modules add to the loss."""

from collections.abc import Iterable

from torch import Tensor, nn


class Penalised(nn.Module):
    """A module that may leave a penalty, a number to be added to the loss, after each forward pass in training."""

    penalty: Tensor | None = None


def penalised_modules(network: nn.Module) -> tuple[Penalised, ...]:
    """List the modules of a network that may leave a penalty."""
    return tuple(module for module in network.modules() if isinstance(module, Penalised))


def penalty_of(modules: Iterable[Penalised]) -> Tensor | None:
    """Sum what the modules have left after the last forward pass; None if none has left any."""
    left = [module.penalty for module in modules if module.penalty is not None]
    return sum(left[1:], start=left[0]) if left else None
