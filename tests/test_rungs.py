"""The rung ladder against a reference of twenty lines, and what must hold whatever the outcomes are."""

import json
import math
from dataclasses import asdict
from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweeps.rungs import RungDecision, RungLadder, halving_rungs

RUNGS = (1, 3, 9, 27)
OUTCOMES = st.sampled_from([0.0, 0.5, 1.0]) | st.floats(-1e6, 1e6, allow_subnormal=False)
WHOLE_OUTCOMES = st.integers(-20, 20).map(lambda number: 12.0 * number)  # halves, thirds, quarters of gaps are whole


def make_ladder(*, maximize=True, reduction_factor=3, rungs=RUNGS, last_epoch=27):
    return RungLadder(rungs=rungs, last_epoch=last_epoch, reduction_factor=reduction_factor, maximize=maximize)


class Reference:
    """The rule read aloud: a list for each rung, and numpy's percentile, rounded as all cut-offs are whole here."""

    def __init__(self, reduction_factor, probes=()):
        self.probes = probes
        self.percentile = 100 * (1 - 1 / reduction_factor)
        self.arrived = {rung: [] for rung in RUNGS}

    def judge(self, trial, epoch, value):
        if epoch not in RUNGS:
            return None
        earlier = list(self.arrived[epoch])
        self.arrived[epoch].append(value)
        if epoch == RUNGS[-1]:
            return "complete"
        if not earlier or value >= round(np.percentile(earlier, self.percentile)):
            return "continue"
        return "spared" if trial in self.probes else "stop"


@st.composite
def histories(draw, outcomes=OUTCOMES):
    """Draw trials' curves and the order in which their epochs are reported."""
    curves = draw(st.lists(st.lists(outcomes, min_size=10, max_size=10), min_size=1, max_size=12))
    order = draw(st.permutations([trial for trial in range(len(curves)) for _ in range(10)]))
    return curves, order


def play(judge, curves, order):
    """Report epoch after epoch; a stopped trial reports no more."""
    epochs, stopped, actions = [0] * len(curves), set(), []
    for trial in order:
        if trial in stopped:
            continue
        epochs[trial] += 1
        action = judge(trial, epochs[trial], curves[trial][epochs[trial] - 1])
        actions.append((trial, epochs[trial], action))
        if action == "stop":
            stopped.add(trial)
    return actions


def actions_of(ladder, probes=()):
    def judge(trial, epoch, value):
        decision = ladder.judge(f"t{trial}", epoch, value, probe=trial in probes)
        return decision.action if decision else None

    return judge


@given(histories(WHOLE_OUTCOMES), st.sampled_from([2, 3, 4]), st.sets(st.integers(0, 11)))
def test_decisions_are_those_of_the_rule_read_aloud(history, reduction_factor, probes):
    ladder = make_ladder(reduction_factor=reduction_factor)
    actions = play(actions_of(ladder, probes), *history)
    assert actions == play(Reference(reduction_factor, probes).judge, *history)
    for standing in ladder.standings():
        at_rung = [action for _, epoch, action in actions if epoch == standing.rung]
        assert (standing.stopped, standing.spared) == (at_rung.count("stop"), at_rung.count("spared"))


def test_a_spared_probe_counts_for_the_cut_off_and_gets_the_same_decision_again():
    ladder = make_ladder(reduction_factor=2)
    ladder.judge("t0", 1, 0.75)
    spared = ladder.judge("t1", 1, 0.25, probe=True)
    assert (spared.action, spared.value, spared.cutoff, spared.seen) == ("spared", 0.25, 0.75, 2)
    assert ladder.judge("t1", 1, 0.25, probe=True) == spared
    assert ladder.judge("t2", 1, 0.5).cutoff == 0.5  # the median of both
    assert ladder.judge("t1", 2, math.nan, probe=True).action == "diverged"


@given(histories())
def test_to_minimise_is_to_maximise_the_negated(history):
    curves, order = history
    negated = [[-value for value in curve] for curve in curves]
    maximised = play(actions_of(make_ladder()), curves, order)
    assert play(actions_of(make_ladder(maximize=False)), negated, order) == maximised


def test_values_and_cut_offs_are_told_as_the_metric_counts_them():
    ladder = make_ladder(maximize=False)
    for trial, value in enumerate([0.5, 0.2, 0.4]):
        ladder.judge(f"t{trial}", 1, value)
    decision = ladder.judge("t3", 1, 0.6)
    assert (decision.value, decision.action, decision.seen) == (0.6, "stop", 4)
    assert decision.cutoff == pytest.approx(0.2 + (0.4 - 0.2) * 2 / 3)  # the best third of three: two thirds of a gap


@given(st.lists(OUTCOMES, min_size=1, max_size=30), st.sampled_from([2, 3, 4]), st.booleans())
def test_strictly_worse_than_the_cut_off_stops_and_a_tie_goes_on(arrived, reduction_factor, maximize):
    def newcomer(value):
        ladder = make_ladder(reduction_factor=reduction_factor, maximize=maximize)
        ladder.restore(
            RungDecision(trial_id=f"t{trial}", rung=1, value=each, cutoff=None, seen=0, action="continue")
            for trial, each in enumerate(arrived)
        )
        return ladder.judge("new", 1, value if value is not None else ladder.standings()[0].cutoff)

    tie = newcomer(None)
    assert tie.action == "continue"
    worse = math.nextafter(tie.cutoff, -math.inf if maximize else math.inf)
    assert newcomer(worse).action == "stop"


def test_the_first_to_arrive_goes_on_however_poor_it_is():
    decision = make_ladder().judge("t0", 1, -1e300)
    assert (decision.action, decision.cutoff, decision.seen) == ("continue", None, 1)


def test_equal_outcomes_all_go_on():
    ladder = make_ladder()
    assert all(ladder.judge(f"t{trial}", 1, 0.1).action == "continue" for trial in range(40))


def test_best_first_lets_one_pass_and_worst_first_all():
    best_first, worst_first = make_ladder(), make_ladder()
    outcomes = [trial / 20 for trial in range(20)]
    passed = [best_first.judge(f"t{i}", 1, value).action for i, value in enumerate(reversed(outcomes))]
    assert passed.count("continue") == 1
    assert all(worst_first.judge(f"t{i}", 1, value).action == "continue" for i, value in enumerate(outcomes))


def test_at_the_last_epoch_a_trial_is_complete_whatever_its_outcome():
    ladder = make_ladder()
    ladder.judge("t0", 27, 1.0)
    decision = ladder.judge("t1", 27, 0.0)
    assert (decision.action, decision.cutoff, decision.seen) == ("complete", None, 2)


def test_a_top_rung_below_the_last_epoch_still_stops():
    ladder = make_ladder(rungs=(1, 3), last_epoch=8)
    ladder.judge("t0", 3, 1.0)
    assert ladder.judge("t1", 3, 0.0).action == "stop"
    assert ladder.judge("t0", 8, 1.0) is None


# --- diverged trials


@pytest.mark.parametrize(("epoch", "rung"), [(1, 1), (2, 3), (3, 3), (4, 9), (27, 27)])
def test_a_diverged_trial_is_recorded_at_the_next_rung(epoch, rung):
    decision = make_ladder().diverge("t0", epoch)
    assert (decision.rung, decision.value, decision.cutoff, decision.action) == (rung, None, None, "diverged")


def test_beyond_the_last_rung_a_divergence_is_recorded_nowhere():
    assert make_ladder().diverge("t0", 28) is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_an_outcome_that_is_not_finite_is_a_divergence(value):
    ladder = make_ladder()
    assert ladder.judge("t0", 2, value) == make_ladder().diverge("t0", 2)
    assert [standing.diverged for standing in ladder.standings()] == [0, 1, 0, 0]


def test_a_trial_diverges_once():
    ladder = make_ladder()
    ladder.diverge("t0", 1)
    assert ladder.diverge("t0", 1) is None
    assert ladder.diverge("t0", 5) is None
    assert [standing.seen for standing in ladder.standings()] == [1, 0, 0, 0]


def test_a_trial_that_diverges_on_its_second_way_is_recorded_above_the_rung_it_has_passed():
    ladder = make_ladder()
    ladder.judge("t0", 9, 0.5)
    assert ladder.diverge("t0", 2).rung == 27
    assert [standing.seen for standing in ladder.standings()] == [0, 0, 1, 1]


@pytest.mark.parametrize("reduction_factor", [2, 3, 4])
def test_diverged_trials_count_as_the_worst(reduction_factor):
    for diverged, count in combinations_with_replacement(range(25), 2):
        finite = np.random.default_rng([count, diverged]).normal(size=count - diverged).tolist()
        ladder = make_ladder(reduction_factor=reduction_factor)
        for trial, value in enumerate([*[math.nan] * diverged, *finite]):
            ladder.judge(f"t{trial}", 1, value)
        standing = ladder.standings()[0]
        assert (standing.seen, standing.diverged) == (count, diverged)
        if (
            not count or (count - 1) * (reduction_factor - 1) < diverged * reduction_factor
        ):  # the quantile lies among the diverged
            assert standing.cutoff is None
        else:
            expected = np.percentile([*[-1e300] * diverged, *finite], 100 * (1 - 1 / reduction_factor))
            assert standing.cutoff == pytest.approx(expected, rel=1e-12)  # rounding in double precision


def test_one_diverged_trial_does_not_let_all_others_pass():
    ladder = make_ladder()
    ladder.diverge("t0", 1)
    for trial, value in enumerate([0.9, 0.8, 0.7], start=1):
        ladder.judge(f"t{trial}", 1, value)
    assert ladder.judge("t4", 1, 0.1).action == "stop"


def test_where_nearly_all_diverged_any_finite_outcome_goes_on():
    ladder = make_ladder()
    for trial in range(9):
        ladder.diverge(f"t{trial}", 1)
    assert ladder.judge("t9", 1, -1e9).action == "continue"
    assert ladder.judge("t10", 1, -2e9).action == "continue"


# --- restarts


def test_the_same_trial_at_the_same_rung_gets_the_same_decision_and_counts_once():
    ladder = make_ladder()
    for trial in range(3):
        ladder.judge(f"t{trial}", 3, 0.5)
    first = ladder.judge("t3", 3, 0.1)
    assert ladder.judge("t3", 3, 0.9) == first
    assert first.action == "stop"
    assert [standing.seen for standing in ladder.standings()] == [0, 4, 0, 0]


def test_a_trial_is_never_judged_at_a_rung_it_has_passed():
    ladder = make_ladder()
    for trial in range(3):
        ladder.judge(f"t{trial}", 1, 0.9)
    assert ladder.judge("late", 5, 0.5).rung == 3
    assert [ladder.judge("late", epoch, 0.5) for epoch in (6, 7, 1, 2)] == [None] * 4
    assert ladder.judge("late", 3, 0.5).rung == 3
    assert set(ladder.decisions_of("late")) == {3}


def test_between_rungs_and_before_the_first_nothing_is_decided():
    ladder = make_ladder(rungs=(2, 4), last_epoch=4)
    assert ladder.judge("t0", 1, 0.5) is None
    ladder.judge("t0", 2, 0.5)
    assert ladder.judge("t0", 3, 0.5) is None
    assert ladder.decisions_of("unknown") == {}


@given(histories(), st.randoms(use_true_random=False), st.data())
def test_restored_in_any_order_a_ladder_stands_and_decides_as_before(history, shuffle, data):
    curves, order = history
    before = make_ladder()
    play(actions_of(before), curves, order[: data.draw(st.integers(0, len(order)))])
    before.diverge("bad", 2)
    decisions = [each for trial in range(len(curves)) for each in before.decisions_of(f"t{trial}").values()]
    decisions += before.decisions_of("bad").values()
    shuffle.shuffle(decisions)
    after = make_ladder()
    after.restore(decisions)
    after.restore(decisions)  # told twice, counted once
    assert after.standings() == before.standings()
    values = data.draw(st.lists(OUTCOMES, min_size=1, max_size=5))
    for rung in RUNGS:
        for number, value in enumerate(values):
            assert after.judge(f"new{number}", rung, value) == before.judge(f"new{number}", rung, value)
    assert after.judge("t0", 1, 0.0) == before.judge("t0", 1, 0.0)


def test_decisions_at_rungs_that_are_no_more_are_left_out():
    ladder = make_ladder(rungs=(27,))
    ladder.restore([RungDecision(trial_id="t0", rung=3, value=0.5, cutoff=None, seen=1, action="continue")])
    assert ladder.standings()[0].seen == 0


# --- the record


@given(OUTCOMES | st.none(), OUTCOMES | st.none(), st.sampled_from(["continue", "stop", "diverged", "complete"]))
def test_a_decision_comes_back_from_json(value, cutoff, action):
    decision = RungDecision(trial_id="t0007", rung=9, value=value, cutoff=cutoff, seen=4, action=action)
    assert RungDecision.from_json(json.loads(json.dumps(asdict(decision)))) == decision


def test_a_missing_number_of_a_table_is_none():
    row = {"trial_id": "t0", "rung": 3.0, "value": math.nan, "cutoff": math.nan, "seen": 2.0, "action": "diverged"}
    decision = RungDecision.from_json(row)
    assert (decision.value, decision.cutoff, decision.rung, decision.seen) == (None, None, 3, 2)


# --- rungs


@pytest.mark.parametrize(
    ("first_epoch", "last_epoch", "reduction_factor", "rungs"),
    [
        (1, 27, 3, (1, 3, 9, 27)),
        (1, 243, 3, (1, 3, 9, 27, 81, 243)),  # where a logarithm in floats loses 243
        (1, 1000, 10, (1, 10, 100, 1000)),
        (2, 30, 3, (2, 6, 18)),
        (5, 5, 2, (5,)),
        (4, 5, 2, (4,)),
    ],
)
def test_rungs_grow_by_the_reduction_factor(first_epoch, last_epoch, reduction_factor, rungs):
    found = halving_rungs(first_epoch=first_epoch, last_epoch=last_epoch, reduction_factor=reduction_factor)
    assert found == rungs


@pytest.mark.parametrize("reduction_factor", [1, 0, -2])
def test_a_reduction_factor_below_two_is_refused(reduction_factor):
    with pytest.raises(ValueError, match=f"reduction_factor must be at least 2, got {reduction_factor}"):
        halving_rungs(first_epoch=1, last_epoch=9, reduction_factor=reduction_factor)


@pytest.mark.parametrize(("first_epoch", "last_epoch"), [(0, 9), (10, 9), (-1, 9)])
def test_a_rung_that_could_never_be_reached_is_refused(first_epoch, last_epoch):
    with pytest.raises(ValueError, match=f"1 <= first rung <= last epoch, got {first_epoch} and {last_epoch}"):
        halving_rungs(first_epoch=first_epoch, last_epoch=last_epoch, reduction_factor=3)
