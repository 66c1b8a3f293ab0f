"""The optimisers by name."""

import inspect
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

import torch
from torch import nn
from torch.optim import Optimizer

Parameters = Sequence[nn.Parameter]
Kind = TypeVar("Kind", bound=type[Optimizer])


def _plain(kind: Kind) -> Kind:
    """Give an optimiser with the same methods, undecorated, whose steps no profiler and no hook is told of.

    Torch's decorators import its compiler, a second, to keep it out; and telling takes longer than a small network's
    step. Decoupled decay comes before the step, of the share that `decoupled_decay` among the defaults is.
    """
    names = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")
    methods = {name: inspect.unwrap(getattr(kind, name)) for name in names}
    take_step = inspect.unwrap(kind.step)

    @torch.no_grad()
    def step(optimiser: Optimizer) -> None:
        if decay := optimiser.defaults.get("decoupled_decay"):
            decay_weights(optimiser, decay)
        take_step(optimiser)

    untold = {"step": step, "profile_hook_step": staticmethod(lambda step: step)}
    return cast(Kind, type(kind.__name__, (kind,), methods | untold))


_AdamW, _Adam, _SGD = _plain(torch.optim.AdamW), _plain(torch.optim.Adam), _plain(torch.optim.SGD)
_RMSprop, _Adagrad = _plain(torch.optim.RMSprop), _plain(torch.optim.Adagrad)
# Of parameters, learning rate, momentum and the λ of L2; fused where torch can: small networks wait for each call.
OptimiserBuilder = Callable[[Parameters, float, float, float], Optimizer]

OPTIMISERS: dict[str, OptimiserBuilder] = {
    "adamw": lambda given, rate, momentum, l2: _AdamW(given, lr=rate, weight_decay=l2, fused=True),
    "adam": lambda given, rate, momentum, l2: _Adam(given, lr=rate, weight_decay=l2, fused=True),
    # α as Tieleman & Hinton (2012) and Keras have it, where torch has 0.99.
    "rmsprop": lambda given, rate, momentum, l2: _RMSprop(
        given, lr=rate, alpha=0.9, momentum=momentum, weight_decay=l2, foreach=True
    ),
    "sgd": lambda given, rate, momentum, l2: _SGD(given, lr=rate, momentum=momentum, weight_decay=l2, fused=True),
    "adagrad": lambda given, rate, momentum, l2: _Adagrad(given, lr=rate, weight_decay=l2, fused=True),
}
WEIGHT_DECAY_KINDS = ("decoupled", "l2")
_OWN_KIND = {"adamw", "adam"}  # decoupled and l2: torch's AdamW and Adam are each other's other kind


def build_optimiser(
    name: str, parameters: Parameters, *, learning_rate: float, momentum: float, weight_decay: float, kind: str
) -> Optimizer:
    """Make an optimiser; momentum is SGD's and RMSprop's, the kind of weight decay not Adam's, which its name says.

    L2 adds λ × weight to the gradient; decoupled decay takes η × λ × weight off before each step.

    Source: Loshchilov & Hutter (2019), arXiv:1711.05101.
    """
    if name in _OWN_KIND or kind == "l2":
        return OPTIMISERS[name](parameters, learning_rate, momentum, weight_decay)
    optimiser = OPTIMISERS[name](parameters, learning_rate, momentum, 0.0)
    optimiser.defaults["decoupled_decay"] = weight_decay
    return optimiser


@torch.no_grad()
def decay_weights(optimiser: Optimizer, weight_decay: float) -> None:
    """Shrink every weight by the share that decoupled decay takes at the optimiser's present rate."""
    for group in optimiser.param_groups:
        for parameter in group["params"]:
            parameter.mul_(1 - group["lr"] * weight_decay)
