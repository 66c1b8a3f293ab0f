"""`importance` and the split of `rank`, as their user meets them: over runs and over tables of any other kind."""

import json
import math
import shutil
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from scripted_sweep import epoch_done, make_data, make_sweep, open_state

from analysis.importance import resampling
from sweeps.command_line.app import main
from sweeps.engine import write_record
from sweeps.run_folder import create_run_folder

TRIALS = 60


@pytest.fixture
def odyssey(monkeypatch, capsys, tmp_path):
    """Run the real command line in a folder of its own; gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["odyssey", *arguments])
        with pytest.raises(SystemExit) as leaving:
            main()
        shown = capsys.readouterr()
        return leaving.value.code or 0, shown.out, shown.err

    return run


@pytest.fixture(autouse=True)
def _few_refits(monkeypatch):
    """What is tested of intervals does not hang on the number of refits; their coverage is a benchmark."""
    monkeypatch.setattr(resampling, "REFITS", 3)


@pytest.fixture(scope="module")
def written_run(tmp_path_factory):
    """A finished run in which the outcome follows from the learning rate, and a little from the layers."""
    source = {"name": "scripted", "task": "digits", "network": "lstm", "budget": {"trials": TRIALS}}
    sweep = make_sweep(trials=TRIALS, source=source, probe_share=0.0)
    folder = create_run_folder(tmp_path_factory.mktemp("runs"), sweep, make_data(), "made-up")
    state = open_state(folder.path, sweep)
    while (trial := state.next_trial()) is not None:
        state.started(trial.trial_id)
        for epoch in range(1, sweep.max_epochs + 1):
            if not state.reported(trial.trial_id, epoch_done(epoch, outcome(trial.configuration))):
                break
    state.close()
    write_record(folder, status="completed")
    folder.release()
    return folder.path


@pytest.fixture
def run(tmp_path, written_run):
    """Give this run in the folder where the command line looks for it."""
    return shutil.copytree(written_run, tmp_path / "runs" / "made-up")


def outcome(configuration) -> float:
    return 0.5 + 0.1 * math.log10(configuration["rate"]) + 0.02 * configuration["layers"]


@pytest.fixture
def table(tmp_path):
    """A table of someone else's, of 60 configurations."""
    rng = np.random.default_rng(0)
    rates, widths = 10 ** rng.uniform(-4, -1, TRIALS), rng.integers(1, 9, TRIALS)
    columns = {"lr": rates, "width": widths, "loss": np.log10(rates) ** 2 + 0.1 * widths}
    pd.DataFrame(columns).to_csv(tmp_path / "table.csv", index=False)
    return "table.csv"


def rows_of(text: str) -> list[dict[str, str]]:
    header, *rows = [line.split("\t") for line in text.splitlines()]
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_the_learning_rate_of_a_run_comes_first_with_its_range_and_interval(odyssey, run):
    code, out, err = odyssey("importance")
    first = rows_of(out.split("\n\n")[0])[0]
    assert code == 0
    assert (first["hyperparameter"], first["searched"]) == ("rate", "0.0001 … 0.1, log")
    assert float(first["alone %"].split(" (")[0]) > 90
    assert "–" in first["alone %"]
    assert "R² 1.00 for configurations left out" in err or "R² 0.9" in err
    assert "between groups" in out


def test_all_shares_are_written_to_a_file_and_to_json(odyssey, run, tmp_path):
    assert odyssey("importance", "-o", "shares.csv")[0] == 0
    shares = pd.read_csv(tmp_path / "shares.csv")
    assert {"hyperparameter", "pair", "group", "between groups", "higher orders"} <= set(shares["of"])
    code, out, _ = odyssey("importance", "made-up", "--json")
    found = json.loads(out)
    shapley = sum(each["shapley"]["share"] for each in found["hyperparameters"])
    assert code == 0
    assert shapley == pytest.approx(1, abs=1e-6)
    assert found["r_squared"] > 0.9


def test_a_narrower_range_stands_beside_the_share_it_gives(odyssey, run):
    whole = rows_of(odyssey("importance")[1].split("\n\n")[0])
    narrow = rows_of(odyssey("importance", "--range", "rate=1e-3:2e-3")[1].split("\n\n")[0])
    shares = [
        next(float(row["alone %"].split(" (")[0]) for row in rows if row["hyperparameter"] == "rate")
        for rows in (whole, narrow)
    ]
    assert "0.001 … 0.002, log" in [row["searched"] for row in narrow]
    assert shares[1] < shares[0] - 10  # a third of a decade instead of three decades


def test_a_table_is_explained_with_what_was_guessed_said(odyssey, table):
    code, out, err = odyssey("importance", table, "--outcome", "loss")
    assert code == 0
    assert rows_of(out.split("\n\n")[0])[0]["hyperparameter"] == "lr"
    assert "logarithmic (guessed)" in err
    assert "smaller" in err.lower()


def test_a_declared_space_takes_the_place_of_guesses(odyssey, table, tmp_path):
    space = {
        "parameters": {
            "lr": {"distribution": "log_uniform", "min": 1e-5, "max": 1.0},
            "width": {"distribution": "int", "min": 1, "max": 8},
        }
    }
    (tmp_path / "space.yaml").write_text(yaml.safe_dump(space))
    code, out, err = odyssey("importance", table, "--outcome", "loss", "--space", "space.yaml")
    assert code == 0
    assert rows_of(out.split("\n\n")[0])[0]["searched"] == "1e-05 … 1, log"
    assert "logarithmic (guessed)" not in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["importance", "--range", "rte=1e-3:1e-2"], "Did you mean 'rate'?"),
        (["importance", "--range", "rate=1e-2:1e-3"], "low"),
        (["importance", "--metric", "f1"], "The metric must be one of"),
        (["importance", "--fold", "9"], "The fold must be one of"),
        (["importance", "--epoch", "99"], "The epoch must be one that trials reached"),
        (["importance", "--good", "1.5"], "between 0 and 1"),
        (["importance", "--divergence"], "at least 5 trials diverged"),
        (["importance", "--outcome", "loss"], "--outcome must be given with a table"),
        (["importance", "made-upp"], "Did you mean 'made-up'?"),
        (["importance", "nothing.csv"], "nothing.csv"),
        (["importance", "table.csv", "--outcome", "los"], "loss"),
        (["importance", "table.csv", "--outcome", "loss", "--fold", "1"], "--fold must be given with a run"),
        (["importance", "short.csv", "--outcome", "loss"], "at least 14 configurations"),
        (["importance", "constant.csv", "--outcome", "loss"], "outcomes that differ"),
        (["importance", "failed.csv", "--outcome", "loss"], "finite"),
        (["importance", "twins.csv", "--outcome", "loss"], "one is a function of the other"),
    ],
)
def test_bad_input_is_told_with_exit_code_2(odyssey, run, table, tmp_path, arguments, said):
    whole = pd.read_csv(tmp_path / table)
    whole.head(5).to_csv(tmp_path / "short.csv", index=False)
    whole.assign(loss=1.0).to_csv(tmp_path / "constant.csv", index=False)
    whole.assign(loss=np.nan).to_csv(tmp_path / "failed.csv", index=False)
    whole.assign(twice=2 * whole["lr"]).to_csv(tmp_path / "twins.csv", index=False)
    code, out, err = odyssey(*arguments)
    assert (code, out) == (2, "")
    assert said in " ".join(err.split())


def test_noise_is_not_ranked_and_the_exit_code_says_so(odyssey, tmp_path):
    refused = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        columns = {"lr": 10 ** rng.uniform(-4, -1, 40), "width": rng.random(40), "loss": rng.normal(size=40)}
        pd.DataFrame(columns).to_csv(tmp_path / "noise.csv", index=False)
        code, out, err = odyssey("importance", "noise.csv", "--outcome", "loss")
        refused += code == 1
        assert code in (0, 1)
        assert code == 0 or (out == "" and "configurations more" in err)
    assert refused >= 5  # by chance, 1 of 20 looks as if something were explained


def test_the_ranking_says_what_puts_each_configuration_where_it_is(odyssey, run):
    code, out, err = odyssey("rank", "--json", "-n", "3")
    ranked = json.loads(out)
    assert code == 0
    for row in ranked:
        effects = sum(value for name, value in row.items() if name.startswith("effect/"))
        assert row["mean"] + effects + row["rest"] == pytest.approx(row["variance_explained"], abs=1e-9)
    code, out, err = odyssey("rank", "-n", "3")
    assert "because of" in out
    assert "rate" in out.split("because of")[1]
    assert "Distance of each from the mean" in err
