"""How long the command line takes to answer: help, and the verbs that look at a run, process start included.

    python benchmarks/command_start.py [--trials 10000] [--repetitions 9] [--quick]

A run folder of so many trials is generated (`generated_runs`), alone in its folder of runs. Then each contender is a
process of its own, one after the other, all of them in each repetition: a bare Python, one that imports pandas, the
installed command `odyssey` with `--help`, `best`, `ls` and `status`, its output piped as into a file, and
`./odyssey --help`, which first looks whether its environment is set up. The first round warms the files' cache and is
not counted. Seconds are from start to end on the wall; ratios are paired, over a bare Python of the same repetition:
they tell how much of the time is ours where a machine is slower or busy.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
ODYSSEY = Path(sys.executable).with_name("odyssey")


def contenders(runs: Path) -> dict[str, list[str]]:
    """Name the commands, the one that ratios are over first."""
    odyssey = [str(ODYSSEY)] if ODYSSEY.is_file() else [sys.executable, "-m", "sweeps"]
    found = {
        "python": [sys.executable, "-c", "pass"],
        "python_with_pandas": [sys.executable, "-c", "import pandas"],
        "help": [*odyssey, "--help"],
        **{verb: [*odyssey, verb, "--runs", str(runs)] for verb in ("best", "ls", "status")},
        "script_help": [str(ROOT / "odyssey"), "--help"],
    }
    return {name: command for name, command in found.items() if name != "script_help" or _is_set_up(command)}


def _environment() -> dict[str, str]:
    """Let `./odyssey` use this Python's environment, and fail instead of installing anything."""
    return os.environ | {"ODYSSEY_VENV": sys.prefix, "PYTHON": "false"}


def _is_set_up(command: Sequence[str]) -> bool:
    return subprocess.run(command, env=_environment(), capture_output=True).returncode == 0


def seconds_of(command: Sequence[str]) -> float:
    """Run a command to its end."""
    started = time.perf_counter()
    subprocess.run(command, env=_environment(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def measure(commands: Mapping[str, Sequence[str]], repetitions: int) -> list[dict[str, float]]:
    """Run all commands, again and again, after a round that does not count."""
    rounds = []
    for number in range(repetitions + 1):
        seconds = {name: seconds_of(command) for name, command in commands.items()}
        if number:
            rounds.append(seconds)
            print(", ".join(f"{name} {each:.3f} s" for name, each in seconds.items()), flush=True)
    return rounds


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="a small run twice, nothing written")
    options = parser.parse_args()
    if options.quick:
        options.trials, options.repetitions = 500, 2
    with tempfile.TemporaryDirectory() as folder:
        generate = [sys.executable, str(Path(__file__).with_name("generated_runs.py")), folder]
        subprocess.run([*generate, "--trials", str(options.trials)], check=True)
        seconds = measure(contenders(Path(folder)), options.repetitions)
    for name in seconds[0]:
        print(f"{name}: median {statistics.median(each[name] for each in seconds):.3f} s", flush=True)
    if options.quick:
        return
    from measurement import paired_ratios, write_measured

    settings = {"trials": options.trials, "repetitions": options.repetitions, "cpus": os.cpu_count()}
    medians = {name: statistics.median(each[name] for each in seconds) for name in seconds[0]}
    print(
        write_measured(
            "command_start", settings=settings, median_s=medians, seconds=seconds, ratios=paired_ratios(seconds)
        )
    )


if __name__ == "__main__":
    main()
