"""Taking a run up again: wherever its driver was killed, it ends as if it had never been."""

import itertools
import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scripted_sweep import (
    SPACE,
    epoch_done,
    events_of,
    fault,
    journal_of,
    make_sweep,
    session,
    write_manifest,
)

from analysis.run_record import TABLES, read_run, write_tables
from search_spaces.distributions import LogUniform
from search_spaces.hyperparameter import Condition
from search_spaces.serialisation import space_from_json, space_to_json
from sweeps.probes import draw_from_prior
from sweeps.problems import UsageError
from sweeps.resume import begin_session, is_complete, known_trials, open_for_resuming, resolve_run
from sweeps.run_folder import create_run_folder

TIMES = {"trials": ["started_at", "ended_at"], "epochs": [], "replicates": [], "decisions": ["time"]}
# What becomes of a trial by its number, and at which epoch; the others go on until a rung or the end stops them.
SCRIPT = {
    1: ("failed", 2),
    2: ("diverged", 2),
    4: ("out_of_memory", 1),
    5: ("nan", 3),
    6: ("nan", 5),  # beyond the last rung
    7: ("out_of_memory", 4),
}
SHARE = 0.3  # the probes are 3, 5 and 9
SWEEP = make_sweep(max_epochs=5, trials=10, probe_share=SHARE)  # rungs at 1, 2 and 4


def step(number, epoch):
    kind, at = SCRIPT.get(number, ("", 0))
    if epoch == at and kind != "nan":
        return fault(kind, f"Traceback:\nit was {kind}", epoch)
    if epoch == at:
        return epoch_done(epoch, math.nan)
    lead = 2.0 if number in SCRIPT else 0.0  # so that they come to their fate
    return epoch_done(epoch, lead + float(np.random.default_rng([number, epoch]).random()))


def train(state, number, epoch, reports):
    """Let a trial go on after ``epoch`` for so many reports; say how many are left."""
    trial_id = f"t{number:04d}"
    for left in range(reports, 0, -1):
        epoch += 1
        if not state.reported(trial_id, step(number, epoch)):
            return left - 1
    return 0


def run(folder, sweep, known=None, reports=10**6):
    """Run a session, one trial at a time; the numbers of the trials that it ran are given back."""
    ran = []
    with session(folder, sweep, known=known) as state:
        while reports and (trial := state.next_trial()):
            state.started(trial.trial_id)
            ran.append(trial.number)
            # A checkpoint is behind the record by an epoch, or by two, or there is none.
            reports = train(state, trial.number, max(0, trial.epochs - 1 - trial.number % 3), reports)
        assert not reports or state.complete
        if not state.complete:
            state.stop("interrupted")
    return ran


def make_folder(folder, sweep):
    folder.mkdir(parents=True)
    write_manifest(folder, sweep)
    return folder


def resume(folder, sweep, reports=10**6):
    return run(folder, sweep, known_trials(read_run(folder), sweep), reports)


def tables_of(folder):
    record = read_run(folder)
    return {name: getattr(record, name).drop(columns=TIMES[name]) for name in TABLES}


def assert_same(one, other):
    for name in TABLES:
        assert_frame_equal(one[name], other[name], check_exact=True, obj=name)


@pytest.fixture(scope="module", params=["random", "sobol", "grid"])
def whole(request, tmp_path_factory):
    """Give a sweep that ran without interruption: itself, its journal's lines, and its tables."""
    sweep = make_sweep(max_epochs=5, trials=10, probe_share=SHARE, search=request.param)
    folder = make_folder(tmp_path_factory.mktemp(request.param) / "whole", sweep)
    run(folder, sweep)
    lines = (folder / "journal" / "0001.jsonl").read_bytes().splitlines(keepends=True)
    return sweep, lines, tables_of(folder)


def cut(folder, sweep, content):
    """Make the folder of a run whose driver was killed when its journal held this."""
    make_folder(folder, sweep)
    (folder / "journal").mkdir()
    (folder / "journal" / "0001.jsonl").write_bytes(content)
    return folder


def test_the_script_meets_every_end(whole):
    *_, tables = whole
    trials = tables["trials"]
    assert set(trials["status"]) == {"completed", "stopped", "diverged", "out_of_memory", "failed"}
    assert trials["number"][trials["probe"]].tolist() == [3, 5, 9]
    assert {"spared"} <= set(tables["decisions"]["action"])
    for number, (kind, at) in SCRIPT.items():
        assert trials["status"][number] == ("diverged" if kind == "nan" else kind)
        assert trials["epochs"][number] == (at if kind == "nan" else at - 1)


@pytest.mark.parametrize(
    ("whole", "parity", "stride"),
    [("random", 0, 1), ("sobol", 1, 1), ("grid", 1, 3)],  # the same lines but for their configurations
    indirect=["whole"],
)
def test_a_driver_killed_at_any_line_makes_no_difference_to_the_tables(whole, tmp_path, parity, stride):
    sweep, lines, tables = whole
    for count in range(0, len(lines), stride):
        torn = count % 2 == parity  # of two neighbours, one at a whole line and one within
        left = b"".join(lines[:count]) + (lines[count][: len(lines[count]) // 2] if torn else b"")
        folder = cut(tmp_path / str(count), sweep, left)
        ended = {json.loads(line)["trial_id"] for line in lines[:count] if b'"kind":"end"' in line}
        ran = resume(folder, sweep)
        assert not ended & {f"t{number:04d}" for number in ran}
        assert_same(tables_of(folder), tables)
        ends = [entry["trial_id"] for entry in journal_of_cut(folder, left)]
        assert sorted(ends) == sorted(tables["trials"]["trial_id"])


def journal_of_cut(folder, left):
    """Read the ends of trials, without the line that a kill has torn."""
    path = folder / "journal" / "0001.jsonl"
    path.write_bytes(left[: left.rfind(b"\n") + 1])
    return journal_of(folder, "end")


@settings(max_examples=12)
@given(data=st.data())
def test_neither_do_many_kills_nor_interruptions(tmp_path_factory, data):
    tables = whole_tables(tmp_path_factory)
    folder = make_folder(tmp_path_factory.mktemp("run") / "run", SWEEP)
    for _ in range(data.draw(st.integers(2, 4), label="sessions")):
        resume(folder, SWEEP, data.draw(st.integers(0, 8), label="reports"))
        match data.draw(st.sampled_from(["killed", "interrupted"])):
            case "killed":
                kill(folder, data.draw(st.integers(0, 12), label="lines lost"))
            case "interrupted":
                write_tables(read_run(folder))
                shutil.rmtree(folder / "journal")
    resume(folder, SWEEP)
    assert_same(tables_of(folder), tables)


def kill(folder, lost):
    """Take the last lines back, as if the driver had been killed before it wrote them."""
    path = max((folder / "journal").glob("*.jsonl"))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: max(0, len(lines) - lost)]) + b'{"kind":"ep')


def whole_tables(tmp_path_factory, found=[]):  # noqa: B006  # run once for all examples
    if not found:
        folder = make_folder(tmp_path_factory.mktemp("whole") / "whole", SWEEP)
        run(folder, SWEEP)
        found.append(tables_of(folder))
    return found[0]


@pytest.mark.parametrize("torn", [False, True])
def test_a_learning_searcher_has_the_same_probes_wherever_its_driver_was_killed(tmp_path, torn):
    sweep = make_sweep(max_epochs=5, trials=10, probe_share=SHARE, search="tpe")
    run(make_folder(tmp_path / "whole", sweep), sweep)
    lines = (tmp_path / "whole" / "journal" / "0001.jsonl").read_bytes().splitlines(keepends=True)
    for count in range(int(torn), len(lines), 5):
        folder = cut(tmp_path / str(count), sweep, b"".join(lines[:count]) + lines[count][: 9 if torn else 0])
        resume(folder, sweep)
        known = known_trials(read_run(folder), sweep).trials
        assert [trial.number for trial in known if trial.probe] == [3, 5, 9]
        for trial in known:
            if trial.probe:
                assert trial.configuration == draw_from_prior(SPACE, seed=sweep.seed, number=trial.number)


def lines_until(lines, kind, action=None):
    """Give the lines up to the first of a kind, which is included."""
    entries = [json.loads(line) for line in lines]
    wanted = (
        number
        for number, entry in enumerate(entries)
        if entry["kind"] == kind and action in (None, entry.get("action"))
    )
    return b"".join(lines[: next(wanted) + 1])


@pytest.mark.parametrize("action", ["stop", "complete"])
def test_a_trial_whose_last_decision_was_known_is_ended_and_not_run(whole, tmp_path, action):
    sweep, lines, _ = whole
    if action == "complete":  # is decided at the last epoch alone, which is no rung of this sweep
        sweep = make_sweep(max_epochs=4, trials=10, probe_share=SHARE, search=sweep.search)
        run(make_folder(tmp_path / "whole", sweep), sweep)
        lines = (tmp_path / "whole" / "journal" / "0001.jsonl").read_bytes().splitlines(keepends=True)
    left = lines_until(lines, "decision", action)
    number = int(json.loads(left.splitlines()[-1])["trial_id"][1:])
    assert number not in resume(cut(tmp_path / "cut", sweep, left), sweep)
    assert json.loads((tmp_path / "cut/journal/0002.jsonl").read_text().splitlines()[0])["kind"] == "end"


def test_a_trial_that_was_ranked_last_is_so_for_good(whole, tmp_path):
    """Its decision was written before its end; that memory lacked, say, need not happen again."""
    sweep, lines, _ = whole
    folder = cut(tmp_path / "cut", sweep, lines_until(lines, "decision", "diverged"))
    *_, decision = decisions = journal_of(folder, "decision")
    with session(folder, sweep, known=known_trials(read_run(folder), sweep)) as state:
        trial = state.next_trial()
        state.started(trial.trial_id)
        assert trial.trial_id == decision["trial_id"]
        assert not state.reported(trial.trial_id, epoch_done(decision["rung"], 2.0))
    assert state.trials[trial.trial_id].status == "diverged"
    assert journal_of(folder, "decision") == decisions


def test_what_is_known_is_what_the_driver_knew(tmp_path):
    folder = make_folder(tmp_path / "run", SWEEP)
    with session(folder, SWEEP) as state:
        while trial := state.next_trial():
            state.started(trial.trial_id)
            train(state, trial.number, 0, 10)
    known = known_trials(read_run(folder), SWEEP)
    assert [trial.trial_id for trial in known.trials] == list(state.trials)
    for trial in known.trials:
        before = state.trials[trial.trial_id]
        assert dict(trial.configuration) == dict(before.configuration)
        assert [type(each) for each in trial.configuration.values()] == [
            type(each) for each in before.configuration.values()
        ]
        assert (trial.status, trial.recorded, trial.probe) == (before.status, True, before.probe)
        np.testing.assert_equal(trial.values, before.values)
        np.testing.assert_equal(trial.spreads, before.spreads)
    ladder = SWEEP.ladder()
    ladder.restore(known.decisions)
    assert ladder.standings() == state.standings()
    with session(tmp_path / "again", SWEEP, known=known) as again:
        assert again.leader.trial_id == state.leader.trial_id
        assert again.complete


def test_a_run_begun_before_there_were_probes_stays_without(resumable):
    manifest = json.loads((resumable / "manifest.json").read_text())
    assert manifest.pop("probe_share") == 0.1
    (resumable / "manifest.json").write_text(json.dumps(manifest))
    folder, record = open_for_resuming(resumable)
    sweep, _ = resolve_run(record, ["budget.trials=40"])
    begin_session(folder, sweep)
    folder.release()
    again, _ = resolve_run(read_run(resumable), [])
    assert (sweep.probe_share, again.probe_share) == (0.0, 0.0)


def test_a_trial_that_ran_as_none_is_no_probe_when_it_is_taken_up_again(tmp_path):
    plain = make_sweep(max_epochs=5, trials=10)
    folder = make_folder(tmp_path / "run", plain)
    run(folder, plain, reports=15)
    begun = len(read_run(folder).trials)
    resume(folder, SWEEP)
    trials = read_run(folder).trials
    assert 3 < begun <= 9
    assert trials["number"][trials["probe"]].tolist() == [number for number in (3, 5, 9) if number >= begun]


def test_options_of_several_types_come_back_as_they_were(tmp_path):
    folder = make_folder(tmp_path / "run", SWEEP)
    run(folder, SWEEP)
    options = {trial.configuration["clip"] for trial in known_trials(read_run(folder), SWEEP).trials}
    assert options == {"none", 1, 2.5}  # so that the test tests something


def test_a_taken_up_trial_keeps_its_first_start_and_its_number(tmp_path):
    folder = make_folder(tmp_path / "run", SWEEP)
    run(folder, SWEEP, reports=1)
    first = read_run(folder).trials.iloc[0]
    assert first["status"] == "interrupted"
    assert [trial.status for trial in known_trials(read_run(folder), SWEEP).trials] == ["pending"]
    assert resume(folder, SWEEP)[0] == 0
    last = read_run(folder).trials.iloc[0]
    assert last["started_at"] == first["started_at"]
    assert last["ended_at"] > first["ended_at"]


def test_a_best_trial_is_not_announced_again_after_a_resume(tmp_path):
    sweep = make_sweep(max_epochs=5, trials=10)
    folder = make_folder(tmp_path / "run", sweep)
    run(folder, sweep, reports=1)
    resume(folder, sweep)
    announced = [entry["trial_id"] for entry in events_of(folder, "new_best")]
    assert announced[0] == "t0000"
    assert all(one != other for one, other in itertools.pairwise(announced))


def test_a_raised_budget_adds_trials_and_changes_none(tmp_path):
    small, large = make_sweep(max_epochs=5, trials=6, probe_share=SHARE), SWEEP
    for folder, sweep in ((tmp_path / "small", small), (tmp_path / "large", large)):
        run(make_folder(folder, sweep), sweep)
    assert resume(tmp_path / "small", large) == [6, 7, 8, 9]
    assert_same(tables_of(tmp_path / "small"), tables_of(tmp_path / "large"))


def test_an_outcome_known_from_nowhere_is_missing(tmp_path):
    folder = make_folder(tmp_path / "run", SWEEP)
    run(folder, SWEEP)
    trial = known_trials(read_run(folder), SWEEP).trials[5]
    assert math.isnan(trial.values[3])
    assert trial.status == "diverged"


# --- the folder of a resumed run

DIGITS = {"name": "small", "task": "digits", "network": "ffnn", "folds": 2, "budget": {"trials": 3}}


@pytest.fixture
def resumable(tmp_path):
    """Give the folder of a run of digits that has begun and was killed."""
    from sweeps.loading import resolve_document

    sweep, data = resolve_document("small.yaml", DIGITS)
    folder = create_run_folder(tmp_path / "runs", sweep, data, None)
    folder.release()
    return folder.path


def test_a_run_resolves_again_to_what_it_was(resumable):
    folder, record = open_for_resuming(resumable)
    sweep, data = resolve_run(record, ["budget.trials=5", "resources.cpu=2"])
    assert (sweep.trials, sweep.cpu, sweep.folds, len(data.folds), sweep.probe_share) == (5, 2, 2, 2, 0.1)
    begin_session(folder, sweep)
    folder.release()
    manifest = json.loads((resumable / "manifest.json").read_text())
    assert manifest["sweep"]["budget"] == {"trials": 5}
    assert (manifest["status"], manifest["ended_at"], len(manifest["resumed_at"])) == ("running", None, 1)


def test_what_would_change_known_trials_cannot_be_changed(resumable):
    folder, record = open_for_resuming(resumable)
    folder.release()
    with pytest.raises(UsageError, match=r"max_failed, got --set of folds, probe_share, seed"):
        resolve_run(record, ["folds=3", "budget.trials=4", "probe_share=0.2", "seed=1"])


def begun_with(folder, change):
    """Let a run have begun with another space than its sweep file has now."""
    manifest = json.loads((folder / "manifest.json").read_text())
    before = change(space_from_json(manifest["space"]))
    manifest["space"] = space_to_json(before)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    opened, record = open_for_resuming(folder)
    opened.release()
    return before, record


@pytest.mark.parametrize(
    "change",
    [
        lambda space: space.with_hyperparameter(
            replace(space["learning_rate"], distribution=LogUniform(low=1e-3, high=0.1))
        ),
        lambda space: space.with_hyperparameter(replace(space["hidden_size"], reason="Another one.")),
        lambda space: space.without("weight_decay"),
    ],
    ids=["another range", "another reason", "a hyperparameter less"],
)
def test_a_run_goes_on_in_the_space_that_it_began_with(resumable, change):
    before, record = begun_with(resumable, change)
    assert resolve_run(record, [])[0].space == before


def test_a_run_of_stacked_layers_keeps_the_conditions_that_it_began_with(tmp_path):
    from sweeps.loading import resolve_document

    # Three layers leave too few of the 8 steps for a window of 4: begun anew, it would be refused.
    windows = {"subsampling": {"values": [1, 4]}}
    parameters = {"layers": {"max": 3}, **windows, "between_layer_dropout": {"max": 0.2}}
    document = {"name": "stacked", "task": "digits", "parameters": parameters}
    only_two = {**parameters, "subsampling": {**windows["subsampling"], "when": {"layers": 2}}}
    folder = create_run_folder(
        tmp_path / "runs", *resolve_document("stacked.yaml", {**document, "parameters": only_two}), None
    )
    folder.release()
    manifest = json.loads((folder.path / "manifest.json").read_text())
    (folder.path / "manifest.json").write_text(json.dumps({**manifest, "sweep": document}))
    with pytest.raises(UsageError, match="subsampling: must be at most the steps"):
        resolve_document("stacked.yaml", document)
    before, record = begun_with(folder.path, lambda space: space)
    assert resolve_run(record, [])[0].space == before
    assert before["subsampling"].conditions == (Condition(hyperparameter="layers", values=(2,)),)


def test_a_run_whose_space_cannot_be_read_is_not_resumed(resumable):
    manifest = json.loads((resumable / "manifest.json").read_text())
    (resumable / "manifest.json").write_text(json.dumps(manifest | {"space": manifest["space"] | {"version": 9}}))
    folder, record = open_for_resuming(resumable)
    folder.release()
    with pytest.raises(
        UsageError, match="the space it began with, got for small: A search space needs version 1, got 9"
    ):
        resolve_run(record, [])


def test_a_run_of_another_space_is_not_resumed(resumable):
    manifest = json.loads((resumable / "manifest.json").read_text())
    manifest["space"] = space_to_json(SPACE)
    (resumable / "manifest.json").write_text(json.dumps(manifest))
    folder, record = open_for_resuming(resumable)
    folder.release()
    with pytest.raises(UsageError, match="must search the space it began with"):
        resolve_run(record, [])


def test_a_run_whose_data_have_changed_is_not_resumed(resumable):
    manifest = json.loads((resumable / "manifest.json").read_text())
    manifest["split"]["fingerprint"] = "of other data"
    (resumable / "manifest.json").write_text(json.dumps(manifest))
    folder, record = open_for_resuming(resumable)
    folder.release()
    with pytest.raises(UsageError, match="must have the data and the split it began with"):
        resolve_run(record, [])


def test_a_damaged_run_is_not_resumed_and_not_held(resumable):
    (resumable / "journal").mkdir()
    (resumable / "journal" / "0001.jsonl").write_text('{"kind":"epoche"}\n')
    for _ in range(2):  # the second time it says the same, and not that the run is running
        with pytest.raises(UsageError, match=r"0001\.jsonl, line 1"):
            open_for_resuming(resumable)


def test_what_is_no_run_stays_untouched(tmp_path):
    with pytest.raises(UsageError, match=r"holds manifest\.json"):
        open_for_resuming(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told_to_the_user(resumable, monkeypatch):
    folder, record = open_for_resuming(resumable)
    sweep, _ = resolve_run(record, [])
    monkeypatch.setattr("sweeps.run_folder.write_text_atomically", no_space)
    with pytest.raises(UsageError, match=r"must be writable, got .*No space left"):
        begin_session(folder, sweep)
    folder.release()


def no_space(path: Path, text: str) -> None:
    raise OSError(28, "No space left on device")


def test_a_run_is_complete_when_all_that_was_planned_has_ended(tmp_path):
    folder = make_folder(tmp_path / "run", SWEEP)
    run(folder, SWEEP, reports=12)
    assert not is_complete(known_trials(read_run(folder), SWEEP), SWEEP)
    resume(folder, SWEEP)
    known = known_trials(read_run(folder), SWEEP)
    assert is_complete(known, SWEEP)
    assert not is_complete(known, make_sweep(trials=11))


def test_a_grid_is_complete_at_its_last_combination(tmp_path):
    sweep = make_sweep(search="grid", trials=100, max_epochs=1)
    run(make_folder(tmp_path / "run", sweep), sweep)
    known = known_trials(read_run(tmp_path / "run"), sweep)
    assert len(known.trials) == 2 * (1 + 2) * 2  # rates × (one layer, or two with 2 dropouts) × clips
    assert is_complete(known, sweep)
