"""Ray Tune as its own tutorial writes it: a function that reports, a Tuner, ASHA, and defaults for all else.

    python ray_tune_sweep.py FOLDER

Configurations go in their order (`grid_search` over their numbers). The Ray is one of its own, on two cores, in a
temporary folder: by default Ray would join what it takes for a cluster on this machine. Writes FOLDER/trained.json.
"""

import json
import sys
import tempfile
from pathlib import Path

import ray
from bare_digits import EPOCHS, read_configurations, train_configuration
from ray import tune
from ray.tune.schedulers import ASHAScheduler

WORKERS = 2


def main(folder: str) -> None:
    """Run the sweep."""
    trials = len(read_configurations(folder))

    def train(config: dict) -> None:
        for accuracy in train_configuration(folder, config["number"]):
            tune.report({"accuracy": accuracy})

    with tempfile.TemporaryDirectory(prefix="rt", ignore_cleanup_errors=True) as storage:
        ray.init(address="local", num_cpus=WORKERS, _temp_dir=f"{storage}/ray")
        results = tune.Tuner(
            train,
            param_space={"number": tune.grid_search(list(range(trials)))},
            tune_config=tune.TuneConfig(
                metric="accuracy",
                mode="max",
                scheduler=ASHAScheduler(max_t=EPOCHS, grace_period=1, reduction_factor=3),
            ),
            run_config=tune.RunConfig(storage_path=f"{storage}/results"),
        ).fit()
        ray.shutdown()
    trained = [
        {
            "number": result.config["number"],
            "epochs": result.metrics["training_iteration"],
            "accuracy": result.metrics["accuracy"],
        }
        for result in results
    ]
    Path(folder, "trained.json").write_text(json.dumps(trained))


if __name__ == "__main__":
    main(sys.argv[1])
