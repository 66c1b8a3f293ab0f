"""The best trial of a running sweep, and what it costs to know it."""

from collections import deque

import pytest
from scripted_sweep import (
    ScriptedSearcher,
    begin,
    epoch_done,
    events_of,
    fault,
    make_sweep,
    session,
)

from sweeps.best_trials import BestTrials
from sweeps.engine import KnownTrials
from sweeps.sweep_state import SweepState
from sweeps.trial_progress import TrialProgress

FIFO = make_sweep(scheduler="fifo", max_epochs=3)


# --- new bests


def new_bests(folder):
    return [event["text"] for event in events_of(folder, "new_best")]


def test_a_new_best_is_announced_once_for_each_change_at_the_top(tmp_path):
    with session(tmp_path, FIFO) as state:
        first, second, third = begin(state), begin(state), begin(state)
        state.reported(first, epoch_done(1, 0.5))
        state.reported(first, epoch_done(2, 0.625))  # still the best
        state.reported(second, epoch_done(1, 0.5))
        state.reported(second, epoch_done(2, 0.75))
        state.reported(third, epoch_done(1, 0.75))  # as good, and proposed later
        state.reported(third, epoch_done(2, 0.875))
    assert new_bests(tmp_path) == [
        "t0000 leads: accuracy 0.5000",
        "t0001 leads: accuracy 0.7500",
        "t0002 leads: accuracy 0.8750",
    ]


def test_a_best_that_falls_back_is_not_what_others_are_compared_with(tmp_path):
    with session(tmp_path, FIFO) as state:
        first, second, third = begin(state), begin(state), begin(state)
        state.reported(second, epoch_done(1, 0.75))
        state.reported(first, epoch_done(1, 0.875))
        state.reported(first, epoch_done(2, 0.25))
        assert state.leader.trial_id == second
        state.reported(third, epoch_done(1, 0.5))  # better than the first now is, and not the best
    assert [text[:5] for text in new_bests(tmp_path)] == ["t0001", "t0000"]


def test_a_best_that_comes_to_grief_makes_room(tmp_path):
    with session(tmp_path, FIFO) as state:
        first, second = begin(state), begin(state)
        state.reported(first, epoch_done(1, 0.875))
        state.reported(first, fault("diverged"))
        assert state.leader is None
        state.reported(second, epoch_done(1, 0.5))
        assert state.leader.trial_id == second
    assert [text[:5] for text in new_bests(tmp_path)] == ["t0000", "t0001"]


# --- cost


class CountedTrial(TrialProgress):
    """A trial that counts how often it is looked at."""

    looks = 0

    @property
    def value(self):
        CountedTrial.looks += 1
        return super().value

    @property
    def ended(self):
        CountedTrial.looks += 1
        return super().ended


class NoFile:
    """A journal that keeps nothing."""

    def __init__(self):
        self.lines = 0

    def write(self, entry):
        self.lines += 1

    def close(self):
        pass


def looks_of(trials, monkeypatch, tmp_path):
    """Count the looks at trials during a sweep in which every trial is the best for an epoch and then diverges."""
    monkeypatch.setattr("sweeps.sweep_state.TrialProgress", CountedTrial)
    CountedTrial.looks = 0
    sweep = make_sweep(trials=trials, max_epochs=4)
    journal, events = NoFile(), NoFile()
    state = SweepState(
        sweep,
        searcher=ScriptedSearcher(),
        ladder=sweep.ladder(),
        journal=journal,
        events=events,
        forget_checkpoints=lambda _: None,
        slots=16,
    )
    running = deque()
    while not state.exhausted:
        while len(running) < 16 and (trial := state.next_trial()):
            state.started(trial.trial_id)
            running.append(trial)
        trial = running.popleft()
        if trial.number % 2:
            state.reported(trial.trial_id, epoch_done(1, 1.0 + trial.number))
            state.reported(trial.trial_id, fault("diverged"))
        elif state.reported(trial.trial_id, epoch_done(trial.epochs + 1, trial.number / trials)):
            running.append(trial)
    state.close()
    assert sum(state.counts().values()) == trials
    return CountedTrial.looks, journal.lines


def test_the_work_for_ten_thousand_trials_is_ten_times_that_for_a_thousand(monkeypatch, tmp_path):
    small, lines = looks_of(1_000, monkeypatch, tmp_path)
    large, _ = looks_of(10_000, monkeypatch, tmp_path)
    assert lines > 4_000  # the sweep is no trivial one
    assert small < 40 * 1_000
    assert large / small == pytest.approx(10, rel=0.05)


def test_taking_up_many_trials_looks_at_each_a_few_times(monkeypatch, tmp_path):
    known = [CountedTrial(trial_id=f"t{n:04d}", number=n, configuration={}, values={1: 0.5}) for n in range(2_000)]
    CountedTrial.looks = 0
    with session(tmp_path, FIFO, searcher=ScriptedSearcher(), known=KnownTrials(trials=known)):
        assert CountedTrial.looks < 10 * len(known)


def test_what_is_kept_to_know_the_best_does_not_grow_with_the_epochs():
    trials = [TrialProgress(trial_id=f"t{n:04d}", number=n, configuration={}) for n in range(100)]
    best = BestTrials((), maximize=True)
    for epoch in range(1, 51):
        for trial in trials:
            trial.values[epoch] = -float((7 * trial.number + epoch) % 101)  # worse than others that stay on top
            best.note(trial)
    assert len(best._outcomes) <= 2 * len(trials)
    by_hand = sorted(trials, key=lambda trial: (-trial.value, trial.number))
    assert best.first(5) == by_hand[:5]
    assert best.first(200) == by_hand
    assert best.leader is by_hand[0]
