"""Many trials on one GPU: epochs of configurations a second, alone, side by side, and as one batch of weights.

    python -m benchmarks.gpu_packing --device cuda [--repetitions 5]
    python -m benchmarks.gpu_packing --device cpu --hidden 32 64 --stacked 8

Networks of one layer with 32 to 256 units, an LSTM and an FFNN, are trained on samples of the shape of handwritten
digits (8 steps of 8 numbers) and of 26 steps of 20 numbers, in batches of 32 by AdamW, each configuration with its own
learning rate, weight decay and order of samples. Contenders, each with k configurations:

- `alone`: the product's network and fused optimiser, k = 1; what all others are held against.
- `processes`: k processes share the GPU, as trials with a share of it do (whether MPS was on stands in the settings).
- `streams, one thread` and `streams, threads`: k networks in one process, each on a CUDA stream of its own.
- `vmap`: k configurations of one shape at once by `torch.func`; `stacked by hand`: the same by products of batches of
  matrices (`stacked_networks.py`, which `tests/test_gpu_packing.py` holds against torch alone, loss for loss).
- `stacked by hand, CUDA graph`: the same with every step recorded once and repeated (CUDA only).

`rates` are configuration-epochs a second: k × epochs / seconds, after an epoch that does not count; `gains` are the
medians over repetitions of a contender's rate over that of `alone` in the same repetition. `mib_a_configuration` is
what torch's allocator held at most, over k, data included; `device_mib_a_configuration` of the processes is what the
whole GPU lost to them, CUDA's own contexts included, over k. On the CPU the seconds are those that processes had a
core, so that other work on the machine counts for nothing: side by side then gains nothing by construction, and what
remains is what batching saves.

The rule to decide by: a way goes into the product, chosen by `resources: {gpu: auto}`, if it trains more than 2 times
as many configuration-epochs a second as the best number of processes (what the product does now), in the median over
repetitions, on a GPU, for both networks at hidden sizes 32 to 128 on at least one shape, with no more memory a
configuration than the processes take. Configurations trained together must have one shape and are judged at the same
epochs, so that a rung must be able to cut some of them: below 2 times that is not worth its upkeep.
"""

import argparse
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import torch

from benchmarks.measurement import write_measured
from benchmarks.packed_training import (
    BATCH,
    CONTENDERS,
    CUDA_CONTENDERS,
    SHAPES,
    Case,
    Epoch,
    Work,
    alone_as_product,
)

NETWORKS = ("lstm", "ffnn")
MEBIBYTE = 2**20
Figures = dict[str, float]


def clock(device: torch.device) -> float:
    """Give the time, on a GPU when it is done with all it was given; on the CPU that of this process on a core."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        return time.perf_counter()
    return time.process_time()


def measure(build: Callable[[Work, int], Epoch], work: Work, configurations: int, epochs: int) -> Figures:
    """Train in this process; all that it takes of the GPU is counted from nothing."""
    if work.device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(work.device)
    epoch = build(work, configurations)
    epoch()
    began_s = clock(work.device)
    for _ in range(epochs):
        losses = epoch()
    seconds = clock(work.device) - began_s
    found = {"rate": configurations * epochs / seconds, "loss": float(losses.mean())}
    if work.device.type == "cuda":
        held = torch.cuda.max_memory_allocated(work.device) / MEBIBYTE
        found["mib_a_configuration"] = held / configurations
    return found


def _train_beside(case: Case, samples: int, device: str, epochs: int, ready: Any, told: Any) -> None:
    """Train one configuration in a process of its own, beginning with all others, and tell how long it took."""
    torch.set_num_threads(1)
    work = Work(case=case, samples=samples, device=torch.device(device))
    epoch = alone_as_product(work, 1)
    epoch()
    clock(work.device)
    ready.wait()
    began_s = clock(work.device)
    for _ in range(epochs):
        epoch()
    told.put(clock(work.device) - began_s)
    ready.wait()  # the GPU's memory is looked at before anyone leaves
    ready.wait()


def measure_processes(work: Work, processes: int, epochs: int) -> Figures:
    """Train in processes that begin together: the rate is that until the last one ends; on the CPU of their cores."""
    spawning = multiprocessing.get_context("spawn")
    ready, told = spawning.Barrier(processes + 1), spawning.Queue()
    free_before = _free_mib(work.device)
    given = (work.case, work.samples, str(work.device), epochs, ready, told)
    children = [spawning.Process(target=_train_beside, args=given, daemon=True) for _ in range(processes)]
    for child in children:
        child.start()
    ready.wait(timeout=300)
    seconds = [told.get(timeout=600) for _ in children]
    ready.wait(timeout=300)
    taken = free_before - _free_mib(work.device)
    ready.wait(timeout=300)
    for child in children:
        child.join()
    lasted_s = max(seconds) if work.device.type == "cuda" else sum(seconds)
    found = {"rate": processes * epochs / lasted_s}
    return found | ({"device_mib_a_configuration": taken / processes} if work.device.type == "cuda" else {})


def _free_mib(device: torch.device) -> float:
    return torch.cuda.mem_get_info(device)[0] / MEBIBYTE if device.type == "cuda" else 0.0


def measure_case(work: Work, options: argparse.Namespace) -> dict[str, Figures]:
    """Run all contenders in turn, once."""
    found = {"alone": measure(alone_as_product, work, 1, options.epochs)}
    for count in options.processes:
        found[f"processes × {count}"] = measure_processes(work, count, options.epochs)
    contenders = {**CONTENDERS, **(CUDA_CONTENDERS if work.device.type == "cuda" else {})}
    for name, build in contenders.items():
        for count in options.streams if name.startswith("streams") else options.stacked:
            found[f"{name} × {count}"] = measure(build, work, count, options.epochs)
    return found


def gains(repetitions: Sequence[Mapping[str, Figures]]) -> Figures:
    """Give the median, over repetitions, of each contender's rate over that of the first."""
    first = next(iter(repetitions[0]))
    return {
        name: statistics.median(each[name]["rate"] / each[first]["rate"] for each in repetitions)
        for name in repetitions[0]
        if name != first
    }


def environment(device: torch.device) -> dict[str, Any]:
    """Say what the GPU is, and whether processes share it through MPS."""
    if device.type != "cuda":
        return {"gpu": None}
    pipe = Path(os.environ.get("CUDA_MPS_PIPE_DIRECTORY", "/tmp/nvidia-mps"))
    return {"gpu": torch.cuda.get_device_name(device), "mps": pipe.exists()}


def arguments() -> argparse.Namespace:
    """Read the command line, and refuse a GPU that is not there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    parser.add_argument("--shapes", nargs="+", choices=tuple(SHAPES), default=list(SHAPES))
    parser.add_argument("--hidden", type=int, nargs="+", default=[32, 64, 128, 256])
    parser.add_argument("--processes", type=int, nargs="*", default=[2, 4, 8])
    parser.add_argument("--streams", type=int, nargs="*", default=[2, 4, 8])
    parser.add_argument("--stacked", type=int, nargs="*", default=[1, 8, 32, 128])
    parser.add_argument("--samples", type=int, default=1280)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one tiny size, once; write nothing")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda needs a GPU that torch can use, got none")
    if options.quick:
        options.hidden, options.shapes, options.processes, options.streams = [32], ["sequences"], [2], [2]
        options.stacked, options.samples, options.epochs, options.repetitions = [8], 320, 1, 1
    return options


def main() -> None:
    """Measure and write the result."""
    options = arguments()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    device = torch.device(options.device)
    cases = []
    for network, shape, hidden_size in product(options.networks, options.shapes, options.hidden):
        case = Case(network=network, shape=shape, hidden_size=hidden_size)
        work = Work(case=case, samples=options.samples, device=device)
        repetitions = [measure_case(work, options) for _ in range(options.repetitions)]
        cases.append({**asdict(case), "repetitions": repetitions, "gains": gains(repetitions)})
        shown = ", ".join(f"{name} {gain:.2f}" for name, gain in cases[-1]["gains"].items())
        alone = statistics.median(each["alone"]["rate"] for each in repetitions)
        print(f"{network}, {shape}, {hidden_size} units: alone {alone:.2f} epochs/s; gains {shown}", flush=True)
    if options.quick:
        return
    sizes = {"batch": BATCH, "samples": options.samples, "epochs": options.epochs, "shapes": SHAPES}
    settings = {"device": options.device, **environment(device), **sizes, "threads": 1}
    name = "gpu_packing" if options.device == "cuda" else "gpu_packing_cpu"
    print(write_measured(name, settings=settings, cases=cases))


if __name__ == "__main__":
    main()
