"""A report as one HTML file that loads nothing: styles and figures are in it, and it has no scripts."""

import re
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from analysis.figures.svg import svg_text
from analysis.report.blocks import Drawing
from analysis.report.number_columns import number_columns
from analysis.report.report_content import ReportContent

_KEPT_TOGETHER = re.compile(
    r"(?<=\d) (?=(?:%|s|min|h|d|GiB)(?!\w)|[…±])"  # 63 %, 0.1 …, 0.97 ±
    r"|(?<=[…±²]) (?=[\d−-])"  # … 0.1, ± 0.01, R² 0.91
)


def html_report(content: ReportContent) -> str:
    """Write a report as an HTML page; the same content gives the same text."""
    environment = Environment(
        loader=PackageLoader("analysis", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style = files("analysis.report").joinpath("report.css").read_text(encoding="utf-8")
    return environment.get_template("report.html.j2").render(
        content=content,
        style=Markup(style),
        drawn=_drawn,
        breakable=_breakable,
        prose=_prose,
        number_columns=number_columns,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A figure for a page."""

    svg: Markup
    width_px: int  # at the size of print


def _drawn(drawing: Drawing) -> Drawn:
    """Draw a figure; `svg_text` escapes what it writes."""
    figure = drawing.figure.draw(drawing.data)
    return Drawn(svg=Markup(svg_text(figure, prefix=drawing.name)), width_px=round(96 * figure.get_figwidth()))


def _prose(text: str) -> str:
    """Keep numbers with their units and the ends of ranges on one line."""
    return _KEPT_TOGETHER.sub("\u00a0", text)


def _breakable(text: str) -> Markup:
    """Let a name be broken after its underscores."""
    return Markup(escape(text).replace("_", Markup("_<wbr>")))
