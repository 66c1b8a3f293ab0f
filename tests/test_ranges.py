"""`--range`: parts of a search space from the command line."""

import pytest

from analysis.importance.ranges import read_ranges
from search_spaces.distributions import Choice, Constant, Integer, LogUniform
from search_spaces.hyperparameter import Hyperparameter
from search_spaces.search_space import SearchSpace

DISTRIBUTIONS = {
    "learning_rate": LogUniform(low=1e-5, high=0.1),
    "layers": Integer(low=1, high=9, step=2),
    "optimizer": Choice(options=("adam", "sgd", "rms")),
    "batch_size": Choice(options=(16, 32, 64)),
    "bias": Choice(options=(False, True)),
    "width": Constant(value=3),
}
SPACE = SearchSpace(
    name="s",
    hyperparameters=tuple(
        Hyperparameter(name=name, distribution=d, group="learning", default=d.from_unit(0.5))
        for name, d in DISTRIBUTIONS.items()
    ),
)


@pytest.mark.parametrize(
    ("text", "name", "range_"),
    [
        ("learning_rate=1e-4:1e-2", "learning_rate", (1e-4, 1e-2)),
        ("learning_rate = 1e-5 : 0.1", "learning_rate", (1e-5, 0.1)),
        ("learning_rate=9.996e-6:0.10004", "learning_rate", (1e-5, 0.1)),  # as rounded in print
        ("layers=2:4", "layers", (2.0, 4.0)),
        ("optimizer=adam,sgd", "optimizer", frozenset({"adam", "sgd"})),
        ("batch_size=16, 32", "batch_size", frozenset({16, 32})),
        ("batch_size=20:64", "batch_size", frozenset({32, 64})),
        ("bias=true", "bias", frozenset({True})),
    ],
)
def test_a_range_is_read_on_its_own_scale(text, name, range_):
    assert read_ranges([text], SPACE) == {name: range_}


def test_several_ranges_are_read_together():
    assert set(read_ranges(["learning_rate=1e-4:1e-2", "bias=false"], SPACE)) == {"learning_rate", "bias"}


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["learning_rate"], "must look like name=low:high or name=option,option, got 'learning_rate'"),
        (["learning_rate="], "must look like"),
        (["learn_rate=1:2"], r"must be of one of learning_rate, .*, got 'learn_rate'\. Did you mean 'learning_rate'\?"),
        (["width=1:2"], "was searched, got width, which was held constant"),
        (["learning_rate=a:b"], "must be two numbers such as 0.001:0.1, got 'a:b'"),
        (["learning_rate=0.01"], "must be two numbers"),
        (["learning_rate=0.1:0.01"], "must have low < high, got '0.1:0.01'"),
        (["learning_rate=nan:0.01"], "must have low < high"),
        (["learning_rate=1e-6:0.01"], "must lie in what was searched, 1e-05 to 0.1, got '1e-6:0.01'"),
        (["layers=1.2:2.8"], "must hold one of its levels, 2 apart, got '1.2:2.8'"),
        (["optimizer=adam,adamw"], "options of optimizer must be of adam, sgd, rms, got adamw"),
        (["batch_size=33:63"], "must hold one of 16, 32, 64, got '33:63'"),
        (["bias=true", "bias=false"], "must be given once for bias"),
    ],
)
def test_a_wrong_range_is_refused_with_what_must_hold(texts, message):
    with pytest.raises(ValueError, match=message):
        read_ranges(texts, SPACE)
