"""The tables of the documentation say what the code and the results of the benchmarks say."""

import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
sys.path.insert(0, str(DOCS))
try:
    import fill_tables
    import option_tables
finally:
    sys.path.remove(str(DOCS))


@pytest.mark.parametrize("name", fill_tables.PAGES)
def test_the_tables_of_a_page_are_up_to_date(name):
    text = (fill_tables.ROOT / name).read_text(encoding="utf-8")
    assert text == fill_tables.filled(text), "write them again: python docs/fill_tables.py"


def test_no_table_is_written_in_vain():
    pages = "".join((fill_tables.ROOT / name).read_text(encoding="utf-8") for name in fill_tables.PAGES)
    assert set(re.findall(r"<!-- table (\w+) -->", pages)) == set(fill_tables.TABLES)


def test_every_option_says_what_it_does():
    assert set(option_tables.WHAT) == set(option_tables.readable())


def test_a_row_tells_who_reads_an_option_and_where():
    row = next(line for line in option_tables.regularisation_options().splitlines() if "`zoneout_cell`" in line)
    cells = [cell.strip() for cell in row.split("|")[1:-1]]
    assert cells[2:4] == ["0", "one of {0, 0.25, 0.5} *"]
    assert cells[5] == "lstm, deep_conv_lstm"
    depth = next(line for line in option_tables.architecture_options().splitlines() if "`depth_gated`" in line)
    assert "`layers = 2`" in depth
