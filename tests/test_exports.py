"""Every export format, over the catalogue."""

import math

import numpy as np
import openpyxl
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from analysis.exports.catalogue import EXPORTS, export_format, export_table
from analysis.exports.latex_table import latex
from analysis.exports.markdown_table import markdown
from analysis.exports.records import to_records
from analysis.significant_digits import difference_text, outcome_text, significant

READABLE = [suffix for suffix, format_ in EXPORTS.items() if format_.read is not None]
FOR_PERSONS = [suffix for suffix, format_ in EXPORTS.items() if format_.read is None]


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rank": pd.array([1, 2, 3], dtype="Int64"),
            "config/network": ["lstm", "ffnn", None],
            "config/bidirectional": pd.array([True, None, False], dtype="boolean"),
            "config/hidden_layers": pd.array([None, 2, 0], dtype="Int64"),
            "config/learning_rate": [1 / 3, 1e-05, math.nan],
            "metrics/accuracy": [0.1 + 0.2, 1.0, 12345.678],
            "error": [None, 'a "quoted", text\nin two lines', "=1+1 | 50 % _of_ {x} ±"],
            "started_at": pd.to_datetime(
                ["2026-01-01T10:00:00.125", None, "2026-03-29T01:30:00"], utc=True, format="ISO8601"
            ).as_unit("us"),
        }
    )


@pytest.mark.parametrize("suffix", READABLE)
def test_a_table_is_read_back_equal(tmp_path, suffix):
    path = tmp_path / f"best{suffix}"
    export_table(table(), path)
    rounding = 1e-15 if suffix == ".xlsx" else 0.0  # a workbook's numbers are written with 16 digits
    assert_frame_equal(export_format(path).read(path), table(), rtol=rounding, atol=0.0)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", sorted(set(READABLE) - {".json", ".yaml", ".yml"}))
def test_a_table_without_rows_keeps_its_columns(tmp_path, suffix):
    path = tmp_path / f"best{suffix}"
    export_table(table().head(0), path)
    found = export_format(path).read(path)
    assert found.columns.tolist() == table().columns.tolist()
    assert len(found) == 0


@pytest.mark.parametrize("suffix", EXPORTS)
def test_every_format_writes_a_table_without_rows(tmp_path, suffix):
    export_table(table().head(0), tmp_path / f"best{suffix}")
    assert (tmp_path / f"best{suffix}").stat().st_size > 0


@pytest.mark.parametrize("suffix", READABLE)
def test_a_column_without_values_stays_without_values(tmp_path, suffix):
    path = tmp_path / f"best{suffix}"
    never = pd.to_datetime([None, None], utc=True)
    export_table(pd.DataFrame({"a": [1.5, 2.5], "b": [math.nan, math.nan], "c": never}), path)
    found = export_format(path).read(path)
    assert found["b"].isna().tolist() == [True, True]
    assert found["c"].isna().tolist() == [True, True]


@settings(max_examples=15, deadline=None)
@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=8))
@pytest.mark.parametrize("suffix", sorted(set(READABLE) - {".xlsx"}))
def test_floats_keep_every_digit(tmp_path_factory, suffix, values):
    path = tmp_path_factory.mktemp("exports") / f"best{suffix}"
    export_table(pd.DataFrame({"x": values}), path)
    np.testing.assert_array_equal(export_format(path).read(path)["x"].to_numpy(dtype=float), values)


@pytest.mark.parametrize("suffix", FOR_PERSONS)
def test_formats_for_persons_show_four_digits_and_dashes(tmp_path, suffix):
    path = tmp_path / f"best{suffix}"
    export_table(table(), path)
    text = path.read_text()
    assert "0.3333" in text
    assert "0.33333" not in text
    assert "12346" in text
    assert "2026-01-01 10:00:00" in text


def test_markdown_is_a_pipe_table_whose_cells_hold_no_pipes():
    lines = markdown(table()[["rank", "config/learning_rate", "error"]]).splitlines()
    assert [name.strip() for name in lines[0].split("|")[1:4]] == ["rank", "config/learning_rate", "error"]
    assert set(lines[1]) <= set("|:-")
    assert lines[1].split("|")[1].endswith(":")
    assert lines[-1].split("|")[2].strip() == "–"
    assert r"=1+1 \| 50 % _of_ {x} ±" in lines[-1]
    assert len(lines) == 5


def test_latex_has_the_rules_of_booktabs_and_escapes_what_is_a_command():
    text = latex(table()[["rank", "config/learning_rate", "error"]])
    assert text.startswith("\\begin{tabular}{rrl}\n\\toprule\n")
    assert all(rule in text for rule in (r"\midrule", r"\bottomrule"))
    assert r"config/learning\_rate" in text
    assert r"50 \% \_of\_ \{x\} $\pm$" in text
    assert r"3 & -- & " in text


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.sampled_from("\\~^ &%$#_{}"), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(cells=st.lists(TEXTS, min_size=1, max_size=5), name=TEXTS)
def test_latex_is_what_pandas_lays_out(cells, name):
    plain = [" ".join(cell.split()) for cell in cells]
    expected = pd.DataFrame({name: plain}, dtype=object).to_latex(index=False, escape=True, column_format="l")
    for symbol, command in {"±": r"$\pm$", "–": "--", "−": "$-$", "…": r"\dots{}"}.items():
        expected = expected.replace(symbol, command)
    assert latex(pd.DataFrame({name: cells}, dtype=object)) == expected


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
KEYS = st.text(min_size=1, max_size=150)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(SCALARS, SCALARS), min_size=1, max_size=6), keys=st.tuples(KEYS, KEYS))
def test_yaml_is_what_pyyaml_writes(tmp_path_factory, rows, keys):
    if keys[0] == keys[1]:
        return
    path = tmp_path_factory.mktemp("exports") / "a.yaml"
    frame = pd.DataFrame([list(row) for row in rows], columns=list(keys), dtype=object)
    export_table(frame, path)
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    expected = yaml.dump(to_records(frame), Dumper=dumper, sort_keys=False, allow_unicode=True, width=120)
    assert path.read_bytes().decode() == expected


def test_a_workbook_is_what_pandas_writes_cell_by_cell(tmp_path):
    frame = table().assign(inf=[math.inf, -math.inf, 1.0], code=["#N/A", "=", ""])
    export_table(frame, tmp_path / "ours.xlsx")
    zoneless = frame.assign(started_at=frame["started_at"].dt.tz_localize(None))
    zoneless.to_excel(tmp_path / "theirs.xlsx", index=False, freeze_panes=(1, 0))
    ours, theirs = (openpyxl.load_workbook(tmp_path / f"{name}.xlsx").active for name in ("ours", "theirs"))
    looks = [
        [
            (cell.value, cell.number_format, cell.font.b, cell.border.top.style)
            for row in sheet.iter_rows()
            for cell in row
        ]
        for sheet in (ours, theirs)
    ]
    assert looks[0] == looks[1]
    assert (ours.title, ours.dimensions) == (theirs.title, theirs.dimensions)


def test_a_table_larger_than_a_sheet_is_refused(tmp_path):
    with pytest.raises(ValueError, match="A sheet holds at most 1,048,575 rows"):
        export_table(pd.DataFrame({"x": np.zeros(2**20)}), tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())


def test_a_workbook_has_texts_and_no_formulas_and_times_without_zone(tmp_path):
    export_table(table(), tmp_path / "best.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "best.xlsx").active
    assert sheet["G4"].data_type == "s"
    assert sheet["H2"].value.tzinfo is None
    assert sheet["H2"].value.hour == 10
    assert sheet.freeze_panes == "A2"


def test_a_workbook_leaves_out_what_it_cannot_hold(tmp_path):
    export_table(pd.DataFrame({"error": ["\x1b[31mred\x1b[0m"]}), tmp_path / "best.xlsx")
    assert export_format(tmp_path / "best.xlsx").read(tmp_path / "best.xlsx")["error"].tolist() == ["[31mred[0m"]


def test_times_of_another_zone_are_exported_in_utc(tmp_path):
    noon = pd.DataFrame({"time": pd.to_datetime(["2026-07-01T12:00:00+02:00"]).tz_convert("Europe/Berlin")})
    for suffix in READABLE:
        export_table(noon, tmp_path / f"a{suffix}")
        found = export_format(tmp_path / f"a{suffix}").read(tmp_path / f"a{suffix}")
        assert found["time"].tolist() == [pd.Timestamp("2026-07-01T10:00:00Z")], suffix


def test_yaml_is_a_list_that_a_person_can_read(tmp_path):
    export_table(table()[["rank", "config/network", "config/learning_rate"]].head(1), tmp_path / "best.yaml")
    text = (tmp_path / "best.yaml").read_text()
    assert text == "- rank: 1\n  config/network: lstm\n  config/learning_rate: 0.3333333333333333\n"


def test_a_number_that_is_not_finite_is_null_in_json(tmp_path):
    export_table(pd.DataFrame({"x": [1.5, math.inf, math.nan]}), tmp_path / "a.json")
    assert (tmp_path / "a.json").read_text().count("null") == 2


def test_suffixes_are_known_in_capitals_too(tmp_path):
    export_table(table(), tmp_path / "BEST.CSV")
    assert (tmp_path / "BEST.CSV").read_text().startswith("rank,config/network")


def test_an_unknown_suffix_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(ValueError, match=r"\.csv, .*\.tex, got 'best\.xls'\. Did you mean \.xlsx\?"):
        export_table(table(), tmp_path / "best.xls")
    with pytest.raises(ValueError, match=r"got 'best'\.$"):
        export_table(table(), tmp_path / "best")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123456, "0.1235"), (1234.56, "1235"), (123456.7, "123457"), (1.23456e-7, "1.235e-07"), (2.0, "2"), (0.0, "0")],
)
def test_numbers_have_four_significant_digits(value, text):
    assert significant(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.95, "0.9500"),
        (0.0, "0.0000"),
        (-0.0033, "-0.0033"),
        (1234.56, "1235"),
        (0.00012346, "0.0001235"),
        (math.nan, "–"),
    ],
)
def test_an_outcome_has_four_decimals_where_they_say_enough(value, text):
    assert outcome_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0183, "+0.0183"), (-0.0039, "−0.0039"), (9.783e-05, "+0.000098"), (-0.0002814, "−0.000281"), (math.nan, "–")],
)
def test_a_difference_has_its_sign_and_no_exponent(value, text):
    assert difference_text(value) == text
