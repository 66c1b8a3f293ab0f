"""``odyssey``: the list of verbs and what becomes of an error."""

import sys

import typer

from sweeps.command_line import about_verbs, read_verbs, run_verbs
from sweeps.command_line.output import say
from sweeps.problems import UsageError
from sweeps.ray_session import ClusterError

app = typer.Typer(
    name="odyssey",
    help="Hyperparameter search for sequence models on Ray Tune.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
VERBS = (
    run_verbs.run,
    run_verbs.resume,
    run_verbs.validate,
    read_verbs.ls,
    read_verbs.status,
    read_verbs.best,
    read_verbs.rank,
    read_verbs.export,
    about_verbs.catalogue,
    about_verbs.doctor,
)
for verb in VERBS:
    app.command()(verb)


def main() -> None:
    """Run the command line; an error becomes one message and an exit code."""
    try:
        app()
    except UsageError as error:
        _leave(str(error), 2)
    except ClusterError as error:
        _leave(str(error), 5)
    except KeyboardInterrupt:
        _leave("interrupted", 130)
    except BrokenPipeError:  # the reader of a pipe has gone, as head does
        sys.stderr.close()
        sys.exit(0)


def _leave(message: str, code: int) -> None:
    say(f"odyssey: {message}", style="bold red")
    sys.exit(code)
