"""Running a sweep with arms: one run after another, the best handed on, interrupted and gone on with, and compared."""

import json
import shutil
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from command_line_process import finish, start
from scripted_sweep import epoch_done

from analysis.run_record import read_run, read_trials
from learning_tasks.catalogue import TASKS
from sweeps import engine
from sweeps.catalogue import SWEEPS, built_in_text
from sweeps.command_line.app import main
from sweeps.ray_session import ClusterError
from sweeps.yaml_text import parse_yaml

FILE = """
name: steps
task: digits
network: ffnn
folds: 2
scheduler: {type: fifo, max_epochs: 2}
budget: {trials: 3}
probe_share: 0
arms:
  size: {vary: [hidden_size], after: rate}
  rate: {vary: [learning_rate]}
  all: {}
"""
EXAMPLES = Path(__file__).parents[1] / "examples"
DIGITS = replace(TASKS["digits"], load=cache(TASKS["digits"].load))  # each arm reads them, over and over
RUNS = ["steps-rate", "steps-size", "steps-all"]  # in the order in which they run


class ScriptedTraining:
    """In place of Ray: trials one after another, the better the larger their learning rate and the fewer hidden units.

    The session is interrupted before the trial whose number, counted over all arms, is given.
    """

    def __init__(self):
        self.trained = []
        self.interrupt_before = None

    def __call__(self, sweep, data, folder, display, *, address=None, known=None, wait_for_nodes=False):
        with engine._open_state(sweep, folder, known or engine.KnownTrials(), slots=1) as state:
            while not state.exhausted and len(self.trained) != self.interrupt_before:
                trial = state.next_trial()
                self.trained.append((folder.name, trial.number))
                state.started(trial.trial_id)
                value = trial.configuration["learning_rate"] - trial.configuration["hidden_size"] / 1000
                while state.reported(trial.trial_id, epoch_done(trial.epochs + 1, value)):
                    pass
            if not state.exhausted:
                state.stop("interrupted by SIGINT")
        return engine.conclude(sweep, folder, state)


@pytest.fixture
def training(monkeypatch) -> ScriptedTraining:
    scripted = ScriptedTraining()
    monkeypatch.setattr(engine, "run_sweep", scripted)
    return scripted


@pytest.fixture
def odyssey(monkeypatch, capsys, tmp_path):
    """Run the real command line in a folder that holds the sweep file; gives exit code, stdout and stderr."""
    monkeypatch.setitem(TASKS, "digits", DIGITS)
    monkeypatch.chdir(tmp_path)
    Path("steps.yaml").write_text(FILE)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["odyssey", *arguments])
        with pytest.raises(SystemExit) as leaving:
            main()
        shown = capsys.readouterr()
        return leaving.value.code or 0, shown.out, shown.err

    return run


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory) -> Path:
    """Give the folder of the runs of a whole experiment."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "digits", DIGITS)
        patch.setattr(engine, "run_sweep", ScriptedTraining())
        patch.chdir(folder)
        Path("steps.yaml").write_text(FILE)
        patch.setattr(sys, "argv", ["odyssey", "run", "steps.yaml", "--quiet"])
        with pytest.raises(SystemExit) as leaving:
            main()
    assert not leaving.value.code
    return folder / "runs"


@pytest.fixture
def trained(odyssey, trained_once) -> Path:
    """Give a whole experiment in the folder in which the command line runs."""
    return shutil.copytree(trained_once, "runs")


def test_each_arm_is_a_run_and_goes_on_from_the_best_before(odyssey, training):
    code, out, err = odyssey("run", "steps.yaml", "--quiet")
    assert code == 0
    assert training.trained == [(run, number) for run in RUNS for number in range(3)]
    rate, size = (read_trials(Path("runs") / run) for run in RUNS[:2])
    assert set(size["config/learning_rate"]) == {rate["config/learning_rate"].max()}
    assert set(rate["config/hidden_size"]) == {32}
    assert [json.loads(Path(f"runs/{run}/manifest.json").read_text())["experiment"] for run in RUNS] == [
        {"name": "steps", "arm": arm} for arm in ("rate", "size", "all")
    ]
    assert "steps-all" in out.splitlines()[-1]  # the table of differences
    assert f"odyssey compare {' '.join(RUNS)}" in err


def test_a_step_that_finds_nothing_better_is_not_gone_on_from(odyssey, training):
    Path("back.yaml").write_text(
        FILE.partition("arms:")[0] + "arms:\n  rate: {vary: [learning_rate]}\n"
        "  larger: {vary: [hidden_size], hidden_size.min: 64, after: rate}\n  last: {vary: [], after: larger}\n"
    )
    assert odyssey("run", "back.yaml", "--quiet")[0] == 0
    rate, larger, last = (read_trials(Path(f"runs/steps-{arm}")) for arm in ("rate", "larger", "last"))
    assert larger["config/hidden_size"].min() >= 64
    assert set(last["config/hidden_size"]) == {32}
    assert set(last["config/learning_rate"]) == {rate["config/learning_rate"].max()}


def test_a_second_time_the_runs_get_a_number_and_a_name_in_use_is_refused(odyssey, training, trained):
    assert odyssey("run", "steps.yaml", "--quiet")[0] == 0
    assert {path.name for path in Path("runs").glob("*/")} == {*RUNS, *(r.replace("steps", "steps-2") for r in RUNS)}
    code, _, err = odyssey("run", "steps.yaml", "--name", "steps-2")
    assert (code, "`odyssey resume steps-2` goes on with it" in err) == (2, True)
    code, _, err = odyssey("run", "steps.yaml", "--name", "a/b")
    assert (code, "got 'a/b-rate'" in err) == (2, True)


@pytest.mark.parametrize("before", [0, 4, 6])
def test_an_interruption_ends_all_and_resume_trains_only_what_is_left(odyssey, training, before):
    training.interrupt_before = before
    code, _, err = odyssey("run", "steps.yaml", "--quiet")
    assert code == 130
    assert err.splitlines()[-1].startswith("Next    odyssey resume steps ")
    training.interrupt_before = None
    assert odyssey("resume", "steps", "--quiet")[0] == 0
    assert training.trained == [(run, number) for run in RUNS for number in range(3)]
    assert {read_run(Path("runs") / run).manifest["status"] for run in RUNS} == {"completed"}


def test_an_interruption_between_two_arms_can_be_gone_on_from(odyssey, training, monkeypatch):
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sweeps.command_line.arm_runs.tell_outcome", interrupted)
    code, _, err = odyssey("run", "steps.yaml", "--quiet")
    assert (code, "odyssey resume steps " in err) == (130, True)
    assert training.trained == [("steps-rate", number) for number in range(3)]


def test_where_ray_cannot_be_reached_nothing_is_left(odyssey, monkeypatch):
    def unreachable(*arguments: object, **options: object) -> None:
        raise ClusterError("no Ray")

    monkeypatch.setattr(engine, "run_sweep", unreachable)
    assert odyssey("run", "steps.yaml", "--quiet")[0] == 5
    assert list(Path("runs").iterdir()) == []


def test_a_complete_experiment_is_compared_again_and_nothing_is_trained(odyssey, training, trained):
    code, out, err = odyssey("resume", "--quiet")
    assert (code, training.trained) == (0, [])
    assert err.count("is complete") == 3
    assert "steps-all" in out.splitlines()[-1]


def test_a_resumed_experiment_may_have_more_trials_and_nothing_else(odyssey, training):
    training.interrupt_before = 4
    odyssey("run", "steps.yaml", "--quiet")
    code, _, err = odyssey("resume", "steps", "--set", "folds=3")
    assert (code, "got --set of folds" in err) == (2, True)
    training.interrupt_before = None
    assert odyssey("resume", "steps", "--quiet", "--set", "budget.trials=4")[0] == 0
    assert [len(read_trials(Path("runs") / run)) for run in RUNS] == [4, 4, 4]


def test_an_arm_can_be_resumed_alone(odyssey, training):
    training.interrupt_before = 2
    odyssey("run", "steps.yaml", "--quiet")
    training.interrupt_before = None
    assert odyssey("resume", "steps-rate", "--quiet")[0] == 0
    assert training.trained == [("steps-rate", number) for number in range(3)]


def test_without_an_outcome_no_arm_goes_on_from_it(odyssey, training, trained, monkeypatch):
    shutil.rmtree("runs/steps-size")
    nothing = read_trials(Path("runs/steps-rate")).head(0)
    monkeypatch.setattr("analysis.run_record.read_trials", lambda path: nothing)
    code, _, err = odyssey("resume", "steps", "--quiet")
    assert (code, "got none in steps-rate" in err) == (1, True)


def test_validate_tells_what_arms_have_in_common_and_what_each_has_of_its_own(odyssey):
    code, out, err = odyssey("validate", "steps.yaml")
    assert (code, err) == (0, "steps.yaml is a valid sweep of 3 arms.\n")
    common, rate, size, every = out.split("\n\n")
    assert "metric\taccuracy, maximize" in common
    assert "searched\tlearning_rate log_uniform 0.0001 … 0.1; the others are held at their defaults" in rate
    assert "searched\thidden_size log_int 8 … 128; the others are held at the best after rate" in size
    assert "searched\tlearning_rate log_uniform 0.0001 … 0.1; batch_size one of {16, 32, 64, 128}; " in every
    plan = json.loads(odyssey("validate", "steps.yaml", "--json")[1])
    assert list(plan["arms"]) == ["rate", "size", "all"]
    assert (plan["arms"]["size"]["after"], plan["arms"]["size"]["vary"]) == (["rate"], ["hidden_size"])


def test_validate_counts_windows_as_what_they_are_judged_as(odyssey):
    code, out, _ = odyssey("validate", str(EXAMPLES / "peptides.yaml"))
    common, whole, windows = out.split("\n\n")
    assert code == 0
    assert "data\t410 read, left out: 150 of other alleles" in common
    assert "subsets\t9-mers (120, 28 held out), non-9-mers (91, 21 held out)" in common
    assert "54 measurements are bounds" in whole
    assert "samples\t211 to train and validate on, 49 held out for `confirm`" in whole
    assert "samples\t211 units (1,005 samples) to train and validate on, 49 units (232 samples) held out" in windows


WITH_ARMS = [name for name in SWEEPS if "arms" in parse_yaml(built_in_text(name)).value]


@pytest.mark.parametrize("name", WITH_ARMS)
def test_a_named_experiment_is_valid_on_generated_peptides_and_on_a_file(odyssey, checkout, name):
    file = checkout / "examples" / "bd2009_small.tsv"
    arms = list(parse_yaml(built_in_text(name)).value["arms"])
    for changes in ([], ["--set", f"task.file={file}", "--set", "task.alleles=[HLA-A*02:01]"]):
        code, out, err = odyssey("validate", name, *changes)
        assert (code, err) == (0, f"{name} is a valid sweep of {len(arms)} arms.\n")
        assert [line.split("\t")[0] for line in out.splitlines() if line.endswith("\tvalue")] == ["key", *arms]


@pytest.mark.ray
@pytest.mark.timeout(300)
def test_two_arms_train_on_ray_and_are_compared(tmp_path):
    (tmp_path / "pair.yaml").write_text(
        "name: pair\ntask: toy-motif\nfolds: 2\nscheduler: {max_epochs: 1}\nbudget: {trials: 2}\n"
        "arms: {lstm: {network: lstm}, ffnn: {network: ffnn}}\n"
    )
    said = finish(start(tmp_path, "run", "pair.yaml", "--plain"), 0, tmp_path)
    assert [line for line in said.splitlines() if line.startswith("Arm ")] == ["Arm 1 of 2: lstm", "Arm 2 of 2: ffnn"]
    assert "odyssey compare pair-lstm pair-ffnn" in said
    for arm in ("lstm", "ffnn"):
        record = read_run(tmp_path / "runs" / f"pair-{arm}")
        assert set(record.trials["status"]) == {"completed"}
        assert record.manifest["sweep"]["network"] == arm
