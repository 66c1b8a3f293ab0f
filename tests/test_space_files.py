"""`--space FILE`: search spaces from files."""

import json
import re

import pytest

from search_spaces.catalogue import SPACES
from search_spaces.distributions import Choice, Constant, LogUniform, Uniform
from search_spaces.hyperparameter import Condition
from search_spaces.serialisation import space_to_json
from sweeps.problems import UsageError
from sweeps.space_file import read_space_file

OWN = """
parameters:
  momentum: {distribution: uniform, min: 0.5, max: 0.99, when: {optimizer: sgd}}
  lr: {distribution: log_uniform, min: 1e-5, max: 0.1}
  optimizer: {values: [adam, sgd]}
  network: {values: [a, b], group: data}
  width: {value: 64}
"""


def written(folder, text, name="space.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_parameters_alone_are_a_space_with_parents_first(tmp_path):
    space = read_space_file(written(tmp_path, OWN))
    assert space["lr"].distribution == LogUniform(low=1e-5, high=0.1)
    assert space["momentum"].distribution == Uniform(low=0.5, high=0.99)
    assert space["momentum"].conditions == (Condition(hyperparameter="optimizer", values=("sgd",)),)
    assert space.names.index("optimizer") < space.names.index("momentum")
    assert space["network"].distribution == Choice(options=("a", "b"))
    assert space["width"].distribution == Constant(value=64)
    assert {name: space[name].group for name in ("lr", "network", "width")} == {
        "lr": "learning",
        "network": "data",  # as given
        "width": "architecture",  # as its name says
    }


def test_a_sweep_file_gives_the_space_that_it_searches(tmp_path):
    text = "name: a\ntask: my.module:own\nnetwork: ffnn\nparameters:\n  learning_rate: {max: 0.01}\n"
    space = read_space_file(written(tmp_path, text))
    assert space.names == SPACES["ffnn"].names
    assert space["learning_rate"].distribution == LogUniform(low=1e-4, high=0.01)


def test_a_sweep_of_two_networks_has_the_family_as_a_hyperparameter(tmp_path):
    space = read_space_file(written(tmp_path, "name: a\ntask: digits\nnetwork: [lstm, ffnn]\n"))
    assert space["network"].distribution == Choice(options=("lstm", "ffnn"))


def test_a_manifest_a_run_folder_and_a_space_as_json_give_their_space(tmp_path):
    space = SPACES["lstm"]
    held = json.dumps({"format": "odyssey-run", "space": space_to_json(space)})
    assert read_space_file(written(tmp_path, held, "manifest.json")) == space
    assert read_space_file(str(tmp_path)) == space
    assert read_space_file(written(tmp_path, json.dumps(space_to_json(space)), "s.json")) == space


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "must be YAML"),
        ("lr: 3", "must have `parameters`, or be a sweep file, got lr"),
        ("", "must have `parameters`, or be a sweep file, got nothing"),
        ("parameters: 3", "parameters: must be a mapping of names to ranges, got 3"),
        ("parameters: {lr: {min: 1}}", "parameters.lr: must be given a distribution with min and max, or values"),
        ("parameters: {lr: {minimum: 1}}", "is no key of parameters.lr"),
        ("parameters: {lr: {distribution: uniform, min: 2, max: 1}}", "needs min?"),
        ("parameters: {my lr: {value: 1}}", "needs letters, digits and underscores, got 'my lr'"),
        ("parameters: {a: {value: 1}}\nmetric: x", "metric: must be left out where there is no task"),
        ("parameters: {a: {values: [1, 2], when: {b: 1}}}", "a must depend on another of the parameters, got 'b'"),
        (
            "parameters: {a: {values: [1, 2], when: {b: 1}}, b: {values: [1, 2], when: {a: 1}}}",
            "must not go round in a circle",
        ),
        ("parameters: {a: {values: [1, 2], default: 3}}", "needs a default in"),
        ("parameters: {a: {value: 1}, a: {value: 2}}", "must be given once"),
        ("name: a\ntask: digits\nnetwork: lstn", "Did you mean 'lstm'"),
        ("name: a\ntask: digits\nparameters: {learn_rate: {value: 1}}", "Did you mean 'learning_rate'"),
    ],
)
def test_what_is_no_space_is_refused_with_what_must_hold(tmp_path, text, message):
    with pytest.raises(UsageError, match=message):
        read_space_file(written(tmp_path, text))


def test_what_is_no_file_of_a_space_is_refused(tmp_path):
    with pytest.raises(UsageError, match="which is not there"):
        read_space_file(str(tmp_path / "none.yaml"))
    with pytest.raises(UsageError, match=re.escape("which is not there")):
        read_space_file(str(tmp_path))  # a folder without a manifest
    with pytest.raises(UsageError, match="must be a search space or a run's manifest"):
        read_space_file(written(tmp_path, "[1]", "x.json"))
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="must be text in UTF-8"):
        read_space_file(str(tmp_path / "b.yaml"))
