"""A trial as the driver knows it."""

import pytest

from sweeps.trial_progress import ENDED_FOR_GOOD, TrialProgress, trial_id_of


def make_trial(status="running", **changes):
    return TrialProgress(trial_id="t0003", number=3, configuration={"rate": 0.1}, status=status, **changes)


def test_before_its_first_epoch_a_trial_has_no_outcome():
    trial = make_trial()
    assert (trial.epochs, trial.value, trial.spread) == (0, None, 0.0)


def test_a_trial_is_worth_the_outcome_of_its_last_epoch_in_whatever_order_they_came():
    trial = make_trial(values={2: 0.7, 3: 0.6, 1: 0.9}, spreads={3: 0.05, 1: 0.2})
    assert (trial.epochs, trial.value, trial.spread) == (3, 0.6, 0.05)


@pytest.mark.parametrize("status", ["diverged", "out_of_memory", "failed"])
def test_a_trial_that_came_to_grief_is_no_candidate_for_the_best(status):
    assert make_trial(status, values={1: 0.9}).value is None


@pytest.mark.parametrize("status", ["pending", "running", "completed", "stopped", "interrupted"])
def test_any_other_trial_is_a_candidate_for_the_best(status):
    assert make_trial(status, values={1: 0.9}).value == 0.9


def test_an_interrupted_trial_can_be_taken_up_again_and_a_stopped_one_not():
    ended = {status for status in ENDED_FOR_GOOD if make_trial(status).ended}
    assert ended == {"completed", "stopped", "diverged", "out_of_memory", "failed"}
    assert not any(make_trial(status).ended for status in ("pending", "running", "interrupted"))


def test_trials_have_identifiers_of_their_number_in_order():
    assert [trial_id_of(number) for number in (0, 7, 9999, 12345)] == ["t0000", "t0007", "t9999", "t12345"]
