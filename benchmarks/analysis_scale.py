"""What reading, ranking, exporting, explaining and reporting cost, from a thousand trials to a hundred thousand.

    python benchmarks/analysis_scale.py [--trials 1000 10000 100000] [--repetitions 1] [--steps …] [--quick]

Run folders are generated (`generated_runs`): early-stopped trials of the LSTM space on three folds. Each step is a
process of its own, the command line as its user types it, so that its figures hold the start of Python and the
reading of the tables: wall seconds, CPU seconds (user and system), the largest resident set in MiB, and the bytes of
the file that it writes. `read` reads all four tables and does no more. `generate` makes the run and is no part of the
product; its bytes are those of the run folder. A step that takes longer than --limit seconds is ended and told so.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NAME = "analysis_scale"
SIZES = (1000, 10_000, 100_000)
FORMATS = ("csv", "tsv", "parquet", "json", "yaml", "xlsx", "md", "tex")
READ = "import sys, pathlib; from analysis.run_record import read_run; read_run(pathlib.Path(sys.argv[1]))"
_KIB_OF_MIB = 1024  # Linux counts the resident set in KiB


def steps(run: Path) -> dict[str, tuple[list[str], str | None]]:
    """Give the command of each step, and the file that it writes."""
    odyssey = [sys.executable, "-m", "sweeps"]
    named = [str(run)]
    return {
        "read": ([sys.executable, "-c", READ, *named], None),
        "ls": ([*odyssey, "ls", "--runs", str(run.parent)], None),
        "status": ([*odyssey, "status", *named], None),
        "best": ([*odyssey, "best", *named], None),
        "rank": ([*odyssey, "rank", *named], None),
        "importance": ([*odyssey, "importance", *named], None),
        "report": ([*odyssey, "report", *named, "-o", "report.html"], "report.html"),
        **{
            f"export_{suffix}": ([*odyssey, "export", *named, "-o", f"trials.{suffix}"], f"trials.{suffix}")
            for suffix in FORMATS
        },
        "export_epochs_parquet": (
            [*odyssey, "export", *named, "--table", "epochs", "-o", "epochs.parquet"],
            "epochs.parquet",
        ),
    }


def measure(command: Sequence[str], limit_s: float) -> dict[str, Any]:
    """Run a command to its end; its CPU seconds and memory are the kernel's count for that process."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        alarm = threading.Timer(limit_s, process.kill)
        alarm.start()
        _, status, used = os.wait4(process.pid, 0)
        wall, in_time = time.perf_counter() - started, alarm.is_alive()
        alarm.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        found: dict[str, Any] = {
            "wall_s": wall,
            "cpu_s": used.ru_utime + used.ru_stime,
            "peak_mib": used.ru_maxrss / _KIB_OF_MIB,
        }
        if not in_time:
            return found | {"ended_after_s": limit_s}
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{' '.join(command)}: {said.read().decode()}")
        return found


def measure_size(trials: int, wanted: Sequence[str], repetitions: int, limit_s: float) -> Iterator[dict[str, Any]]:
    """Generate a run and do all steps on it."""
    with tempfile.TemporaryDirectory() as folder:
        runs, written = Path(folder, "runs"), Path(folder, "written")
        generate = [sys.executable, str(HERE / "generated_runs.py"), str(runs), "--trials", str(trials)]
        generated = measure(generate, limit_s)
        run = next(runs.iterdir())
        size = sum(file.stat().st_size for file in run.rglob("*") if file.is_file())
        yield _told({"trials": trials, "step": "generate", "repetition": 0, **generated, "bytes_written": size})
        for repetition in range(repetitions):
            for step, (command, file) in steps(run).items():
                if step in wanted:
                    written.mkdir()
                    yield _told(
                        {
                            "trials": trials,
                            "step": step,
                            "repetition": repetition,
                            **_step(command, file, written, limit_s),
                        }
                    )
                    shutil.rmtree(written)


def _step(command: Sequence[str], file: str | None, folder: Path, limit_s: float) -> dict[str, Any]:
    """Do a step, with its file in a folder of its own."""
    placed = [str(folder / file) if part == file else part for part in command]
    found = measure(placed, limit_s)
    path = None if file is None else folder / file
    return found | {"bytes_written": path.stat().st_size if path is not None and path.is_file() else 0}


def _told(cell: dict[str, Any]) -> dict[str, Any]:
    late = " (ended)" if "ended_after_s" in cell else ""
    print(
        f"{cell['trials']} trials, {cell['step']}: {cell['wall_s']:.2f} s wall, {cell['cpu_s']:.2f} s CPU, "
        f"{cell['peak_mib']:.0f} MiB, {cell['bytes_written']:,} bytes{late}",
        flush=True,
    )
    return cell


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--repetitions", type=int, default=1)
    parser.add_argument("--steps", nargs="+", default=list(steps(Path("run"))), choices=list(steps(Path("run"))))
    parser.add_argument("--limit", type=float, default=600.0, help="seconds of a step")
    parser.add_argument(
        "--quick", action="store_true", help="300 trials once, without importance and report; nothing written"
    )
    options = parser.parse_args()
    if options.quick:
        options.trials, options.repetitions = [300], 1
        options.steps = [step for step in options.steps if step not in ("importance", "report")]
    cells = [
        cell
        for trials in options.trials
        for cell in measure_size(trials, options.steps, options.repetitions, options.limit)
    ]
    if options.quick:
        return
    from measurement import write_measured  # late: the memory of this process would count for those it starts

    settings = {
        "repetitions": options.repetitions,
        "limit_s": options.limit,
        "cpus": os.cpu_count(),
        "blas_threads": os.environ.get("OMP_NUM_THREADS"),
    }
    print(write_measured(NAME, settings=settings, cells=cells))


if __name__ == "__main__":
    main()
