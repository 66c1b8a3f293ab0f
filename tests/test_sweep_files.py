"""Good sweep files: what they mean, their schema, and that what a run writes beside itself is the same sweep again."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from search_spaces.catalogue import SPACES
from search_spaces.distributions import Choice, Constant, Integer, LogUniform, Uniform
from search_spaces.hyperparameter import Condition
from sweeps.catalogue import SWEEPS, built_in_text
from sweeps.loading import load_sweep
from sweeps.overrides import put_overrides, read_overrides
from sweeps.run_folder import create_run_folder
from sweeps.sweep import Sweep
from sweeps.sweep_file import json_schema
from sweeps.sweep_keys import HYPERPARAMETERS, key_meant
from sweeps.yaml_text import dump_yaml, parse_yaml
from trainables.networks.catalogue import NETWORKS

ONE_RUN = ("digits-lstm", "digits-ffnn", "digits-families", "toy-motif-lstm", "handwriting-lstm")
EXAMPLES = ("own_task.yaml", "digits_both_families.yaml")
OVERRIDES = (
    ["budget.trials=7", "budget.time=1h30m"],
    ["learning_rate.max=3e-2", "weight_decay=0"],
    ["batch_size.values=[16, 64]", "metric.name=log_loss"],
    ["output_dropout.when={batch_size: [16, 32]}"],
    ["probe_share=0.25"],
    ["network=[lstm, ffnn]", "bidirectional=true"],
    ["folds={count: 2, repeats: 3}", "patience=4", "learning_rate_decay.values=[0, 1]"],
)


def load(tmp_path, text: str, *overrides: str) -> Sweep:
    path = tmp_path / "sweep.yaml"
    path.write_text("name: probe\ntask: digits\n" + text)
    return load_sweep(str(path), overrides)[0]


@pytest.mark.parametrize(
    ("name", "overrides"), [*((name, []) for name in ONE_RUN), *(("digits-ffnn", each) for each in OVERRIDES)]
)
def test_the_sweep_file_of_a_run_resolves_to_the_same_sweep(tmp_path, name, overrides):
    sweep, data = load_sweep(name, overrides)
    folder = create_run_folder(tmp_path, sweep, data, None)
    folder.release()
    assert load_sweep(str(folder.path / "sweep.yaml"))[0] == sweep
    assert json.loads((folder.path / "manifest.json").read_text())["sweep"] == sweep.source


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_a_sweep_and_so_is_what_its_run_writes(checkout, tmp_path, name):
    sweep, data = load_sweep(str(checkout / "examples" / name))
    assert len(data.folds) == sweep.folds
    (tmp_path / "again.yaml").write_text(dump_yaml(sweep.source))
    assert load_sweep(str(tmp_path / "again.yaml"))[0] == sweep


def test_the_schema_in_docs_is_that_of_the_code(checkout):
    written = json.loads((checkout / "docs" / "sweep.schema.json").read_text())
    assert written == json_schema(), "write it again: python -m sweeps.sweep_file > docs/sweep.schema.json"


def test_the_schema_is_one():
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("name", SWEEPS)
def test_a_built_in_sweep_fits_the_schema(name):
    Draft202012Validator(json_schema()).validate(yaml.safe_load(built_in_text(name)))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_fits_the_schema(checkout, name):
    text = (checkout / "examples" / name).read_text()
    Draft202012Validator(json_schema()).validate(parse_yaml(text).value)


@pytest.mark.parametrize(
    "text",
    [
        "folds: 1",
        "seeds: 0",
        "fold: 3",
        "budget: {trials: 0}",
        "scheduler: {reduction_factor: 1}",
        "seed: -1",
        "network: []",
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(text):
    document = parse_yaml(f"name: probe\ntask: digits\n{text}\n").value
    assert not Draft202012Validator(json_schema()).is_valid(document)


def test_the_example_of_every_key_has_every_key(checkout):
    """All but space, which several networks exclude, arms, which make several runs, and values that others exclude."""
    document = parse_yaml((checkout / "examples" / "digits_both_families.yaml").read_text()).value
    schema = json_schema()
    assert {*document, "space", "arms"} == set(schema["properties"])
    for section in ("metric", "scheduler", "search", "budget", "resources"):
        assert set(document[section]) == set(schema["$defs"][f"{section.removesuffix('s').title()}Keys"]["properties"])
    parameters = {key for keys in document["parameters"].values() for key in keys}
    assert parameters == set(schema["$defs"]["ParameterKeys"]["properties"])


def test_a_bound_narrows_what_the_space_has(tmp_path):
    sweep = load(tmp_path, "parameters: {learning_rate: {max: 1e-2}, layers: {max: 3}}\n")
    assert sweep.space["learning_rate"].distribution == LogUniform(low=1e-4, high=1e-2)
    assert sweep.space["layers"].distribution == Integer(low=1, high=3)


def test_a_distribution_values_and_a_value_replace_it(tmp_path):
    sweep = load(
        tmp_path,
        "parameters:\n  learning_rate: {distribution: uniform, min: .5e-3, max: 1E-1}\n"
        "  bidirectional: {value: true}\n  hidden_size: {values: [32, 8], default: 8, group: data}\n",
    )
    assert sweep.space["learning_rate"].distribution == Uniform(low=5e-4, high=0.1)
    assert sweep.space["bidirectional"].distribution == Constant(value=True)
    hidden_size = sweep.space["hidden_size"]
    assert (hidden_size.distribution, hidden_size.default, hidden_size.group) == (Choice(options=(8, 32)), 8, "data")


def test_the_default_falls_into_the_middle_where_the_range_leaves_it(tmp_path):
    sweep = load(tmp_path, "parameters: {output_dropout: {min: 0.2, max: 0.4}}\n")
    assert sweep.space["output_dropout"].default == pytest.approx(0.3)


def test_what_hangs_on_a_value_that_is_ruled_out_falls_away(tmp_path):
    assert "between_layer_dropout" not in load(tmp_path, "parameters: {layers: {value: 1}}\n").space


def test_a_condition_may_refer_to_what_the_space_declares_later(tmp_path):
    sweep = load(tmp_path, "parameters: {output_dropout: {when: {layers: 2}}}\n")
    assert sweep.space["output_dropout"].conditions == (Condition(hyperparameter="layers", values=(2,)),)
    assert set(sweep.space.names) == set(SPACES["lstm"].names)
    assert "output_dropout" in sweep.space.active_names({**sweep.space.defaults(), "layers": 2})
    assert "output_dropout" not in sweep.space.active_names({**sweep.space.defaults(), "layers": 1})


def test_a_condition_of_ones_own_keeps_the_family_of_its_hyperparameter(tmp_path):
    sweep = load(tmp_path, "network: [lstm, ffnn]\nparameters: {forget_gate_bias: {when: {batch_size: 16}}}\n")
    assert [str(condition) for condition in sweep.space["forget_gate_bias"].conditions] == [
        "network in ['lstm']",
        "batch_size in [16]",
    ]


def test_changes_leave_the_order_of_the_space(tmp_path):
    sweep = load(tmp_path, "parameters: {layers: {max: 3}, batch_size: {value: 8}, learning_rate: {max: 1}}\n")
    assert sweep.space.names == SPACES["lstm"].names


def test_whole_numbers_may_be_written_as_floats(tmp_path):
    sweep = load(tmp_path, "budget: {trials: 1e2}\nfolds: 4.0\n")
    assert (sweep.trials, sweep.folds) == (100, 4)


def test_a_grid_of_exactly_the_budget_is_accepted(tmp_path):
    held = "".join(
        f"  {name}: {{value: {value}}}\n"
        for name, value in SPACES["ffnn"].defaults().items()
        if name not in ("batch_size", "hidden_layers")
    )
    sweep = load(
        tmp_path, f"network: ffnn\nsearch: {{type: grid, points: 4}}\nbudget: {{trials: 16}}\nparameters:\n{held}"
    )
    assert sum(1 for _ in sweep.space.grid(4)) == 16


SCALARS = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(
    st.sampled_from(["budget.trials", "scheduler.max_epochs", "seed", "metric.name", "parameters.layers.values"]),
    SCALARS | st.lists(SCALARS, max_size=3),
)
def test_an_override_puts_in_exactly_the_value_that_was_written(key, value):
    overrides, problems = read_overrides([f"{key}={dump_yaml(value)}"])
    assert problems == []
    found = put_overrides({"seed": 1, "budget": {"time": "1h"}}, overrides)
    for part in key.split("."):
        found = found[part]
    assert (found, repr(found)) == (value, repr(value))


@given(st.dictionaries(st.sampled_from(sorted(HYPERPARAMETERS)), SCALARS))
def test_short_and_long_overrides_of_a_hyperparameter_are_the_same(values):
    short, _ = read_overrides([f"{name}={dump_yaml(value)}" for name, value in values.items()])
    long, _ = read_overrides([f"parameters.{name}.value={dump_yaml(value)}" for name, value in values.items()])
    assert put_overrides({}, short) == put_overrides({}, long)
    assert [replace(each, text="") for each in short] == [replace(each, text="") for each in long]


def test_the_last_override_of_a_key_wins_and_the_document_stays():
    document = {"budget": {"trials": 1, "time": "1h"}}
    overrides, _ = read_overrides(["budget.trials=2", "budget.trials=3", "budget={trials: 4}", "budget.time=5m"])
    assert put_overrides(document, overrides) == {"budget": {"trials": 4, "time": "5m"}}
    assert document == {"budget": {"trials": 1, "time": "1h"}}


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("layers=1", {"value": 1, "when": {"bidirectional": True}}),
        ("layers.values=[1, 3]", {"values": [1, 3], "when": {"bidirectional": True}}),
        ("layers.max=4", {"min": 1, "max": 4, "default": 2, "when": {"bidirectional": True}}),
    ],
)
def test_setting_one_form_of_a_hyperparameter_takes_the_place_of_the_others(override, expected):
    keys = {"min": 1, "max": 3, "default": 2, "when": {"bidirectional": True}}
    overrides, _ = read_overrides([override])
    assert put_overrides({"parameters": {"layers": keys}}, overrides) == {"parameters": {"layers": expected}}


def test_setting_a_bound_takes_the_place_of_a_value():
    overrides, _ = read_overrides(["layers.max=4"])
    assert put_overrides({"parameters": {"layers": {"value": 1}}}, overrides) == {"parameters": {"layers": {"max": 4}}}


def test_a_sweep_has_probes_unless_it_says_otherwise(tmp_path):
    assert load(tmp_path, "").probe_share == 0.1
    assert load(tmp_path, "probe_share: 0\n").probes == frozenset()
    assert len(load(tmp_path, "", "probe_share=1").probes) == 64


def test_a_grid_smaller_than_the_budget_has_as_many_probes_as_it_can_have(tmp_path):
    text = "network: ffnn\nsearch: {type: grid, points: 2}\nbudget: {trials: 1000}\n"
    sweep = load(tmp_path, text)
    assert sweep.planned == 2 ** len(sweep.space.searched)
    assert max(sweep.probes) < sweep.planned


def test_an_override_reaches_the_sweep(tmp_path):
    sweep = load(tmp_path, "folds: 3\n", "folds=4", "learning_rate.max=1e-2", "weight_decay=0")
    assert sweep.folds == 4
    assert sweep.space["learning_rate"].distribution == LogUniform(low=1e-4, high=1e-2)
    assert sweep.space["weight_decay"].distribution == Constant(value=0)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("trials", "budget.trials"),
        ("max_epoch", "scheduler.max_epochs"),
        ("lr", "learning_rate"),
        ("probes", "probe_share"),
        ("qqq", None),
    ],
)
def test_the_key_that_was_meant_is_found_in_any_section(name, key):
    assert key_meant(name) == key


def test_every_network_has_a_space_of_its_name():
    assert set(NETWORKS) <= set(SPACES)


def test_every_built_in_sweep_begins_with_a_line_about_itself():
    for name in SWEEPS:
        assert built_in_text(name).startswith("# "), name


def test_every_built_in_sweep_file_is_in_the_catalogue(checkout):
    files = {path.name for path in Path(checkout, "sweeps", "built_in").glob("*.yaml")}
    assert files == set(SWEEPS.values())
