"""What was searched: the task, the rules of the sweep, and the search space."""

from collections.abc import Mapping
from typing import Any

from analysis.figures.tick_text import tick_text
from analysis.importance.searched_range import searched_text
from analysis.report.blocks import Block, Facts, Folded, Points, Section, Table
from analysis.report.findings import Findings
from analysis.report.words import counted, listed, spoken
from search_spaces.distributions import Constant
from search_spaces.serialisation import distribution_from_json

SEARCHES = {
    "random": "at random",
    "sobol": "by a Sobol sequence",
    "grid": "on a grid",
    "tpe": "by TPE, which learns from the outcomes of earlier trials",
}
_KNOWN_NETWORKS = {
    "lstm": "LSTM",
    "ffnn": "feed-forward network",
    "gru": "GRU",
    "rnn": "simple recurrent network",
    "rcnn": "recurrent convolutional network",
    "deep_conv_lstm": "DeepConvLSTM",
}


def searched_section(findings: Findings) -> Section:
    """Describe the sweep and its space."""
    blocks: list[Block] = [Facts(pairs=tuple(_facts(findings))), _space_table(findings)]
    reasons = [
        f"{entry['name']}: {entry['reason']}" for entry in _entries(findings) if entry.get("reason") and _varies(entry)
    ]
    if reasons:
        blocks.append(Folded(title="Why these ranges", blocks=(Points(items=tuple(reasons)),)))
    return Section(anchor="searched", title="What was searched", blocks=tuple(blocks))


def networks(findings: Findings) -> tuple[str, ...]:
    """Name the networks as in a sentence; none where the record does not tell."""
    given = findings.sweep.get("network") or ()
    names = [given] if isinstance(given, str) else list(given)
    return tuple(_KNOWN_NETWORKS.get(str(name), str(name)) for name in names)


def replicates_words(findings: Findings) -> str:
    """Say how many times each configuration is trained."""
    folds, seeds = findings.manifest.get("folds"), int(findings.manifest.get("seeds") or 1)
    if not folds:
        return ""
    by_seeds = f" × {counted(seeds, 'seed')}" if seeds > 1 else ""
    return f"{counted(int(folds), 'fold')}{by_seeds}"


def search_words(findings: Findings) -> str:
    """Say how configurations were chosen."""
    kind = str(findings.manifest.get("search") or findings.sweep.get("search", {}).get("type", "random"))
    return SEARCHES.get(kind, kind)


def searched_names(findings: Findings) -> tuple[str, ...]:
    """Name what was searched, in the order of the space."""
    return tuple(str(entry["name"]) for entry in _entries(findings) if _varies(entry))


def _facts(findings: Findings) -> list[tuple[str, str]]:
    manifest, better = findings.manifest, "higher" if findings.record.direction == "maximize" else "lower"
    found = [
        ("Task", _task(findings)),
        ("Network" if len(networks(findings)) < 2 else "Networks", listed(networks(findings))),
        ("Metric", f"{spoken(findings.record.metric)}, on validation data; {better} is better"),
        ("Replicates", _replicates(findings)),
        ("Configurations", f"drawn {search_words(findings)}"),
        ("Early stopping", _stopping(findings)),
        ("Patience", _patience(findings)),
        ("Probes", _probes(findings)),
        ("Seed", str(manifest.get("seed", ""))),
    ]
    return [(name, text) for name, text in found if text]


def _replicates(findings: Findings) -> str:
    each = replicates_words(findings)
    return f"{each}; all replicates of a configuration train in lockstep" if each else ""


def _task(findings: Findings) -> str:
    described = isinstance(findings.sweep.get("task"), Mapping)
    return f"{findings.task}, as the sweep file below describes them" if described else findings.task


def _patience(findings: Findings) -> str:
    if not findings.patience:
        return ""
    earliest = findings.manifest.get("min_epochs", 1)
    return (
        f"a replicate stops after {counted(findings.patience, 'epoch')} without a better outcome"
        f"{f', after {earliest} at the earliest' if earliest > 1 else ''}; its best epoch counts, which validation "
        "data choose"
    )


def _stopping(findings: Findings) -> str:
    if not findings.stops_early:
        return f"none: each trial trains {counted(findings.max_epochs, 'epoch')}" if findings.max_epochs else "none"
    rungs = listed([str(rung) for rung in findings.manifest["rungs"]])
    scheduler = findings.sweep.get("scheduler") or {}
    factor = scheduler.get("reduction_factor") if isinstance(scheduler, Mapping) else None
    keeps = f", keeping about one in {factor} at each" if factor else ""
    return f"ASHA compares trials after {rungs} epochs{keeps}; at most {counted(findings.max_epochs, 'epoch')}"


def _probes(findings: Findings) -> str:
    if not findings.summary.probes:
        return ""
    count = counted(findings.summary.probes, "trial")
    return f"{count}, drawn from the space whatever the search, which no rung stops: they keep importance unbiased"


def _entries(findings: Findings) -> list[dict[str, Any]]:
    return list(findings.manifest["space"]["hyperparameters"])


def _varies(entry: Mapping[str, Any]) -> bool:
    return bool(entry["distribution"]["kind"] != "constant")


def _space_table(findings: Findings) -> Table:
    columns = ("hyperparameter", "group", "searched", "default", "only where")
    rows = [
        (str(entry["name"]), str(entry.get("group", "–")), _range(entry), _default(entry), _conditions(entry))
        for entry in _entries(findings)
    ]
    shown = [place for place in range(len(columns)) if place < 3 or any(row[place] != "–" for row in rows)]
    return Table(
        caption="The search space. “log”: uniform in the logarithm. A share of variance holds for these ranges only.",
        columns=tuple(columns[place] for place in shown),
        rows=tuple(tuple(row[place] for place in shown) for row in rows),
    )


def _range(entry: Mapping[str, Any]) -> str:
    distribution = distribution_from_json(entry["distribution"])
    if isinstance(distribution, Constant):
        return f"fixed at {tick_text(distribution.value)}"
    return searched_text(distribution)


def _default(entry: Mapping[str, Any]) -> str:
    return tick_text(entry["default"]) if _varies(entry) and "default" in entry else "–"


def _conditions(entry: Mapping[str, Any]) -> str:
    texts = [
        f"{condition['hyperparameter']} is {' or '.join(tick_text(value) for value in condition['values'])}"
        for condition in entry.get("conditions") or ()
    ]
    return ", and ".join(texts) or "–"
