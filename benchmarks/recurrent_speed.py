"""What it costs to act within a recurrence: training steps of our cells, step by step, over those of torch's layers.

    python -m benchmarks.recurrent_speed [--repetitions 30] [--device cpu]

A training step is forward, loss, backward and a step of AdamW: 32 sequences of 26 steps of 32 numbers, 64 hidden units,
on one thread. Networks have one layer, one in both directions, or two layers, and are held against torch's fused layers
of the same form. All contenders of a form are run in turn in each repetition, the fused ones first; a ratio is the
median over repetitions; on the CPU it is of the time on a core, so that other work on the machine counts for nothing.
`padded` has lengths of 8 to 26, which are packed; fused layers of LSTM run over them padded (`lstm_layer.py`), and what
torch makes of packed ones is a contender.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from itertools import product
from typing import Any, cast

import torch
from torch import nn

from benchmarks.measurement import paired_ratios, write_measured
from learning_tasks.shape import DataShape
from trainables.networks.catalogue import NETWORKS

BATCH, TIME, FEATURES, HIDDEN = 32, 26, 32, 64
SHAPE = DataShape(kind="regression", time=TIME, features=FEATURES, vocabulary_size=0, outputs=1)
LENGTHS = {
    "one length": torch.full((BATCH,), TIME),
    "padded": torch.randint(8, TIME + 1, (BATCH,), generator=torch.Generator().manual_seed(1)),
}
Options = Mapping[str, float | bool | int]
# A cut of the gradient behind the last step changes nothing, but that the layer goes step by step.
STEPPED: Mapping[str, Options] = {
    "step by step": {"truncate_steps": TIME},
    "recurrent_dropout_input": {"recurrent_dropout_input": 0.3},
    "recurrent_dropout_state": {"recurrent_dropout_state": 0.3},
    "dropout of inputs and states": {"recurrent_dropout_input": 0.3, "recurrent_dropout_state": 0.3},
    "candidate_dropout": {"candidate_dropout": 0.3},
    "zoneout": {"zoneout_hidden": 0.1, "zoneout_cell": 0.3},
    "stochastic_depth": {"stochastic_depth": 0.1},
    "recurrent_batch_norm": {"recurrent_batch_norm": True},
    "transition_layers 2": {"transition_layers": 2},
    "peephole": {"peephole": True},
    "depth_gated": {"depth_gated": True},
    "dropout of inputs, states, zoneout": {
        "recurrent_dropout_input": 0.3,
        "recurrent_dropout_state": 0.3,
        "zoneout_hidden": 0.1,
        "zoneout_cell": 0.3,
    },
}
# What a cell has no place for.
NOT_OF = {
    "lstm": set[str](),
    "gru": {"peephole", "depth_gated"},
    "rnn": {"peephole", "depth_gated", "candidate_dropout"},
}
TORCHS = "nn.LSTM, packed where padded"
_OFTEN = {"step by step", "dropout of inputs and states", "zoneout", "recurrent_batch_norm", "depth_gated"}
# Of each form its options, and the names of those that are measured.
FORMS: Mapping[str, tuple[Options, set[str]]] = {
    "one layer": ({"layers": 1}, set(STEPPED) - {"depth_gated"}),
    "both directions": ({"layers": 1, "bidirectional": True}, _OFTEN - {"depth_gated"}),
    "two layers": ({"layers": 2}, _OFTEN),
}


def networks(cell: str, form: str) -> dict[str, nn.Module]:
    """Build the contenders: fused layers first, the same step by step, options that act within, and torch's own."""
    plain, measured = FORMS[form]
    options = {name: given for name, given in STEPPED.items() if name in measured - NOT_OF[cell]}
    contenders: dict[str, Options] = {"fused": {}, **options, **({TORCHS: {}} if cell == "lstm" else {})}
    built = {
        name: NETWORKS[cell](SHAPE, {"hidden_size": HIDDEN, **plain, **given}) for name, given in contenders.items()
    }
    for layer in cast(Any, built[TORCHS]).layers if TORCHS in built else ():
        layer.__class__ = nn.LSTM
    return built


def training_step(network: nn.Module, lengths: torch.Tensor, device: torch.device) -> Callable[[], None]:
    """Give one step of training on a batch, the same every time."""
    network.to(device).train()
    optimiser = torch.optim.AdamW(network.parameters(), fused=True)
    values = torch.randn(BATCH, TIME, FEATURES, generator=torch.Generator().manual_seed(2)).to(device)

    def step() -> None:
        optimiser.zero_grad()
        network(values, lengths).square().mean().backward()
        optimiser.step()

    return step


def seconds_of(step: Callable[[], None], device: torch.device) -> float:
    """Time a step, until the device is done with it; on the CPU in the time that it had a core."""
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    started = clock()
    step()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return clock() - started


def measure(
    contenders: Mapping[str, nn.Module], lengths: torch.Tensor, device: torch.device, repetitions: int
) -> list[dict[str, float]]:
    """Time all contenders in turn, after three rounds that do not count."""
    steps = {name: training_step(network, lengths, device) for name, network in contenders.items()}
    rounds = [{name: seconds_of(step, device) for name, step in steps.items()} for _ in range(repetitions + 3)]
    return rounds[3:]


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=30)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(1)
    device = torch.device(options.device)
    seconds, ratios = {}, {}
    for form, cell, (kind, lengths) in product(FORMS, NOT_OF, LENGTHS.items()):
        case = ", ".join([cell, *([] if form == "one layer" else [form]), kind])
        seconds[case] = measure(networks(cell, form), lengths, device, options.repetitions)
        ratios[case] = paired_ratios(seconds[case])
        print(f"{case}: " + ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios[case].items()), flush=True)
    sizes = {"batch": BATCH, "time": TIME, "features": FEATURES, "hidden": HIDDEN}
    settings = {**sizes, "device": options.device, "threads": 1, "repetitions": options.repetitions}
    name = "recurrent_speed" if options.device == "cpu" else f"recurrent_speed_{options.device}"
    print(write_measured(name, settings=settings, seconds=seconds, ratios=ratios))


if __name__ == "__main__":
    main()
