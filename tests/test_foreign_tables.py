"""Tables of others: files of every format, Optuna, Ray Tune and W&B, and what is refused of them."""

import gzip
import json
import math
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import optuna
import pandas as pd
import pytest

from analysis.foreign_tables.optuna_study import without_password
from analysis.foreign_tables.reading import read_outcome_table
from search_spaces.distributions import Choice, Integer, LogInteger, LogUniform, Uniform
from search_spaces.hyperparameter import Condition, Hyperparameter
from search_spaces.search_space import SearchSpace

optuna.logging.set_verbosity(optuna.logging.CRITICAL)


def frame_of(rows: int = 40, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "lr": 10.0 ** rng.uniform(-5, -1, rows),
            "layers": rng.integers(1, 4, rows),
            "optimizer": rng.choice(["adam", "sgd"], rows),
            "nesterov": rng.choice([True, False], rows),
            "accuracy": rng.random(rows),
        }
    )


def written(folder: Path, text: str, name: str = "t.csv") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def space_of(**distributions) -> SearchSpace:
    return SearchSpace(
        name="declared",
        hyperparameters=tuple(
            Hyperparameter(name=name, distribution=d, group="learning", default=d.from_unit(0.5))
            for name, d in distributions.items()
        ),
    )


# --- files ---


@pytest.mark.parametrize(
    "name", ["t.csv", "t.tsv", "t.csv.gz", "s.csv", "t.jsonl", "t.jsonl.gz", "t.json", "t.parquet", "t.xlsx"]
)
def test_every_format_is_read_equal(tmp_path, name):
    frame, path = frame_of(), tmp_path / name
    match name.removesuffix(".gz").split("."):
        case ["s", "csv"]:
            frame.to_csv(path, index=False, sep=";", decimal=",")
        case [_, "csv" | "tsv" as suffix]:
            frame.to_csv(path, index=False, sep="," if suffix == "csv" else "\t")
        case [_, "jsonl"]:
            frame.to_json(path, orient="records", lines=True, double_precision=15)
        case [_, "json"]:
            frame.to_json(path, orient="records", double_precision=15)
        case [_, "parquet"]:
            frame.to_parquet(path)
        case [_, "xlsx"]:
            frame.to_excel(path, index=False)
    table = read_outcome_table(str(path), outcome="accuracy")
    for config, row in zip(table.configurations, frame.to_dict("records"), strict=True):
        assert config == {**{key: row[key] for key in config}, "lr": pytest.approx(row["lr"], rel=1e-9)}
        assert [type(config[key]) for key in ("layers", "optimizer", "nesterov")] == [int, str, bool]
    assert table.outcomes["value"].tolist() == pytest.approx(frame["accuracy"].tolist(), rel=1e-9)
    assert table.outcomes["trial"].tolist() == list(range(len(frame)))
    assert set(table.outcomes["epoch"]) == {0}
    assert (table.last_epoch, table.maximize, table.stopped_early, table.adaptive) == (None, True, False, False)
    assert not table.probes.any()


def test_nested_records_are_spread_over_columns(tmp_path):
    rows = [{"model": {"lr": 10.0 ** -(i % 7 + i / 50), "shape": [1, i % 2]}, "y": i / 7} for i in range(30)]
    table = read_outcome_table(written(tmp_path, "\n".join(map(json.dumps, rows)), "t.jsonl"), outcome="y")
    assert table.space.names == ("model_lr", "model_shape")
    assert table.space["model_shape"].distribution == Choice(options=("[1, 0]", "[1, 1]"))


def test_a_row_without_a_finite_outcome_is_a_diverged_trial(tmp_path):
    frame = frame_of()
    frame.loc[3, "accuracy"] = np.nan
    text = frame.to_csv(index=False).replace(str(frame.loc[5, "accuracy"]), "inf")
    table = read_outcome_table(written(tmp_path, text), outcome="accuracy")
    assert np.flatnonzero(table.diverged).tolist() == [3, 5]
    assert 3 not in set(table.outcomes["trial"])
    assert "2 of 40 trials have no finite accuracy: they count as diverged, the first on line 5." in table.notes


def test_a_state_tells_what_failed_for_other_reasons(tmp_path):
    frame = frame_of().assign(status=["finished"] * 36 + ["crashed", "killed", "running", "diverged"])
    table = read_outcome_table(written(tmp_path, frame.to_csv(index=False)), outcome="accuracy")
    assert len(table.trial_ids) == 37
    assert table.diverged.tolist() == [False] * 36 + [True]
    note = "3 of 40 trials are left out, as they failed or are not over: crashed, killed, running."
    assert note in table.notes


def test_rows_of_an_epoch_column_are_one_trial(tmp_path):
    frame = frame_of(20)
    epochs = pd.concat([frame.assign(epoch=epoch, accuracy=frame["accuracy"] * epoch) for epoch in (1, 3, 9)])
    epochs = epochs[(epochs["epoch"] < 9) | (epochs["lr"] > 1e-3)]
    table = read_outcome_table(written(tmp_path, epochs.to_csv(index=False)), outcome="accuracy")
    assert len(table.trial_ids) == 20
    assert table.last_epoch == 9
    assert table.stopped_early
    assert table.outcomes.groupby("epoch").size().to_dict() == {1: 20, 3: 20, 9: int((frame["lr"] > 1e-3).sum())}


def test_many_epochs_are_read_at_a_few(tmp_path):
    frame = frame_of(12)
    epochs = pd.concat([frame.assign(step=epoch) for epoch in range(81)])
    table = read_outcome_table(written(tmp_path, epochs.to_csv(index=False)), outcome="accuracy", epoch="step")
    assert sorted(set(table.outcomes["epoch"])) == [1, 3, 9, 27, 81]  # counted from 1, as 0 stands for none
    assert "Of 81 epochs, those read are 1, 3, 9, 27, 81." in table.notes
    assert not table.stopped_early


def test_the_user_chooses_the_hyperparameters_and_the_direction(tmp_path):
    source = written(tmp_path, frame_of().assign(seed=range(40)).to_csv(index=False))
    table = read_outcome_table(source, outcome="accuracy", columns=["seed", "lr"], maximize=False, adaptive=True)
    assert table.space.names == ("seed", "lr")
    assert (table.maximize, table.adaptive) == (False, True)


def test_a_declared_space_is_taken_as_it_is(tmp_path):
    frame = frame_of()
    space = space_of(
        lr=LogUniform(low=1e-6, high=1.0), layers=Integer(low=1, high=5), nesterov=Choice(options=(False, True))
    )
    sgd = Hyperparameter(
        name="momentum",
        distribution=Uniform(low=0.0, high=1.0),
        group="learning",
        default=0.9,
        conditions=(Condition(hyperparameter="nesterov", values=(True,)),),
    )
    space = space.with_hyperparameter(sgd)
    table = read_outcome_table(
        written(tmp_path, frame.assign(momentum=0.5).to_csv(index=False)), outcome="accuracy", space=space
    )
    assert table.space == space
    assert [("momentum" in config) for config in table.configurations] == frame["nesterov"].tolist()
    for config in table.configurations:
        space.check(config)
    assert "Ranges and scales are those of the space declared: nothing of them is guessed." in table.notes


def test_a_choice_is_recognised_by_its_text(tmp_path):
    text = "depth,flag,y\n" + "".join(f"{d},{f},{d / 3}\n" for d in (1, 2) for f in (0, 1))
    space = space_of(depth=Choice(options=("1", "2")), flag=Choice(options=("0", "1")))
    table = read_outcome_table(written(tmp_path, text), outcome="y", space=space)
    assert table.configurations[3] == {"depth": "2", "flag": "1"}


GOOD = "lr,layers,y\n0.1,1,0.5\n0.01,2,0.6\n0.001,3,0.7\n"


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {"outcome": "y"}, "must have a first line with the names of its columns, got an empty file"),
        ("a,y\n", {"outcome": "y"}, "must have rows below the names of its columns, got none"),
        ("y\n1\n2\n", {"outcome": "y"}, r"line 1: a table must have at least two columns, .*, got 'y'"),
        ("a,b,a,y\n1,2,3,4\n", {"outcome": "y"}, r"line 1: columns must have names that differ, got twice a\."),
        ("a,y\n1,2\n1,2,3\n", {"outcome": "y"}, r"line 3: a row must have 2 cells as the first line has, got 3\."),
        ("a,y\n1,2\n\n1\n", {"outcome": "y"}, "line 4: a row must have 2 cells as the first line has, got 1"),
        (GOOD, {"outcome": "accuracy"}, r"the outcome must be a column, got 'accuracy'; there is lr, layers, y\."),
        (GOOD, {"outcome": "Y"}, r"got 'Y'; there is lr, layers, y\. Did you mean 'y'\?"),
        (GOOD, {}, "the outcome must be named, as a table does not say which column it is; there is lr, layers, y"),
        (
            GOOD.replace("0.6", "good"),
            {"outcome": "y"},
            r"t\.csv, line 3: the outcome must be a number, got 'good' in column 'y'",
        ),
        (GOOD, {"outcome": "y", "columns": ["lr", "layer"]}, r"got 'layer'; .* Did you mean 'layers'\?"),
        (GOOD, {"outcome": "y", "columns": ["y"]}, "a hyperparameter must not be the outcome, got 'y' as both"),
        (GOOD, {"outcome": "y", "columns": ["lr", "lr"]}, "must be named once, got 'lr' twice"),
        (GOOD, {"outcome": "y", "epoch": "iter"}, "the epoch must be a column, got 'iter'"),
        (GOOD, {"outcome": "y", "epoch": "lr"}, "line 2: the epoch must be a whole number of at least 0, got 0.1"),
        (GOOD, {"outcome": "y", "study": "a"}, "must be an Optuna storage for the study 'a', got another"),
        (
            "a,b,y\n1,x,1\n1,x,2\n",
            {"outcome": "y"},
            "at least one hyperparameter must have two values or more, got a, b",
        ),
        ("id,y\n1,1\n2,2\n", {"outcome": "y"}, "two values or more, got no column that looks like one"),
        ("a,y\n1,nan\n2,\n", {"outcome": "y"}, "at least one trial must have a finite y, got 2 diverged"),
        (
            GOOD,
            {"outcome": "y", "space": space_of(lr=LogUniform(low=1e-4, high=1.0), width=Integer(low=1, high=3))},
            "a hyperparameter must be a column, got 'width'; there is lr, layers",
        ),
        (
            GOOD,
            {"outcome": "y", "space": space_of(lr=LogUniform(low=5e-3, high=0.05))},
            "lr must lie in 0.005 to 0.05, got 2 of 3 rows outside, the first on line 2: 0.1",
        ),
        (
            GOOD,
            {"outcome": "y", "space": space_of(layers=Choice(options=(1, 2)))},
            "layers must lie in {1, 2}, got 1 of 3 rows outside, the first on line 4: 3",
        ),
        (
            GOOD.replace("0.01", ""),
            {"outcome": "y", "space": space_of(lr=LogUniform(low=1e-4, high=1.0))},
            "lr must have a value in every row, got none in 1 of 3, the first on line 3",
        ),
        (
            GOOD,
            {"outcome": "y", "space": space_of(lr=Uniform(low=0, high=1)), "columns": ["lr"]},
            "must be given by a space or by their columns, got both",
        ),
    ],
)
def test_what_is_no_table_is_refused_with_its_place(tmp_path, text, options, message):
    with pytest.raises(ValueError, match=message):
        read_outcome_table(written(tmp_path, text), **options)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"\xff\xfe\x00\x01", "must be text in UTF-8, got other bytes"),
        ("t.csv.gz", b"plain", "must be compressed with gzip"),
        ("t.parquet", b"nothing", "must be a parquet file"),
        ("t.xlsx", b"nothing", "must be an Excel file"),
        ("t.jsonl", b'{"a": 1, "y": 2}\n{oops\n', "line 2: must be a JSON object"),
        ("t.jsonl", b'{"a": 1, "y": 2}\n[1]\n', r"line 2: must be a JSON object, got '\[1\]'"),
        ("t.json", b"[1, 2]", "record 1: must be a JSON object, got 1"),
        ("t.json", b"[1, ", "must be JSON"),
        ("t.pkl", b"", r"must be a table of a known format, \.csv, .*, got '\.pkl'"),
        ("noend", b"a,b\n1,2\n", "got 'no suffix'"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_outcome_table(str(tmp_path / name), outcome="y")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match="must be a file, a folder or a storage's URL, got none of them"):
        read_outcome_table(str(tmp_path / "none.csv"), outcome="y")


def test_a_bare_gzip_of_lines_knows_its_lines(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b'note,a,y\n"two\nlines",1,2\nx,2,bad\n'))
    with pytest.raises(ValueError, match="line 4: the outcome must be a number, got 'bad'"):
        read_outcome_table(str(path), outcome="y")


# --- Optuna ---


def objective(trial: optuna.Trial) -> float:
    lr = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    layers = trial.suggest_int("layers", 1, 3)
    trial.suggest_int("units", 4, 256, log=True)
    trial.suggest_float("drop out", 0.0, 0.5, step=0.1)
    trial.suggest_float("fixed", 2.0, 2.0)
    momentum = 0.0
    if trial.suggest_categorical("optimizer", ["adam", "sgd", None]) == "sgd":
        momentum = trial.suggest_float("momentum", 0.5, 0.9)
    for step in range(3):
        trial.report(math.log(lr) * step + layers, step)
        if trial.number in (3, 4) and step == trial.number - 3:
            raise optuna.TrialPruned
    return math.nan if trial.number == 5 else math.log(lr) + layers + momentum


def journal(path: Path) -> optuna.storages.JournalStorage:
    return optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))


def study_in(storage, *, name: str = "first", trials: int = 16, **options) -> optuna.Study:
    study = optuna.create_study(
        storage=storage, study_name=name, sampler=optuna.samplers.RandomSampler(seed=1), direction="maximize", **options
    )
    study.optimize(objective, n_trials=trials)
    return study


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("optuna")
    study = study_in(journal(folder / "j.log"))
    study.trials_dataframe().to_csv(folder / "s.csv")
    optuna.copy_study(
        from_study_name="first", from_storage=journal(folder / "j.log"), to_storage=f"sqlite:///{folder}/s.db"
    )
    return folder


@pytest.mark.parametrize("source", ["sqlite:///{}/s.db", "{}/s.db", "{}/j.log"])
def test_a_storage_gives_its_own_distributions_and_direction(folder, source):
    table = read_outcome_table(source.format(folder))
    assert {name: table.space[name].distribution for name in table.space.names} == {
        "lr": LogUniform(low=1e-5, high=0.1),
        "layers": Integer(low=1, high=3),
        "units": LogInteger(low=4, high=256),
        "drop_out": Uniform(low=0.0, high=0.5, step=0.1),
        "optimizer": Choice(options=("adam", "sgd", "None")),
        "momentum": Uniform(low=0.5, high=0.9),
    }
    assert table.space["momentum"].conditions == (Condition(hyperparameter="optimizer", values=("sgd",)),)
    for config in table.configurations:
        table.space.check(config)
    assert (table.maximize, table.stopped_early, table.adaptive, table.last_epoch) == (True, True, True, 3)
    assert np.flatnonzero(table.diverged).tolist() == [5]
    assert not any("(guessed)" in note for note in table.notes)


def test_pruned_trials_are_read_by_their_intermediate_values(folder):
    table = read_outcome_table(f"{folder}/s.db")
    study = optuna.load_study(study_name="first", storage=f"sqlite:///{folder}/s.db")
    for index, trial in enumerate(study.trials):
        rows = table.outcomes[table.outcomes["trial"] == index]
        expected = {step + 1: value for step, value in trial.intermediate_values.items()}
        if trial.state.name == "COMPLETE":
            expected[3] = trial.value
        assert dict(zip(rows["epoch"], rows["value"], strict=True)) == pytest.approx(expected)


def test_reading_a_storage_changes_nothing(folder, tmp_path):
    before = (folder / "s.db").read_bytes(), (folder / "j.log").read_bytes()
    read_outcome_table(f"sqlite:///{folder}/s.db")
    read_outcome_table(f"{folder}/j.log")
    assert ((folder / "s.db").read_bytes(), (folder / "j.log").read_bytes()) == before
    with pytest.raises(ValueError, match="must be a storage of Optuna, got: no file"):
        read_outcome_table(f"sqlite:///{tmp_path}/none.db")
    assert not (tmp_path / "none.db").exists()


def test_without_pruning_the_final_values_have_no_epoch(tmp_path):
    study = optuna.create_study(storage=journal(tmp_path / "a.db"), study_name="a")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=6)
    table = read_outcome_table(f"{tmp_path}/a.db")
    assert set(table.outcomes["epoch"]) == {0}
    assert (table.last_epoch, table.stopped_early, table.maximize) == (None, False, False)
    assert table.outcomes["value"].tolist() == [trial.value for trial in study.trials]


def test_a_grid_is_known_not_to_be_adaptive(tmp_path):
    sampler = optuna.samplers.GridSampler({"x": [0, 1, 2, 3]}, seed=1)
    study = optuna.create_study(storage=journal(tmp_path / "a.db"), sampler=sampler)
    study.optimize(lambda trial: float(trial.suggest_int("x", 0, 3)), n_trials=4)
    assert not read_outcome_table(f"{tmp_path}/a.db").adaptive


def test_a_range_that_changed_during_a_study_is_taken_whole(tmp_path):
    study = optuna.create_study(storage=journal(tmp_path / "a.db"))
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1 + trial.number % 2), n_trials=6)
    table = read_outcome_table(f"{tmp_path}/a.db")
    assert table.space["x"].distribution == Uniform(low=0.0, high=2.0)
    assert "x was searched over 2 ranges: taken as one, from the lowest to the highest." in table.notes


def test_one_of_several_studies_and_values_must_be_named(tmp_path):
    url = str(tmp_path / "m.log")
    for name in ("one", "two"):
        study = optuna.create_study(
            storage=journal(tmp_path / "m.log"), study_name=name, directions=["minimize", "maximize"]
        )
        study.optimize(lambda trial: (trial.suggest_float("x", 0, 1), 5.0 * trial.number), n_trials=4)
    with pytest.raises(ValueError, match="must be named unless there is one, got none; there is one, two"):
        read_outcome_table(url)
    with pytest.raises(
        ValueError, match=r"must be one of the storage, got 'tow'; there is one, two\. Did you mean 'two'"
    ):
        read_outcome_table(url, study="tow")
    with pytest.raises(
        ValueError, match="must be named where a study has several, got none; there is values_0, values_1"
    ):
        read_outcome_table(url, study="two")
    with pytest.raises(ValueError, match="the outcome must be one of the study, got 'value_9'"):
        read_outcome_table(url, study="two", outcome="value_9")
    with pytest.raises(ValueError, match="a hyperparameter must be one of the study, got 'y'; there is x"):
        read_outcome_table(url, study="two", outcome="values_1", columns=["y"])
    table = read_outcome_table(url, study="two", outcome="values_1")
    assert table.maximize
    assert table.outcomes["value"].tolist() == [0.0, 5.0, 10.0, 15.0]


def test_what_is_no_storage_is_refused_without_its_password(tmp_path):
    (tmp_path / "x.db").write_bytes(b"SQLite format 3\x00 and nothing more")
    with pytest.raises(ValueError, match="must be a storage of Optuna, got"):
        read_outcome_table(f"{tmp_path}/x.db")
    assert without_password("mysql://me:secret@host/db") == "mysql://me:***@host/db"
    with pytest.raises(ValueError, match=re.escape("nonsense://me:***@host/db")) as error:
        read_outcome_table("nonsense://me:secret@host/db")
    assert "secret" not in str(error.value)


def test_a_data_frame_of_optuna_is_read_with_guesses(folder):
    table = read_outcome_table(f"{folder}/s.csv")
    assert set(table.space.names) == {"lr", "layers", "units", "drop_out", "optimizer", "momentum"}
    assert isinstance(table.space["lr"].distribution, LogUniform)
    assert table.outcome == "value"
    assert table.stopped_early
    assert table.adaptive
    assert not table.maximize
    assert set(np.flatnonzero(table.diverged)) == {5}
    assert not {3, 4} & set(table.outcomes["trial"])  # pruned, at a step that the data frame does not hold
    assert any(note.startswith("2 trials that were stopped early are left out") for note in table.notes)


# --- Ray Tune ---


def ray_trial(folder: Path, number: int, config: dict, reports: list[dict], *, files: str = "json") -> Path:
    """Write a trial's folder as Ray's JSON and CSV loggers do."""
    trial = folder / f"train_abc_{number:05d}_{number}_lr={config['lr']:.4f}_2026-01-01_00-00-00"
    trial.mkdir(parents=True)
    (trial / "params.json").write_text(json.dumps(config, indent=2, sort_keys=True))
    (trial / "params.pkl").write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")  # never to be read
    full = [
        {**report, "training_iteration": i, "trial_id": f"abc_{number:05d}", "time_total_s": 1.5 * i, "config": config}
        for i, report in enumerate(reports, start=1)
    ]
    (trial / "result.json").write_text("".join(json.dumps(each) + "\n" for each in full) if files == "json" else "")
    flat = [{key: value for key, value in each.items() if key != "config"} for each in full]
    (trial / "progress.csv").write_text(pd.DataFrame(flat).to_csv(index=False) if flat else "")
    return trial


def experiment(folder: Path, trials: int = 12, *, files: str = "json") -> Path:
    rng = np.random.default_rng(4)
    for number in range(trials):
        config = {"lr": 10.0 ** rng.uniform(-4, -1), "model": {"units": int(rng.integers(8, 99))}, "path": "/data"}
        epochs = (1, 3, 9)[number % 3]
        ray_trial(folder, number, config, [{"accuracy": number / 20 + i / 50} for i in range(epochs)], files=files)
    (folder / "experiment_state-2026.json").write_text("{}")
    return folder


@pytest.mark.parametrize("files", ["json", "csv"])
def test_an_experiment_of_ray_is_read_with_every_report(tmp_path, files):
    table = read_outcome_table(str(experiment(tmp_path / "e", files=files)))
    assert table.space.names == ("lr", "model_units")
    assert (table.outcome, table.maximize, table.last_epoch, table.stopped_early) == ("accuracy", True, 9, True)
    assert table.trial_ids[2] == "abc_00002"
    counts = table.outcomes.groupby("epoch").size().to_dict()
    assert counts == {1: 12, 3: 8, 9: 4}  # where trials ended
    first = table.outcomes[table.outcomes["trial"] == 2].set_index("epoch")["value"].to_dict()
    assert first == pytest.approx({1: 0.1, 3: 0.14, 9: 0.26})


@pytest.mark.parametrize(
    ("file", "adaptive"),
    [("basic-variant-state-2026.json", False), ("search_gen_state-2026.json", True), ("searcher-state-2026.pkl", True)],
)
def test_ray_tells_by_its_files_whether_a_searcher_chose(tmp_path, file, adaptive):
    folder = experiment(tmp_path / "e", trials=3)
    (folder / file).write_text("")
    table = read_outcome_table(str(folder))
    assert table.adaptive is adaptive
    assert not any("nothing says how they were" in note for note in table.notes)


def test_failed_diverged_torn_and_empty_trials_of_ray(tmp_path):
    folder = experiment(tmp_path / "e", trials=9)
    failed = ray_trial(folder, 20, {"lr": 0.5, "model": {"units": 8}}, [{"accuracy": 0.1}])
    (failed / "error.txt").write_text("boom")
    ray_trial(folder, 21, {"lr": 0.6, "model": {"units": 8}}, [{"accuracy": 0.1}, {"accuracy": math.nan}])
    ray_trial(folder, 22, {"lr": 0.7, "model": {"units": 8}}, [])
    torn = ray_trial(folder, 23, {"lr": 0.8, "model": {"units": 8}}, [{"accuracy": 0.1}])
    with (torn / "result.json").open("a") as file:
        file.write('{"accuracy": 0.')
    again = ray_trial(folder, 24, {"lr": 0.9, "model": {"units": 8}}, [{"accuracy": 0.1}])
    with (again / "result.json").open("a") as file:  # restored from a checkpoint: the report comes again
        file.write('{"accuracy": 0.3, "training_iteration": 1}\n')
    table = read_outcome_table(str(folder), outcome="accuracy")
    assert table.trial_ids[9:] == ("abc_00021", "abc_00023", "abc_00024")
    assert np.flatnonzero(table.diverged).tolist() == [9]
    assert table.outcomes[table.outcomes["trial"] == 11]["value"].tolist() == [0.3]
    assert "2 of 14 trials are left out, as they failed or are not over: error.txt, no reports." in table.notes


def test_what_is_no_experiment_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"a folder must be a Ray Tune experiment, with params\.json"):
        read_outcome_table(str(tmp_path), outcome="y")
    folder = experiment(tmp_path / "many" / "e", trials=3)
    with pytest.raises(ValueError, match=r"must be the folder of one experiment, got one of several: .*many/e"):
        read_outcome_table(str(tmp_path / "many"), outcome="accuracy")
    trial = sorted(folder.glob("train*"))[0]
    with pytest.raises(ValueError, match=r"got that of one trial; try .*many/e"):
        read_outcome_table(str(trial), outcome="accuracy")
    with pytest.raises(ValueError, match=r"that trials report, got 'acuracy'; there is accuracy\. Did you mean"):
        read_outcome_table(str(folder), outcome="acuracy")
    with pytest.raises(ValueError, match="a hyperparameter must be a column, got 'units'"):
        read_outcome_table(str(folder), outcome="accuracy", columns=["lr", "units"])
    results = trial / "result.json"
    results.write_text('{"accuracy": "good"}\n')
    with pytest.raises(ValueError, match="report 1: accuracy must be a number, got 'good'"):
        read_outcome_table(str(folder), outcome="accuracy")
    results.write_text('{oops}\n{"accuracy": 1}\n')
    with pytest.raises(ValueError, match=r"result\.json, line 1: must be a JSON object"):
        read_outcome_table(str(folder), outcome="accuracy")
    (trial / "params.json").write_text("[]")
    with pytest.raises(ValueError, match=r"params\.json: must be a JSON object"):
        read_outcome_table(str(folder), outcome="accuracy")


def test_ray_without_a_named_metric_or_without_reports_is_refused(tmp_path):
    ray_trial(tmp_path / "a", 0, {"lr": 0.1}, [{"accuracy": 0.1, "loss": 2.0}])
    with pytest.raises(ValueError, match="does not record which it is; there is accuracy, loss"):
        read_outcome_table(str(tmp_path / "a"))
    ray_trial(tmp_path / "b", 0, {"lr": 0.1}, [])
    with pytest.raises(ValueError, match="at least one trial must have reports"):
        read_outcome_table(str(tmp_path / "b"))


@pytest.mark.ray
def test_the_folder_of_a_trial_is_what_rays_own_loggers_write(tmp_path):
    """Without a cluster: the loggers alone, on what they read of a trial."""
    from ray.tune.logger import CSVLoggerCallback, JsonLoggerCallback

    rng = np.random.default_rng(0)
    loggers = [JsonLoggerCallback(), CSVLoggerCallback()]
    for number in range(8):
        folder = tmp_path / "exp" / f"train_{number}"
        folder.mkdir(parents=True)
        config = {"lr": float(10.0 ** rng.uniform(-4, -1)), "model": {"units": int(rng.integers(8, 99))}}
        trial = Trial(config, str(folder), f"t{number}")
        for epoch in (1, 2):
            result = {"loss": epoch / 7, "training_iteration": epoch, "trial_id": trial.trial_id, "config": config}
            for logger in loggers:
                logger.log_trial_result(epoch, trial, result)
        for logger in loggers:
            logger.log_trial_end(trial)
    table = read_outcome_table(str(tmp_path / "exp"))
    assert table.space.names == ("lr", "model_units")
    assert len(table.outcomes) == 16
    assert table.last_epoch == 2


class Trial(SimpleNamespace):
    """What Ray's loggers read of a trial."""

    def __init__(self, config, local_path, trial_id):
        super().__init__(config=config, local_path=local_path, trial_id=trial_id, checkpoint=None)

    __hash__ = object.__hash__

    def init_local_path(self):
        pass


def test_a_table_of_rays_results_is_read_by_its_config_columns(tmp_path):
    frame = frame_of(30)
    results = pd.DataFrame(
        {
            "accuracy": frame["accuracy"],
            "training_iteration": np.where(frame["lr"] > 1e-3, 9, 3),
            "trial_id": [f"abc_{i:05d}" for i in range(30)],
            "date": "2026-01-01_00-00-00",
            "time_total_s": 1.25,
            "config/lr": frame["lr"],
            "config/layers": frame["layers"],
            "logdir": [f"abc_{i:05d}" for i in range(30)],
        }
    )
    table = read_outcome_table(written(tmp_path, results.to_csv(index=False)))
    assert table.space.names == ("lr", "layers")
    assert (table.outcome, table.last_epoch, table.stopped_early) == ("accuracy", 9, True)
    assert table.trial_ids[7] == "abc_00007"


# --- W&B ---


def wandb_frame(rows: int = 40) -> pd.DataFrame:
    frame = frame_of(rows)
    return pd.DataFrame(
        {
            "Name": [f"sweepy-run-{i}" for i in range(rows)],
            "State": "finished",
            "Notes": "-",
            "User": "me",
            "Tags": "",
            "Created": "2026-01-01T00:00:00.000Z",
            "Runtime": np.arange(rows) + 100,
            "Sweep": "1wfhjnkh",
            "data_dir": "./data",
            "layers": frame["layers"],
            "lr": frame["lr"],
            "optimizer": frame["optimizer"],
            "_step": 100,
            "grad_norm": np.random.default_rng(1).random(rows),
            "val_accuracy": frame["accuracy"],
        }
    )


def test_an_export_of_wandb_is_read_by_the_order_of_its_columns(tmp_path):
    frame = wandb_frame()
    frame.loc[[1, 2], "State"] = ["crashed", "failed"]
    text = frame.to_csv(index=False, quoting=1).replace(f'"{frame.loc[3, "val_accuracy"]}"', '"NaN"')
    table = read_outcome_table(written(tmp_path, text), outcome="val_accuracy")
    assert table.space.names == ("layers", "lr", "optimizer")
    assert table.trial_ids[:2] == ("sweepy-run-0", "sweepy-run-3")
    assert np.flatnonzero(table.diverged).tolist() == [1]
    for note in (
        "The columns data_dir to optimizer are taken to be the configuration: W&B writes them first.",
        "2 of 40 trials are left out, as they failed or are not over: crashed, failed.",
        "Configurations are taken to be chosen without regard to outcomes: nothing says how they were.",
    ):
        assert note in table.notes, note


def test_an_export_of_wandb_with_prefixes_is_read_by_them(tmp_path):
    frame = wandb_frame().rename(columns={"lr": "config.lr", "layers": "config.layers"})
    table = read_outcome_table(written(tmp_path, frame.to_csv(index=False)), outcome="val_accuracy")
    assert table.space.names == ("layers", "lr")


def test_an_export_of_wandb_in_another_order_is_guessed_and_says_so(tmp_path):
    frame = wandb_frame()[["Name", "State", "Created", "Runtime", "val_accuracy", "optimizer", "lr", "layers"]]
    table = read_outcome_table(written(tmp_path, frame.to_csv(index=False)), outcome="val_accuracy")
    assert table.space.names == ("optimizer", "lr", "layers")
    assert any("does not say which columns are the configuration" in note for note in table.notes)


def test_importing_the_readers_loads_neither_optuna_nor_ray_nor_torch():
    code = "import analysis.foreign_tables.reading, sys; print({'ray', 'torch', 'optuna'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
