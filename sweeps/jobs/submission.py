"""A sweep as a job: what is started on the cluster, under which name, with which environment."""

import os
import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from sweeps.problems import UsageError

JOB_VARIABLE = "ODYSSEY_JOB"  # tells a driver under which submission id it runs
PREFIX = "odyssey-"
STOP_WAIT_S = 30  # for a sweep to end so that it can be resumed, before Ray kills it
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|CREDENTIAL|PRIVATE_KEY|ACCESS_KEY|API_KEY", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """One job."""

    submission_id: str
    arguments: Sequence[str]  # of `python -m sweeps`
    variables: Mapping[str, str]  # of its environment and that of its trials
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def entrypoint(self) -> str:
        """The command line that Ray starts."""
        return shlex.join(["python", "-m", "sweeps", *self.arguments])

    @property
    def environment(self) -> dict[str, str]:
        """Environment of the driver: Ctrl-C's signal ends a sweep so that it can be resumed; Ray's default does not."""
        own = {"RAY_JOB_STOP_SIGNAL": "SIGINT", "RAY_JOB_STOP_WAIT_TIME_S": str(STOP_WAIT_S)}
        return {**self.variables, **own, JOB_VARIABLE: self.submission_id}


def job_id(run: str, taken: Collection[str] = ()) -> str:
    """Name the job of a run: after it, with a number where the run has had jobs before."""
    names = (f"{PREFIX}{run}" if number == 1 else f"{PREFIX}{run}-{number}" for number in count(1))
    return next(name for name in names if name not in taken)


def newest_job(run: str, known: Collection[str]) -> str | None:
    """Give the last of a run's jobs; None if it has none."""
    found: str | None = None
    for number in count(1):
        name = f"{PREFIX}{run}" if number == 1 else f"{PREFIX}{run}-{number}"
        if name not in known:
            return found
        found = name
    return found


def check_runs(runs: str) -> None:
    """Refuse a place of runs that the cluster cannot be meant to see.

    Raises:
        UsageError: If it is a path that means another folder on another machine.
    """
    if "://" not in runs and not runs.startswith("/"):
        raise UsageError(
            "--runs must be where the cluster keeps runs: a URI such as s3://bucket/runs, or the absolute path of a "
            f"disk that every node mounts, got {runs!r}, a folder of this machine."
        )


def read_variables(given: Sequence[str]) -> dict[str, str]:
    """Read ``NAME=VALUE``, or ``NAME`` alone for the value that it has here.

    Raises:
        UsageError: If one is neither, or looks like a secret: whoever may enter the cluster can read them.
    """
    problems: list[str] = []
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        value = value if equals else os.environ.get(name, "")
        if not _VARIABLE.fullmatch(name) or not (equals or name in os.environ):
            problems.append(f"--env must be NAME=VALUE, or the NAME of a variable that is set here, got {name!r}.")
        elif _SECRET.search(name):
            problems.append(
                f"--env must hold no secret, got {name}: a job's environment can be read on the dashboard. Give nodes "
                "a role, or put it into their own environment."
            )
        else:
            found[name] = value
    if problems:
        raise UsageError("\n".join(problems))
    return found
