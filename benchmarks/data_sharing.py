"""What data cost when many trials on one node read them: a task of 500 MB, and 1, 4 and 16 trials at once.

    python -m benchmarks.data_sharing [--megabytes 500] [--trials 1 4 16] [--naive 1 4] [--repetitions 3] [--quick]

A task of a user's own (`package.module:object`), recordings of 16,000 steps × 7 channels, is swept through the command
line in a Ray of its own, with shares of a core so that all trials run at once. They train until all have reported and
`WATCH_S` more seconds have passed; then the sweep is interrupted. Beside it stands the naive way, Ray Tune's function
whose every trial loads the task for itself. Each is run with the data and with a few recordings of them, and what the
data cost is the difference: what Ray, torch and the interpreter take is in both.

Proportional memory (PSS) counts a page that n processes share as 1/n for each, so that its sum over all processes of
the Ray is what they take together; unique memory (USS) counts pages that no other process has (`task_loading.py` has
the same for readers without trials). Figures of each run:

- `first_report_s`, `all_reported_s`: seconds from the start of the process until a trial, and each trial, has reported.
- `load_s`, `loads`: seconds that the task took to load, and how often it was loaded; once is right.
- `pss_mib`, `uss_mib`: medians over looks at all processes while all trials train; `pss_peak_mib`: the most in the run.
- `store_mib`: what the object store holds of the machine's shared memory.

`costs` has for each way and number of trials `data_copies` = (PSS with all data - PSS with few) / size of the data, of
the medians and of the peaks: the driver holds one copy (development and test), the store one of the development data
(four fifths), and a trial should add none. `copies_per_further_trial` is the slope from the fewest trials to the most.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from benchmarks.measurement import write_measured

STEPS, CHANNELS = 16_000, 7
MEBIBYTE = 2**20
FEW = 20  # recordings, where the data are to take nothing
WATCH_S, LOOK_EVERY_S, LIMIT_S = 10.0, 0.5, 600.0
TASK = f"""
import os
import time
from pathlib import Path

import numpy as np

from learning_tasks.samples import Samples
from learning_tasks.task import LearningTask, TaskData, split_samples


def load() -> TaskData:
    began_s = time.perf_counter()
    numbers = np.arange(RECORDINGS, dtype=np.int64)
    values = np.random.default_rng(1).standard_normal((RECORDINGS, {STEPS}, {CHANNELS}), dtype=np.float32)
    samples = Samples(values=values, lengths=np.full_like(numbers, {STEPS}), targets=numbers % 2)
    data = split_samples(samples, kind="classification", test_share=0.2, seed=1, sampling="noise")
    with Path(__file__).with_name("loads.txt").open("a") as file:
        file.write(f"{{time.perf_counter() - began_s}}\\n")
    return data


TASK = LearningTask(name="noise", description="", kind="classification", metric="accuracy", load=load)
"""
SWEEP = """
name: sharing
task: own_recordings:TASK
network: ffnn
parameters: {hidden_layers: {value: 0}, batch_size: {value: 32}}
folds: 2
scheduler: {type: fifo, max_epochs: 100000}
budget: {trials: TRIALS}
resources: {cpu: SHARE, gpu: 0}
"""


def share_of_cores(trials: int) -> float:
    """Give each of these trials a share of the machine's cores, so that all run at once."""
    return min(1.0, int(1000 * (os.cpu_count() or 1) / trials) / 1000)


def recordings_of(megabytes: float) -> int:
    """Count the recordings that take so much."""
    return max(FEW, round(megabytes * 1e6 / (STEPS * CHANNELS * 4)))


# --- the naive way, in a process of its own


def sweep_naively(folder: str, trials: int) -> None:
    """Let each trial of Ray Tune load the task for itself, and train until it is interrupted."""
    import ray
    from ray import tune

    os.environ["RAY_AIR_NEW_OUTPUT"] = "0"

    def train(config: dict[str, Any]) -> None:
        import numpy as np

        sys.path.append(folder)
        from own_recordings import TASK  # type: ignore[import-not-found]

        from learning_tasks.folds import make_folds
        from learning_tasks.metrics import metrics_of
        from search_spaces.catalogue import SPACES
        from trainables.device import prepare_device
        from trainables.sample_tensors import samples_to_tensors
        from trainables.settings import TrialSettings
        from trainables.trial_training import TrialTraining

        data = TASK.load()
        settings = TrialSettings(
            networks=("ffnn",), seeds=1, sweep_seed=17, metric="accuracy", metrics=metrics_of(data.shape),
            shape=data.shape, cpu=share_of_cores(trials), gpu=0, checkpoint_folder="",
        )  # fmt: skip
        drawn = SPACES["ffnn"].sample(np.random.default_rng([17, config["number"]]))
        training = TrialTraining(
            hyperparameters=drawn | {"hidden_layers": 0, "batch_size": 32},
            trial_number=config["number"],
            samples=samples_to_tensors(data.development, prepare_device(settings)),
            folds=make_folds(data.development, data.shape.kind, 2, 17),
            settings=settings,
        )
        while True:
            metrics = training.train_epoch().metrics
            with Path(folder, "reports.jsonl").open("a") as file:
                file.write(json.dumps({"kind": "epoch", "trial_id": config["number"]}) + "\n")
            tune.report(metrics)

    with tempfile.TemporaryDirectory(prefix="dat", ignore_cleanup_errors=True) as storage:
        ray.init(address="local", include_dashboard=False, _temp_dir=storage)
        tune.Tuner(
            tune.with_resources(train, {"cpu": share_of_cores(trials)}),
            param_space={"number": tune.grid_search(list(range(trials)))},
            run_config=tune.RunConfig(storage_path=storage),
        ).fit()
        ray.shutdown()


# --- watching a run


def reported_trials(folder: Path) -> set[Any]:
    """Find the trials that have reported, of either way."""
    files = [*folder.glob("runs/*/journal/*.jsonl"), *folder.glob("reports.jsonl")]
    lines = (line for file in files for line in file.read_text().splitlines(keepends=True) if line.endswith("\n"))
    entries = (json.loads(line) for line in lines)
    return {entry["trial_id"] for entry in entries if entry["kind"] == "epoch"}


def family(process: psutil.Process) -> list[psutil.Process]:
    """List a process and all that it has started, Ray's workers among them."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def memory_mib(processes: Sequence[psutil.Process]) -> dict[str, float]:
    """Add up the memory of processes (Linux); the store's is what its file in shared memory has been given."""
    together = {"pss_mib": 0.0, "uss_mib": 0.0, "store_mib": 0.0}
    for process in processes:
        try:
            full = process.memory_full_info()
            together["pss_mib"] += full.pss / MEBIBYTE
            together["uss_mib"] += full.uss / MEBIBYTE
            if process.name() == "raylet":
                together["store_mib"] += store_bytes(process.pid) / MEBIBYTE
        except (psutil.NoSuchProcess, psutil.AccessDenied, FileNotFoundError):
            continue
    return together


def store_bytes(pid: int) -> int:
    """Tell how much of shared memory a raylet's open files of the object store take."""
    taken = {}
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            if "plasma" in str(link.readlink()):
                found = link.stat()
                taken[found.st_ino] = 512 * found.st_blocks
        except FileNotFoundError:
            continue
    return sum(taken.values())


def watch(command: list[str], folder: Path, trials: int) -> dict[str, Any]:
    """Run a command until all trials have reported for a while, and look at its memory meanwhile."""
    started_s, first_s, all_s = time.monotonic(), None, None
    looks: list[dict[str, float]] = []
    with (folder / "output.txt").open("w") as output:
        process = psutil.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        members: list[psutil.Process] = []
        try:
            while all_s is None or time.monotonic() - started_s < all_s + WATCH_S:
                time.sleep(LOOK_EVERY_S)
                now_s = time.monotonic() - started_s
                if process.poll() is not None or now_s > LIMIT_S:
                    raise RuntimeError(f"The run must go on, got its end:\n{(folder / 'output.txt').read_text()}")
                reported = len(reported_trials(folder))
                first_s = first_s or (now_s if reported else None)
                all_s = all_s or (now_s if reported == trials else None)
                members = family(process)
                looks.append({**memory_mib(members), "all": float(all_s is not None)})
        finally:
            end(process, members)
    return {"first_report_s": first_s, "all_reported_s": all_s, "processes": len(members), **summary(looks)}


def summary(looks: list[dict[str, float]]) -> dict[str, float]:
    """Give medians of the looks at which all trials were training, and the most of all."""
    steady = [look for look in looks if look["all"]]
    medians = {name: statistics.median(look[name] for look in steady) for name in ("pss_mib", "uss_mib", "store_mib")}
    return {**medians, "pss_peak_mib": max(look["pss_mib"] for look in looks), "looks": len(steady)}


def end(process: psutil.Popen, members: list[psutil.Process]) -> None:
    """Interrupt a run, and see to it that nothing of it is left."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        members = [*members, *family(process)]
    psutil.wait_procs([process], timeout=60)
    for member in members:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(members, timeout=10)


def measure(way: str, trials: int, recordings: int) -> dict[str, Any]:
    """Sweep so many trials over so many recordings at once, in one way."""
    with tempfile.TemporaryDirectory(prefix="sharing") as name:
        folder = Path(name)
        (folder / "own_recordings.py").write_text(TASK.replace("RECORDINGS", str(recordings)))
        sweep = SWEEP.replace("TRIALS", str(trials)).replace("SHARE", str(share_of_cores(trials)))
        (folder / "sweep.yaml").write_text(sweep)
        odyssey = [sys.executable, "-m", "sweeps", "run", "sweep.yaml", "--runs", str(folder / "runs"), "--quiet"]
        naive = [sys.executable, "-m", "benchmarks.data_sharing", "--naively", name, str(trials)]
        found = watch(odyssey if way == "odyssey" else naive, folder, trials)
        loads = [float(line) for line in (folder / "loads.txt").read_text().split()]
    size = recordings * STEPS * CHANNELS * 4 / MEBIBYTE
    sizes = {"way": way, "trials": trials, "recordings": recordings, "data_mib": size}
    return {**sizes, **found, "loads": len(loads), "load_s": statistics.median(loads)}


# --- what the data cost


def costs(runs: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Set each run with all data against that with few: medians over repetitions, in copies of the data."""
    found: dict[str, dict[str, Any]] = {}
    for way in dict.fromkeys(run["way"] for run in runs):
        numbers = sorted({run["trials"] for run in runs if run["way"] == way})
        by_trials = {number: _copies([run for run in runs if (run["way"], run["trials"]) == (way, number)])
                     for number in numbers}  # fmt: skip
        found[way] = {str(number): each for number, each in by_trials.items()}
        if len(numbers) > 1:
            few, many = numbers[0], numbers[-1]
            found[way]["copies_per_further_trial"] = {
                name: (by_trials[many][name] - by_trials[few][name]) / (many - few) for name in by_trials[few]
            }
    return found


def _copies(runs: list[dict[str, Any]]) -> dict[str, float]:
    fewest, most = (pick(run["recordings"] for run in runs) for pick in (min, max))
    few, all_of_them = ([run for run in runs if run["recordings"] == number] for number in (fewest, most))
    return {
        f"data_copies_{name}": statistics.median(
            (large[key] - small[key]) / (large["data_mib"] - small["data_mib"])
            for small, large in zip(few, all_of_them, strict=True)
        )
        for name, key in (("pss", "pss_mib"), ("uss", "uss_mib"), ("pss_peak", "pss_peak_mib"), ("store", "store_mib"))
    }


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=500)
    parser.add_argument("--trials", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--naive", type=int, nargs="*", default=[1, 4])
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="1 and 2 trials of 100 MB, once; write nothing")
    parser.add_argument("--naively", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.naively:
        sweep_naively(options.naively[0], int(options.naively[1]))
        return
    if options.quick:
        options.megabytes, options.trials, options.naive, options.repetitions = 100, [1, 2], [], 1
    recordings = recordings_of(options.megabytes)
    if recordings <= FEW:
        parser.error(f"--megabytes must be more than {FEW} recordings take, got {options.megabytes:g}")
    runs = []
    for repetition in range(options.repetitions):
        for way, numbers in (("odyssey", options.trials), ("naive", options.naive)):
            for trials in numbers:
                for count in (FEW, recordings):
                    runs.append({"repetition": repetition, **measure(way, trials, count)})
                    print(runs[-1], flush=True)
    print(json.dumps(costs(runs), indent=2))
    if options.quick:
        return
    settings = {"megabytes": options.megabytes, "watch_s": WATCH_S, "steps": STEPS, "channels": CHANNELS}
    print(write_measured("data_sharing", settings=settings, runs=runs, costs=costs(runs)))


if __name__ == "__main__":
    main()
