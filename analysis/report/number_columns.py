"""Which columns of a table of texts hold numbers."""

import re

from analysis.report.blocks import Table

_NUMBER = re.compile(r"[-−+<\d][\d\s.,…()%e+−±-]*|–")


def number_columns(table: Table) -> tuple[bool, ...]:
    """Tell for each column but the first, which names the rows, whether it holds numbers, ranges of them or nothing."""
    columns = zip(*table.rows, strict=True) if table.rows else ((),) * len(table.columns)
    return tuple(
        place > 0 and bool(column) and all(_NUMBER.fullmatch(text) for text in column)
        for place, column in enumerate(columns)
    )
