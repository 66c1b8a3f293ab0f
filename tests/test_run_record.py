"""Reading a run folder: finished, under way, or killed."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from analysis import run_record
from analysis.config_columns import config_columns, configurations
from analysis.run_record import RunRecord, read_run, read_trials, write_tables
from analysis.summary import BestTrial, RungSummary, summarise
from search_spaces.catalogue import SPACES
from search_spaces.serialisation import space_to_json

TABLES = ("trials", "epochs", "replicates", "decisions")
SPACE = {
    "version": 1,
    "name": "toy",
    "hyperparameters": [
        {"name": "learning_rate", "distribution": {"kind": "log_uniform", "low": 1e-4, "high": 1e-1}},
        {"name": "layers", "distribution": {"kind": "int", "low": 1, "high": 2}},
        {"name": "between_layer_dropout", "distribution": {"kind": "uniform", "low": 0.0, "high": 0.5}},
        {"name": "bidirectional", "distribution": {"kind": "choice", "options": [False, True]}},
        {"name": "clip", "distribution": {"kind": "choice", "options": ["none", 1, 2.5]}},
        {"name": "optimizer", "distribution": {"kind": "constant", "value": "adamw"}},
    ],
}
MANIFEST = {
    "format": "odyssey-run",
    "format_version": 1,
    "name": "toy",
    "status": "running",
    "sweep": {"budget": {"trials": 6}, "scheduler": {"max_epochs": 9}},
    "trials": 6,
    "max_epochs": 9,
    "space": SPACE,
    "metric": {"name": "accuracy", "direction": "maximize"},
    "rungs": [1, 3, 9],
    "started_at": "2026-01-01T00:00:00.000000+00:00",
    "ended_at": None,
}


def second(number: int) -> str:
    return f"2026-01-01T00:{number // 60:02d}:{number % 60:02d}.000000+00:00"


def trial(number: int, started: int = 0, **config) -> dict:
    config = {"learning_rate": 0.01, "layers": 1, "bidirectional": True, "clip": 1, "optimizer": "adamw"} | config
    return {
        "kind": "trial",
        "trial_id": f"t{number:04d}",
        "number": number,
        "config": config,
        "started_at": second(started),
    }


def epoch(number: int, at: int, accuracies: list[float | None], seconds: float = 1.0, **changes) -> dict:
    known = [accuracy for accuracy in accuracies if accuracy is not None]
    mean = sum(known) / len(known) if known else None
    metrics = {"accuracy": mean, "variance_explained": None if mean is None else mean / 2}
    replicates = [
        {"fold": fold, "seed": 0, "train_loss": 0.5, "metrics": {"accuracy": a, "variance_explained": a and a / 2}}
        for fold, a in enumerate(accuracies)
    ]
    return {
        "kind": "epoch",
        "trial_id": f"t{number:04d}",
        "epoch": at,
        "metrics": metrics,
        "metrics_sd": dict.fromkeys(metrics, 0.125),
        "train_loss": 0.5,
        "learning_rate": 0.01,
        "seconds": seconds,
        "gpu_seconds": seconds / 2,
        "node": "ithaka",
        "replicates": replicates,
    } | changes


def decision(number: int, rung: int, value: float | None, cutoff: float | None, action: str, time: int) -> dict:
    return {
        "kind": "decision",
        "trial_id": f"t{number:04d}",
        "rung": rung,
        "value": value,
        "cutoff": cutoff,
        "seen": number + 1,
        "action": action,
        "time": second(time),
    }


def end(number: int, status: str, ended: int, error: str | None = None) -> dict:
    return {
        "kind": "end",
        "trial_id": f"t{number:04d}",
        "status": status,
        "stop_reason": f"it {status}",
        "error": error,
        "ended_at": second(ended),
    }


def run_folder(folder: Path, *journals: list[dict], torn: str = "", **changes) -> Path:
    (folder / "journal").mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(MANIFEST | changes))
    for number, entries in enumerate(journals, start=1):
        text = "".join(json.dumps(entry) + "\n" for entry in entries)
        (folder / "journal" / f"{number:04d}.jsonl").write_text(text + torn)
    return folder


def finish(folder: Path) -> None:
    write_tables(read_run(folder))
    for path in (folder / "journal").glob("*"):
        path.unlink()
    (folder / "journal").rmdir()


def assert_same_tables(one: RunRecord, other: RunRecord) -> None:
    for name in TABLES:
        assert_frame_equal(getattr(one, name), getattr(other, name))


# Six trials: 0 runs through; 1 is stopped, its first epoch told twice; 2 diverges; 3 is interrupted and runs again;
# 4 fails before any epoch; 5 has only begun. The first process was killed within a line.
FIRST = [
    trial(0, started=1),
    trial(1, started=2, layers=2, between_layer_dropout=0.25, clip="none"),
    epoch(0, 1, [0.5, 0.7], seconds=2.0),
    decision(0, 1, 0.6, None, "continue", 3),
    epoch(1, 1, [0.1, 0.1], seconds=9.0),
    trial(2, started=4, clip=2.5),
    epoch(2, 1, [None, None], train_loss=None),
    decision(2, 1, None, 0.6, "diverged", 5),
    end(2, "diverged", 5),
    trial(3, started=6),
    epoch(3, 1, [0.25, 0.75]),
    end(3, "interrupted", 7),
]
SECOND = [
    trial(3, started=60),
    trial(1, started=61, layers=2, between_layer_dropout=0.25, clip="none"),
    epoch(1, 1, [0.2, 0.4], seconds=3.0, node="troy"),
    decision(1, 1, 0.3, 0.5, "stop", 62),
    end(1, "stopped", 62),
    epoch(3, 2, [0.5, 0.75]),
    epoch(0, 2, [0.75, 0.75]),
    epoch(0, 3, [0.75, 1.0]),
    decision(0, 3, 0.875, 0.875, "continue", 63),
    end(0, "completed", 64),
    trial(4, started=65),
    end(4, "failed", 66, error="out of\nwine"),
    trial(5, started=67),
]


@pytest.fixture
def record(tmp_path) -> RunRecord:
    return read_run(run_folder(tmp_path / "run", FIRST, SECOND, torn='{"kind":"epoch","trial_id":"t00'))


def test_trials_tell_how_each_one_ended(record):
    trials = record.trials.set_index("trial_id")
    assert list(trials.index) == ["t0000", "t0001", "t0002", "t0003", "t0004", "t0005"]
    assert trials["status"].tolist() == ["completed", "stopped", "diverged", "running", "failed", "running"]
    assert trials["epochs"].tolist() == [3, 1, 1, 2, 0, 0]
    assert trials["rung"].fillna(-1).tolist() == [3, 1, 1, -1, -1, -1]
    assert trials["metrics/accuracy"].fillna(-1).tolist() == pytest.approx([0.875, 0.3, -1, 0.625, -1, -1])
    assert trials["variance_explained"].fillna(-1).tolist() == pytest.approx([0.4375, 0.15, -1, 0.3125, -1, -1])
    assert trials["train_seconds"].tolist() == [4.0, 3.0, 1.0, 2.0, 0.0, 0.0]
    assert trials["gpu_seconds"].tolist() == [2.0, 1.5, 0.5, 1.0, 0.0, 0.0]
    assert trials["node"].fillna("").tolist() == ["ithaka", "troy", "ithaka", "ithaka", "", ""]
    assert trials.loc["t0004", "error"] == "out of\nwine"


def test_a_trial_that_runs_again_keeps_its_first_start_and_loses_its_end(record):
    again = record.trials.set_index("trial_id").loc["t0003"]
    assert again["started_at"] == pd.Timestamp(second(6))
    assert pd.isna(again["ended_at"])
    assert pd.isna(again["stop_reason"])


def test_the_last_report_of_an_epoch_counts_with_its_replicates(record):
    first = record.replicates[record.replicates["trial_id"] == "t0001"]
    assert first["metrics/accuracy"].tolist() == [0.2, 0.4]
    assert len(record.epochs) == 7
    assert len(record.replicates) == 14


def test_fewer_replicates_in_a_repeated_epoch_replace_all_of_the_old(tmp_path):
    folder = run_folder(tmp_path / "run", [trial(0), epoch(0, 1, [0.1, 0.2, 0.3])])
    finish(folder)
    again = run_folder(tmp_path / "again", [epoch(0, 1, [0.5, 0.6])])
    (again / "journal").rename(folder / "journal")
    assert read_run(folder).replicates["metrics/accuracy"].tolist() == [0.5, 0.6]


def test_rows_are_ordered_by_trial_number_and_not_by_text(tmp_path):
    many = [{**trial(number), "trial_id": f"t{number}"} for number in (10, 9)]
    reports = [{**epoch(number, at, [0.5]), "trial_id": f"t{number}"} for number in (10, 9) for at in (2, 1)]
    found = read_run(run_folder(tmp_path / "run", many + reports))
    assert found.trials["trial_id"].tolist() == ["t9", "t10"]
    assert list(zip(found.epochs["trial_id"], found.epochs["epoch"], strict=True)) == [
        ("t9", 1), ("t9", 2), ("t10", 1), ("t10", 2),
    ]  # fmt: skip


def test_a_configuration_is_read_as_it_was_given_without_the_inactive(record):
    configs = configurations(record.trials, config_columns(SPACE))
    assert configs[0] == FIRST[0]["config"]
    assert configs[1] == FIRST[1]["config"]
    assert [(config["clip"], type(config["clip"])) for config in configs[:3]] == [(1, int), ("none", str), (2.5, float)]
    assert type(configs[0]["layers"]) is int
    assert type(configs[0]["bidirectional"]) is bool


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES.keys())
def test_every_space_of_the_catalogue_is_recorded_and_read_back(tmp_path, space):
    rng = np.random.default_rng(7)
    given_configs = [space.sample(rng) for _ in range(20)]
    journal = [trial(number) | {"config": config} for number, config in enumerate(given_configs)]
    folder = run_folder(tmp_path / "run", journal, space=space_to_json(space))
    finish(folder)
    found = configurations(read_trials(folder), config_columns(space_to_json(space)))
    assert found == given_configs
    assert [list(map(type, config.values())) for config in found] == [
        list(map(type, config.values())) for config in given_configs
    ]


def test_column_types_are_the_same_with_rows_and_without(record, tmp_path):
    empty = read_run(run_folder(tmp_path / "empty", []))
    finish(tmp_path / "empty")
    for name in TABLES:
        expected = getattr(record, name).dtypes
        pd.testing.assert_series_equal(getattr(empty, name).dtypes, expected)
        pd.testing.assert_series_equal(getattr(read_run(tmp_path / "empty"), name).dtypes, expected)
    assert {name: str(record.trials.dtypes[f"config/{name}"]) for name in ("learning_rate", "layers", "clip")} == {
        "learning_rate": "float64",
        "layers": "Int64",
        "clip": "str",
    }
    assert str(record.trials.dtypes["config/bidirectional"]) == "boolean"
    assert str(record.trials.dtypes["started_at"]) == "datetime64[us, UTC]"


def test_a_finished_run_reads_as_it_did_while_it_ran(record):
    finish(record.path)
    assert_same_tables(read_run(record.path), record)
    assert_frame_equal(read_trials(record.path), record.trials)


def test_a_probe_is_told_as_one_however_often_it_begins(tmp_path):
    entries = [trial(0) | {"probe": True}, trial(1) | {"probe": False}, end(0, "interrupted", 3)]
    trials = read_run(run_folder(tmp_path / "run", entries, [trial(0) | {"probe": True}])).trials
    assert str(trials.dtypes["probe"]) == "boolean"
    assert trials["probe"].tolist() == [True, False]


def test_a_run_recorded_before_there_were_probes_has_none(record):
    """Neither its journal nor its tables know of them."""
    assert record.trials["probe"].tolist() == [False] * 6
    finish(record.path)
    table = pq.read_table(record.path / "trials.parquet")
    pq.write_table(table.drop_columns("probe"), record.path / "trials.parquet")
    assert_frame_equal(read_trials(record.path), record.trials)
    assert_same_tables(read_run(record.path), record)


def test_an_old_run_that_goes_on_keeps_its_trials_and_may_have_probes(record):
    finish(record.path)
    table = pq.read_table(record.path / "trials.parquet")
    pq.write_table(table.drop_columns("probe"), record.path / "trials.parquet")
    (record.path / "journal").mkdir()
    (record.path / "journal" / "0003.jsonl").write_text(json.dumps(trial(6) | {"probe": True}) + "\n")
    assert read_trials(record.path)["probe"].tolist() == [False] * 6 + [True]


def test_trials_alone_need_no_other_table(record):
    finish(record.path)
    for name in ("epochs", "replicates", "decisions"):
        (record.path / f"{name}.parquet").unlink()
    assert_frame_equal(read_trials(record.path), record.trials)
    with pytest.raises(ValueError, match=r"lacks epochs\.parquet, replicates\.parquet, decisions\.parquet"):
        read_run(record.path)


def test_trials_of_a_running_run_come_from_its_journal(record):
    assert_frame_equal(read_trials(record.path), record.trials)


def test_a_run_that_ends_while_it_is_read_is_read(record, monkeypatch):
    read_bytes = Path.read_bytes

    def finished_first(path: Path) -> bytes:
        if path.suffix == ".jsonl":
            monkeypatch.setattr(Path, "read_bytes", read_bytes)
            finish(record.path)
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", finished_first)
    assert_same_tables(read_run(record.path), record)
    assert not (record.path / "journal").exists()


def test_a_journal_that_is_read_before_the_tables_appear_is_merged_with_them(record, monkeypatch):
    read_journal = run_record.read_journal

    def finished_after(folder: Path):
        journal = read_journal(folder)
        finish(record.path)
        return journal

    monkeypatch.setattr(run_record, "read_journal", lambda folder: monkeypatch.undo() or finished_after(folder))
    assert_same_tables(read_run(record.path), record)


def test_a_metric_told_later_is_missing_before(tmp_path):
    folder = run_folder(tmp_path / "run", [trial(0), epoch(0, 1, [0.5])])
    finish(folder)
    later = epoch(0, 2, [0.5], metrics={"accuracy": 0.5, "log_loss": 0.25})
    (run_folder(tmp_path / "later", [later]) / "journal").rename(folder / "journal")
    found = read_run(folder)
    assert found.epochs["metrics/log_loss"].fillna(-1).tolist() == [-1, 0.25]
    assert found.trials["metrics/log_loss"].tolist() == [0.25]


def test_a_whole_last_line_without_its_end_counts(tmp_path):
    folder = run_folder(tmp_path / "run", [trial(0)], torn=json.dumps(end(0, "completed", 5)))
    assert read_run(folder).trials["status"].tolist() == ["completed"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"kind":"epo', "line 2: Unterminated"),
        ("[1]", r"line 2: a journal's line must be a JSON object, got \[1\]"),
        ('{"kind":"epoche"}', "line 2: .* kind among trial, epoch, decision, end, got 'epoche'"),
        (
            '{"kind":"end","trial_id":"t0000","status":"failed","error":null}',
            "line 2: .* end lacks ended_at, stop_reason",
        ),
    ],
)
def test_a_broken_line_is_named(tmp_path, line, message):
    folder = run_folder(tmp_path / "run", [trial(0)], torn=line + "\n" + json.dumps(trial(1)) + "\n")
    with pytest.raises(ValueError, match=r"0001\.jsonl, " + message):
        read_run(folder)


@pytest.mark.parametrize("entry", [epoch(7, 1, [0.5]), decision(7, 1, 0.5, None, "stop", 1), end(7, "failed", 1)])
def test_a_trial_that_never_started_is_named(tmp_path, entry):
    with pytest.raises(ValueError, match=r"start.* t0007"):
        read_run(run_folder(tmp_path / "run", [trial(0), entry]))


def test_a_configuration_outside_the_space_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"only hyperparameters of the space, got also \['momentum'\]"):
        read_run(run_folder(tmp_path / "run", [trial(0, momentum=0.9)]))


def test_what_is_no_run_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"holds manifest\.json; .* holds none"):
        read_run(tmp_path)
    with pytest.raises(FileNotFoundError, match="nowhere is none"):
        read_trials(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "csv"}, "format 'odyssey-run', got 'csv'"),
        ({"format_version": 2}, "format version 1, got 2"),
        ({"space": None}, "an object 'space', got None"),
        ({"metric": {"name": "accuracy", "direction": "up"}}, "a direction, one of .* got .*'up'"),
        ({"space": {"hyperparameters": [{"name": "x"}]}}, "by name and distribution: KeyError.'distribution'"),
        ({"space": {"hyperparameters": [{"name": "x", "distribution": {"kind": "normal"}}]}}, "x must be .* 'normal'"),
    ],
)
def test_a_damaged_manifest_is_refused(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        read_run(run_folder(tmp_path / "run", [], **changes))


@pytest.mark.parametrize(("text", "message"), [("{", "must be JSON"), ("[]", "must be a JSON object, got list")])
def test_a_manifest_that_is_no_json_object_is_refused(tmp_path, text, message):
    (run_folder(tmp_path / "run") / "manifest.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_run(tmp_path / "run")


def test_a_damaged_table_is_named(record):
    finish(record.path)
    (record.path / "epochs.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(ValueError, match=r"epochs\.parquet must be a whole Parquet file"):
        read_run(record.path)


NUMBERS = st.integers(0, 3)
VALUES = st.none() | st.floats(0, 1)
EVENTS = st.one_of(
    st.builds(trial, NUMBERS, started=st.integers(0, 99)),
    st.builds(epoch, NUMBERS, st.integers(1, 3), st.lists(VALUES, min_size=1, max_size=3), seconds=st.floats(0, 9)),
    st.builds(decision, NUMBERS, st.integers(1, 3), VALUES, VALUES, st.sampled_from(["continue", "stop"]), NUMBERS),
    st.builds(end, NUMBERS, st.sampled_from(["completed", "interrupted", "failed"]), st.integers(0, 99)),
)


@settings(max_examples=40, deadline=None)
@given(starts=st.lists(NUMBERS, unique=True), events=st.lists(EVENTS, max_size=30), cut=st.floats(0, 1))
def test_folding_now_and_later_gives_the_same_as_folding_at_once(tmp_path_factory, starts, events, cut):
    started, journal = set(), []
    for entry in [*map(trial, starts), *events]:
        if entry["kind"] == "trial" or entry["trial_id"] in started:
            started.add(entry["trial_id"])
            journal.append(entry)
    folder = tmp_path_factory.mktemp("runs")
    half = int(cut * len(journal))
    at_once = read_run(run_folder(folder / "at_once", journal))
    twice = run_folder(folder / "twice", journal[:half])
    finish(twice)
    run_folder(folder / "rest", journal[half:])
    (folder / "rest" / "journal").rename(twice / "journal")
    assert_same_tables(read_run(twice), at_once)


def test_a_summary_counts_what_the_journal_tells(record):
    summary = summarise(record)
    assert summary.trials_by_status == {"running": 2, "completed": 1, "stopped": 1, "diverged": 1, "failed": 1}
    assert summary.trials_planned == 6
    assert summary.best == BestTrial(trial_id="t0000", value=0.875, sd=0.125)
    assert summary.rungs == (
        RungSummary(rung=1, seen=3, stopped=1, spared=0, diverged=1, passed=1, last_cutoff=0.5),
        RungSummary(rung=3, seen=1, stopped=0, spared=0, diverged=0, passed=1, last_cutoff=0.875),
        RungSummary(rung=9, seen=0, stopped=0, spared=0, diverged=0, passed=0, last_cutoff=None),
    )
    assert summary.elapsed_seconds == 67  # to the start of the last trial
    assert summary.epochs_trained == 7
    assert summary.epochs_saved == 8  # trial 1 was stopped after 1 of 9
    assert summary.probes == 0


def test_a_summary_counts_a_spared_probe_as_neither_passed_nor_stopped(tmp_path):
    entries = [trial(0), trial(1) | {"probe": True}, *(epoch(n, at, [0.5]) for n in (0, 1) for at in range(1, 10))]
    judged = [(0, 1, "continue"), (1, 1, "spared"), (0, 3, "continue"), (1, 3, "spared"), (1, 9, "complete")]
    decisions = [decision(n, rung, 0.5, 0.625, action, rung) for n, rung, action in judged]
    summary = summarise(read_run(run_folder(tmp_path / "run", [*entries, *decisions, end(1, "completed", 99)])))
    counted = [(each.seen, each.passed, each.spared, each.stopped) for each in summary.rungs]
    assert counted == [(2, 1, 1, 0), (2, 1, 1, 0), (1, 1, 0, 0)]
    assert (summary.probes, summary.epochs_saved, summary.epochs_trained) == (1, 0, 18)


def test_a_summary_of_a_run_that_has_only_begun_is_empty(tmp_path):
    summary = summarise(read_run(run_folder(tmp_path / "run", [], ended_at=second(30))))
    assert summary.best is None
    assert summary.trials_by_status == {}
    assert summary.elapsed_seconds == 30
    assert summary.epochs_saved == 0
    assert not math.isnan(summary.elapsed_seconds)


def test_reading_a_run_loads_no_heavy_library():
    program = "import sys, analysis.summary, analysis.best_table, analysis.exports.catalogue; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"scipy", "sklearn", "torch", "ray", "matplotlib"} & set(loaded)
