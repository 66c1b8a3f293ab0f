"""The rows of a table as trials."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from analysis.foreign_tables.cells import Cell, is_finite, is_real
from analysis.foreign_tables.column_roles import chosen_columns, likely_columns
from analysis.foreign_tables.foreign_sweep import End, ForeignSweep, ForeignTrial, Request
from analysis.foreign_tables.name_words import guess_direction
from analysis.foreign_tables.nearest_name import listed
from analysis.foreign_tables.raw_table import RawTable
from analysis.foreign_tables.table_layout import TableLayout, layout_of


def sweep_of_table(table: RawTable, request: Request) -> ForeignSweep:
    """Take a table as a sweep: with an epoch, the rows of one trial are told apart by it; without, each row is a trial.

    Raises:
        ValueError: If a column that the user names is not there, or the outcome is not numeric.
    """
    layout = layout_of(table)
    outcome = _outcome(table, layout, request.outcome)
    values = _numbers(table, outcome, "the outcome")
    epoch = request.epoch or layout.epoch
    epoch = None if epoch == outcome else epoch
    columns, left_out = _columns(table, layout, request, taken=(outcome, epoch, layout.state, layout.trial_id))
    epochs = _epochs(table, epoch) if epoch else (0,) * table.rows
    trials = _trials(table, layout, columns, values, epochs)
    maximize = layout.maximize if guess_direction(outcome) is None and outcome in layout.outcomes else None
    return ForeignSweep(
        name=table.source,
        columns=tuple(columns),
        certain=layout.certain or request.columns is not None,
        trials=tuple(trials),
        outcome=outcome,
        maximize=maximize,
        adaptive=layout.adaptive,
        notes=(*layout.notes, *left_out, *([f"Epochs are read from the column {epoch}."] if epoch else [])),
    )


def _outcome(table: RawTable, layout: TableLayout, given: str | None) -> str:
    if given is not None:
        table.column(given, "the outcome")
        return given
    if len(layout.outcomes) == 1:
        return layout.outcomes[0]
    there = layout.outcomes or tuple(name for name in table.columns if any(map(is_real, table.columns[name])))
    raise ValueError(
        f"{table.source}: the outcome must be named, as {layout.kind} does not say which column it is; "
        f"there is {listed(there)}."
    )


def _numbers(table: RawTable, name: str, what: str) -> tuple[float | None, ...]:
    cells = table.column(name, what)
    numbers = tuple(_number(cell) for cell in cells)
    for row, (cell, number) in enumerate(zip(cells, numbers, strict=True)):
        if cell is not None and number is None:
            raise ValueError(
                f"{table.source}, {table.place(row)}: {what} must be a number, got {str(cell)!r} in column {name!r}."
            )
    return numbers


def _number(cell: Cell) -> float | None:
    """Read a number; those of a column that was read as text, for one word in it, are still numbers."""
    if isinstance(cell, bool) or cell is None:
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _epochs(table: RawTable, name: str) -> tuple[int, ...]:
    numbers = _numbers(table, name, "the epoch")
    for row, number in enumerate(numbers):
        if number is None or not is_finite(number) or number != math.floor(number) or number < 0:
            given = "nothing" if number is None else f"{number:g}"
            raise ValueError(
                f"{table.source}, {table.place(row)}: the epoch must be a whole number of at least 0, got {given} in "
                f"column {name!r}."
            )
    first = 1 if 0 in numbers else 0  # 0 stands for no epoch
    return tuple(int(number or 0) + first for number in numbers)


def _columns(
    table: RawTable, layout: TableLayout, request: Request, *, taken: Sequence[str | None]
) -> tuple[dict[str, str], list[str]]:
    """Give the columns that may be hyperparameters, by their names without prefix, and what was left out."""
    names = [name for name in layout.hyperparameters if name not in taken]
    if request.columns is not None:
        chosen = chosen_columns(request.columns, table, prefix=layout.prefix, outcome=taken[0])
        return {name.removeprefix(layout.prefix): name for name in chosen}, []
    kept, notes = likely_columns(table, names, certain=layout.certain)
    return {name.removeprefix(layout.prefix): name for name in kept}, notes


def _trials(
    table: RawTable,
    layout: TableLayout,
    columns: Mapping[str, str],
    values: Sequence[float | None],
    epochs: Sequence[int],
) -> list[ForeignTrial]:
    if not any(epochs):
        return [_trial(table, layout, columns, [row], values, epochs) for row in range(table.rows)]
    rows_of: dict[object, list[int]] = defaultdict(list)
    for row in range(table.rows):  # those of one trial share its id and configuration
        configuration = tuple(table.columns[name][row] for name in columns.values())
        trial_id = table.columns[layout.trial_id][row] if layout.trial_id else None
        rows_of[trial_id, configuration].append(row)
    return [_trial(table, layout, columns, rows, values, epochs) for rows in rows_of.values()]


def _trial(
    table: RawTable,
    layout: TableLayout,
    columns: Mapping[str, str],
    rows: Sequence[int],
    values: Sequence[float | None],
    epochs: Sequence[int],
) -> ForeignTrial:
    last = max(rows, key=lambda row: epochs[row])
    state = "" if layout.state is None else str(table.columns[layout.state][last] or "")
    end = layout.end(state)
    if end is End.COMPLETE and not is_finite(values[last]):
        end = End.DIVERGED
    finite = sorted((epochs[row], value) for row in rows if (value := values[row]) is not None and is_finite(value))
    comparable = end is not End.STOPPED or layout.stopped_comparable or epochs[last] > 0
    return ForeignTrial(
        trial_id=_trial_id(table, layout, rows[0]),
        place=table.place(rows[0]),
        values={name: cell for name, column in columns.items() if _given(cell := table.columns[column][rows[0]])},  # type: ignore[misc]  # what is given is no None
        outcomes=tuple(finite) if comparable else (),
        end=end,
        state=state,
    )


def _trial_id(table: RawTable, layout: TableLayout, row: int) -> str:
    given = table.columns[layout.trial_id][row] if layout.trial_id else None
    return table.place(row) if given is None else str(given)


def _given(cell: Cell) -> bool:
    return cell is not None and (is_finite(cell) or not is_real(cell))
