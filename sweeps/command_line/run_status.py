"""How one run stands: for the eye, and as a table of one row."""

from collections import Counter
from typing import TYPE_CHECKING

from analysis.report.words import rows_words
from sweeps.command_line.next_steps import state_text
from sweeps.command_line.output import print_gap, print_pairs, print_table
from sweeps.command_line.run_commands import job_of
from sweeps.command_line.run_lines import outcome
from sweeps.durations import duration_text
from sweeps.status_styles import STATUS_STYLES

if TYPE_CHECKING:
    import pandas as pd

    from analysis.run_record import RunRecord
    from analysis.summary import RunSummary

_ERRORS_SHOWN = 3
_CONFIRMED = {
    "none": "no: the best number is the search's own",
    "begun": "not yet: the confirmation has not ended",
    "ended": "yes, on the test: the report tells",
    "damaged": "not known: its record is damaged",
}


def print_status(record: "RunRecord", state: str, summary: "RunSummary") -> None:
    """Print how a run stands, and its rungs."""
    pairs = [
        ("run", record.path.name),
        ("status", state_text(state)),
        *_job(record),
        ("trials", _trials_text(summary, state)),
        ("elapsed", duration_text(summary.elapsed_seconds)),
        ("epochs", f"{summary.epochs_trained} trained, {summary.epochs_saved} saved by early stopping"),
    ]
    if summary.probes:
        pairs.append(("probes", f"{summary.probes} so far, which no rung stops, for unbiased importance"))
    if summary.best:
        value = f"{outcome(summary.best.value)} ± {outcome(summary.best.sd)}"
        pairs.append(("best", f"{summary.best.trial_id} {record.metric} {value}"))
    print_pairs([*pairs, *_trust(summary), *_errors(record)])
    print_gap()
    counts = ("rung", "seen", "passed", *(("spared",) if summary.probes else ()), "stopped", "diverged")
    rows = [[*(str(getattr(rung, name)) for name in counts), outcome(rung.last_cutoff)] for rung in summary.rungs]
    print_table((*counts, "cut-off"), rows)


def _job(record: "RunRecord") -> list[tuple[str, str]]:
    """Tell of the job that the last session was, and where its driver ran."""
    from sweeps.lock_owner import lock_owner

    job, owner = job_of(record.manifest), lock_owner(record.path)
    where = f" on {owner.host}" if owner else ""
    return [("job", f"{job}{where}")] if job else []


def _trials_text(summary: "RunSummary", state: str) -> str:
    counts = Counter(summary.trials_by_status)
    if state != "running":  # what ran when the driver was killed runs no more
        counts["interrupted"] += counts.pop("running", 0)
    statuses = [each for each in (*STATUS_STYLES, "interrupted") if counts[each]]
    told = ", ".join(f"{counts[each]} {each.replace('_', ' ')}" for each in statuses)
    planned = "" if summary.trials_planned is None else f" of {summary.trials_planned}"
    return f"{counts.total()}{planned}" + (f": {told}" if told else "")


def _trust(summary: "RunSummary") -> list[tuple[str, str]]:
    """Tell of rows that were left out, and whether the best number is more than the search's own."""
    rows = [("data", rows_words(summary.rows_read or 0, summary.rows_dropped))] if summary.rows_dropped else []
    return [*rows, ("confirmed", _CONFIRMED[summary.confirmation])] if summary.best else rows


def _errors(record: "RunRecord") -> list[tuple[str, str]]:
    """Give the last line of the last errors."""
    failed = record.trials[record.trials["status"].isin(["failed", "out_of_memory"])].tail(_ERRORS_SHOWN)
    errors = zip(failed["trial_id"], failed["error"].fillna(failed["stop_reason"]), strict=True)
    return [
        ("error", f"{trial_id}: {(str(error).strip() or 'no message').splitlines()[-1]}") for trial_id, error in errors
    ]


def summary_frame(record: "RunRecord", state: str, summary: "RunSummary") -> "pd.DataFrame":
    """Give a summary as a table of one row."""
    import pandas as pd

    row = {
        "run": record.path.name,
        "status": state,
        "job": job_of(record.manifest),
        "trials_planned": summary.trials_planned,
        **{f"trials/{each}": count for each, count in sorted(summary.trials_by_status.items())},
        "probes": summary.probes,
        "best_trial_id": summary.best.trial_id if summary.best else None,
        f"metrics/{record.metric}": summary.best.value if summary.best else None,
        f"metrics/{record.metric}_sd": summary.best.sd if summary.best else None,
        "elapsed_seconds": summary.elapsed_seconds,
        "epochs_trained": summary.epochs_trained,
        "epochs_saved": summary.epochs_saved,
        "rows_read": summary.rows_read,
        "rows_dropped": sum(summary.rows_dropped.values()),
        "confirmation": summary.confirmation,
    }
    return pd.DataFrame([row])
