"""The floor: given epochs of given configurations in a bare torch loop, on two processes of one core each.

    python floor.py FOLDER WORK.json TIMES.json

WORK holds pairs of configuration number and epochs; both processes draw from the one list, in its order. TIMES receives
`begun_s`, how long each process took from the first one's start to its first training (Python, torch, samples), and of
each configuration the seconds of its building and of each epoch.
"""

import json
import multiprocessing
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

WORKERS = 2


def work(folder: str, jobs: list[tuple[int, int]], taken: Any, times: Any, started: float) -> None:
    """Train what is next in the list until nothing is left."""
    import torch
    from bare_digits import BareTrial, read_configurations, read_digits

    torch.set_num_threads(1)
    digits, configurations = read_digits(folder), read_configurations(folder)
    measured: dict[str, Any] = {"begun_s": time.time() - started, "configurations": []}
    while (place := _next(taken)) < len(jobs):
        number, epochs = jobs[place]
        torch.manual_seed(number)
        clock = [time.perf_counter()]
        trial = BareTrial(configurations[number], digits)
        clock.append(time.perf_counter())
        accuracy = 0.0
        for _ in range(epochs):
            accuracy, _ = trial.train_epoch()
            clock.append(time.perf_counter())
        seconds = [after - before for before, after in pairwise(clock)]
        entry = {"number": number, "build_s": seconds[0], "epochs_s": seconds[1:], "accuracy": accuracy}
        measured["configurations"].append(entry)
    times.put(measured)


def _next(taken: Any) -> int:
    with taken.get_lock():
        taken.value += 1
        return int(taken.value) - 1


def main(folder: str, jobs: str, result: str) -> None:
    """Share the list between the processes."""
    started = time.time()
    context = multiprocessing.get_context("spawn")
    taken, times = context.Value("i", 0), context.Queue()
    arguments = (folder, json.loads(Path(jobs).read_text()), taken, times, started)
    workers = [context.Process(target=work, args=arguments) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    measured = [times.get() for _ in workers]
    for worker in workers:
        worker.join()
    content = {
        "begun_s": [each["begun_s"] for each in measured],
        "configurations": [entry for each in measured for entry in each["configurations"]],
    }
    Path(result).write_text(json.dumps(content))


if __name__ == "__main__":
    main(*sys.argv[1:])
