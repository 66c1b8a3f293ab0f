"""A sweep on a machine with a GPU, for each of several shares of it: its time, and the memory of its trials.

    python benchmarks/gpu_sweep.py [--sweep digits-lstm] [--trials 32] [--shares auto 1 0.25]

Refuses a machine without a GPU. Writes `benchmarks/results/gpu_sweep.json`.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from measurement import write_measured

from analysis.run_record import read_run


def run_sweep(sweep: str, trials: int, share: str) -> dict[str, Any]:
    """Run the sweep with a share of a GPU for each trial, to its end."""
    with tempfile.TemporaryDirectory() as folder:
        changes = [f"budget.trials={trials}", f"resources.gpu={share}", "resources.cpu=1"]
        sets = [word for change in changes for word in ("--set", change)]
        command = [sys.executable, "-m", "sweeps", "run", sweep, "--runs", folder, "--name", "gpu", "--quiet", *sets]
        started_s = time.perf_counter()
        ended = subprocess.run(command, check=False)
        seconds = time.perf_counter() - started_s
        record = read_run(Path(folder, "gpu"))
    trials_table = record.trials
    return {
        "share": share,
        "exit_code": ended.returncode,
        "seconds": seconds,
        "gpu_share": record.manifest["cluster"]["gpu_share"],
        "trials_by_status": {str(key): int(count) for key, count in trials_table["status"].value_counts().items()},
        "gpu_seconds": float(trials_table["gpu_seconds"].sum()),
        "peak_gpu_mib": [float(value) for value in trials_table["peak_gpu_mib"].dropna()],
    }


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sweep", default="digits-lstm")
    parser.add_argument("--trials", type=int, default=32)
    parser.add_argument("--shares", nargs="+", default=["auto", "1", "0.25"])
    options = parser.parse_args()
    if not torch.cuda.is_available():
        parser.error("a GPU must be there that torch can use, got none")
    runs = []
    for share in options.shares:
        runs.append(run_sweep(options.sweep, options.trials, share))
        peak = max(runs[-1]["peak_gpu_mib"], default=0.0)
        print(f"gpu: {share}: {runs[-1]['seconds']:.1f} s, a trial's worker held up to {peak:.0f} MiB", flush=True)
    settings = {"sweep": options.sweep, "trials": options.trials, "gpu": torch.cuda.get_device_name()}
    print(write_measured("gpu_sweep", settings=settings, runs=runs))


if __name__ == "__main__":
    main()
