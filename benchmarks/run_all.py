"""Runs the benchmarks one after another, on an otherwise quiet machine, and fills the tables of the docs.

    python benchmarks/run_all.py                 # those of speed: about an hour and a half on two cores
    python benchmarks/run_all.py --quality       # those of what is learnt and explained: some hours
    python benchmarks/run_all.py --only driver_overhead command_start
    python benchmarks/run_all.py --list

Each writes its JSON to `benchmarks/results/`. One that fails does not keep the others from being run; the exit code is
then 1. Those that need a GPU say so and are left out where there is none.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
SPEED = {
    "command_start": ["command_start"],
    "training_step": ["training_step"],
    "stacking_pays": ["stacking_pays"],
    "driver_overhead": ["driver_overhead"],
    "analysis_scale": ["analysis_scale"],
    "data_sharing": ["data_sharing"],
    "scale_simulation": ["scale_simulation"],  # with the costs that driver_overhead has measured
    "sweep_efficiency_64": ["sweep_efficiency", "--trials", "64"],
    "sweep_efficiency_256": ["sweep_efficiency", "--trials", "256", "--repetitions", "1"],
    "recurrent_speed": ["recurrent_speed"],
    "task_loading": ["task_loading"],
    "gpu_packing_cpu": ["gpu_packing", "--device", "cpu"],
}
ON_A_GPU = {"gpu_packing": ["gpu_packing"], "gpu_sweep": ["gpu_sweep"]}
QUALITY = {
    "importance_accuracy": ["importance_accuracy"],
    "importance_early_stopping": ["importance_early_stopping"],
    "importance_intervals": ["importance_intervals"],
    "importance_speed": ["importance_speed"],
    "toy_patterns": ["toy_patterns"],
    "what_networks_learn": ["what_networks_learn"],
    "everything_sweep": ["everything_sweep"],
    "walk_through": ["walk_through"],
}
ALL = SPEED | ON_A_GPU | QUALITY


def chosen(options: argparse.Namespace) -> dict[str, list[str]]:
    """Give the commands to run, by the name of their result."""
    if options.only:
        return {name: ALL[name] for name in options.only}
    if options.quality:
        return QUALITY
    return SPEED | (ON_A_GPU if _has_gpu() else {})


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def run(name: str, command: list[str]) -> bool:
    """Run one benchmark; whether it ended well."""
    print(f"== {name}: {' '.join(command)}", flush=True)
    started = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(HERE)}  # of the scripts, some are modules too
    module = [sys.executable, "-m", f"benchmarks.{command[0]}", *command[1:]]
    code = subprocess.run(module, check=False, cwd=HERE.parent, env=environment).returncode
    print(
        f"== {name}: {'done' if code == 0 else f'exit code {code}'}, {time.perf_counter() - started:.0f} s", flush=True
    )
    return code == 0


def main() -> None:
    """Run what was chosen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quality", action="store_true", help="what is learnt and explained, instead of speed")
    parser.add_argument("--only", nargs="+", choices=ALL, metavar="NAME")
    parser.add_argument("--list", action="store_true", help="print the names and commands, and run nothing")
    options = parser.parse_args()
    commands = ALL if options.list else chosen(options)
    if options.list:
        print(*(f"{name}: {' '.join(command)}" for name, command in commands.items()), sep="\n")
        return
    well = [run(name, command) for name, command in commands.items()]
    subprocess.run([sys.executable, HERE.parent / "docs" / "fill_tables.py"], check=True)
    sys.exit(0 if all(well) else 1)


if __name__ == "__main__":
    main()
