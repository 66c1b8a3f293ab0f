"""Write the tables of the docs and of README.md anew, from the JSONs of the benchmarks and from the code.

    python docs/fill_tables.py

A table stands between `<!-- table NAME -->` and `<!-- end -->`; NAME is a function here, in `option_tables.py`,
`learning_tables.py` or `speed_tables.py`. What a command of the walk-through printed stands between
`<!-- output NAME -->` and `<!-- end -->`.
"""

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import learning_tables
import option_tables
import speed_tables
from option_tables import table as _table

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    "docs/variance_explained.md",
    "docs/sequence_tasks.md",
    "docs/networks.md",
    "docs/speed.md",
    "README.md",
    "docs/walk_through.md",
)
NAMES = {
    "odyssey": "Odyssey",
    "odyssey_gaussian_process": "its Gaussian process alone",
    "odyssey_forest": "its forest alone",
    "optuna_fanova": "Optuna fANOVA",
    "optuna_ped_anova": "Optuna PED-ANOVA (its default)",
    "salib_rbd_fast": "SALib RBD-FAST (4 problems)",
    "salib_delta": "SALib delta (4 problems)",
}
KINDS = {"first_order": "first order", "totals": "totals", "pairs": "pairs"}


def accuracy() -> str:
    """Mean absolute errors over the problems, by number of configurations."""
    measured = _measured("importance_accuracy")
    rows = measured["summary"] + [
        row for row in measured["summary_of_continuous_problems"] if row["contender"].startswith("salib")
    ]
    sizes = sorted({row["n"] for row in rows})
    header = ["", *(f"n = {n}" for n in sizes), *(f"pairs, n = {n}" for n in sizes), f"CPU s, n = {sizes[-1]}"]
    found = {(row["contender"], row["n"]): row for row in rows}
    body = [
        [
            name,
            *(_error(found[key, n]["first_order"]) for n in sizes),
            *(_error(found[key, n]["pairs"]) for n in sizes),
            f"{found[key, sizes[-1]]['cpu_s']:.2f}",
        ]
        for key, name in NAMES.items()
        if (key, sizes[0]) in found
    ]
    return _table(header, body)


def accuracy_short() -> str:
    """The same, of first order and of the contenders that people would use instead."""
    rows = {(row["contender"], row["n"]): row for row in _measured("importance_accuracy")["summary"]}
    sizes = sorted({n for _, n in rows})
    kept = ("odyssey", "optuna_fanova", "optuna_ped_anova")
    return _table(
        ["configurations", *map(str, sizes)],
        [[NAMES[key], *(_error(rows[key, n]["first_order"]) for n in sizes)] for key in kept],
    )


def accuracy_by_problem() -> str:
    """First-order errors of Odyssey and of Optuna's fANOVA on each problem."""
    cells = _measured("importance_accuracy")["cells"]
    sizes = sorted({cell["n"] for cell in cells})
    pair = ("odyssey", "optuna_fanova")
    header = ["", *(f"{NAMES[key]}, n = {n}" for n in sizes for key in pair)]
    body = []
    for problem in dict.fromkeys(cell["problem"] for cell in cells):
        errors = [
            _mean(
                cell["first_order"]
                for cell in cells
                if (cell["problem"], cell["n"], cell["contender"]) == (problem, n, key) and "first_order" in cell
            )
            for n in sizes
            for key in pair
        ]
        body.append([problem.replace("_", " "), *map(_error, errors)])
    return _table(header, body)


def intervals() -> str:
    """Coverage of nominal 90 % intervals."""
    summary = _measured("importance_intervals")["summary"]
    rows = [row | {"kind": "all"} for row in summary["n"]] + summary["n|kind"]
    body = [
        [str(row["n"]), KINDS.get(row["kind"], "all"), str(row["intervals"]), f"{row['coverage']:.2f}"]
        + [f"{row[side]:.2f}" for side in ("truth_below", "truth_above", "width")]
        for row in sorted(rows, key=lambda row: row["n"])
    ]
    return _table(["configurations", "shares", "intervals", "hold the truth", "below", "above", "width"], body)


def early_stopping() -> str:
    """Errors at the full budget from sweeps that were stopped early."""
    rows = _measured("importance_early_stopping")["summary"]
    sizes = sorted({row["trials"] for row in rows})
    found = {(row["treatment"], row["trials"]): row for row in rows}
    body = [
        [treatment, *(_treated(found.get((treatment, n))) for n in sizes)]
        for treatment in dict.fromkeys(row["treatment"] for row in rows)
    ]
    return _table(["", *(f"{n} trials" for n in sizes)], body)


def speed() -> str:
    """CPU seconds and memory by number of hyperparameters and configurations."""
    cells = _measured("importance_speed")["cells"]
    body = []
    for key in sorted({(cell["d"], cell["n"], cell["contender"]) for cell in cells}):
        same = [cell for cell in cells if (cell["d"], cell["n"], cell["contender"]) == key]
        numbers = [_mean(cell[what] for cell in same) for what in ("cpu_s", "peak_mib", "grown_mib")]
        body.append(
            [str(key[0]), str(key[1]), NAMES[key[2]], f"{numbers[0]:.2f}", f"{numbers[1]:.0f}", f"{numbers[2]:.0f}"]
        )
    return _table(["hyperparameters", "configurations", "", "CPU s", "peak MiB", "of which its own"], body)


def toy_patterns() -> str:
    """AUC on the test split with masks and with padding, early and at the end, and their difference."""
    measured = _measured("toy_patterns")
    cells = {(cell["pattern"], cell["network"], cell["reading"]): cell for cell in measured["cells"]}
    leads = {(each["pattern"], each["network"], each["when"]): each for each in measured["differences"]}
    header = ["", ""]
    for when in (f"epoch {measured['settings']['early_epoch']}", "end"):
        header += [f"mask, {when}", f"symbol, {when}", "symbol − mask"]
    body = []
    for pattern, network in dict.fromkeys(key[:2] for key in leads):
        row = [pattern.replace("_", " "), network]
        for when in ("early", "end"):
            row += [_mean_and_sd(cells[pattern, network, reading][when]) for reading in ("mask", "symbol")]
            row.append(_with_interval(leads[pattern, network, when]))
        body.append(row)
    return _table(header, body)


def toy_patterns_ends() -> str:
    """AUC of networks that must find the last residue, and of those that need not or have more peptides."""
    cells = {(cell["pattern"], cell["network"], cell["reading"]): cell for cell in _measured("toy_patterns")["cells"]}
    noiseless = "anchor_motif_without_noise"
    columns = {
        "whole": (noiseless, "mask"),
        "ends": (noiseless, "ends"),
        "whole, four times the peptides": (f"{noiseless}_8000", "mask"),
    }
    body = [
        [network, *(_mean_and_sd(cells[pattern, network, reading]["end"]) for pattern, reading in columns.values())]
        for network in ("FFNN", "linear")
    ]
    return _table(["", *columns], body)


TABLES: dict[str, Callable[[], str]] = {
    table.__name__: table
    for table in (
        accuracy,
        accuracy_short,
        accuracy_by_problem,
        intervals,
        early_stopping,
        speed,
        toy_patterns,
        toy_patterns_ends,
        *option_tables.TABLES,
        *learning_tables.TABLES,
        *speed_tables.TABLES,
    )
}


def _measured(name: str) -> dict[str, Any]:
    measured: dict[str, Any] = json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text())
    return measured


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None


def _error(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}".replace("0.", ".", 1)


def _treated(row: dict[str, Any] | None) -> str:
    if row is None or row.get("first_order") is None:
        return "declined" if row else "–"
    declined = f"; {row['refused']} of {row['sweeps']} declined" if row["refused"] else ""
    return f"{row['first_order']:.3f} ({row['top_right']:.2f}{declined})"


def _mean_and_sd(found: dict[str, Any]) -> str:
    return f"{found['mean']:.3f} ± {found['sd']:.3f}"


def _with_interval(found: dict[str, Any]) -> str:
    value, low, high = (f"{found[name]:+.3f}".replace("-", "−") for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def output(name: str) -> str:
    """Give what a command of the walk-through printed, behind the command."""
    step = _measured("walk_through")["steps"][name]
    commands = [f"$ {line}" for line in step.get("command", "").splitlines()]
    return "\n".join(["```", *commands, step["output"], "```"])


def filled(text: str) -> str:
    """Give a page with its tables and outputs written anew."""
    pattern = re.compile(r"<!-- table (\w+) -->\n.*?<!-- end -->", re.DOTALL)
    text = pattern.sub(lambda found: f"<!-- table {found[1]} -->\n{TABLES[found[1]]()}\n<!-- end -->", text)
    pattern = re.compile(r"<!-- output (\w+) -->\n.*?<!-- end -->", re.DOTALL)
    return pattern.sub(lambda found: f"<!-- output {found[1]} -->\n{output(found[1])}\n<!-- end -->", text)


if __name__ == "__main__":
    for page in (ROOT / name for name in PAGES):
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
