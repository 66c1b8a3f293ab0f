"""Probes: which trials they are, that no rung stops them, and that nothing learnt chooses them."""

import math
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.trial import TrialState
from scipy import stats
from scripted_sweep import (
    SPACE,
    ScriptedSearcher,
    begin,
    ends_of,
    epoch_done,
    fault,
    journal_of,
    make_sweep,
    read_run_of,
    session,
)

from search_spaces.catalogue import SPACES
from sweeps.engine import _searcher as build_searcher
from sweeps.probes import FIRST_WITHIN, draw_from_prior, probe_numbers
from sweeps.resume import known_trials
from sweeps.searchers.catalogue import SEARCHERS
from sweeps.searchers.searcher import SearchTask
from sweeps.trial_progress import ending_of

SEEDS = st.integers(0, 2**32 - 1)
SHARES = st.sampled_from([0.01, 0.05, 0.1, 0.15, 0.25, 0.3, 1 / 3, 0.5, 0.7, 0.99, 1.0])


# --- which trials


@given(SHARES, st.integers(1, 400), SEEDS)
def test_the_number_of_probes_is_the_share_rounded_up_or_down(share, trials, seed):
    probes, asked = probe_numbers(trials, share, seed), Fraction(str(share)) * trials
    assert probes <= set(range(trials))
    assert math.floor(asked) <= len(probes) <= math.ceil(asked)


@given(st.sampled_from([1, 2, 4, 5, 8, 10, 20, 50]), SEEDS)
def test_each_block_of_trials_has_one_probe(length, seed):
    probes = probe_numbers(20 * length, 1 / length, seed)
    assert sorted(number // length for number in probes) == list(range(20))


@given(SHARES, st.integers(0, 200), st.integers(0, 200), SEEDS)
def test_a_longer_sweep_keeps_the_probes_of_the_shorter(share, shorter, more, seed):
    longer = probe_numbers(shorter + more, share, seed)
    assert probe_numbers(shorter, share, seed) == {number for number in longer if number < shorter}


@given(st.floats(1e-9, 1.0), st.integers(FIRST_WITHIN, 100), SEEDS)
def test_from_ten_trials_on_there_is_a_probe_however_small_the_share(share, trials, seed):
    assert probe_numbers(trials, share, seed)


def test_the_share_is_the_number_that_was_written():
    """In floats the 29th block of 0.29 would end after trial 100."""
    assert len(probe_numbers(100, 0.29, 17)) == 29
    assert probe_numbers(50, 0.0, 17) == frozenset()
    assert probe_numbers(50, 1.0, 17) == frozenset(range(50))


@pytest.mark.parametrize("block", [0, 1, 7])
def test_every_place_in_a_block_is_as_likely_as_any_other(block):
    places = Counter(sorted(probe_numbers(10 * block + 10, 0.1, seed))[block] % 10 for seed in range(2_000))
    assert stats.chisquare([places[place] for place in range(10)]).pvalue > 1e-3


def test_whether_a_trial_is_a_probe_has_nothing_to_do_with_its_configuration():
    drawn = [(draw_from_prior(SPACE, seed=seed, number=0)["rate"], probe_numbers(2, 0.5, seed)) for seed in range(600)]
    rates = [[math.log(rate) for rate, probes in drawn if (0 in probes) is probe] for probe in (True, False)]
    assert min(map(len, rates)) > 200
    assert stats.ks_2samp(*rates).pvalue > 1e-3


def test_what_is_drawn_for_a_probe_is_what_random_search_would_have_tried():
    searcher = SEARCHERS["random"](SearchTask(space=SPACES["lstm"], seed=5, maximize=True))
    assert draw_from_prior(SPACES["lstm"], seed=5, number=7) == searcher.propose(7)


# --- what becomes of them

ALL = make_sweep(probe_share=1.0, trials=3)  # rungs at 1, 2 and 4


def train(state, trial_id, *values):
    """Report epochs as long as the trial goes on; say how many were."""
    for epoch, value in enumerate(values, start=1):
        if not state.reported(trial_id, epoch_done(epoch, value)):
            return epoch
    return len(values)


def test_a_probe_below_every_cut_off_trains_to_the_end(tmp_path):
    searcher = ScriptedSearcher()
    with session(tmp_path, ALL, searcher=searcher) as state:
        good, poor = begin(state), begin(state)
        assert train(state, good, 0.75, 0.75, 0.75, 0.75) == 4
        assert train(state, poor, 0.25, 0.25, 0.25, 0.25) == 4
        assert [standing.spared for standing in state.standings()] == [1, 1, 0]
    decisions = [entry for entry in journal_of(tmp_path, "decision") if entry["trial_id"] == poor]
    assert [(each["rung"], each["action"], each["cutoff"]) for each in decisions] == [
        (1, "spared", 0.75),
        (2, "spared", 0.75),
        (4, "complete", None),
    ]
    assert ends_of(tmp_path, "status")[poor] == ("completed",)
    assert (searcher.told[1].status, searcher.told[1].values) == ("completed", dict.fromkeys((1, 2, 3, 4), 0.25))


def test_a_probe_counts_for_the_cut_off_of_those_after_it(tmp_path):
    sweep = make_sweep(probe_share=0.5, trials=4, seed=1)
    probe = min(sweep.probes)
    with session(tmp_path, sweep) as state:
        trial_ids = [begin(state) for _ in range(4)]
        others = [trial_id for trial_id in trial_ids if not state.trials[trial_id].probe]
        assert state.reported(others[0], epoch_done(1, 0.75))
        assert state.reported(trial_ids[probe], epoch_done(1, 0.25))  # spared
        assert state.reported(others[1], epoch_done(1, 0.5))  # not below the median of both; alone 0.75 would stop it


@pytest.mark.parametrize("status", ["diverged", "failed", "out_of_memory"])
def test_a_probe_that_cannot_go_on_ends(tmp_path, status):
    with session(tmp_path, ALL) as state:
        trial_id = begin(state)
        assert not state.reported(trial_id, fault(status))
    assert ends_of(tmp_path, "status") == {trial_id: (status,)}


def test_a_probe_whose_outcome_is_no_number_has_diverged(tmp_path):
    with session(tmp_path, ALL) as state:
        assert train(state, begin(state), 0.5, math.nan, 0.5) == 2
    assert ends_of(tmp_path, "status") == {"t0000": ("diverged",)}


# --- what is tried


def tried(folder, sweep, value_of, known=None):
    """Run a sweep whose outcomes depend on the number of a trial."""
    with session(folder, sweep, known=known) as state:
        while trial := state.next_trial():
            state.started(trial.trial_id)
            for epoch in range(trial.epochs + 1, sweep.max_epochs + 1):
                if not state.reported(trial.trial_id, epoch_done(epoch, value_of(trial.number))):
                    break
    return state.trials.values()


LEARNING = make_sweep(search="tpe", trials=30, probe_share=0.2)


def test_what_tpe_has_learnt_does_not_choose_the_probes(tmp_path):
    rising = tried(tmp_path / "rising", LEARNING, lambda number: number / 30)
    falling = tried(tmp_path / "falling", LEARNING, lambda number: -number / 30)
    same = [one.configuration == other.configuration for one, other in zip(rising, falling, strict=True)]
    assert {trial.number for trial in rising if trial.probe} == LEARNING.probes
    assert all(same[number] for number in LEARNING.probes)
    assert not all(same)  # the others were chosen by what was learnt


def test_tpe_learns_from_probes_as_from_any_trial(tmp_path):
    with session(tmp_path, LEARNING, searcher=(searcher := build_searcher(LEARNING, ()))) as state:
        while trial := state.next_trial():
            state.started(trial.trial_id)
            train(state, trial.trial_id, *[trial.number / 30] * 4)
    known = searcher._study.trials
    assert len(known) == 30
    for number in LEARNING.probes:
        trial = state.trials[f"t{number:04d}"]
        assert (known[number].state, known[number].value) == (TrialState.COMPLETE, number / 30)
        assert known[number].params.keys() == trial.configuration.keys() - {"fixed"}
        assert known[number].params["rate"] == trial.configuration["rate"]


def test_after_a_resume_tpe_knows_what_became_of_the_probes(tmp_path):
    with session(tmp_path, LEARNING) as state:
        while (trial := state.next_trial()) and trial.number < 20:
            state.started(trial.trial_id)
            train(state, trial.trial_id, *[trial.number / 30] * 4)
    known = known_trials(read_run_of(tmp_path), LEARNING).trials
    searcher = build_searcher(LEARNING, known)
    probes = [number for number in sorted(LEARNING.probes) if number < 20]
    assert [trial.number for trial in known if trial.probe] == probes
    for number in probes:
        told = searcher._study.trials[number]
        assert (told.state, told.value) == (TrialState.COMPLETE, number / 30)
        assert told.params["rate"] == known[number].configuration["rate"]


@pytest.mark.parametrize("search", ["random", "sobol", "grid"])
def test_a_searcher_that_learns_nothing_tries_the_same_with_probes_and_without(tmp_path, search):
    with_probes, without = (
        tried(
            tmp_path / str(share), make_sweep(search=search, trials=20, probe_share=share), lambda number: -number / 20
        )
        for share in (0.2, 0.0)
    )
    assert [trial.configuration for trial in with_probes] == [trial.configuration for trial in without]
    assert [trial.status for trial in with_probes] != [trial.status for trial in without]


@pytest.mark.parametrize("search", SEARCHERS)
def test_without_a_share_every_trial_is_the_searchers(tmp_path, search):
    sweep = make_sweep(search=search, trials=12, probe_share=0.0)
    searcher, configurations = build_searcher(sweep, ()), []
    with session(tmp_path, sweep) as state:
        while trial := state.next_trial():
            configurations.append(searcher.propose(trial.number))
            assert (trial.configuration, trial.probe) == (configurations[-1], False)
            state.started(trial.trial_id)
            state.reported(trial.trial_id, fault("failed"))
            searcher.observe(trial.number, ending_of(trial))
    assert not read_run_of(tmp_path).trials["probe"].any()
