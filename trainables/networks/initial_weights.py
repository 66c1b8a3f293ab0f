"""What a network's weights are before training."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

INITIAL_WEIGHTS = ("torch", "uniform", "keras")
SPREAD = 0.08  # of `uniform`: that of the code of Hammerla et al. (2016, arXiv:1604.08880)

_Draw = Callable[[nn.Module, str, Tensor], None]


def set_initial_weights(network: nn.Module, name: str) -> None:
    """Draw a network's weights and biases anew, but for normalisation, peepholes and the forget gates' biases.

    `torch` leaves torch's own, uniform in ±1/√n. `uniform` is U(−0.08, 0.08) everywhere. `keras` is what Keras 1 did:
    orthogonal from the state, each gate's by itself, Glorot's uniform elsewhere, ±0.05 for embeddings, no biases.

    Source: Saxe et al. (2014), arXiv:1312.6120; Glorot & Bengio (2010).
    """
    draws: dict[str, _Draw] = {"uniform": _draw_uniform, "keras": _draw_as_keras}
    if name == "torch":
        return
    with torch.no_grad():
        for module, own_name, parameter in _own_parameters(network):
            _draw(draws[name], module, own_name, parameter)


def _own_parameters(network: nn.Module) -> Iterator[tuple[nn.Module, str, nn.Parameter]]:
    """List weight matrices and biases, but none of a normalisation, whose weights are vectors."""
    for module in network.modules():
        own = dict(module.named_parameters(recurse=False))
        if any(name.startswith("weight") and parameter.dim() > 1 for name, parameter in own.items()):
            yield from ((module, name, p) for name, p in own.items() if name.startswith(("weight", "bias")))


def _draw(draw: _Draw, module: nn.Module, name: str, parameter: nn.Parameter) -> None:
    before = parameter.detach().clone()
    draw(module, name, parameter)
    if name.startswith("bias") and _has_forget_gate(module, name):
        hidden = len(parameter) // 4
        parameter[hidden : 2 * hidden] = before[hidden : 2 * hidden]
    if isinstance(module, nn.Embedding) and module.padding_idx is not None:
        parameter[module.padding_idx] = 0.0


def _has_forget_gate(module: nn.Module, bias: str) -> bool:
    """Tell an LSTM by its recurrent weights, (4 × hidden, hidden), gates in the order i, f, g, o."""
    recurrent = getattr(module, bias.replace("bias_ih", "weight_hh").replace("bias_hh", "weight_hh"), None)
    return bias != "bias" and recurrent is not None and recurrent.shape[0] == 4 * recurrent.shape[1]


def _draw_uniform(module: nn.Module, name: str, parameter: Tensor) -> None:
    nn.init.uniform_(parameter, -SPREAD, SPREAD)


def _draw_as_keras(module: nn.Module, name: str, parameter: Tensor) -> None:
    if name.startswith("bias"):
        nn.init.zeros_(parameter)
    elif isinstance(module, nn.Embedding):
        nn.init.uniform_(parameter, -0.05, 0.05)
    elif name.startswith("weight_hh"):
        for gate in parameter.chunk(len(parameter) // parameter.shape[1]):
            nn.init.orthogonal_(gate)
    elif name.startswith("weight_ih"):
        for gate in parameter.chunk(_gates(module, name)):
            nn.init.xavier_uniform_(gate)
    else:
        nn.init.xavier_uniform_(parameter)


def _gates(module: nn.Module, name: str) -> int:
    rows, hidden = getattr(module, name.replace("weight_ih", "weight_hh")).shape
    return int(rows // hidden)
