"""What was learned from and how it was split: whether an outcome can be trusted depends on it."""

from collections.abc import Iterator

from analysis.report.blocks import Block, Facts, Folded, Points, Section, Table
from analysis.report.findings import Findings
from analysis.report.words import listed, percent, rows_words
from learning_tasks.split_audit import PartSummary, SplitAudit, folds_line, nothing_leaks
from learning_tasks.split_leaks import plural

MOST_FOLDS = 12  # that are shown unasked
MOST_CLASSES = 12  # that have a column each


def data_section(findings: Findings) -> Section | None:
    """Describe the data and their split; None where the record, an older one, does not tell."""
    audit = findings.split
    if audit is None:
        return None
    troubles = (*(f"Leak: {each}" for each in audit.leaks), *(f"Warning: {each}" for each in audit.warnings))
    blocks: list[Block] = [Points(items=troubles, tone="caution")] if troubles else []
    blocks.append(Facts(pairs=tuple(_facts(findings, audit))))
    blocks.extend(_tables(findings, audit))
    return Section(anchor="data", title="Data and split", blocks=tuple(blocks))


def leak_words(findings: Findings) -> str:
    """Warn of what leaks through the split; nothing where nothing does."""
    leaks = findings.split.leaks if findings.split else ()
    if not leaks:
        return ""
    more = f" And {len(leaks) - 1} more: see Data and split." if len(leaks) > 1 else ""
    return f"The split leaks, which allow_leaks let pass: every outcome here may be too good. {leaks[0]}{more}"


def _facts(findings: Findings, audit: SplitAudit) -> Iterator[tuple[str, str]]:
    about, development = findings.manifest.get("data") or {}, audit.development
    if about.get("read") is not None:
        yield "Data", rows_words(about["read"], about["dropped"])
    if about.get("sampling"):
        yield "Samples", about["sampling"]
    if not _one_each(audit):
        units, samples = (getattr(development, what) + getattr(audit.test, what) for what in ("units", "samples"))
        yield "Units", f"{units:,} of {samples:,} samples; those of a unit are judged as one, by their mean prediction"
    yield "Groups", _groups(audit)
    if about.get("subsets"):
        yield "Subsets", f"outcomes are also told for {listed(about['subsets'])}"
    yield "Folds", f"{folds_line(audit)}{_plan(findings, audit)}"
    if nothing_leaks(audit):
        yield "Leaks", f"none. {nothing_leaks(audit)}"
    yield "Fingerprint", f"{audit.fingerprint[:12]}; runs with the same have the same folds and the same test"


def _groups(audit: SplitAudit) -> str:
    if audit.development.groups is None:
        return "none: each sample stands for itself" if _one_each(audit) else "none: each unit stands for itself"
    what = "" if audit.group_noun == "group" else f"a group is one {audit.group_noun}: "
    return f"{what}{audit.development.groups:,} in development, {audit.test.groups:,} in the test"


def _plan(findings: Findings, audit: SplitAudit) -> str:
    plan = findings.manifest.get("fold_plan") or {}
    match plan.get("type"):
        case "k_fold":
            anew = f", {plan['repeats']} times anew" if plan["repeats"] > 1 else ""
            return f" They were drawn by chance from the seed{anew}."
        case "leave_one_group_out":
            return f" Each leaves out one {audit.group_noun}."
        case "given":
            return " They are those that the data bring along."
    return ""


def _tables(findings: Findings, audit: SplitAudit) -> Iterator[Block]:
    """Lay out the parts; of many folds only where they are asked for."""
    whole = [{"part": name} | _held(findings, audit, getattr(audit, name)) for name in ("development", "test")]
    folds = [
        {"part": f"fold {number}"} | _held(findings, audit, fold.validation) | {"trained on": f"{fold.train.samples:,}"}
        for number, fold in enumerate(audit.folds)
    ]
    if len(folds) <= MOST_FOLDS:
        yield _table(audit, [*folds, *(row | {"trained on": "–"} for row in whole)])
        return
    yield _table(audit, whole)
    yield Folded(title=f"All {len(folds)} folds", blocks=(_table(audit, folds),))


def _table(audit: SplitAudit, rows: list[dict[str, str]]) -> Table:
    judged = "samples" if _one_each(audit) else "units"
    sides = "Of each class" if audit.development.target_mean is None else "On each side of the threshold"
    balance = f" {sides}: {judged}, and their share." if audit.development.classes else ""
    return Table(
        caption=f"The parts of the split; of a fold, what is validated on.{balance}",
        columns=tuple(rows[0]),
        rows=tuple(tuple(row.values()) for row in rows),
    )


def _held(findings: Findings, audit: SplitAudit, part: PartSummary) -> dict[str, str]:
    """Say what a part holds, by the heads of the columns."""
    sizes = {"samples": f"{part.samples:,}"} | ({} if _one_each(audit) else {"units": f"{part.units:,}"})
    groups = {} if part.groups is None else {plural(audit.group_noun): f"{part.groups:,}"}
    mean = {} if part.target_mean is None else {"target, mean ± sd": f"{part.target_mean:.3g} ± {part.target_sd:.3g}"}
    return sizes | groups | mean | _classes(findings, part)


def _classes(findings: Findings, part: PartSummary) -> dict[str, str]:
    counts = [f"{count:,} ({percent(count / part.units)})" for count in part.classes or ()]
    if len(counts) > MOST_CLASSES:
        order = sorted(range(len(counts)), key=lambda label: (part.classes or ())[label])
        return {"rarest class": counts[order[0]], "commonest class": counts[order[-1]]}
    above = (findings.manifest.get("data") or {}).get("positive_above")
    names = ["class 0", "class 1"] if above is None else [f"target ≤ {above:.3g}", f"target > {above:.3g}"]
    names += [f"class {label}" for label in range(2, len(counts))]
    return dict(zip(names, counts, strict=False))


def _one_each(audit: SplitAudit) -> bool:
    return audit.development.units == audit.development.samples
