"""What it costs to act within a recurrence: training steps of our cells, step by step, over those of torch's layers.

    python -m benchmarks.recurrent_speed [--repetitions 30] [--device cpu]

A training step is forward, loss, backward and a step of AdamW of a network of one layer: 32 sequences of 26 steps of 32
numbers, 64 hidden units, on one thread. All contenders of a cell are run in turn in each repetition, the fused layer
first; a ratio is the median over repetitions. `padded` has lengths of 8 to 26, for which torch packs too.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from itertools import product

import torch
from torch import nn

from benchmarks.measurement import paired_ratios, write_measured
from learning_tasks.shape import DataShape
from trainables.networks.catalogue import NETWORKS
from trainables.networks.cells.recurrence import Recurrence
from trainables.networks.layers.stepped_layer import SteppedLayer

BATCH, TIME, FEATURES, HIDDEN = 32, 26, 32, 64
SHAPE = DataShape(kind="regression", time=TIME, features=FEATURES, vocabulary_size=0, outputs=1)
LENGTHS = {
    "one length": torch.full((BATCH,), TIME),
    "padded": torch.randint(8, TIME + 1, (BATCH,), generator=torch.Generator().manual_seed(1)),
}
OPTIONS: Mapping[str, Mapping[str, float | bool | int]] = {
    "recurrent_dropout_input": {"recurrent_dropout_input": 0.3},
    "recurrent_dropout_state": {"recurrent_dropout_state": 0.3},
    "candidate_dropout": {"candidate_dropout": 0.3},
    "zoneout": {"zoneout_hidden": 0.1, "zoneout_cell": 0.3},
    "stochastic_depth": {"stochastic_depth": 0.1},
    "recurrent_batch_norm": {"recurrent_batch_norm": True},
    "transition_layers 2": {"transition_layers": 2},
    "peephole": {"peephole": True},
    "dropout of inputs, states, zoneout": {
        "recurrent_dropout_input": 0.3,
        "recurrent_dropout_state": 0.3,
        "zoneout_hidden": 0.1,
        "zoneout_cell": 0.3,
    },
}
NOT_OF = {"lstm": (), "gru": ("peephole",), "rnn": ("peephole", "candidate_dropout")}


def networks(cell: str) -> dict[str, nn.Module]:
    """Build the contenders: the fused layer, the same step by step, and every option alone."""
    widths = {"hidden_size": HIDDEN, "layers": 1}
    build = NETWORKS[cell]
    stepped = build(SHAPE, widths)
    recurrence = Recurrence(cell=cell, hidden_size=HIDDEN)
    stepped.layers = nn.ModuleList([SteppedLayer(recurrence, FEATURES, bidirectional=False, time=TIME)])
    options = {name: build(SHAPE, widths | dict(o)) for name, o in OPTIONS.items() if name not in NOT_OF[cell]}
    return {"fused": build(SHAPE, widths), "step by step": stepped, **options}


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
    """Time a step, until the device is done with it."""
    started = time.perf_counter()
    step()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - started


def measure(cell: str, lengths: torch.Tensor, device: torch.device, repetitions: int) -> list[dict[str, float]]:
    """Time all contenders in turn, after three rounds that do not count."""
    steps = {name: training_step(network, lengths, device) for name, network in networks(cell).items()}
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
    for cell, (kind, lengths) in product(("lstm", "gru", "rnn"), LENGTHS.items()):
        seconds[f"{cell}, {kind}"] = measure(cell, lengths, device, options.repetitions)
        ratios[f"{cell}, {kind}"] = paired_ratios(seconds[f"{cell}, {kind}"])
        print(f"{cell}, {kind}: " + ", ".join(f"{name} {r:.2f}" for name, r in ratios[f"{cell}, {kind}"].items()))
    sizes = {"batch": BATCH, "time": TIME, "features": FEATURES, "hidden": HIDDEN}
    settings = {**sizes, "device": options.device, "threads": 1, "repetitions": options.repetitions}
    name = "recurrent_speed" if options.device == "cpu" else f"recurrent_speed_{options.device}"
    print(write_measured(name, settings=settings, seconds=seconds, ratios=ratios))


if __name__ == "__main__":
    main()
