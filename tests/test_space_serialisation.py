"""Search spaces as JSON, and back."""

import copy
import json

import pytest
from hypothesis import given, settings
from test_distributions import EXAMPLES, distributions
from test_search_space import SPACE

from search_spaces.distributions import LogUniform
from search_spaces.serialisation import distribution_from_json, distribution_to_json, space_from_json, space_to_json


def through_text(data):
    """What a strict JSON reader gets back: no NaN, no tuples, no numpy."""
    return json.loads(json.dumps(data, allow_nan=False))


@settings(deadline=None, max_examples=80)
@given(distributions)
def test_a_distribution_comes_back_equal_from_json(distribution):
    back = distribution_from_json(through_text(distribution_to_json(distribution)))
    assert back == distribution
    assert repr(back) == repr(distribution)  # equal types too: 1 is not 1.0


@pytest.mark.parametrize("distribution", EXAMPLES, ids=str)
def test_every_kind_of_distribution_comes_back_equal_from_json(distribution):
    data = distribution_to_json(distribution)
    assert data["kind"] == distribution.kind
    assert repr(distribution_from_json(through_text(data))) == repr(distribution)


def test_a_distribution_is_written_with_its_kind_and_its_fields():
    assert distribution_to_json(LogUniform(low=1e-4, high=0.1)) == {"kind": "log_uniform", "low": 1e-4, "high": 0.1}


def test_a_space_comes_back_equal_from_json():
    data = space_to_json(SPACE)
    assert data["version"] == 1
    assert repr(space_from_json(through_text(data))) == repr(SPACE)


def test_conditions_and_reasons_may_be_left_out():
    data = space_to_json(SPACE.without("rate"))
    del data["hyperparameters"][0]["conditions"], data["hyperparameters"][0]["reason"]
    assert space_from_json(data) == SPACE.without("rate")


def changed(path, value):
    """The demo space's JSON with one entry set, or removed where the value is ``del``."""
    data = copy.deepcopy(space_to_json(SPACE))
    *parents, last = path
    place = data
    for key in parents:
        place = place[key]
    if value == "del":
        del place[last]
    else:
        place[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["version"], 2, "needs version 1, got 2"),
        (["version"], "del", "A search space needs the keys version, got name, hyperparameters"),
        (["colour"], "red", "A search space has no key 'colour'; known: version, name, hyperparameters"),
        (["hyperparameters", 0, "group"], "del", "A hyperparameter needs the keys group"),
        (["hyperparameters", 0, "prior"], 1, "A hyperparameter has no key 'prior'"),
        (["hyperparameters", 0], [], r"A hyperparameter needs to be a mapping, got \[\]"),
        (
            ["hyperparameters", 0, "distribution"],
            "normal",
            "rate': A distribution needs a kind out of uniform, .*'normal'",
        ),
        (
            ["hyperparameters", 0, "distribution", "kind"],
            "normal",
            "needs a kind out of uniform, log_uniform, .*'normal'",
        ),
        (["hyperparameters", 0, "distribution", "kind"], "del", "needs a kind out of .* got None"),
        (
            ["hyperparameters", 0, "distribution", "mean"],
            1,
            "In hyperparameter 'rate': A distribution .* has no key 'mean'",
        ),
        (["hyperparameters", 0, "distribution", "low"], "del", "'log_uniform' needs the keys low"),
        (
            ["hyperparameters", 0, "distribution", "low"],
            -1,
            "In hyperparameter 'rate': LogUniform needs 0 < low < high",
        ),
        (["hyperparameters", 0, "distribution", "low"], "1e-4", "LogUniform's low needs to be a finite number"),
        (
            ["hyperparameters", 2, "conditions", 0, "value"],
            1,
            "In hyperparameter 'momentum': A condition has no key 'value'",
        ),
        (["hyperparameters", 2, "conditions", 0, "values"], ["x"], "condition on values in .* got optimiser = 'x'"),
        (["hyperparameters", 0, "default"], 7, "rate needs a default in"),
    ],
)
def test_json_that_no_space_wrote_is_refused(path, value, message):
    with pytest.raises(ValueError, match=message):
        space_from_json(changed(path, value))
