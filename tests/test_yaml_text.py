"""Numbers, text, lines and repeated keys of sweep files, and durations."""

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sweeps.durations import seconds_of
from sweeps.yaml_text import YamlError, dump_yaml, parse_yaml

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1e-5", 1e-5),
        ("1E5", 1e5),
        (".5e-3", 5e-4),
        ("-.5", -0.5),
        ("1.e3", 1000.0),
        ("+2e+2", 200.0),
        ("1.0e-05", 1e-5),
        (".inf", math.inf),
        ("1_000", 1000),
        ("0x1F", 31),
        ("0o17", 15),
        ("010", 10),
        ("-7", -7),
    ],
)
def test_numbers_are_read_as_people_write_them(text, number):
    value = parse_yaml(f"x: {text}").value["x"]
    assert (type(value), value) == (type(number), number)


@pytest.mark.parametrize(
    "text", ["yes", "no", "on", "off", "y", "N", "1:30", "2026-01-01", "1e", "e5", ".e5", "1e-5x", "="]
)
def test_what_only_yaml_1_1_takes_for_something_else_is_text(text):
    assert parse_yaml(f"x: {text}").value["x"] == text


@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False), ("null", None), ("~", None), ("", None)])
def test_truth_values_and_null_are_those_of_yaml_1_2(text, value):
    assert parse_yaml(f"x: {text}").value["x"] is value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_as_python_writes_it_is_read_back_equal(number):
    assert parse_yaml(repr(number)).value == number


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from("eE"))
def test_a_float_with_an_exponent_is_read_as_python_reads_it(number, exponent):
    text = f"{number:.3e}".replace("e", exponent)
    assert parse_yaml(text).value == float(text)


@given(st.integers())
def test_a_whole_number_is_read_back_equal(number):
    value = parse_yaml(str(number)).value
    assert (type(value), value) == (int, number)


@given(PLAIN)
def test_what_is_written_is_read_back_equal(value):
    read = parse_yaml(dump_yaml(value)).value
    assert (read, repr(read)) == (value, repr(value))


@given(PLAIN)
def test_what_is_written_means_the_same_to_a_reader_of_yaml_1_1(value):
    assert yaml.safe_load(dump_yaml(value)) == value


def test_each_key_and_item_knows_its_line():
    text = parse_yaml("a: 1\nb:\n  c: [1,\n    2]\n  d:\n  - x\n  - y: 1\n")
    assert text.line_of(("a",)) == 1
    assert text.line_of(("b", "c", 1)) == 4
    assert text.line_of(("b", "d", 1, "y")) == 7
    assert text.line_of(("b", "c", 1, "unknown")) == 4
    assert text.line_of(("unknown",)) is None


def test_a_key_given_three_times_is_told_twice_with_the_first_line():
    repeated = parse_yaml("a: 1\na: 2\nb: {c: 1, c: 2}\na: 3\n").repeated
    assert [(problem.path, problem.line, problem.message) for problem in repeated] == [
        (("a",), 2, "must be given once, got it on lines 1 and 2."),
        (("b", "c"), 3, "must be given once, got it on lines 3 and 3."),
        (("a",), 4, "must be given once, got it on lines 1 and 4."),
    ]


def test_anchors_and_merged_mappings_are_read():
    text = parse_yaml("a: &base {min: 1, max: 2}\nb: {<<: *base, max: 3}\nc: *base\n")
    assert text.value == {"a": {"min": 1, "max": 2}, "b": {"min": 1, "max": 3}, "c": {"min": 1, "max": 2}}
    assert text.repeated == ()


def test_an_object_used_twice_is_written_out_twice():
    shared = {"min": 1}
    assert "&" not in dump_yaml({"a": shared, "b": shared})


def test_nesting_without_end_is_refused():
    with pytest.raises(YamlError, match="must not be nested so deeply"):
        parse_yaml("[" * 5000)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (90, 90),
        (0.5, 0.5),
        ("90s", 90),
        ("30m", 1800),
        ("1h30m", 5400),
        ("2 d", 172800),
        ("1.5H", 5400),
        ("1h 5s", 3605),
    ],
)
def test_a_duration_is_read_in_seconds(given, seconds):
    assert seconds_of(given) == seconds


@pytest.mark.parametrize(
    "given", ["soon", "", "90", "-5m", "5 minutes", "1h30", "m", True, None, [1], math.inf, math.nan]
)
def test_what_is_no_duration_is_refused(given):
    with pytest.raises(ValueError, match="must be a duration such as 90s, 30m, 1h30m or 2d, got"):
        seconds_of(given)


@pytest.mark.parametrize("given", [0, -1, "0s", "0h0m"])
def test_a_duration_of_nothing_is_refused(given):
    with pytest.raises(ValueError, match="must be longer than nothing, got"):
        seconds_of(given)
