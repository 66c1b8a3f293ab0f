"""What an analysis costs: CPU seconds and memory of singles, pairs and totals, from few trials to many.

    python benchmarks/importance_speed.py [--quick] [--repetitions 3]

Every measurement is a process of its own, at one BLAS thread: Sobol's g function of d inputs with noise of a tenth of
its standard deviation, no intervals. Memory is the largest resident set, and by how much it grew over the imports and
the table. Optuna's fANOVA (singles only) is run on the same table, d = 8 and n = 1000, one after the other.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from statistics import median
from typing import Any

from benchmarks.measurement import paired_ratios, write_measured

SIZES = ((8, 100), (8, 300), (8, 1000), (8, 5000), (8, 20_000), (20, 1000), (30, 1000), (30, 5000))
PAIRED_SIZE = (8, 1000)
COEFFICIENTS = (0, 1, 4.5, 9, 99, 99, 99, 99)  # g6 and inputs that do nearly nothing
MIB_PER_KIB = 1 / 1024  # Linux counts the resident set in KiB


def measure_here(contender: str, inputs: int, count: int, seed: int) -> dict[str, float]:
    """Run one contender on one table in this process."""
    from threadpoolctl import threadpool_limits

    from benchmarks.importance_contenders import CONTENDERS
    from benchmarks.importance_problems import sobol_g, with_noise
    from benchmarks.importance_tables import outcome_table

    coefficients = COEFFICIENTS + (99,) * (inputs - len(COEFFICIENTS))
    noiseless = sobol_g(coefficients)
    table = outcome_table(with_noise(noiseless, 0.07), count, seed)  # its standard deviation is .68
    CONTENDERS[contender](outcome_table(noiseless, 100, seed), seed)  # imports, and what is set up once
    before = _peak_mib()
    with threadpool_limits(1):
        started, wall_started = time.process_time(), time.perf_counter()
        CONTENDERS[contender](table, seed)
        seconds, wall = time.process_time() - started, time.perf_counter() - wall_started
    return {"cpu_s": seconds, "wall_s": wall, "peak_mib": _peak_mib(), "grown_mib": _peak_mib() - before}


def measure(contender: str, inputs: int, count: int, seed: int) -> dict[str, Any]:
    """Run one contender on one table in a process of its own."""
    arguments = ["--measure", contender, str(inputs), str(count), str(seed)]
    done = subprocess.run([sys.executable, __file__, *arguments], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(f"d={inputs} n={count} {contender}: {found['cpu_s']:.2f} s CPU, {found['peak_mib']:.0f} MiB", flush=True)
    return {"contender": contender, "d": inputs, "n": count, "seed": seed} | found


def markdown(cells: list[dict[str, Any]]) -> str:
    """Lay medians out, a row for each contender and size."""
    lines = ["| contender | d | n | CPU s | peak MiB | grown MiB |", "|---|---|---|---|---|---|"]
    for key in dict.fromkeys((cell["contender"], cell["d"], cell["n"]) for cell in cells):
        same = [cell for cell in cells if (cell["contender"], cell["d"], cell["n"]) == key]
        seconds, peak, grown = (median(cell[what] for cell in same) for what in ("cpu_s", "peak_mib", "grown_mib"))
        lines.append(f"| {key[0]} | {key[1]} | {key[2]} | {seconds:.2f} | {peak:.0f} | {grown:.0f} |")
    return "\n".join(lines)


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MIB_PER_KIB


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--contenders", nargs="+", default=["odyssey"])
    parser.add_argument("--output", default="importance_speed", help="name of the JSON; 'none' writes none")
    parser.add_argument("--quick", action="store_true", help="small tables once, nothing written")
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        contender, *numbers = options.measure
        print(json.dumps(measure_here(contender, *map(int, numbers))))
        return
    sizes, paired_size = SIZES, PAIRED_SIZE
    if options.quick:
        sizes, paired_size, options.repetitions, options.output = ((8, 100), (20, 100)), (8, 100), 1, "none"
    cells, pairs = [], []
    for seed in range(options.repetitions):
        found = {name: measure(name, *paired_size, seed) for name in ("odyssey", "optuna_fanova")}
        pairs.append({name: cell["cpu_s"] for name, cell in found.items()})
        cells.append(found["optuna_fanova"])
        cells.extend(found[name] for name in options.contenders if name == "odyssey")
        cells.extend(
            measure(name, *size, seed)
            for size in sizes
            for name in options.contenders
            if (name, size) != ("odyssey", paired_size)
        )
    print(f"\n{markdown(cells)}\n\n{paired_ratios(pairs)}")
    if options.output != "none":
        settings = {"repetitions": options.repetitions, "noise_sd": 0.07, "blas_threads": 1, "paired_at": paired_size}
        print(
            write_measured(options.output, settings=settings, seconds=pairs, ratios=paired_ratios(pairs), cells=cells)
        )


if __name__ == "__main__":
    main()
