"""A report as Markdown: texts and tables, and figures where they lie in files beside it."""

import re
from collections.abc import Iterator, Mapping

from analysis.report.blocks import Block, Drawing, Facts, Folded, Listing, Points, Table, Text
from analysis.report.number_columns import number_columns
from analysis.report.report_content import ReportContent

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&])|^(\s*)([#+=-]|\d+[.)])(?=\s|$)")


def markdown_report(content: ReportContent, *, figures: Mapping[str, str] | None = None) -> str:
    """Write a report as Markdown, with tables as GitHub reads them; what the run gave is escaped.

    Args:
        content: the report.
        figures: where each drawing lies, by its name, relative to the report; drawings without a place are left out.
    """
    lines = [f"# {_escaped(content.title)}", _escaped(content.subtitle)]
    lines.extend(f"> **{_escaped(warning)}**" for warning in content.warnings)
    for section in content.sections:
        lines.append(f"## {section.title}")
        for block in section.blocks:
            lines.extend(_lines(block, figures or {}))
    return "\n\n".join(lines) + "\n"


def _lines(block: Block, figures: Mapping[str, str]) -> Iterator[str]:
    match block:
        case Text():
            yield f"{'> ' if block.tone == 'caution' else ''}{_escaped(block.text)}"
        case Points():
            yield "\n".join(f"- {_escaped(item)}" for item in block.items)
        case Facts():
            yield "\n".join(f"- **{_escaped(name)}:** {_escaped(text)}" for name, text in block.pairs)
        case Table():
            yield _escaped(block.caption)
            yield _table(block)
        case Drawing():
            if block.name in figures:
                yield f"![{_escaped(block.caption)}](<{figures[block.name]}>)"
        case Listing():
            yield _escaped(f"{block.caption}:")
            yield _fenced(block.text)
        case Folded():
            yield f"### {_escaped(block.title)}"
            for each in block.blocks:
                yield from _lines(each, figures)


def _table(table: Table) -> str:
    rules = ["---:" if number else "---" for number in number_columns(table)]
    rows = [[_escaped(cell) for cell in row] for row in (table.columns, *table.rows)]
    lines = [rows[0], rules, *rows[1:]]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _fenced(text: str) -> str:
    """Fence a text with more backticks than it has in a row."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _escaped(text: str) -> str:
    """Keep a text what it is: on one line, and nothing in it is markup."""
    return _SPECIAL.sub(_escape, " ".join(text.split()))


def _escape(found: re.Match[str]) -> str:
    if found[1] == "<":
        return "&lt;"
    if found[1] == "&":
        return "&amp;"
    return f"\\{found[1]}" if found[1] else f"{found[2]}{_marked(found[3])}"


def _marked(mark: str) -> str:
    return f"\\{mark}" if len(mark) == 1 else f"{mark[:-1]}\\{mark[-1]}"
