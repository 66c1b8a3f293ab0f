"""``odyssey``: the list of verbs and what becomes of an error."""

import contextlib
import io
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from sweeps.command_line import (
    about_verbs,
    compare_verb,
    confirm_verb,
    fetch_verb,
    importance_verbs,
    interpret_verb,
    logs_verb,
    read_verbs,
    report_verb,
    run_verbs,
    stop_verb,
    submit_verb,
    watch_verb,
)
from sweeps.command_line.output import say
from sweeps.exit_codes import EXIT_CLUSTER, EXIT_FAILED, EXIT_USAGE
from sweeps.problems import RefusedError, UsageError

_EXIT_CODES = (
    "Exit codes: 0 done · 1 failed, no trial with an outcome, or nothing explained · 2 usage or sweep file wrong · "
    "3 done, but more failed trials than max_failed · 4 no trial reached the last epoch · "
    "5 cluster unreachable · 130 interrupted, resumable"
)
app = typer.Typer(
    name="odyssey",
    help="Hyperparameter search for sequence models on Ray Tune.",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
VERBS: dict[str, tuple[Callable[..., None], ...]] = {
    "Run": (run_verbs.run, run_verbs.resume, confirm_verb.confirm, run_verbs.validate),
    "On a cluster, or here": (submit_verb.submit, watch_verb.watch, logs_verb.logs, stop_verb.stop),
    "Read": (read_verbs.ls, read_verbs.status, read_verbs.best, read_verbs.export, fetch_verb.fetch),
    "Explain": (
        read_verbs.rank,
        compare_verb.compare,
        importance_verbs.importance,
        report_verb.report,
        interpret_verb.interpret,
    ),
    "Look around": (about_verbs.catalogue, about_verbs.doctor),
}
for panel, verbs in VERBS.items():
    for verb in verbs:
        app.command(rich_help_panel=panel)(verb)


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        with contextlib.suppress(PackageNotFoundError):
            typer.echo(f"odyssey {version('odyssey-sweeps')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the options that come before a verb."""


def main() -> None:
    """Run the command line; an error becomes one message and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # where the encoding has no ±, a question mark and no traceback
    try:
        app()
    except UsageError as error:
        _leave(str(error), EXIT_USAGE)
    except RefusedError as error:
        _leave(str(error), EXIT_FAILED)
    except Exception as error:
        from sweeps.ray_session import ClusterError  # to name it takes time that no verb needs which succeeds

        if not isinstance(error, ClusterError):
            raise
        _leave(str(error), EXIT_CLUSTER)


def _leave(message: str, code: int) -> None:
    say(f"odyssey: {message}", style="bold red")
    sys.exit(code)
