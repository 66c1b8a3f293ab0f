"""What a trial costs besides its training: trivial trials by Odyssey, and by Ray Tune as its tutorial writes it.

    python benchmarks/trial_overhead.py [--trials 256] [--repetitions 3]

Every contender is a process of its own and does the same: it starts Ray, trains the same configurations of the same
network for the same epochs on the same folds, and ends. Odyssey also keeps its record and decides at every epoch.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measurement import write_result

HERE = Path(__file__).parent
EPOCHS = 3
SWEEP = f"""
name: trivial
task: trivial_task:TASK
network: ffnn
parameters: {{hidden_layers: {{value: 0}}}}
folds: 2
scheduler: {{type: fifo, max_epochs: {EPOCHS}}}
budget: {{trials: TRIALS}}
"""


def run_odyssey(trials: int) -> None:
    """Run the sweep by the command line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trivial.yaml")
        path.write_text(SWEEP.replace("TRIALS", str(trials)))
        arguments = ["run", str(path), "--runs", f"{folder}/runs", "--quiet"]
        subprocess.run([sys.executable, "-m", "sweeps", *arguments], check=True, cwd=HERE, capture_output=True)


def run_ray_tune(trials: int) -> None:
    """Run the same trials by a process that uses Ray Tune alone."""
    subprocess.run([sys.executable, __file__, "--ray-tune", str(trials)], check=True, cwd=HERE, capture_output=True)


def ray_tune_sweep(trials: int) -> None:
    """Write the sweep as Ray Tune's own tutorial does: a function that reports, a Tuner, no more."""
    import numpy as np
    from ray import tune
    from trivial_task import TASK

    from learning_tasks.folds import make_folds
    from learning_tasks.metrics import metrics_of
    from search_spaces.catalogue import SPACES
    from trainables.device import prepare_device
    from trainables.sample_tensors import samples_to_tensors
    from trainables.settings import TrialSettings
    from trainables.trial_training import TrialTraining

    data = TASK.load()
    folds = make_folds(data.development, data.shape.kind, 2, 17)
    settings = TrialSettings(
        networks=("ffnn",), seeds=1, sweep_seed=17, metric="accuracy", metrics=metrics_of(data.shape),
        shape=data.shape, cpu=1, gpu=0, checkpoint_folder="",
    )  # fmt: skip
    space = SPACES["ffnn"]

    def train(config: dict) -> None:
        hyperparameters = space.sample(np.random.default_rng([17, config["number"]])) | {"hidden_layers": 0}
        training = TrialTraining(
            hyperparameters=hyperparameters,
            trial_number=config["number"],
            samples=samples_to_tensors(data.development, prepare_device(settings)),
            folds=folds,
            settings=settings,
        )
        for _ in range(EPOCHS):
            tune.report(training.train_epoch().metrics)

    with tempfile.TemporaryDirectory() as folder:
        tune.Tuner(
            train,
            param_space={"number": tune.grid_search(list(range(trials)))},
            tune_config=tune.TuneConfig(metric="accuracy", mode="max"),
            run_config=tune.RunConfig(storage_path=folder),
        ).fit()


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=256)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--ray-tune", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ray_tune:
        ray_tune_sweep(options.ray_tune)
        return
    repetitions = []
    for _ in range(options.repetitions):
        seconds = {}
        for name, contender in (("odyssey", run_odyssey), ("ray_tune", run_ray_tune)):
            started = time.perf_counter()
            contender(options.trials)
            seconds[name] = time.perf_counter() - started
            print(f"{name}: {options.trials} trials in {seconds[name]:.1f} s", flush=True)
        repetitions.append(seconds)
    settings = {"trials": options.trials, "epochs": EPOCHS, "folds": 2, "task": "trivial"}
    print(write_result("trial_overhead", settings=settings, repetitions=repetitions))


if __name__ == "__main__":
    main()
