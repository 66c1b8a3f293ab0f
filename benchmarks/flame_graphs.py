"""Where the time of a sweep's driver and of its workers goes: flame graphs, and shares of the samples.

    python -m benchmarks.flame_graphs FOLDER [--checkout OLD] [--trials 24]

Runs the sweep of `sweep_efficiency.py` twice under py-spy, which gets an environment of its own: once for a flame graph
of all its processes (`sweep.svg`), once for stacks (`sweep.folded`), whose shares by what was done are printed and
written (`shares.json`). `--checkout` is another checkout of Odyssey, to compare with: an older commit, in a worktree.
Samples are of threads that run or hold Python's lock, 100 a second; waiting is left out as far as py-spy can tell. Only
proportions mean anything: to be looked at takes time of its own.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from benchmarks.peers.environments import default_folder, environment_python
from benchmarks.peers.task_files import write_task_files
from sweeps.exit_codes import EXIT_DONE, EXIT_NO_TOP_RUNG

ROOT = Path(__file__).resolve().parents[1]
# The first pattern that any frame of a stack has says what was done.
WORKER = {
    "imports": r"<frozen importlib",
    "building networks": r"^TrialRunner\._build |^stack_replicates ",
    "checkpoints": r"^TrialRunner\._keep_checkpoint ",
    "forward and loss": r"^Objective\.loss|^Stacked\w+\.outputs ",
    "backward": r"^Tensor\.backward |^grad \(torch/autograd",
    "clipping, gradients laid out": r"clip_gradient|ParameterRows\.set_gradients ",
    "optimiser": r"\(torch/optim/|\(trainables/optimisers",
    "evaluation": r"^Replicate\.evaluate ",
    "mini-batches and random numbers": r"^Replicate(Stack)?\.train_epoch ",
    "Ray": r"\(ray/",
}
DRIVER = {
    "best table and importance": r"^tell_outcome |^tell_end ",
    "imports": r"<frozen importlib",
    "reading the sweep": r"^load_sweep |^resolve_text ",
    "waiting for reports": r"^wait \(ray/_private/worker",
    "tables of epochs": r"\(sweeps/epoch_writing",
    "state, rungs and record": r"\(sweeps/(sweep_state|ray_adapters)",
    "Ray Tune's controller": r"\(ray/tune/",
    "Ray": r"\(ray/",
}
_PROCESS = re.compile(r'^process \d+:"(.*)"$')
_WORKER_PROCESS = re.compile(r"/default_worker\.py |^ray::(?!\w*Agent)")


def shares(stacks: Iterable[tuple[list[str], int]], kinds: Mapping[str, str]) -> dict[str, float]:
    """Give the share of the samples by what was done; the rest is `other`."""
    patterns = {name: re.compile(pattern) for name, pattern in kinds.items()}
    found: Counter[str] = Counter()
    for frames, samples in stacks:
        done = (name for name, pattern in patterns.items() if any(map(pattern.search, frames)))
        found[next(done, "other")] += samples
    return {name: found[name] / max(1, found.total()) for name in (*kinds, "other")}


def stacks_of(folded: str, *, workers: bool) -> Iterator[tuple[list[str], int]]:
    """Give the stacks of the workers, or of the driver, with how often each was seen."""
    for line in folded.splitlines():
        stack, _, samples = line.rpartition(" ")
        frames = stack.split(";")
        processes = [(place, named[1]) for place, frame in enumerate(frames) if (named := _PROCESS.match(frame))]
        place, command = processes[-1]  # after those that started it, of which the driver is the first
        if _WORKER_PROCESS.search(command) if workers else len(processes) == 1:
            yield frames[place + 1 :], int(samples)


def record(spy: str, kind: str, to: Path, checkout: Path, files: Path) -> None:
    """Run the sweep once under py-spy, which writes what it saw."""
    with tempfile.TemporaryDirectory() as runs:
        sweep = [sys.executable, "-m", "sweeps", "run", str(files / "sweep.yaml"), "--runs", runs, "--quiet"]
        command = [spy, "record", "--subprocesses", "--function", "--format", kind, "--output", str(to), "--", *sweep]
        environment = os.environ | {"PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
        ended = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    if not to.is_file() or ended.returncode not in (EXIT_DONE, EXIT_NO_TOP_RUNG):
        raise RuntimeError(f"{command} ended with {ended.returncode}:\n{ended.stderr[-4000:]}")


def main() -> None:
    """Run, draw and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--checkout", type=Path, default=ROOT)
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--environments", type=Path, default=default_folder())
    options = parser.parse_args()
    folder, checkout = options.folder.resolve(), options.checkout.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    spy = str(Path(environment_python(options.environments, "py_spy")).with_name("py-spy"))
    with tempfile.TemporaryDirectory() as name:
        files = Path(name)
        write_task_files(files, options.trials)
        record(spy, "flamegraph", folder / "sweep.svg", checkout, files)
        record(spy, "raw", folder / "sweep.folded", checkout, files)
    folded = (folder / "sweep.folded").read_text()
    found = {
        "worker": shares(stacks_of(folded, workers=True), WORKER),
        "driver": shares(stacks_of(folded, workers=False), DRIVER),
    }
    (folder / "shares.json").write_text(json.dumps(found, indent=2) + "\n")
    for who, parts in found.items():
        print(f"{who}: " + ", ".join(f"{part} {share:.1%}" for part, share in parts.items()))


if __name__ == "__main__":
    main()
