"""What every searcher must do, and what each is there for."""

import statistics

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState
from scipy.stats import qmc

from search_spaces.catalogue import SPACES
from search_spaces.distributions import Choice, Constant, Integer, LogInteger, LogUniform, Uniform
from search_spaces.families import join_families
from search_spaces.hyperparameter import Condition, Hyperparameter
from search_spaces.search_space import SearchSpace
from sweeps.searchers.catalogue import SEARCHERS
from sweeps.searchers.searcher import Ending, SearchTask


def hyperparameter(name, distribution, *conditions):
    return Hyperparameter(
        name=name,
        distribution=distribution,
        group="learning",
        default=distribution.from_unit(0.5),
        conditions=tuple(Condition(hyperparameter=parent, values=values) for parent, values in conditions),
    )


def space_of(*hyperparameters):
    return SearchSpace(name="test", hyperparameters=hyperparameters)


EVERYTHING = space_of(
    hyperparameter("rate", LogUniform(low=1e-4, high=1e-1)),
    hyperparameter("decay", LogUniform(low=0.5, high=2.5, step=0.5)),
    hyperparameter("dropout", Uniform(low=0.1, high=0.7, step=0.1)),
    hyperparameter("thirds", Uniform(low=0.0, high=1.0, step=1 / 3)),
    hyperparameter("layers", Integer(low=1, high=7, step=2)),
    hyperparameter("size", LogInteger(low=1, high=64)),
    hyperparameter("width", LogInteger(low=8, high=64, step=8)),
    hyperparameter("cell", Choice(options=("lstm", "gru"))),
    hyperparameter("fixed", Constant(value="as it is")),
    hyperparameter("momentum", Uniform(low=0.0, high=1.0), ("cell", ("gru",))),
    hyperparameter("nested", Choice(options=(True, False)), ("cell", ("gru",)), ("layers", (3, 5))),
    hyperparameter("child", Integer(low=0, high=1), ("nested", (True,))),
)
SMALL = space_of(
    hyperparameter("layers", Integer(low=0, high=3)),
    hyperparameter("rate", LogUniform(low=1e-3, high=1e-1)),
    hyperparameter("cell", Choice(options=("lstm", "gru"))),
    hyperparameter("momentum", Uniform(low=0.0, high=1.0), ("cell", ("gru",))),
)
SQUARE = space_of(
    hyperparameter("first", Uniform(low=0.0, high=1.0)), hyperparameter("second", Uniform(low=0.0, high=1.0))
)
TEST_SPACES = {
    "everything": EVERYTHING,
    "small": SMALL,
    "constant": space_of(hyperparameter("fixed", Constant(value=3))),
    "families": join_families(SPACES),
}
ENDINGS = (
    Ending(status="completed", values={1: 0.3, 2: 0.4}),
    Ending(status="stopped", values={1: 0.1}),
    Ending(status="failed"),
)


def make(search, space, *, seed=17, maximize=True, known_trials=0):
    task = SearchTask(space=space, seed=seed, maximize=maximize, known_trials=known_trials, grid_points=2)
    return SEARCHERS[search](task)


def proposals(searcher, count):
    """Propose and end trials in turn, three under way at a time."""
    configurations = []
    for number in range(count):
        configuration = searcher.propose(number)
        if configuration is None:
            break
        configurations.append(configuration)
        if number >= 3:
            searcher.observe(number - 3, ENDINGS[number % 3])
    return configurations


every_searcher = pytest.mark.parametrize("search", SEARCHERS)
# The grid of the other spaces is too large to list.
every_pair = pytest.mark.parametrize(
    ("search", "space"), [(s, n) for s in SEARCHERS for n in TEST_SPACES if s != "grid" or n in ("small", "constant")]
)
sees_no_outcome = pytest.mark.parametrize("search", ["random", "sobol", "grid"])


# --- all


@every_pair
def test_proposals_lie_in_the_space_and_conditions_hold(search, space):
    for configuration in proposals(make(search, TEST_SPACES[space]), 20):
        TEST_SPACES[space].check(configuration)


@every_pair
def test_proposals_are_the_values_that_the_space_itself_would_give(search, space):
    for configuration in proposals(make(search, TEST_SPACES[space]), 20):
        for name, value in configuration.items():
            canonical = TEST_SPACES[space][name].distribution.canonical(value)
            assert (type(value), value) == (type(canonical), canonical)


@every_pair
def test_the_same_seed_gives_the_same_proposals(search, space):
    first = proposals(make(search, TEST_SPACES[space]), 20)
    assert proposals(make(search, TEST_SPACES[space]), 20) == first


@pytest.mark.parametrize("search", ["random", "sobol", "tpe"])
def test_another_seed_gives_other_proposals(search):
    assert proposals(make(search, EVERYTHING), 5) != proposals(make(search, EVERYTHING, seed=18), 5)


@every_searcher
def test_a_configuration_may_be_changed_without_changing_the_searcher(search):
    searcher, untouched = make(search, SMALL), make(search, SMALL)
    searcher.propose(0).clear()
    untouched.propose(0)
    assert searcher.propose(1) == untouched.propose(1)


@every_searcher
def test_trials_of_an_earlier_session_are_taken_over(search):
    earlier = proposals(make(search, SMALL), 6)
    resumed = make(search, SMALL, known_trials=6)
    for number, configuration in enumerate(earlier):
        resumed.adopt(number, configuration)
    for number in range(6):
        resumed.observe(number, ENDINGS[number % 3])
    SMALL.check(resumed.propose(6))


# --- those that see no outcome


@sees_no_outcome
def test_a_longer_sweep_begins_with_the_shorter(search):
    short, long = make(search, SMALL), make(search, SMALL)
    assert proposals(short, 5) == proposals(long, 20)[:5]


@sees_no_outcome
def test_trials_may_be_proposed_in_any_order(search):
    in_order = proposals(make(search, SMALL), 12)
    searcher = make(search, SMALL)
    for number in [*np.random.default_rng(3).permutation(12).tolist(), 0, 0, 11, 5]:
        assert searcher.propose(number) == in_order[number]


def test_sobol_points_fill_the_cube_more_evenly_than_random_ones():
    def discrepancy(search, seed):
        searcher = make(search, SQUARE, seed=seed)
        return qmc.discrepancy([SQUARE.to_unit(searcher.propose(number)) for number in range(64)])

    for seed in range(5):  # at 64 points in two dimensions by a factor of about ten
        assert discrepancy("sobol", seed) < 0.5 * discrepancy("random", seed)


def test_random_draws_what_the_space_itself_would_draw():
    configuration = make("random", EVERYTHING, seed=5).propose(7)
    assert configuration == EVERYTHING.sample(np.random.default_rng([5, 7]))


def test_a_grid_is_complete_without_duplicates_and_ends():
    searcher = make("grid", SMALL)
    configurations = proposals(searcher, 1000)
    # 2 of the layers' 4 levels × 2 rates × (lstm, or gru with 2 momenta)
    assert len(configurations) == 2 * 2 * (1 + 2)
    assert len({tuple(sorted(each.items())) for each in configurations}) == len(configurations)
    assert {each["layers"] for each in configurations} == {0, 3}
    assert searcher.propose(len(configurations)) is None
    assert searcher.propose(len(configurations) + 5) is None


# --- TPE


def outcome_of(configuration):
    return -((configuration["first"] - 0.3) ** 2) - (configuration["second"] - 0.8) ** 2


def best_of(search, *, seed, maximize, trials=40):
    """Give the smallest distance from the optimum; outcomes are turned round to be minimised."""
    searcher = make(search, SQUARE, seed=seed, maximize=maximize)
    outcomes = []
    for number in range(trials):
        outcomes.append(outcome_of(searcher.propose(number)))
        value = outcomes[-1] if maximize else -outcomes[-1]
        searcher.observe(number, Ending(status="completed", values={1: value}))
    return -max(outcomes)


@pytest.mark.parametrize("maximize", [True, False])
def test_tpe_comes_nearer_to_the_optimum_than_random_search(maximize):
    random, tpe = (
        statistics.mean(best_of(search, seed=seed, maximize=maximize) for seed in range(5))
        for search in ("random", "tpe")
    )
    assert tpe < 0.5 * random


def test_tpe_is_told_the_truth():
    searcher = make("tpe", SQUARE)
    endings = [*ENDINGS, None]
    for number in range(4):
        searcher.propose(number)
    for number in (2, 0, 1):  # trials do not end in the order of their beginning
        searcher.observe(number, endings[number])
    completed, stopped, failed, running = searcher._study.trials
    assert [each.state for each in (completed, stopped, failed, running)] == [
        TrialState.COMPLETE,
        TrialState.PRUNED,
        TrialState.FAIL,
        TrialState.RUNNING,
    ]
    assert (completed.value, completed.intermediate_values) == (0.4, {1: 0.3, 2: 0.4})
    assert stopped.intermediate_values == {1: 0.1}
    assert failed.intermediate_values == {}
    assert searcher._study.best_trial.number == completed.number


@pytest.mark.parametrize("maximize", [True, False])
def test_tpe_knows_the_direction(maximize):
    expected = optuna.study.StudyDirection.MAXIMIZE if maximize else optuna.study.StudyDirection.MINIMIZE
    assert make("tpe", SQUARE, maximize=maximize)._study.direction == expected


def test_tpe_rebuilds_the_study_of_an_earlier_session():
    earlier, resumed = make("tpe", SMALL), make("tpe", SMALL, known_trials=14)
    configurations = proposals(earlier, 14)
    for number, configuration in enumerate(configurations):
        resumed.adopt(number, configuration)
    for number in range(11):
        resumed.observe(number, ENDINGS[number % 3])  # as in `proposals`

    def known(searcher):
        return [
            (trial.number, trial.state, trial.values, trial.intermediate_values, trial.params, trial.distributions)
            for trial in searcher._study.trials
        ]

    assert known(resumed) == known(earlier)
    assert [trial.state for trial in resumed._study.trials[11:]] == [TrialState.RUNNING] * 3


def test_tpe_adopts_every_kind_of_value_as_it_was():
    earlier, resumed = make("tpe", EVERYTHING), make("tpe", EVERYTHING, known_trials=20)
    for number, configuration in enumerate(proposals(earlier, 20)):
        resumed.adopt(number, configuration)
        assert resumed._study.trials[number].params.keys() == earlier._study.trials[number].params.keys()
        positions = {"decay", "thirds", "dropout", "width"}
        for name in resumed._study.trials[number].params.keys() - positions:
            assert resumed._study.trials[number].params[name] == configuration[name]


def test_tpe_after_a_resume_does_not_repeat_its_first_proposals():
    first = make("tpe", SQUARE).propose(0)
    resumed = make("tpe", SQUARE, known_trials=1)
    resumed.adopt(0, first)
    assert resumed.propose(1) != first


def test_tpe_goes_on_when_every_trial_diverges():
    searcher = make("tpe", EVERYTHING)
    for number in range(30):
        EVERYTHING.check(searcher.propose(number))
        searcher.observe(number, Ending(status="failed"))
    assert {trial.state for trial in searcher._study.trials} == {TrialState.FAIL}


def test_tpe_learns_from_trials_that_were_all_stopped():
    searcher = make("tpe", SQUARE)
    firsts = []
    for number in range(60):
        configuration = searcher.propose(number)
        firsts.append(configuration["first"])
        searcher.observe(number, Ending(status="stopped", values={1: -abs(configuration["first"] - 0.2)}))
    assert statistics.median(abs(first - 0.2) for first in firsts[30:]) < 0.1  # of random proposals: about 0.3


def test_tpe_says_nothing_to_the_user(capfd, recwarn):
    proposals(make("tpe", EVERYTHING), 15)
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list
