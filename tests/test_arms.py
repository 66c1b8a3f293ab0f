"""Arms of a sweep file: their order, what each changes, what it holds and where it goes on from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_spaces.catalogue import SPACES
from sweeps.arms import Arm, arm_document, hold, read_arms, start_of, vary_problems
from sweeps.overrides import put_overrides, read_overrides
from sweeps.problems import Findings
from sweeps.space_file import sweep_space

BASE = {"name": "probe", "task": "digits", "network": "lstm"}
FIRST = {"learning_rate": 0.02, "layers": 1, "hidden_size": 64}


def arms_of(**arms) -> tuple[Arm, ...]:
    findings = Findings()
    read = read_arms({**BASE, "arms": arms}, findings)
    assert findings.found == []
    return read


def held_space(arm, start, document=BASE):
    changed = arm_document(document, arm)
    found = Findings()
    space = sweep_space(hold(changed, sweep_space(changed, found), arm, start), found)
    assert found.found == []
    return space


def test_arms_run_as_written_but_each_behind_those_it_goes_on_from():
    arms = arms_of(
        c={"vary": ["layers"], "after": ["b", "a"]}, b={"vary": ["hidden_size"], "after": "a"}, d={}, a={"vary": []}
    )
    assert [arm.name for arm in arms] == ["d", "a", "b", "c"]


def test_an_arm_changes_the_file_as_set_would_and_has_a_name_of_its_own():
    changes = {"task.padding": "mask", "budget.trials": 3, "hidden_size": 16, "learning_rate.max": 0.05}
    document = {**BASE, "parameters": {"hidden_size": {"min": 8, "max": 32}}, "budget": {"time": "1h"}}
    (arm,) = arms_of(a=changes)
    overrides, _ = read_overrides([f"{key}={value}" for key, value in changes.items()])
    assert arm_document({**document, "arms": {}}, arm) == {**put_overrides(document, overrides), "name": "probe-a"}


def test_a_hyperparameter_may_be_given_whole():
    (arm,) = arms_of(a={"learning_rate": {"min": 0.01, "max": 0.1}})
    assert arm_document(BASE, arm)["parameters"] == {"learning_rate": {"min": 0.01, "max": 0.1}}


def test_what_is_not_varied_is_held_at_its_default():
    (arm,) = arms_of(a={"vary": ["hidden_size"]})
    space = held_space(arm, {})
    assert space.searched == ("hidden_size",)
    assert space.defaults() == SPACES["lstm"].defaults()


def test_an_arm_goes_on_from_the_best_of_the_one_before():
    _, arm = arms_of(a={"vary": ["learning_rate"]}, b={"vary": ["hidden_size"], "after": "a"})
    space = held_space(arm, FIRST)
    assert space["learning_rate"].distribution.value == 0.02
    assert space.searched == ("hidden_size",)


def test_what_an_arm_sets_itself_wins_over_the_best_of_the_one_before():
    _, arm = arms_of(a={}, b={"vary": ["hidden_size"], "after": "a", "learning_rate": 0.003})
    assert held_space(arm, FIRST)["learning_rate"].distribution.value == 0.003


def test_what_an_earlier_arm_gave_a_value_outside_the_space_is_held_there():
    _, arm = arms_of(a={"learning_rate_decay": 1}, b={"vary": ["hidden_size"], "after": "a"})
    assert held_space(arm, {**FIRST, "learning_rate_decay": 1.0})["learning_rate_decay"].distribution.value == 1.0


def test_what_can_no_longer_be_is_left_out_and_comes_back_with_what_it_hangs_on():
    document = {**BASE, "parameters": {"between_layer_dropout": {"max": 0.3}}}
    _, arm = arms_of(a={}, b={"vary": ["between_layer_dropout"], "after": "a"})
    assert held_space(arm, {"layers": 1}, document).searched == ()
    assert held_space(arm, {"layers": 2}, document).searched == ("between_layer_dropout",)


def test_a_value_that_is_held_keeps_its_condition():
    when = {"bidirectional": True}
    document = {**BASE, "parameters": {"input_dropout": {"max": 0.3, "when": when, "group": "data"}}}
    (arm,) = arms_of(a={"vary": ["bidirectional"]})
    space = held_space(arm, {}, document)
    assert space["input_dropout"].group == "data"
    assert "input_dropout" not in space.defaults()


def test_the_best_of_several_arms_is_what_each_of_them_varied():
    *before, arm = arms_of(
        a={"vary": ["learning_rate"]},
        b={"vary": ["hidden_size"]},
        c={"hidden_size": 8},
        d={"vary": [], "after": ["a", "b"]},
    )
    best = {
        "a": {"learning_rate": 0.5, "hidden_size": 32, "layers": 1},
        "b": {"learning_rate": 0.001, "hidden_size": 99, "layers": 1},
    }
    named = {each.name: each for each in (*before, arm)}
    assert start_of(arm, named, best) == {"learning_rate": 0.5, "hidden_size": 99, "layers": 1}


@given(seed=st.integers(0, 2**32 - 1), vary=st.sets(st.sampled_from(SPACES["lstm"].searched)))
def test_every_trial_of_an_arm_agrees_with_the_best_before_in_all_that_is_not_varied(seed, vary):
    rng = np.random.default_rng(seed)
    start = SPACES["lstm"].sample(rng)
    arm = Arm(name="b", vary=tuple(vary), after=("a",))
    space = held_space(arm, start)
    assert set(space.searched) <= vary
    drawn = space.sample(rng)
    SPACES["lstm"].check(drawn)
    assert {n: v for n, v in drawn.items() if n not in vary and n in start} == {
        n: v for n, v in start.items() if n not in vary and n in drawn
    }


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("hiden_size", r"one of batch_size, .*, got 'hiden_size'\. Did you mean 'hidden_size'\?"),
        ("embedding_size", r"must be of hyperparameters that have a range, got embedding_size, which is constant"),
    ],
)
def test_what_cannot_be_varied_is_told(name, problem):
    (found,) = vary_problems(Arm(name="a", vary=(name,)), SPACES["lstm"])
    with pytest.raises(ValueError, match=problem):
        raise ValueError(found)
