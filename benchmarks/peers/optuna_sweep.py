"""Optuna in two processes that share a journal file, with its successive halving.

    python optuna_sweep.py FOLDER

The first process enqueues the configurations in their order, by number, and starts the workers; each worker asks for
the next until none is left. Nothing is sampled, so the sampler is the cheapest. Writes FOLDER/trained.json.
"""

import json
import subprocess
import sys
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

WORKERS = 2


def open_study(folder: str) -> optuna.Study:
    """Open the study that all processes share."""
    return optuna.create_study(
        study_name="efficiency",
        storage=JournalStorage(JournalFileBackend(str(Path(folder, "journal.log")))),
        sampler=optuna.samplers.RandomSampler(seed=17),
        pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3),
        direction="maximize",
        load_if_exists=True,
    )


def work(folder: str) -> None:
    """Train configurations until none waits."""
    from bare_digits import read_configurations, train_configuration

    last = len(read_configurations(folder)) - 1

    def objective(trial: optuna.Trial) -> float:
        if trial.number > last:  # the other worker was faster to take the last one
            raise optuna.TrialPruned
        accuracy = 0.0
        for epoch, accuracy in enumerate(train_configuration(folder, trial.suggest_int("number", 0, last)), start=1):
            trial.report(accuracy, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return accuracy

    def stop_at_the_end(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        if not study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.WAITING,)):
            study.stop()

    open_study(folder).optimize(objective, callbacks=[stop_at_the_end])


def main(folder: str) -> None:
    """Run the sweep."""
    trials = len(json.loads(Path(folder, "configurations.json").read_text()))
    study = open_study(folder)
    for number in range(trials):
        study.enqueue_trial({"number": number})
    command = [sys.executable, __file__, folder, "--worker"]
    workers = [subprocess.Popen(command) for _ in range(WORKERS)]
    codes = [worker.wait() for worker in workers]
    if any(codes):
        raise RuntimeError("A worker failed.")
    trained = []
    for trial in study.get_trials(deepcopy=False):
        values = trial.intermediate_values
        if values:
            epochs = max(values)
            trained.append({"number": trial.params["number"], "epochs": epochs, "accuracy": values[epochs]})
    Path(folder, "trained.json").write_text(json.dumps(trained))


if __name__ == "__main__":
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    (work if "--worker" in sys.argv else main)(sys.argv[1])
