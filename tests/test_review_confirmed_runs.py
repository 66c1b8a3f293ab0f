"""What is said of a run once its test split was read, and before it has come to its end."""

from types import SimpleNamespace

import numpy as np
import pytest
from comparison_samples import confirm, run_record

from analysis.comparison.comparison import compare
from analysis.comparison.comparison_table import comparison_table
from analysis.comparison.notes import notes
from analysis.comparison.sentences import sentence
from analysis.confirmation.confirmation_record import confirm_options
from analysis.report.again_section import _commands
from sweeps.command_line import confirm_verb
from sweeps.command_line.next_steps import next_steps

TARGETS = np.random.default_rng(0).normal(size=20)
WORSE = [(TARGETS + 1).tolist()] * 3


def confirmed_run(path, **about):
    confirm(path, {"t0": WORSE, "t1": WORSE}, targets=TARGETS, **about)
    return path


def test_a_confirmed_run_is_not_sent_to_its_test_split_again(tmp_path):
    steps = [command for command, _ in next_steps(confirmed_run(tmp_path / "a"), "completed")]
    assert not [command for command in steps if command.startswith("odyssey confirm")]
    assert any(command.startswith("odyssey report") for command in steps)


@pytest.mark.parametrize(("state", "options"), [("begun", " --top 2 --seeds 3"), ("none", "")])
def test_a_confirmation_goes_on_with_what_it_was_begun_with(tmp_path, state, options):
    path = tmp_path / "a"
    if state == "begun":
        confirmed_run(path, ended_at=None)
    [command] = [command for command, _ in next_steps(path, "completed") if command.startswith("odyssey confirm")]
    assert command == f"odyssey confirm {path}{options}"


def test_the_report_confirms_as_it_was_done(tmp_path):
    record = run_record(confirmed_run(tmp_path / "a"), {"accuracy": [0.5]})
    findings = SimpleNamespace(name="a", state="completed", record=record)
    [command] = [line for line in _commands(findings) if line.startswith("odyssey confirm")]
    assert command.startswith("odyssey confirm a --top 2 --seeds 3 ")


def test_of_a_damaged_confirmation_no_options_are_known(tmp_path):
    (confirmed_run(tmp_path / "a") / "confirmation" / "confirmation.json").write_text("{")
    assert confirm_options(tmp_path / "a") == ""


def test_a_confirmation_of_an_earlier_best_is_not_compared(tmp_path):
    error = "mean_squared_error"
    runs = [
        run_record(confirmed_run(tmp_path / name), {error: [0.5, 0.5]}, {error: second}, metric=error,
                   direction="minimize")
        for name, second in (("a", [0.6, 0.6]), ("b", [0.4, 0.4]))
    ]  # fmt: skip
    found = compare(runs)
    assert [each.place for each in found.evidence] == ["folds"]
    told = "The search of b has gone on since it was confirmed: its best is now t1, not t0."
    assert f"Not compared on the test split. {told}" in notes(found)


def test_an_interval_without_width_is_not_shown_as_if_it_were_certain():
    perfect = {"accuracy": [1.0, 1.0, 1.0]}
    found = compare([run_record("a", perfect), run_record("b", perfect)])
    [difference] = found.evidence[0].differences
    assert sentence(difference) == "b and a cannot be told apart in accuracy: difference 0.0000, p = 1.0."
    assert comparison_table(found)["95 % interval"].tolist() == ["–", "–"]


@pytest.mark.parametrize(("status", "warned"), [("interrupted", True), ("completed", False)])
def test_the_test_of_an_unfinished_search_is_read_with_a_warning(tmp_path, monkeypatch, status, warned):
    record = run_record(tmp_path / "a", {"accuracy": [0.5]}, status=status)
    folder = SimpleNamespace(path=record.path, name="a", release=lambda: None, publish=lambda: None)
    told: list[str] = []
    monkeypatch.setattr("analysis.run_record.read_run", lambda _: record)
    monkeypatch.setattr("sweeps.run_folder.hold_run_folder", lambda _: folder)
    monkeypatch.setattr("sweeps.resume.resolve_run", lambda *_: (None, None))
    monkeypatch.setattr("sweeps.confirmation_plan.plan_confirmation", lambda *_, **__: None)
    monkeypatch.setattr("sweeps.confirmation.confirm_run", lambda *_, tell, **__: tell("training"))
    monkeypatch.setattr(confirm_verb, "say", told.append)
    confirm_verb._confirm(record.path, top=1, seeds=1, address=None, wait=False, quiet=False)
    assert told[-1] == "training"
    assert (len(told) > 1 and "odyssey resume" in told[0]) == warned
