"""Tables of what a sweep costs besides its training."""

import json
import statistics
from pathlib import Path
from typing import Any

from option_tables import table

RESULTS = Path(__file__).resolve().parents[1] / "benchmarks" / "results"
NAMES = {"odyssey": "Odyssey", "ray_tune": "Ray Tune, as its tutorial has it", "optuna": "Optuna, two processes"}
NAMES |= {"syne_tune": "Syne Tune, local back end"}
PHASES = {
    "start_s": "until the first trial begins",
    "epochs_s": "epochs, as the workers time them",
    "between_s": "between them",
    "tail_s": "one worker without work at the end",
    "tables_s": "tables and Ray's end",
    "telling_s": "best table and importance",
}
STEPS = {
    "read": "all four tables",
    "best": "`best`",
    "status": "`status`",
    "rank": "`rank`",
    "importance": "`importance`",
    "report": "`report`",
    "export_csv": "`export`, csv",
    "export_parquet": "`export`, parquet",
    "export_json": "`export`, json",
    "export_xlsx": "`export`, xlsx",
    "export_yaml": "`export`, yaml",
    "export_md": "`export`, md",
    "export_tex": "`export`, tex",
}
COMMANDS = {"help": "`odyssey --help`", "best": "`odyssey best`", "ls": "`odyssey ls`", "status": "`odyssey status`"}


def efficiency() -> str:
    """Wall time of whole sweeps over that of the same epochs without a framework, by number of trials."""
    measured = {trials: _measured(f"sweep_efficiency_{trials}") for trials in (64, 256)}
    header = [""]
    for trials in measured:
        header += [f"{trials} trials: epochs", "best accuracy", "seconds", "÷ floor", "÷ Odyssey"]
    body = []
    for name, shown in NAMES.items():
        line = [shown]
        for each in measured.values():
            line += _efficiency_cells(each["medians"].get(name))
        body.append(line)
    return table(header, body)


def efficiency_in_short() -> str:
    """Seconds of whole sweeps, and over the same epochs without a framework."""
    measured = [_measured(f"sweep_efficiency_{trials}")["medians"] for trials in (64, 256)]
    body = [
        [shown, *(cell for found in measured for cell in _efficiency_cells(found.get(name))[2:4])]
        for name, shown in NAMES.items()
    ]
    return table(["", "64 trials: seconds", "÷ floor", "256 trials: seconds", "÷ floor"], body)


def _efficiency_cells(found: dict[str, Any] | None) -> list[str]:
    if found is None:
        return ["–"] * 5
    over = found.get("wall / odyssey", 1.0)
    return [
        f"{found['epochs']:.0f}",
        f"{found['best_accuracy']:.4f}",
        f"{found['wall_s'] - found['stolen_s']:.0f}",
        f"{found['wall / floor']:.2f}",
        f"{over:.2f}",
    ]


def efficiency_phases() -> str:
    """Where the seconds of Odyssey's sweeps went."""
    measured = [_measured(f"sweep_efficiency_{trials}") for trials in (64, 256)]
    splits = [[one["odyssey"]["split"] for one in each["repetitions"]] for each in measured]
    body = [
        [shown, *(f"{statistics.median(split[phase] for split in found):.1f}" for found in splits)]
        for phase, shown in PHASES.items()
    ]
    medians = [each["medians"]["odyssey"] for each in measured]
    stolen = ["of all these, taken by the host", *(f"{found['stolen_s']:.1f}" for found in medians)]
    floors = ["for comparison: the floor, without that", *(f"{found['floor_s']:.1f}" for found in medians)]
    return table(["seconds", "64 trials", "256 trials"], [*body, stolen, floors])


def training_step() -> str:
    """Time of an epoch, of its training and of its evaluation over that of the bare loop."""
    measured = _measured("training_step")
    parts = ("epoch", "training", "evaluation")
    body = [
        [name, *(f"{each[part]['ratio']:.2f}" for part in parts)] for name, each in measured["configurations"].items()
    ]
    median = ["median", *(f"{measured['all'][part]:.2f}" for part in parts)]
    return table(["", "whole epoch", "training", "evaluation"], [*body, median])


def stacking_pays() -> str:
    """Time of an epoch of all folds at once over that of one fold after another, and which of the two is done."""
    body = [
        [each["case"], f"{each['ratio']:.2f}", "at once" if each["pays"] else "one after another"]
        for each in _measured("stacking_pays")["cases"]
    ]
    return table(["", "at once ÷ one after another", "trained"], body)


def driver_costs() -> str:
    """What the driver's own part costs, without Ray, by number of trials, 64 in flight."""
    cells = [
        each
        for one in _measured("driver_overhead")["repetitions"]
        for each in one["state"]
        if (each["in_flight"], each["search"]) == (64, "random")
    ]
    sizes = sorted({each["trials"] for each in cells})
    rows = {
        "an epoch report, whole, µs": lambda each: 1e6 * each["whole"]["s_per_report"],
        "a trial besides its reports, µs": lambda each: 1e6 * each["whole"]["s_per_trial"],
        "a look at the rungs, µs": lambda each: 1e6 * each["decisions"]["s_per_report"],
        "a recorded line, µs": lambda each: 1e6 * each["record"]["s_per_line"],
        "memory, MiB": lambda each: each["memory_mib"],
    }
    body = [
        [name, *(_number([read(each) for each in cells if each["trials"] == size]) for size in sizes)]
        for name, read in rows.items()
    ]
    return table(["", *(f"{size:,} trials" for size in sizes)], body)


def driver_on_ray() -> str:
    """Processor time of the whole driver with Ray in it, and of the screen."""
    measured = _measured("driver_overhead")
    repetitions = measured["repetitions"]
    ray = [each for one in repetitions for each in one["ray"]]
    apart = [each for one in measured["ray_apart"] for each in one]
    screen = [each for one in repetitions for each in one["screen"]]
    sizes = sorted({each["trials"] for each in (*ray, *screen)})
    rows = {
        "a report with a third of a trial, ms": (ray, lambda each: 1e3 * each["cpu_s_per_report"]),
        "a report alone, ms": (apart, lambda each: each["report_ms"]),
        "a trial besides its reports, ms": (apart, lambda each: each["trial_ms"]),
        "the last quarter of the reports ÷ the second": (ray, lambda each: each["cpu, last quarter / second quarter"]),
        "memory of the driver besides its start, MiB": (ray, lambda each: each["peak_rss_growth_mib"]),
        "the live screen, % of a core": (screen, lambda each: 100 * each["screen"]["share_of_a_core"]),
        "the driver waits for a frame, ms": (screen, lambda each: 1e3 * each["frame"]["look_s"]),
    }
    body = [
        [name, *(_number([read(each) for each in cells if each["trials"] == size]) for size in sizes)]
        for name, (cells, read) in rows.items()
    ]
    return table(["", *(f"{size:,} trials" for size in sizes)], body)


def analysis_scale() -> str:
    """Wall seconds and largest memory of each step, by number of trials."""
    cells = _measured("analysis_scale")["cells"]
    sizes = sorted({each["trials"] for each in cells})
    body = [
        [shown, *(_step_cell([each for each in cells if (each["trials"], each["step"]) == (n, step)]) for n in sizes)]
        for step, shown in STEPS.items()
    ]
    return table(["seconds, MiB", *(f"{size:,} trials" for size in sizes)], body)


def _step_cell(found: list[dict[str, Any]]) -> str:
    if not found:
        return "–"
    if any(each.get("ended_after_s") for each in found):
        return f"not in {max(each['ended_after_s'] or 0 for each in found):.0f} s"
    return f"{statistics.median(each['wall_s'] for each in found):.1f} s, {max(each['peak_mib'] for each in found):.0f}"


def command_start() -> str:
    """Seconds until a verb has answered, on a run of 10,000 trials."""
    median_s = _measured("command_start")["median_s"]
    rows = {"python": "Python that does nothing", "python_with_pandas": "Python that imports pandas", **COMMANDS}
    return table(["", "seconds"], [[shown, f"{median_s[name]:.2f}"] for name, shown in rows.items()])


def data_sharing() -> str:
    """Copies of the data that trials at once take, by Odyssey and by the naive way."""
    costs = _measured("data_sharing")["costs"]
    keys = ("data_copies_pss", "data_copies_pss_peak", "data_copies_store")
    body = [
        [name, number, *(f"{cost[key]:.2f}" for key in keys)]
        for way, name in (("odyssey", "Odyssey"), ("naive", "each trial loads for itself"))
        for number, cost in costs[way].items()
        if number.isdigit()
    ]
    return table(["", "trials at once", "copies in all processes", "at the peak", "of these in the store"], body)


def scale() -> str:
    """How busy GPUs are while all have a trial, one trial on each, by seconds of an epoch."""
    cases = [each for each in _measured("scale_simulation")["cases"] if each["trials_per_gpu"] == 1]
    gpus = sorted({each["gpus"] for each in cases})
    found = {(each["epoch_s"], each["gpus"]): each for each in cases}
    lengths = sorted({each["epoch_s"] for each in cases})
    body = [[f"{epoch_s:g} s", *(_scale_cell(found.get((epoch_s, n))) for n in gpus)] for epoch_s in lengths]
    return table(["an epoch takes", *(f"{n:,} GPUs" for n in gpus)], body)


def _scale_cell(case: dict[str, Any] | None) -> str:
    if case is None:
        return "–"
    use, driver = case["gpu_use_steady"], case["driver_use_steady"]
    use = case["gpu_use"] if use is None else use
    driver = case["driver_use"] if driver is None else driver
    cell = f"{use:.0%}, driver {driver:.0%}"
    remedies = case.get("remedies", {})
    best = max(remedies.items(), key=lambda each: each[1]["gpu_use_steady"] or 0.0, default=None)
    return cell if best is None else f"{cell}; {best[1]['gpu_use_steady'] or 0:.0%} with {best[0]}"


def _number(values: list[float]) -> str:
    return f"{statistics.median(values):.3g}" if values else "–"


def _measured(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return found


TABLES = (
    efficiency,
    efficiency_in_short,
    efficiency_phases,
    training_step,
    stacking_pays,
    driver_costs,
    driver_on_ray,
    data_sharing,
    analysis_scale,
    command_start,
    scale,
)
