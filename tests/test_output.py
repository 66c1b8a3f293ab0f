"""What the command line prints: tables for the eye and for a pipe, and how a sweep's end is told."""

import json
import math
import re
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scripted_sweep import epoch_done, make_data, make_sweep, open_state

from sweeps.command_line import output
from sweeps.command_line.app import main
from sweeps.command_line.ending import tell_end, verdict
from sweeps.command_line.output import (
    cell_text,
    column_texts,
    print_frame,
    print_json,
    print_pairs,
    print_table,
    say,
    write_or_print,
)
from sweeps.engine import SweepEnd, write_record
from sweeps.run_folder import create_run_folder


@pytest.fixture
def on_terminal(monkeypatch, capsys):
    """Make stdout a terminal of so many columns; gives what is printed there, without bold."""

    def of(width: int):
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        return lambda: re.sub(r"\x1b\[[01]m", "", capsys.readouterr().out)

    return of


FRAME = pd.DataFrame(
    {
        "rank": [1, 2, 3],
        "trial": ["t0001", "t0000", "t0008"],
        "accuracy": ["0.9562", "0.8803", "0.7376"],
        "learning_rate": [0.0925527, 0.0342945, 0.0187630],
        "between_layer_dropout": [math.nan, 0.30211, 0.2],
        "bidirectional": [True, False, True],
    }
)


def test_in_a_pipe_a_table_is_separated_by_tabs(capsys):
    print_frame(FRAME)
    assert capsys.readouterr().out == (
        "rank\ttrial\taccuracy\tlearning_rate\tbetween_layer_dropout\tbidirectional\n"
        "1\tt0001\t0.9562\t0.09255\t–\tyes\n"
        "2\tt0000\t0.8803\t0.03429\t0.3021\tno\n"
        "3\tt0008\t0.7376\t0.01876\t0.2000\tyes\n"
    )


def test_on_a_terminal_numbers_stand_below_each_other(on_terminal):
    shown = on_terminal(120)
    print_frame(FRAME, left=("trial",))
    assert shown() == (
        "rank  trial  accuracy  learning_rate  between_layer_dropout  bidirectional\n"
        "   1  t0001    0.9562        0.09255                      –            yes\n"
        "   2  t0000    0.8803        0.03429                 0.3021             no\n"
        "   3  t0008    0.7376        0.01876                 0.2000            yes\n"
    )


def test_a_table_too_wide_for_the_terminal_is_turned(on_terminal):
    shown = on_terminal(39)
    print_frame(FRAME, left=("trial",))
    assert shown() == (
        "rank                         1        2\n"
        "trial                    t0001    t0000\n"
        "accuracy                0.9562   0.8803\n"
        "learning_rate          0.09255  0.03429\n"
        "between_layer_dropout        –   0.3021\n"
        "bidirectional              yes       no\n"
        "\n"
        "rank                         3\n"
        "trial                    t0008\n"
        "accuracy                0.7376\n"
        "learning_rate          0.01876\n"
        "between_layer_dropout   0.2000\n"
        "bidirectional              yes\n"
    )


@pytest.mark.parametrize("width", [40, 80, 120])
def test_whatever_its_width_no_row_is_lost(on_terminal, width):
    shown = on_terminal(width)
    print_frame(FRAME)
    out = shown()
    assert max(map(len, out.splitlines())) <= width
    for cell in ("t0001", "t0000", "t0008", "0.09255", "0.03429", "0.01876", "between_layer_dropout"):
        assert cell in out


def test_one_row_too_wide_for_the_terminal_still_stands_alone(on_terminal):
    shown = on_terminal(20)
    print_frame(FRAME.head(1))
    assert shown().split()[:4] == ["rank", "1", "trial", "t0001"]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.319, 0.04079, 0.2], ["0.3190", "0.0408", "0.2000"]),  # one decimal place for another
        ([1.638, 0.434], ["1.638", "0.434"]),
        ([1234.56, 987.6], ["1235", "988"]),
        ([6.9e-05, 0.032, math.nan], ["6.9e-05", "0.032", "–"]),  # of unlike size: digits count, not decimals
        ([1e-6, 2e-6], ["1e-06", "2e-06"]),
        ([-0.5, 0.0, 0.25], ["-0.5000", "0.0000", "0.2500"]),
        ([16, 128], ["16", "128"]),
        (["a b", None], ["a b", "–"]),
        ([], []),
    ],
)
def test_numbers_of_like_size_have_the_same_decimals(values, texts):
    assert column_texts(values) == texts


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, "–"),
        (math.nan, "–"),
        (pd.NA, "–"),
        (np.True_, "yes"),
        (False, "no"),
        (1 / 3, "0.3333"),
        ("two\nlines", "two lines"),
        ("tab\there", "tab here"),
    ],
)
def test_a_cell_is_one_line_of_text(cell, text):
    assert cell_text(cell) == text


def test_pairs_are_aligned_on_a_terminal_and_tabbed_in_a_pipe(capsys, on_terminal):
    pairs = [("run", "digits"), ("status", "[bold]done[/bold]")]
    print_pairs(pairs)
    assert capsys.readouterr().out == "run\tdigits\nstatus\t[bold]done[/bold]\n"
    shown = on_terminal(80)
    print_pairs(pairs)
    assert shown() == "run     digits\nstatus  [bold]done[/bold]\n"


def test_markup_in_data_is_data(on_terminal):
    shown = on_terminal(80)
    print_table(("[red]name[/red]",), [["[bold]value[/bold] :smile:"]])
    assert "[bold]value[/bold] :smile:" in (out := shown())
    assert "[red]name[/red]" in out


def test_json_has_null_for_what_is_not_finite(capsys):
    print_json({"a": math.nan, 2: [math.inf, (1.5, None)], "c": {"d": -math.inf}})
    assert json.loads(capsys.readouterr().out) == {"a": None, "2": [None, [1.5, None]], "c": {"d": None}}


def test_json_of_a_table_keeps_every_digit(capsys):
    write_or_print(pd.DataFrame({"x": [1.23456789012345e-5]}), FRAME, as_json=True, file=None)
    assert json.loads(capsys.readouterr().out) == [{"x": 1.23456789012345e-5}]


def test_talk_goes_to_stderr(capsys):
    say("a [bold]word[/bold]")
    assert capsys.readouterr() == ("", "a [bold]word[/bold]\n")


def test_when_the_reader_has_gone_what_is_still_to_come_goes_nowhere(monkeypatch, tmp_path):
    with (tmp_path / "out").open("w") as file:
        gone = SimpleNamespace(write=_raise, isatty=lambda: False, fileno=file.fileno)
        monkeypatch.setattr(output, "sys", SimpleNamespace(stdout=gone))
        print_json([1])
        file.write("lost")
    assert (tmp_path / "out").read_text() == ""


def _raise(text: str) -> None:
    raise BrokenPipeError


# --- the end of a sweep


@pytest.fixture
def ended(tmp_path, monkeypatch):
    """Give the folder of a run that has ended, and its sweep."""
    monkeypatch.chdir(tmp_path)
    sweep = make_sweep(trials=2)
    folder = create_run_folder(tmp_path / "runs", sweep, make_data(), None)
    state = open_state(folder.path, sweep)
    for value in (0.5, 0.75):
        trial_id = state.next_trial().trial_id
        state.started(trial_id)
        for epoch in (1, 2, 3, 4):
            state.reported(trial_id, epoch_done(epoch, value))
    state.close()
    write_record(folder, status="completed")
    yield folder, sweep
    folder.release()


@pytest.mark.parametrize(
    ("status", "code", "message", "said"),
    [
        ("interrupted", 130, "interrupted by SIGINT", "Interrupted by SIGINT"),
        ("interrupted", 0, "the time budget is used up", "Interrupted: the time budget is used up"),
        ("failed", 1, "the run folder must be writable", "Failed: the run folder must be writable"),
        ("completed", 4, "no trial reached epoch 27", "Ended: no trial reached epoch 27"),
        ("completed", 3, "2 trials failed, max_failed is 0", "Ended: 2 trials failed, max_failed is 0"),
    ],
)
def test_the_verdict_says_each_word_once(status, code, message, said):
    assert verdict(SweepEnd(status=status, exit_code=code, message=message)) == said


def test_with_patience_the_best_are_told_to_be_those_of_their_best_epochs(ended, capsys):
    folder, sweep = ended
    tell_end(folder, replace(sweep, patience=2), SweepEnd(status="completed", exit_code=0, message=None))
    assert "Best configurations by accuracy, each replicate at its best epoch" in capsys.readouterr().err


def test_the_end_tells_the_best_where_the_files_are_and_what_to_type_next(ended, capsys):
    folder, sweep = ended
    tell_end(folder, sweep, SweepEnd(status="completed", exit_code=0, message=None))
    out, err = capsys.readouterr()
    header, first, second = [line.split("\t") for line in out.splitlines()]
    assert header[:4] == ["rank", "trial", "accuracy", "± sd"]
    assert (first[:3], second[:3]) == (["1", "t0001", "0.7500"], ["2", "t0000", "0.5000"])
    assert "Best configurations by accuracy, at their last epoch" in err
    assert f"Record  {folder.path}" in err
    assert "Next    odyssey best scripted -o best.csv" in err
    assert "odyssey rank scripted" in err


def test_an_interrupted_sweep_tells_how_to_go_on(ended, capsys):
    folder, sweep = ended
    tell_end(folder, sweep, SweepEnd(status="interrupted", exit_code=130, message="interrupted by SIGTERM"))
    err = capsys.readouterr().err
    assert "\nInterrupted by SIGTERM\n" in err
    assert "Next    odyssey resume scripted" in err


def test_a_record_that_cannot_be_read_does_not_hide_the_verdict(ended, capsys):
    folder, sweep = ended
    (folder.path / "trials.parquet").write_bytes(b"PAR1")
    tell_end(folder, sweep, SweepEnd(status="failed", exit_code=1, message="no space left"))
    out, err = capsys.readouterr()
    assert out == ""
    assert "The record cannot be read" in err
    assert "Failed: no space left" in err


@pytest.mark.parametrize("width", [80, 120])
def test_the_best_table_of_a_real_space_fits_a_terminal_with_the_outcome_first(on_terminal, width):
    shown = on_terminal(width)
    names = ["learning_rate", "gradient_clip_norm", "between_layer_dropout", *(f"hyperparameter_{n}" for n in range(8))]
    rows = {"rank": range(1, 6), "trial": [f"t000{n}" for n in range(5)], "accuracy": ["0.9562"] * 5}
    rows |= {
        "± sd": ["0.0206"] * 5,
        "status": ["completed"] * 5,
        **{name: [6.925e-05, 0.1, 1.0, 0.5, 0.2] for name in names},
    }
    print_frame(pd.DataFrame(rows), left=("trial", "status"))
    lines = shown().splitlines()
    assert max(map(len, lines)) <= width
    assert [line.split()[0] for line in lines[:5]] == ["rank", "trial", "accuracy", "±", "status"]
    assert len(lines) == 16  # one block holds all five


# --- the command itself


def test_the_help_lists_the_verbs_and_the_exit_codes(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "argv", ["odyssey", "--help"])
    with pytest.raises(SystemExit) as leaving:
        main()
    out = capsys.readouterr().out
    assert not leaving.value.code
    for verb in ("run", "resume", "validate", "ls", "status", "best", "rank", "export", "catalogue", "doctor"):
        assert f"│ {verb} " in out
    assert "130 interrupted, resumable" in " ".join(out.split())


def test_the_version_is_told(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["odyssey", "--version"])
    with pytest.raises(SystemExit) as leaving:
        main()
    assert not leaving.value.code
    assert capsys.readouterr().out.startswith("odyssey 0.")


def test_an_unknown_verb_is_a_usage_error(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["odyssey", "bset"])
    with pytest.raises(SystemExit) as leaving:
        main()
    assert leaving.value.code == 2
    assert "best" in capsys.readouterr().err
