"""What the driver of a sweep costs: per trial, epoch report, rung decision, recorded line and frame of the screen.

    python benchmarks/driver_overhead.py [--repetitions 3] [--trials 100 1000 10000] [--ray-trials 100 1000 10000]
    python benchmarks/driver_overhead.py --profile tune.prof    # 1,000 trials on Ray under cProfile, and nothing else

Each size is measured in processes of its own, one after another, the sizes in turn within each repetition:

- `state`: a real state, run folder, rung ladder and searcher without Ray, driven by scripted reports with 2, 64 and
  1,000 trials in flight, first whole and then part by part: what is left of the driver is replaced by nothing, or by
  what it answered before. `s_per_report` is the time in the call that hears of an epoch; `last_tenth / first_tenth`
  compares such times within one sweep, and is 1 where nothing grows. `memory_mib` is what the whole has grown by.
- `screen`: the processor time of the thread that shows, beside an idle driver, at its own pace; and the parts of a
  frame: looking, for which the driver waits, and drawing.
- `ray`: trivial trials of three epochs by the whole of Odyssey on a Ray of this machine: processor time of the driver's
  process alone, Ray's threads in it included, from the first quarter of the reports to the last. A report is charged
  with its part of a trial there; `ray_apart` tells them apart, by as many trials of twelve epochs.

`growth` is, for each repetition, what a report costs in the largest sweep over what it costs in the smallest.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from measurement import write_measured

HERE = Path(__file__).parent
IN_FLIGHT = (2, 64, 1000)
TPE_MOST = 1000  # trials: Optuna's own time grows with them
SCREEN_S = 20.0
SHORT, LONG = 3, 12  # epochs of a trial on Ray
MEDIUM = 1000  # trials, or next to it, of the long ones
Figures = dict[str, Any]


def measured(part: str, *arguments: object) -> Figures:
    """Measure one part at one size in a process of its own."""
    command = [sys.executable, __file__, "--part", part, *map(str, arguments)]
    answer = subprocess.run(command, check=True, cwd=HERE, capture_output=True, text=True)
    figures: Figures = json.loads(answer.stdout.splitlines()[-1])
    print(f"{part} {' '.join(map(str, arguments))}: {_summary(part, figures)}", flush=True)
    return figures


def _summary(part: str, figures: Figures) -> str:
    if part == "state":
        whole = figures["whole"]
        return (
            f"{1e6 * whole['s_per_report']:.0f} µs a report, {1e6 * whole['s_per_trial']:.0f} µs a trial, "
            f"{1e6 * figures['decisions']['s_per_report']:.1f} µs a look at the rungs, "
            f"{1e6 * figures['record']['s_per_line']:.0f} µs a line, {figures['memory_mib']:.1f} MiB"
        )
    if part == "screen":
        screen, frame = figures["screen"], figures["frame"]
        return f"{screen['share_of_a_core']:.2%} of a core, looking {1e3 * frame['look_s']:.2f} ms of a frame"
    return f"{1e3 * figures['cpu_s_per_report']:.2f} ms of the driver a report, {figures['wall_s']:.0f} s"


def run_part(part: str, arguments: Sequence[str]) -> Figures:
    """Measure one part in this process."""
    if part == "ray":
        from driver_with_ray import run

        return run(int(arguments[0]), int(arguments[1]), arguments[2] if len(arguments) > 2 else None)
    with tempfile.TemporaryDirectory() as folder:
        if part == "screen":
            from driver_screen import measure_screen

            return measure_screen(Path(folder), trials=int(arguments[0]), seconds=float(arguments[1]))
        from driver_parts import measure_state

        trials, in_flight, search = int(arguments[0]), int(arguments[1]), arguments[2]
        return measure_state(Path(folder), trials=trials, in_flight=in_flight, search=search)


def repetition(
    trials: Sequence[int],
    ray_trials: Sequence[int],
    *,
    screen_s: float = SCREEN_S,
    in_flight: Sequence[int] = IN_FLIGHT,
) -> dict[str, list[Figures]]:
    """Measure every part at every size once."""
    state = [measured("state", count, at_once, "random") for at_once in in_flight for count in trials]
    state += [measured("state", count, 8, "tpe") for count in trials if count <= TPE_MOST]
    screen = [measured("screen", count, screen_s) for count in trials]
    ray = [measured("ray", count, SHORT) for count in ray_trials]
    medium = min(ray, key=lambda figures: abs(_trials(figures) - MEDIUM), default=None)
    long = [measured("ray", _trials(medium), LONG)] if medium else []
    return {"state": state, "screen": screen, "ray": ray, "ray_long": long}


def told_apart(short: Figures, long: Figures) -> dict[str, float]:
    """Give what a report costs, and a trial besides its reports, from sweeps of as many short and long trials."""
    by_short, by_long = 1000 * short["cpu_s_per_report"], 1000 * long["cpu_s_per_report"]
    trial_ms = (by_short - by_long) / (1 / short["epochs"] - 1 / long["epochs"])
    return {"report_ms": by_long - trial_ms / long["epochs"], "trial_ms": trial_ms}


def ray_apart(one: dict[str, list[Figures]]) -> list[dict[str, float]]:
    """Tell apart what reports and trials cost the whole driver, where a repetition has both kinds of trials."""
    return [
        {"trials": long["trials"], **told_apart(short, long)}
        for long in one["ray_long"]
        for short in one["ray"]
        if short["trials"] == long["trials"]
    ]


def growth(one: dict[str, list[Figures]]) -> dict[str, float]:
    """Compare the largest sweep with the smallest: seconds per report, and memory per trial."""
    found = {}
    for at_once in sorted({each["in_flight"] for each in one["state"] if each["search"] == "random"}):
        sweeps = [each for each in one["state"] if (each["in_flight"], each["search"]) == (at_once, "random")]
        small, large = min(sweeps, key=_trials), max(sweeps, key=_trials)
        found[f"s_per_report, {at_once} in flight"] = large["whole"]["s_per_report"] / small["whole"]["s_per_report"]
        if large is not small:
            kib = 1024 * (large["memory_mib"] - small["memory_mib"]) / (large["trials"] - small["trials"])
            found[f"KiB per trial, {at_once} in flight"] = kib
    ray = one["ray"]
    if len(ray) > 1:
        small, large = min(ray, key=_trials), max(ray, key=_trials)
        found["ray: cpu_s_per_report"] = large["cpu_s_per_report"] / small["cpu_s_per_report"]
        mib = large["peak_rss_growth_mib"] - small["peak_rss_growth_mib"]
        found["ray: KiB per trial"] = 1024 * mib / (large["trials"] - small["trials"])
    return found


def simulation_costs(repetitions: Sequence[dict[str, list[Figures]]]) -> dict[str, float]:
    """Give what `scale_simulation.py` asks for: of the largest sweep on Ray, whose reports pay for trials too."""
    largest = [max(one["ray"], key=_trials) for one in repetitions if one["ray"]]
    if not largest:
        return {}
    report_ms = 1000 * statistics.median(figures["cpu_s_per_report"] for figures in largest)
    return {"report_ms": report_ms, "decision_ms": 0.0, "trial_ms": 0.0}


def _trials(figures: Figures) -> int:
    return int(figures["trials"])


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--ray-trials", type=int, nargs="*", default=[100, 1000, 10_000])
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="the smallest sizes once, printed and not written")
    parser.add_argument("--profile", help="write a profile of Ray Tune's thread with 1,000 trials to this file")
    parser.add_argument("--part", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(run_part(options.part[0], options.part[1:])))
        return
    if options.profile:
        measured("ray", 1000, SHORT, Path(options.profile).resolve())
        return
    if options.quick:
        print(json.dumps(growth(repetition([100], [20], screen_s=2.0, in_flight=[64])), indent=2))
        return
    repetitions = [repetition(options.trials, options.ray_trials) for _ in range(options.repetitions)]
    settings = {
        "trials": options.trials,
        "ray_trials": options.ray_trials,
        "in_flight": IN_FLIGHT,
        "screen_s": SCREEN_S,
    }
    path = write_measured(
        "driver_overhead",
        settings=settings,
        simulation_costs=simulation_costs(repetitions),
        growth=[growth(one) for one in repetitions],
        ray_apart=[ray_apart(one) for one in repetitions],
        repetitions=repetitions,
    )
    print(path)


if __name__ == "__main__":
    main()
