"""The course of the sweep, and all its configurations at a glance."""

from dataclasses import replace

from analysis.report.blocks import Drawing, Section, Text, drawings
from analysis.report.figure_readings import LEARNING_CURVES_WITH_PATIENCE
from analysis.report.findings import Findings
from analysis.report.words import counted


def course_section(findings: Findings) -> Section | None:
    """Show how the best came about; None before the first trial."""
    found = drawings(("optimisation_history", "learning_curves"), findings.record)
    if findings.patience:
        found = tuple(_of_best_epochs(each) for each in found)
    if not found:
        return None
    sentence = _when_words(findings)
    texts = (Text(text=sentence),) if sentence else ()
    return Section(anchor="course", title="The course of the sweep", blocks=(*texts, *found))


def _of_best_epochs(drawing: Drawing) -> Drawing:
    """Say of learning curves that they are of the best epoch so far."""
    if drawing.name != "learning-curves":
        return drawing
    return replace(drawing, caption=LEARNING_CURVES_WITH_PATIENCE)


def _when_words(findings: Findings) -> str:
    best = findings.best.trial_id
    if best is None:
        return ""
    trials = findings.record.trials.sort_values("number", kind="stable")
    place = trials["trial_id"].tolist().index(best) + 1
    later = len(trials) - place
    since = f"; {counted(later, 'later trial')} brought nothing better" if later else ""
    return f"The best was trial {place:,} of {len(trials):,} begun{since}."


def configurations_section(findings: Findings) -> Section | None:
    """Show every configuration; None where none has an outcome."""
    found = drawings(("parallel_coordinates", "slice"), findings.record)
    return Section(anchor="configurations", title="All configurations", blocks=found) if found else None
