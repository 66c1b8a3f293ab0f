"""Syne Tune's local backend with two workers and its ASHA, which stops trials.

    python syne_tune_sweep.py FOLDER SLEEP_S

Configurations go in their order. Its tuner looks for results every SLEEP_S seconds: 5 is its default, in which a trial
of seconds would train to its end before it is judged. Each trial is a process (`syne_tune_trial.py`), which notes its
epochs itself: those that it trains before it is stopped count. Writes FOLDER/trained.json.
"""

import json
import logging
import os
import sys
from pathlib import Path

FOLDER = Path(sys.argv[1])
os.environ["SYNETUNE_FOLDER"] = str(FOLDER / "syne-tune")

from syne_tune import StoppingCriterion, Tuner  # noqa: E402
from syne_tune.backend import LocalBackend  # noqa: E402
from syne_tune.config_space import randint  # noqa: E402
from syne_tune.optimizer.schedulers.asha import AsynchronousSuccessiveHalving  # noqa: E402
from syne_tune.optimizer.schedulers.searchers.last_value_multi_fidelity_searcher import (  # noqa: E402
    LastValueMultiFidelitySearcher,
)

EPOCHS = 27


class ListSearcher(LastValueMultiFidelitySearcher):
    """Gives what it was given, in order, and learns nothing."""

    def suggest(self, **kwargs: object) -> dict | None:
        """Give the next configuration; None after the last."""
        return self._next_points_to_evaluate()

    def on_trial_result(self, *args: object, **kwargs: object) -> None:
        """Learn nothing."""


def main() -> None:
    """Run the sweep."""
    logging.getLogger().setLevel(logging.WARNING)
    trials = len(json.loads((FOLDER / "configurations.json").read_text()))
    space = {"number": randint(0, trials - 1), "folder": str(FOLDER)}
    points = [{"number": number, "folder": str(FOLDER)} for number in range(trials)]
    scheduler = AsynchronousSuccessiveHalving(
        config_space=space,
        metric="accuracy",
        do_minimize=False,
        time_attr="epoch",
        max_t=EPOCHS,
        grace_period=1,
        reduction_factor=3,
        random_seed=17,
        searcher=ListSearcher(config_space=space, points_to_evaluate=points, random_seed=17),
    )
    Tuner(
        trial_backend=LocalBackend(entry_point=str(Path(__file__).with_name("syne_tune_trial.py"))),
        scheduler=scheduler,
        stop_criterion=StoppingCriterion(max_wallclock_time=3600),
        n_workers=2,
        sleep_time=float(sys.argv[2]),
    ).run()
    trained = []
    for path in sorted((FOLDER / "epochs").glob("*.txt")):
        accuracies = path.read_text().split()
        trained.append({"number": int(path.stem), "epochs": len(accuracies), "accuracy": float(accuracies[-1])})
    (FOLDER / "trained.json").write_text(json.dumps(trained))


if __name__ == "__main__":
    main()
