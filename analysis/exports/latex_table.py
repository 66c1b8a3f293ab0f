"""A LaTeX table for a paper, with the rules of booktabs: four significant digits, numbers to the right."""

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from analysis.atomic_file import write_text_atomically
from analysis.significant_digits import readable

_SYMBOLS = {"±": r"$\pm$", "–": "--", "−": "$-$", "…": r"\dots{}"}
_COMMANDS = {
    **{mark: f"\\{mark}" for mark in "&%$#_{}"},
    "\\": r"\textbackslash ",
    "~": r"\textasciitilde ",
    "^": r"\textasciicircum ",
}
_COMMAND = re.compile(r"[&%$#_{}]|[\\~^] ?")


def write(table: pd.DataFrame, path: Path) -> None:
    r"""Write `table` as a tabular; the document needs \usepackage{booktabs}."""
    write_text_atomically(path, latex(table))


def latex(table: pd.DataFrame) -> str:
    """Lay `table` out as a tabular, with what LaTeX would read as a command escaped."""
    sides = "".join("r" if pd.api.types.is_numeric_dtype(table[name]) else "l" for name in table.columns)
    texts = readable(table)
    columns = [_escaped("\n".join(texts[name])).split("\n") for name in texts.columns]  # no text holds a line end
    rows = zip(*columns, strict=True) if len(texts) else ()  # an empty text, too, is a line
    names = [_line(_escaped(str(name)) for name in texts.columns)] if columns else []
    lines = [
        rf"\begin{{tabular}}{{{sides}}}",
        r"\toprule",
        *names,
        r"\midrule",
        *map(_line, rows),
        r"\bottomrule",
        r"\end{tabular}",
        "",
    ]
    text = "\n".join(lines)
    for symbol, command in _SYMBOLS.items():
        text = text.replace(symbol, command)
    return text


def _line(cells: Iterable[str]) -> str:
    return rf"{' & '.join(cells)} \\"


def _escaped(text: str) -> str:
    return _COMMAND.sub(_command, text)


def _command(found: re.Match[str]) -> str:
    mark, space = found[0][0], found[0][1:]
    return _COMMANDS[mark] + (r"\space " if space else "")
