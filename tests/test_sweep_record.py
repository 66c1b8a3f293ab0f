"""The record of a running sweep: in which order it is written, and that it agrees with what was decided."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_sweep import (
    Broken,
    ScriptedSearcher,
    begin,
    drive,
    epoch_done,
    fault,
    journal_of,
    lines_of,
    make_sweep,
    open_state,
    read_run_of,
    session,
)

from sweeps.journal_writer import RecordError
from sweeps.rungs import RungDecision, RungLadder
from sweeps.sweep_state import WORKER_LOSSES_ALLOWED


def test_a_report_is_in_the_journal_before_its_decision_is_made(tmp_path, monkeypatch):
    recorded = []
    judge = RungLadder.judge

    def judged(*given, **options):
        recorded.append(journal_of(tmp_path, "epoch", "decision"))
        return judge(*given, **options)

    monkeypatch.setattr(RungLadder, "judge", judged)
    with session(tmp_path, make_sweep()) as state:
        trial_id = begin(state)
        for epoch in (1, 2):
            state.reported(trial_id, epoch_done(epoch, 0.5))
    assert [[entry["kind"] for entry in entries] for entries in recorded] == [["epoch"], ["epoch", "decision", "epoch"]]


def test_a_report_that_cannot_be_recorded_is_not_counted(tmp_path):
    journal = Broken(tmp_path / "journal" / "0001.jsonl")
    state = open_state(tmp_path, make_sweep(), journal=journal)
    trial_id = begin(state)
    journal.refused = ("epoch",)
    with pytest.raises(RecordError, match="writable"):
        state.reported(trial_id, epoch_done(1, 0.5))
    assert state.trials[trial_id].values == {}
    assert state.standings()[0].seen == 0
    state.close()


@pytest.mark.parametrize("told", ["reported", "failed", "lost"])
def test_nothing_of_a_trial_is_recorded_before_its_start(tmp_path, told):
    state = open_state(tmp_path, make_sweep(), journal=Broken(tmp_path / "journal" / "0001.jsonl"))
    trial_id = state.next_trial().trial_id  # its start was never heard of
    match told:
        case "reported":
            state.reported(trial_id, epoch_done(1, 0.5))
        case "failed":
            state.reported(trial_id, fault("failed"))
        case "lost":
            for _ in range(WORKER_LOSSES_ALLOWED + 1):
                state.worker_lost(trial_id, "it never came up", out_of_memory=False)
                state.next_trial()
    state.close()
    assert lines_of(tmp_path, trial_id)[0] == "trial"
    assert len(read_run_of(tmp_path).trials) == 1


@settings(max_examples=25)
@given(
    chances=st.randoms(use_true_random=False),
    slots=st.integers(1, 4),
    scheduler=st.sampled_from(["asha", "fifo"]),
    share=st.sampled_from([0.0, 0.3, 1.0]),
)
def test_whatever_happens_each_trial_ends_once_and_the_record_agrees(
    tmp_path_factory, chances, slots, scheduler, share
):
    folder = tmp_path_factory.mktemp("run")
    sweep = make_sweep(trials=8, scheduler=scheduler, max_epochs=5, probe_share=share)
    searcher = ScriptedSearcher()
    with session(folder, sweep, searcher=searcher, slots=slots) as state:
        drive(state, chances, slots)
        assert state.complete
        assert state.exhausted
    ends = [entry["trial_id"] for entry in journal_of(folder, "end")]
    assert sorted(ends) == sorted(state.trials)
    assert sorted(searcher.told) == list(range(8))
    decisions = [(entry["trial_id"], entry["rung"]) for entry in journal_of(folder, "decision")]
    assert len(set(decisions)) == len(decisions)
    check_order(folder)
    check_replay(folder, sweep, state)
    trials = read_run_of(folder).trials
    assert trials["status"].tolist() == [trial.status for trial in state.trials.values()]
    assert set(trials["number"][trials["probe"]]) == sweep.probes
    assert not (trials["probe"] & (trials["status"] == "stopped")).any()


def check_order(folder):
    """A trial starts, then tells epochs, each before its decision, and nothing comes after its end."""
    for trial_id in {entry["trial_id"] for entry in journal_of(folder)}:
        entries = [entry for entry in journal_of(folder) if entry["trial_id"] == trial_id]
        assert entries[0]["kind"] == "trial"
        assert entries[-1]["kind"] == "end"
        epochs = 0
        for entry in entries:
            if entry["kind"] == "epoch":
                assert entry["epoch"] == epochs + 1
                epochs = entry["epoch"]
            if entry["kind"] == "decision" and entry["action"] != "diverged":
                assert entry["rung"] == epochs


def check_replay(folder, sweep, state):
    """The recorded decisions are those of a ladder that hears the same in the same order."""
    ladder = sweep.ladder()
    decisions = [RungDecision.from_json(entry) for entry in journal_of(folder, "decision")]
    for decision in decisions:
        if decision.value is None:
            assert ladder.diverge(decision.trial_id, decision.rung) == decision
        else:
            probe = state.trials[decision.trial_id].probe
            assert ladder.judge(decision.trial_id, decision.rung, decision.value, probe=probe) == decision
    assert ladder.standings() == state.standings()
