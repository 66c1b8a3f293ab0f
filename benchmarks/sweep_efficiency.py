"""Sweep efficiency: the same configurations by Odyssey, Ray Tune, Optuna and Syne Tune, over the same epochs bare.

    python -m benchmarks.sweep_efficiency [--trials 64] [--repetitions 3] [--contenders odyssey,optuna] [--quick]

The first configurations of seed 17 of the built-in LSTM space on `digits` are trained on three folds in lockstep,
stopped early by each contender's own successive halving (first rung 1, factor 3, at most 27 epochs), by two workers of
one core each: run it on a machine of two cores. Every contender is a process of its own, timed from its start to its
exit, one after another within a repetition, in an order that rotates. Odyssey is its command line with `--quiet` and
no probes; it evaluates all metrics of a classification, keeps checkpoints and its record, and ends with its table of
the best and what explains the differences (no option leaves that out). The peers train with `bare_digits.py` and
compute accuracy and log loss. Ray Tune is in Odyssey's own environment; the others have one each (`--environments`),
made on first use, untimed. Syne Tune looks for results every 0.1 s (`--syne-sleep`), where its default is 5 s.

What each stops when differs with rules and timing, so that they train different numbers of epochs. The floor of a
contender is therefore that of its own epochs: a bare loop in two processes that draw from one list of configurations,
without a framework. It is run for Odyssey's very list right after each Odyssey run, and once at the end for the longest
training of every configuration (`peers/floor.py`), with the seconds of each epoch; from these the floor of any list is
derived, by giving each next configuration to the worker that is first free, plus what processes cost to start and end.
Machines are not as fast at the end as at the beginning: within a repetition all floors are scaled so that Odyssey's is
the one that was run, and `derived / real` says by how much.

Figures of the JSON, `sweep_efficiency_<trials>.json`: of each repetition and contender `wall_s`, `epochs`, `trials`,
`best_accuracy` (mean over folds at a trial's last epoch, the best of all trials), `floor_s`, `wall / floor`,
`wall / odyssey`, and `stolen_s`: for how long, by core, the host of a virtual machine gave its processor to others,
which both ratios leave out; of Odyssey also `floor_stolen_s` and `split`: seconds by phase (`peers/odyssey_record.py`
says which). `medians` are over the repetitions.
"""

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.measurement import RESULTS, write_measured
from benchmarks.peers.environments import default_folder, environment_python
from benchmarks.peers.odyssey_record import trained_by_odyssey, where_time_went
from benchmarks.peers.shared_work import job_seconds, longest_epochs, shared_seconds
from benchmarks.peers.task_files import write_task_files
from sweeps.exit_codes import EXIT_DONE, EXIT_NO_TOP_RUNG

HERE = Path(__file__).parent
CONTENDERS = ("odyssey", "ray_tune", "optuna", "syne_tune")
LONGEST_S = 1800.0  # of one contender
Epochs = Mapping[int, int]  # by number of the configuration


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Where the contenders find what they need."""

    files: Path  # configurations, samples, sweep file
    work: Path  # a folder for each run
    pythons: Mapping[str, str]  # by contender
    syne_sleep_s: float

    def environment(self) -> dict[str, str]:
        """Let scripts import `bare_digits`, and no thread pool take another's core."""
        own = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
        return own | {"PYTHONPATH": str(HERE), "OMP_NUM_THREADS": "1"}


def run_contender(bench: Bench, name: str, place: str) -> dict[str, Any]:
    """Run a contender in a folder of its own, and tell what it took and did."""
    folder = bench.work / place
    folder.mkdir()
    for file in bench.files.iterdir():
        (folder / file.name).symlink_to(file)
    command = _command(bench, name, folder)
    began = time.time()
    timed = _timed(command, bench, cwd=HERE.parent)
    ended = time.time()
    split = {}
    if name == "odyssey":
        run = next(path.parent for path in (folder / "runs").glob("*/manifest.json"))
        trained, split = trained_by_odyssey(run), {"split": where_time_went(run, began=began, ended=ended)}
    else:
        trained = json.loads((folder / "trained.json").read_text())
    return {
        **timed,
        "epochs": sum(entry["epochs"] for entry in trained),
        "trials": len(trained),
        "best_accuracy": max(entry["accuracy"] for entry in trained),
        "trained": {entry["number"]: entry["epochs"] for entry in trained},
        **split,
    }


def _command(bench: Bench, name: str, folder: Path) -> list[str]:
    python = bench.pythons[name]
    if name == "odyssey":
        return [python, "-m", "sweeps", "run", str(folder / "sweep.yaml"), "--runs", str(folder / "runs"), "--quiet"]
    script = [python, str(HERE / "peers" / f"{name}_sweep.py"), str(folder)]
    return [*script, str(bench.syne_sleep_s)] if name == "syne_tune" else script


def _timed(command: list[str], bench: Bench, *, cwd: Path) -> dict[str, float]:
    """Run a process to its end, what it prints into a file, and give its seconds; what it started ends with it."""
    log = bench.work / "output.txt"
    with log.open("w") as output:
        started, stolen_s = time.perf_counter(), _stolen_s()
        process = subprocess.Popen(
            command, cwd=cwd, env=bench.environment(), stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code = process.wait(timeout=LONGEST_S)
            seconds = {"wall_s": time.perf_counter() - started, "stolen_s": _stolen_s() - stolen_s}
        finally:
            with contextlib.suppress(ProcessLookupError):  # its group is empty: all has ended
                os.killpg(process.pid, signal.SIGKILL)
    if code not in (EXIT_DONE, EXIT_NO_TOP_RUNG):
        raise RuntimeError(f"{command} ended with {code}:\n{log.read_text()[-4000:]}")
    return seconds


def _stolen_s() -> float:
    """Give the seconds of a core that the host has taken since the machine began; 0 where that is not told."""
    return float(getattr(psutil.cpu_times(), "steal", 0.0)) / (os.cpu_count() or 1)


def run_floor(bench: Bench, epochs: Epochs, place: str) -> tuple[dict[str, float], dict[str, Any]]:
    """Train epochs of configurations in the bare loop, and give its seconds and what it measured."""
    work, times = bench.work / f"{place}.json", bench.work / f"{place}-times.json"
    work.write_text(json.dumps(sorted(epochs.items())))
    command = [sys.executable, str(HERE / "peers" / "floor.py"), str(bench.files), str(work), str(times)]
    seconds = _timed(command, bench, cwd=HERE.parent)
    return seconds, json.loads(times.read_text())


def derived_floors(wall_s: float, union: Epochs, times: Mapping[str, Any]) -> Callable[[Epochs], float]:
    """Derive floors from the run of the longest list: its jobs shared out anew, starts and ends as they were."""
    measured = {entry["number"]: (entry["build_s"], entry["epochs_s"]) for entry in times["configurations"]}
    begun_s = times["begun_s"]
    around_s = wall_s - shared_seconds(job_seconds(union, measured), begun_s)
    return lambda epochs: around_s + shared_seconds(job_seconds(epochs, measured), begun_s)


def measure(bench: Bench, contenders: Sequence[str], repetitions: int) -> list[dict[str, dict[str, Any]]]:
    """Run all contenders one after another, once for each repetition, and the floor of Odyssey's lists."""
    measured = []
    for repetition in range(repetitions):
        turn = repetition % len(contenders)
        results: dict[str, dict[str, Any]] = {}
        for name in (*contenders[turn:], *contenders[:turn]):
            results[name] = run_contender(bench, name, f"{name}-{repetition}")
            if name == "odyssey":
                floor, _ = run_floor(bench, results[name]["trained"], f"floor-{repetition}")
                results[name] |= {"floor_s": floor["wall_s"], "floor_stolen_s": floor["stolen_s"]}
            shown = {key: value for key, value in results[name].items() if key != "trained"}
            print(f"{repetition} {name}: {json.dumps(shown, default=float)}", flush=True)
        measured.append({name: results[name] for name in contenders})
    return measured


def add_floors(bench: Bench, measured: Sequence[Mapping[str, dict[str, Any]]]) -> dict[str, Any]:
    """Run the floor for the longest of all lists, and add floors and ratios to what was measured."""
    union = longest_epochs(result["trained"] for results in measured for result in results.values())
    timed, times = run_floor(bench, union, "floor-union")
    floor = derived_floors(timed["wall_s"], union, times)
    for results in measured:
        add_ratios(results, floor)
    epochs = sum(union.values())
    best = max(entry["accuracy"] for entry in times["configurations"])
    return {**timed, "epochs": epochs, "begun_s": times["begun_s"], "best_accuracy": best}


def add_ratios(results: Mapping[str, dict[str, Any]], floor: Callable[[Epochs], float]) -> None:
    """Add floors and ratios to one repetition; where Odyssey is in it, all floors are scaled to its own."""
    own, scale = results.get("odyssey"), 1.0
    if own is not None:
        own["floor_s"] -= own["floor_stolen_s"]
        own["derived / real"] = floor(own["trained"]) / own["floor_s"]
        scale = 1 / own["derived / real"]
    for name, result in results.items():
        if name != "odyssey":
            result["floor_s"] = scale * floor(result["trained"])
            result |= {"wall / odyssey": _net_s(result) / _net_s(own)} if own is not None else {}
        result["wall / floor"] = _net_s(result) / result["floor_s"]


def _net_s(result: Mapping[str, Any]) -> float:
    """Give the wall time without what was stolen."""
    return float(result["wall_s"] - result["stolen_s"])


def medians(measured: Sequence[Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, float]]:
    """Give the median over repetitions of every number of each contender."""
    return {
        name: {
            key: statistics.median(results[name][key] for results in measured)
            for key, value in first.items()
            if isinstance(value, int | float)
        }
        for name, first in measured[0].items()
    }


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=64)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--contenders", default=",".join(CONTENDERS), help="comma-separated")
    parser.add_argument("--environments", type=Path, default=default_folder())
    parser.add_argument("--syne-sleep", type=float, default=0.1)
    parser.add_argument("--quick", action="store_true", help="4 trials by Odyssey and Ray Tune, nothing written")
    parser.add_argument("--add", action="store_true", help="keep the repetitions of the same contenders in the JSON")
    parser.add_argument("--print-only", action="store_true", help="write nothing")
    options = parser.parse_args()
    if options.quick:
        options.trials, options.repetitions, options.contenders = 4, 1, "odyssey,ray_tune"
    contenders = options.contenders.split(",")
    if not set(contenders) <= set(CONTENDERS):
        parser.error(f"contenders must be of {', '.join(CONTENDERS)}, got {options.contenders}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that folders and processes are cleaned up
    own = {"odyssey", "ray_tune"}
    pythons = {n: sys.executable if n in own else environment_python(options.environments, n) for n in contenders}
    with tempfile.TemporaryDirectory(prefix="efficiency-") as folder:
        files, work = Path(folder, "files"), Path(folder, "work")
        files.mkdir()
        work.mkdir()
        write_task_files(files, options.trials)
        bench = Bench(files=files, work=work, pythons=pythons, syne_sleep_s=options.syne_sleep)
        measured = measure(bench, contenders, options.repetitions)
        union = add_floors(bench, measured)
    middle = medians(measured)
    print(json.dumps({"union": union, "medians": middle}, indent=1), flush=True)
    if options.quick or options.print_only:
        return
    settings = {"trials": options.trials, "max_epochs": 27, "folds": 3, "seed": 17, "syne_sleep_s": options.syne_sleep}
    settings |= {"requirements": {n: _requirements(n) for n in contenders if n not in own}}
    name, unions = f"sweep_efficiency_{options.trials}", [union]
    if options.add:
        earlier = json.loads((RESULTS / f"{name}.json").read_text())
        measured, unions = earlier["repetitions"] + measured, earlier["union_floors"] + unions
    middle = medians(measured)
    print(write_measured(name, settings=settings, medians=middle, union_floors=unions, repetitions=measured))


def _requirements(peer: str) -> list[str]:
    return (HERE / "peers" / f"requirements-{peer}.txt").read_text().split()


if __name__ == "__main__":
    main()
