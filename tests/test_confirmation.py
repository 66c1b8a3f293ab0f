"""Confirming a run: what is trained, what is kept, how often the test is read; training is real, Ray is not."""

import contextlib
import json
import sys

import numpy as np
import pytest
from scripted_sweep import begin, epoch_done, open_state

from analysis.confirmation.confirmation_record import read_about, read_confirmation
from analysis.confirmation.confirmation_tables import read_tables
from analysis.run_record import read_run
from sweeps import confirmation
from sweeps.command_line import confirm_verb, interpret_verb
from sweeps.confirmation_plan import plan_confirmation
from sweeps.engine import write_record
from sweeps.loading import resolve_document
from sweeps.ray_session import ClusterError, ClusterResources, NodeResources
from sweeps.resume import resolve_run
from sweeps.run_folder import RunFolder, create_run_folder
from trainables.confirmation import ConfirmationResult, train_and_test
from trainables.saved_model import load_model

DOCUMENT = {
    "name": "small",
    "task": "toy-motif",
    "network": "ffnn",
    "parameters": {"batch_size": {"value": 128}, "hidden_layers": {"value": 1}},
    "folds": 2,
    "scheduler": {"type": "fifo", "max_epochs": 2},
    "budget": {"trials": 3},
    "resources": {"cpu": 1.0},
}
OUTCOMES = ([0.5, 0.625], [0.5, 0.875], [0.5, 0.75])  # trial 1 is best, then 2, then 0


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of three trials whose outcomes are made up."""
    runs = tmp_path_factory.mktemp("runs")
    sweep, data = resolve_document("small.yaml", DOCUMENT)
    folder = create_run_folder(runs, sweep, data, None)
    with contextlib.closing(open_state(folder.path, sweep)) as state:
        for values in OUTCOMES:
            trial_id = begin(state)
            for epoch, value in enumerate(values, start=1):
                state.reported(trial_id, epoch_done(epoch, value))
    write_record(folder, status="completed")
    folder.release()
    return folder.path, data


@pytest.fixture
def run(finished, tmp_path):
    """A copy of the run to confirm."""
    import shutil

    return shutil.copytree(finished[0], tmp_path / "runs" / "small")


class Cluster:
    """Trains in this process; ends early, or loses replicates, where it is told to."""

    def __init__(self):
        self.trained = []
        self.ends_after = None
        self.becomes = {}

    def train(self, jobs, data, *, cpu, gpu, stopped):
        for job in jobs[: self.ends_after]:
            self.trained.append((job.trial_id, job.seed))
            status = self.becomes.get((job.trial_id, job.seed))
            yield ConfirmationResult(job=job, status=status, error="gone") if status else train_and_test(data, job)


@pytest.fixture
def cluster(monkeypatch, finished):
    found = Cluster()
    resources = ClusterResources(by_node=(NodeResources(cpus=2.0, gpus=0.0),))
    monkeypatch.setattr(confirmation, "train_on_cluster", found.train)
    monkeypatch.setattr(confirmation, "ray_session", lambda address: contextlib.nullcontext(resources))
    monkeypatch.setattr("sweeps.task_loading.load_task_data", lambda *_: finished[1].data)
    monkeypatch.setattr("sweeps.resolve.load_task_data", lambda *_: finished[1].data)
    return found


def confirm(path, *, top=2, seeds=2):
    """Confirm as the verb does; gives the end and what was told."""
    told = []
    folder = RunFolder(path)
    try:
        record = read_run(path)
        sweep, split = resolve_run(record, ())
        plan = plan_confirmation(record, sweep, top=top, seeds=seeds)
        end = confirmation.confirm_run(folder, record, sweep, split, plan, address=None, tell=told.append)
        return end, "\n".join(told)
    finally:
        folder.release()


def test_the_best_are_trained_with_seeds_that_the_search_has_not_had(run, cluster):
    end, told = confirm(run)
    assert (end.exit_code, end.message) == (0, None)
    assert cluster.trained == [("t0001", 1), ("t0002", 1), ("t0001", 2), ("t0002", 2)]
    about = read_about(run / "confirmation")
    assert (about["seeds"], about["test_reads"]) == ([1, 2], 1)
    assert [(each["trial_id"], each["rank"], each["epochs"]) for each in about["configurations"]] == [
        ("t0001", 1, 2), ("t0002", 2, 2),
    ]  # fmt: skip
    assert [each["search_value"] for each in about["configurations"]] == [0.875, 0.75]
    assert "4/4  t0002 seed 2: 2 epochs in" in told


def test_the_record_holds_the_whole_test_split_and_nothing_else(run, cluster, finished):
    confirm(run)
    record, test = read_confirmation(run), finished[1].data.test
    assert record.units["target"].tolist() == test.targets.tolist()
    for trial in ("t0001", "t0002"):
        [one, two] = record.predictions_of(trial)
        assert one.shape == two.shape == (len(test), 2)
        assert not np.array_equal(one, two)
    assert {path.name for path in (run / "confirmation").iterdir()} == {
        "confirmation.json", "replicates.parquet", "predictions.parquet", "units.parquet", "embeddings.parquet",
        "input_weights.parquet", "gate_biases.parquet", "hidden_states.parquet", "models",
    }  # fmt: skip


def test_nothing_of_the_test_is_told_on_the_way(run, cluster):
    _, told = confirm(run)
    replicates = read_confirmation(run).replicates
    for name in (each for each in replicates if each.startswith("metrics/")):
        for value in replicates[name]:
            assert f"{value:.3f}" not in told


def test_an_interrupted_confirmation_goes_on_where_it_was_to_the_same_end(run, cluster, tmp_path, finished):
    cluster.ends_after = 3
    end, _ = confirm(run)
    assert end.exit_code == 130
    with pytest.raises(ValueError, match="must have ended"):
        read_confirmation(run)
    cluster.trained.clear()
    cluster.ends_after = None
    end, told = confirm(run)
    assert end.exit_code == 0
    assert cluster.trained == [("t0002", 2)]
    assert "Going on with the confirmation of" in told
    assert "3 of 4 are there" in told
    assert read_about(run / "confirmation")["test_reads"] == 1
    import shutil

    other = shutil.copytree(finished[0], tmp_path / "other")
    confirm(other)
    one, two = (read_tables(path / "confirmation") for path in (run, other))
    assert one["predictions"].equals(two["predictions"])


def test_a_second_confirmation_says_that_the_test_was_read_and_trains_nothing(run, cluster):
    confirm(run)
    before = read_about(run / "confirmation")
    cluster.trained.clear()
    end, told = confirm(run)
    assert (end.exit_code, cluster.trained) == (0, [])
    assert "The test split was read before, on 20" in told
    assert "Nothing is trained or read again" in told
    assert read_about(run / "confirmation") == before


def test_more_seeds_train_the_new_ones_only_and_count_as_another_reading(run, cluster):
    confirm(run)
    cluster.trained.clear()
    _, told = confirm(run, seeds=3)
    assert cluster.trained == [("t0001", 3), ("t0002", 3)]
    assert "The test split was read once before" in told
    assert "what is chosen after that is chosen on the test" in told
    assert read_about(run / "confirmation")["test_reads"] == 2
    assert len(read_confirmation(run).predictions_of("t0001")) == 3


def test_fewer_are_told_of_without_another_reading(run, cluster):
    confirm(run)
    confirm(run, top=1, seeds=1)
    record = read_confirmation(run)
    assert (record.about["test_reads"], record.about["seeds"]) == (1, [1])
    assert len(record.predictions_of("t0001")) == 1


def test_a_lost_replicate_costs_one_replicate_and_is_trained_again_when_asked(run, cluster):
    cluster.becomes = {("t0001", 1): "failed", ("t0002", 2): "diverged"}
    end, told = confirm(run)
    assert end.exit_code == 3
    assert end.message == "failed replicates: 1, max_failed is 0; confirm again to try them again"
    assert "1/4  t0001 seed 1: failed (gone), about" in told
    assert len(read_confirmation(run).predictions_of("t0001")) == 1
    cluster.trained.clear()
    cluster.becomes = {}
    end, _ = confirm(run)
    assert (end.exit_code, cluster.trained) == (0, [("t0001", 1)])  # what diverged would diverge again
    assert read_confirmation(run).about["test_reads"] == 1


def test_where_every_replicate_is_lost_the_confirmation_has_failed(run, cluster):
    cluster.becomes = {("t0001", 1): "diverged"}
    end, _ = confirm(run, top=1, seeds=1)
    assert (end.exit_code, end.message) == (1, "no replicate was trained to its end")


def test_with_patience_the_mean_of_the_best_epochs_is_trained(run, cluster):
    record = read_run(run)
    of_best = (record.replicates["trial_id"] == "t0001") & (record.replicates["epoch"] == 2)
    record.replicates.loc[of_best, "best_epoch"] = [4, 7]
    sweep, _ = resolve_run(record, ())
    plan = plan_confirmation(record, sweep, top=2, seeds=1)
    assert [each.epochs for each in plan.configurations] == [6, 2]


def test_a_trial_that_went_on_after_its_confirmation_is_trained_anew(run, cluster):
    confirm(run, top=1, seeds=1)
    about = json.loads((run / "confirmation/confirmation.json").read_text())
    replicates = read_tables(run / "confirmation")["replicates"]
    assert replicates["epochs"].tolist() == [2]
    record = read_run(run)
    record.replicates["best_epoch"] = 1
    sweep, split = resolve_run(record, ())
    plan = plan_confirmation(record, sweep, top=1, seeds=1)
    assert [job.epochs for job in confirmation.Confirmation(record, sweep, split, plan).remaining] == [1]
    assert about["configurations"][0]["epochs"] == 2


def test_data_that_have_changed_are_refused(run, cluster):
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["split"]["fingerprint"] = "0"
    (run / "manifest.json").write_text(json.dumps(manifest))
    from sweeps.problems import UsageError

    with pytest.raises(UsageError, match="must have the data and the split it began with"):
        confirm(run)
    assert not (run / "confirmation").exists()


@pytest.fixture
def odyssey(monkeypatch, capsys, tmp_path, cluster):
    """Run the real command line over the runs; gives exit code, stdout and stderr."""
    from sweeps.command_line import app as command_line

    known = {each.callback for each in command_line.app.registered_commands}
    for verb in (confirm_verb.confirm, interpret_verb.interpret):
        if verb not in known:
            command_line.app.command()(verb)
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["odyssey", *arguments])
        with pytest.raises(SystemExit) as leaving:
            command_line.main()
        shown = capsys.readouterr()
        return leaving.value.code or 0, shown.out, shown.err

    return call


def test_the_verb_prints_a_table_and_says_which_number_to_report(run, odyssey):
    code, out, err = odyssey("confirm", "small", "--top", "2", "--seeds", "2")
    header, *rows = (line.split("\t") for line in out.splitlines())
    assert code == 0
    assert header[:8] == [
        "test rank", "search rank", "trial", "test accuracy", "± sd", "95 % interval", "search said", "optimism",
    ]  # fmt: skip
    assert {row[2] for row in rows} == {"t0001", "t0002"}
    assert "The number to report: accuracy 0." in err
    assert "cannot be told from the best" in err


def test_the_verb_gives_json_and_files_and_is_silent_when_asked(run, odyssey, tmp_path):
    code, out, err = odyssey("confirm", "small", "--top", "2", "--seeds", "2", "--json", "--quiet")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["metric"], found["winner"], found["seeds"]) == ("accuracy", "t0001", 2)
    code, out, _ = odyssey("confirm", "small", "--top", "2", "--seeds", "2", "-o", "confirmed.csv")
    assert (code, out) == (0, "")
    assert (tmp_path / "confirmed.csv").read_text().startswith("trial_id,epochs,search_rank,test_rank,tied")


def test_what_cannot_be_written_or_read_is_said_before_anything_is_trained(run, odyssey, cluster, tmp_path):
    assert odyssey("confirm", "small", "-o", "table.doc")[0] == 2
    assert odyssey("confirm", "small", "-o", "missing/table.csv")[0] == 2
    assert odyssey("confirm", "nobody")[0] == 2
    held = RunFolder(run)
    code, _, err = odyssey("confirm", "small")
    held.release()
    assert code == 2
    assert "filled by one process at a time" in err
    assert cluster.trained == []


def test_an_interruption_says_how_to_go_on(run, odyssey, cluster):
    cluster.ends_after = 1
    code, out, err = odyssey("confirm", "small", "--top", "2", "--seeds", "1")
    assert (code, out) == (130, "")
    assert "odyssey confirm small --top 2 --seeds 1  go on" in err
    assert odyssey("interpret", "small")[0] == 2


def test_a_cluster_that_cannot_be_reached_counts_as_no_reading(run, odyssey, monkeypatch):
    def refuse(address):
        raise ClusterError("Ray must be reachable")

    monkeypatch.setattr(confirmation, "ray_session", refuse)
    assert odyssey("confirm", "small")[0] == 5
    assert not (run / "confirmation").exists()


def test_trained_networks_are_kept_and_load_with_what_they_predicted(run, cluster, finished):
    confirm(run, top=1, seeds=2)
    test = finished[1].data.test
    for seed, expected in zip((1, 2), read_confirmation(run).predictions_of("t0001"), strict=True):
        model = load_model(run / f"confirmation/models/t0001-seed{seed}.pt")
        assert np.array_equal(model.predict(test), expected)
        assert (model.about["trial_id"], model.about["seed"], model.about["epochs"]) == ("t0001", seed, 2)


def test_what_was_learnt_is_drawn_into_the_folder_and_what_is_left_out_is_said(run, odyssey):
    odyssey("confirm", "small", "--top", "1", "--seeds", "1")
    code, out, err = odyssey("interpret", "small")
    assert code == 0
    assert out.splitlines() == [f"runs/small/confirmation/{name}.svg" for name in ("input-weights", "embeddings")]
    assert all((run / "confirmation" / f"{name}.svg").is_file() for name in ("input-weights", "embeddings"))
    assert "Left out: gate-biases. A figure of gate biases needs a network with a forget gate" in err
    assert "Left out: hidden-states. A figure of hidden states needs a network with recurrent layers" in err


def test_one_figure_goes_to_a_file_and_its_numbers_to_json(run, odyssey, tmp_path):
    odyssey("confirm", "small", "--top", "1", "--seeds", "1")
    assert odyssey("interpret", "small", "--figure", "embeddings", "-o", "map.svg")[:2] == (0, "map.svg\n")
    assert (tmp_path / "map.svg").read_text().startswith("<?xml")
    assert odyssey("interpret", "small", "--figure", "embeddings", "-o", ".")[:2] == (0, "embeddings.svg\n")
    places = json.loads(odyssey("interpret", "small", "--figure", "embeddings", "--json")[1])
    assert [each["token"] for each in places] == [str(number) for number in range(1, 21)]
    assert set(json.loads(odyssey("interpret", "small", "--json")[1])) == {"input-weights", "embeddings"}


def test_what_cannot_be_drawn_is_said_with_what_can(run, odyssey):
    code, _, err = odyssey("interpret", "small")
    assert (code, "must have been confirmed: `odyssey confirm small`" in err) == (2, True)
    odyssey("confirm", "small", "--top", "1", "--seeds", "1")
    code, _, err = odyssey("interpret", "small", "--figure", "hidden-states")
    assert code == 2
    assert "needs a network with recurrent layers; none was confirmed. There is input-weights, embeddings." in err
    assert odyssey("interpret", "small", "--figure", "embeddings", "--trial", "t0000")[0] == 2
    assert odyssey("interpret", "small", "--figure", "embeddings", "-o", "map.gif")[0] == 2
    code, _, err = odyssey("interpret", "small", "-o", "map.png")
    assert (code, "a file needs --figure" in err) == (2, True)
    code, _, err = odyssey("interpret", "small", "--trial", "t0000")
    assert (code, err) == (2, "odyssey: trial must be one of t0001, got 't0000'.\n")
