"""A report as a file."""

from pathlib import Path

from analysis.atomic_file import write_text_atomically
from analysis.figures.svg import save_figure
from analysis.report.analyses import Analyses, analyse
from analysis.report.blocks import Block, Drawing, Folded
from analysis.report.html_report import html_report
from analysis.report.markdown_report import markdown_report
from analysis.report.report_content import ReportContent, report_content
from analysis.run_record import RunRecord

SUFFIXES = (".html", ".md")


def write_report(
    record: RunRecord,
    path: Path,
    *,
    analyses: Analyses | None = None,
    state: str | None = None,
    figures: bool = False,
) -> None:
    """Write the report of a run into a file, whole or not at all, as its suffix says: .html or .md.

    Args:
        record: the run, finished or not.
        path: of the file.
        analyses: of the same run; made here, which takes seconds, when None.
        state: how the run stands; what its manifest says when None. `report_content` lists the states.
        figures: whether Markdown gets its figures, as PNG in a folder `<name>-figures` beside it. HTML has them in it.

    Raises:
        ValueError: If the suffix is neither.
        FileNotFoundError: If the folder of `path` does not exist.
    """
    check_report_path(path)
    content = report_content(record, analyses or analyse(record), state=state)
    if path.suffix.lower() == ".html":
        write_text_atomically(path, html_report(content))
        return
    places = _save_figures(content, path) if figures else {}
    write_text_atomically(path, markdown_report(content, figures=places))


def check_report_path(path: Path) -> None:
    """Refuse, before anything is computed, a path that no report can be written to.

    Raises:
        ValueError: If the suffix is neither .html nor .md.
        FileNotFoundError: If the folder does not exist.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"A report's file must end in {' or '.join(SUFFIXES)}, got {path.name!r}.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"A file is written into an existing folder; {path.parent} is none.")


def _save_figures(content: ReportContent, path: Path) -> dict[str, str]:
    """Save all figures as PNG, which is on white: a page of Markdown may be dark, and does not tell a figure."""
    folder = path.with_name(f"{path.stem}-figures")
    folder.mkdir(exist_ok=True)
    places = {}
    for drawing in _drawings([block for section in content.sections for block in section.blocks]):
        save_figure(drawing.figure.draw(drawing.data), folder / f"{drawing.name}.png")
        places[drawing.name] = f"{folder.name}/{drawing.name}.png"
    return places


def _drawings(blocks: list[Block]) -> list[Drawing]:
    found: list[Drawing] = []
    for block in blocks:
        if isinstance(block, Drawing):
            found.append(block)
        elif isinstance(block, Folded):
            found.extend(_drawings(list(block.blocks)))
    return found
