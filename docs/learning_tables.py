"""Tables of what networks learn, of regularisers, and of what acting within a recurrence costs."""

import json
from pathlib import Path
from typing import Any

from option_tables import table

RESULTS = Path(__file__).resolve().parents[1] / "benchmarks" / "results"
BASELINES = ("nothing", "bag of steps")
# What cannot be right by construction: it sees no order, or a place alone.
CANNOT = {
    *((task, "bag of steps") for task in ("motif", "positional leucines", "anchors", "spirals")),
    *((task, "linear") for task in ("motif", "anchors", "spirals")),
}
DAGGER = " †"

# What the two studies, or those that they report, saw; by how an arm's name begins, longer beginnings first.
SAW = {
    "recurrent_dropout_input 0.5": "peptides: no fall, last .950 against .941",
    "recurrent_dropout_state 0.5": "peptides: no fall, last .949 against .941",
    "both 0.5": "peptides: no fall, last .948 against .941",
    "embedding_dropout": "peptides: falls all the same, .950 to .938",
    "output_dropout": "handwriting, with between-layer dropout: .71 ± .11 against .67",
    "between_layer_dropout": "handwriting, with output dropout: .71 ± .11 against .67",
    "candidate_dropout": "handwriting, of others: with zoneout, the best",
    "weight_noise": "handwriting, of others: poor",
    "input_noise": "handwriting, of others: hurts",
    "recurrent_batch_norm": "handwriting, of others: better than zoneout",
    "batch_norm_before running": "peptides: no gain, best .948 against .950",
    "batch_norm_before batch": "peptides: hurts, best .944 against .950",
    "batch_norm_after running": "peptides: no gain, best .951 against .950",
    "batch_norm_after batch": "peptides: hurts much, best .871 against .950",
    "max_in_norm": "handwriting, of others: explains little",
    "carry_over": "handwriting, of others: explains little",
    "gradient_clip_norm": "handwriting: no gain, .65 (5) and .68 (50) against .68",
    "weight_decay": "handwriting, of others: does not work",
    "forget_gate_bias 0": "handwriting: training fits less without a bias of 1, .58 against .61",
    "learning_rate 0.01, exponential": "peptides: no fall, last .949 against .937",
}


def networks_learned() -> str:
    """Test metric of each network on each task, against the LSTM's."""
    measured = _measured("what_networks_learn")
    found = {(row["task"], row["name"]): row for row in measured["networks"]}
    tasks = list(dict.fromkeys(task for task, _ in found))
    names = list(dict.fromkeys(name for _, name in found if name != "changes"))
    metrics = measured["settings"]["networks"]["metrics"]
    best = ["best possible", *(_best(measured["settings"]["networks"]["best_possible"][task]) for task in tasks)]
    body = [[name, *(_learned(found.get((task, name)), (task, name) in CANNOT) for task in tasks)] for name in names]
    return table(["", *(f"{task}, {metrics[task]}" for task in tasks)], [best, *body])


def _best(best: dict[str, Any]) -> str:
    return f"{'from ' if best['at_least'] else ''}{best['value']:.3f}"


def _learned(row: dict[str, Any] | None, cannot: bool) -> str:
    if row is None:
        return "–"
    sign = {True: " ↑", False: " ↓", None: ""}[row.get("above_lstm")]
    return f"{row['mean']:.3f} ± {row['sd']:.3f}{sign}{DAGGER if cannot else ''}"


def regularisers_compared() -> str:
    """Gap, last and best of each arm, as differences to the LSTM without it."""
    rows = _measured("what_networks_learn")["regularisers"]
    header = ["", "gap", "Δ gap", "last", "Δ last", "best", "Δ best", "the studies"]
    return table(header, [_regularised(row) for row in rows])


def _regularised(row: dict[str, Any]) -> list[str]:
    cells = []
    for measure in ("gap", "last", "best"):
        cells += [f"{row[measure]['mean']:.3f}", _difference(row[measure].get("difference"))]
    name = row["name"] if row["against"] in (None, "plain") else f"{row['name']} (against {row['against']})"
    return [f"**{name}**" if row["against"] is None else name, *cells, _saw(row["name"])]


def _difference(found: dict[str, float] | None) -> str:
    if found is None:
        return ""
    value, low, high = (f"{found[name]:+.3f}".replace("-", "−") for name in ("value", "low", "high"))
    told = f"{value} ({low} to {high})"
    return f"**{told}**" if found["holm_p"] < 0.05 else told


def _saw(name: str) -> str:
    return next((saw for beginning, saw in SAW.items() if name.startswith(beginning)), "")


def recurrent_speed() -> str:
    """Time of a training step over that of torch's fused layers, of sequences of one length and padded."""
    ratios = _measured("recurrent_speed")["ratios"]
    forms = list(dict.fromkeys(form.rpartition(", ")[0] for form in ratios))
    contenders = list(dict.fromkeys(name for found in ratios.values() for name in found))
    body = [[name.removesuffix(" / fused"), *(_ratio(ratios, form, name) for form in forms)] for name in contenders]
    return table(["", *forms], body)


def _ratio(ratios: dict[str, dict[str, float]], form: str, name: str) -> str:
    lengths = [ratios[f"{form}, {kind}"].get(name) for kind in ("one length", "padded")]
    return " / ".join(f"{ratio:.1f}" for ratio in lengths if ratio is not None) or "–"


def _measured(name: str) -> dict[str, Any]:
    measured: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return measured


TABLES = (networks_learned, regularisers_compared, recurrent_speed)
