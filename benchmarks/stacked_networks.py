"""Networks of several configurations of one shape as one: every weight has a leading axis for the configuration.

Each network is written twice: as a module of one configuration, for `torch.func` to map over, and by hand as products
of batches of matrices. Both take the same parameters by the same names.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, vmap
from torch.nn import functional as F

Parameters = Mapping[str, Tensor]


class StepLSTM(nn.Module):
    """One LSTM layer, step by step with all gates at once, and an output layer over its last state.

    Not `nn.LSTM`: what cuDNN computes cannot be mapped over.
    """

    def __init__(self, *, time: int, features: int, hidden_size: int, outputs: int) -> None:
        super().__init__()
        self.inputs = nn.Linear(features, 4 * hidden_size)
        self.states = nn.Linear(hidden_size, 4 * hidden_size)
        self.outputs = nn.Linear(hidden_size, outputs)

    def forward(self, values: Float[Tensor, "batch time features"]) -> Float[Tensor, "batch outputs"]:
        """Map sequences of one length to logits."""
        read = self.inputs(values)
        hidden = memory = torch.zeros_like(read[:, 0, : self.states.in_features])
        for step in range(values.shape[1]):
            hidden, memory = _next_state(read[:, step] + self.states(hidden), memory)
        logits: Tensor = self.outputs(hidden)
        return logits


class OneLayerFFNN(nn.Module):
    """One hidden layer over all steps, and an output layer."""

    def __init__(self, *, time: int, features: int, hidden_size: int, outputs: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(time * features, hidden_size)
        self.outputs = nn.Linear(hidden_size, outputs)

    def forward(self, values: Float[Tensor, "batch time features"]) -> Float[Tensor, "batch outputs"]:
        """Map sequences of one length to logits."""
        logits: Tensor = self.outputs(F.relu(self.hidden(values.flatten(1))))
        return logits


def _next_state(gates: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
    """Give hidden state and memory after a step; gates in torch's order along the last axis."""
    into, keep, candidate, out = gates.chunk(4, dim=-1)
    memory = keep.sigmoid() * memory + into.sigmoid() * candidate.tanh()
    return out.sigmoid() * memory.tanh(), memory


def stacked_lstm(
    parameters: Parameters, values: Float[Tensor, "configuration batch time features"]
) -> Float[Tensor, "configuration batch outputs"]:
    """Do what each configuration's StepLSTM does."""
    configurations, batch, time, _ = values.shape
    recurrent = parameters["states.weight"].transpose(1, 2)
    # Both biases at once; steps first, so that each is one block of memory.
    bias = parameters["inputs.bias"] + parameters["states.bias"]
    steps = values.transpose(1, 2).flatten(1, 2)
    read = torch.baddbmm(bias[:, None], steps, parameters["inputs.weight"].transpose(1, 2))
    read = read.unflatten(1, (time, batch))
    hidden = memory = read.new_zeros(configurations, batch, recurrent.shape[1])
    for step in range(time):
        hidden, memory = _next_state(torch.baddbmm(read[:, step], hidden, recurrent), memory)
    return _linear(parameters, "outputs", hidden)


def stacked_ffnn(
    parameters: Parameters, values: Float[Tensor, "configuration batch time features"]
) -> Float[Tensor, "configuration batch outputs"]:
    """Do what each configuration's OneLayerFFNN does."""
    return _linear(parameters, "outputs", F.relu(_linear(parameters, "hidden", values.flatten(2))))


def _linear(parameters: Parameters, name: str, inputs: Tensor) -> Tensor:
    return torch.baddbmm(parameters[f"{name}.bias"][:, None], inputs, parameters[f"{name}.weight"].transpose(1, 2))


@dataclass(frozen=True, kw_only=True, slots=True)
class Stackable:
    """A network in both forms."""

    module: Callable[..., nn.Module]
    by_hand: Callable[[Parameters, Tensor], Tensor]


STACKABLE: Mapping[str, Stackable] = {
    "lstm": Stackable(module=StepLSTM, by_hand=stacked_lstm),
    "ffnn": Stackable(module=OneLayerFFNN, by_hand=stacked_ffnn),
}


def stack_parameters(networks: Sequence[nn.Module]) -> dict[str, Tensor]:
    """Put the parameters of networks of one shape on top of one another."""
    each = [dict(network.named_parameters()) for network in networks]
    return {name: torch.stack([parameters[name].detach() for parameters in each]).requires_grad_() for name in each[0]}


Losses = Float[Tensor, " configuration"]
LossesAndGradients = Callable[
    [Parameters, Float[Tensor, "configuration batch time features"], Int[Tensor, "configuration batch"]],
    tuple[Losses, Parameters],
]


def gradients_by_hand(network: Stackable) -> LossesAndGradients:
    """Give losses and gradients of all configurations from one backward pass: that of a sum is that of each."""

    def compute(parameters: Parameters, values: Tensor, targets: Tensor) -> tuple[Tensor, Parameters]:
        logits = network.by_hand(parameters, values)
        each = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
        losses = each.view_as(targets).mean(1)
        gradients = torch.autograd.grad(losses.sum(), list(parameters.values()))
        return losses.detach(), dict(zip(parameters, gradients, strict=True))

    return compute


def gradients_by_vmap(template: nn.Module) -> LossesAndGradients:
    """Give losses and gradients of all configurations by mapping over one's; only the template's form is used."""

    def loss(parameters: dict[str, Tensor], values: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(functional_call(template, parameters, (values,)), targets)

    mapped = vmap(grad_and_value(loss))

    def compute(parameters: Parameters, values: Tensor, targets: Tensor) -> tuple[Tensor, Parameters]:
        gradients, losses = mapped(parameters, values, targets)
        return losses.detach(), gradients

    return compute


class StackedAdamW:
    """AdamW over stacked parameters, with a learning rate and a weight decay for each configuration.

    Source: Loshchilov & Hutter (2019), arXiv:1711.05101, as torch has it. The step is counted in a tensor, so that a
    CUDA graph can repeat it.
    """

    def __init__(
        self, parameters: Parameters, learning_rates: Losses, weight_decays: Losses, *, eps: float = 1e-8
    ) -> None:
        self._parameters, self._eps, self._betas = parameters, eps, (0.9, 0.999)
        self._rates, self._decays = learning_rates, weight_decays
        self._first = {name: torch.zeros_like(each) for name, each in parameters.items()}
        self._second = {name: torch.zeros_like(each) for name, each in parameters.items()}
        self._step = torch.zeros((), dtype=torch.float64, device=learning_rates.device)

    @torch.no_grad()
    def step(self, gradients: Parameters) -> None:
        """Take one step."""
        beta1, beta2 = self._betas
        self._step += 1
        rates = self._rates / (1 - beta1**self._step).to(self._rates)
        root = (1 - beta2**self._step).sqrt().to(self._rates)
        kept = 1 - self._rates * self._decays
        for name, parameter in self._parameters.items():
            axes = (-1, *[1] * (parameter.dim() - 1))
            gradient = gradients[name]
            first = self._first[name].lerp_(gradient, 1 - beta1)
            second = self._second[name].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
            parameter.mul_(kept.view(axes))
            parameter.sub_(rates.view(axes) * first / (second.sqrt() / root + self._eps))
