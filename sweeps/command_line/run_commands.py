"""What to type about a run, wherever it is: on this machine, in a store, on a cluster alone, as a job or not."""

import os
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.manifest import Manifest


@dataclass(frozen=True, kw_only=True, slots=True)
class RunCommands:
    """The verbs with their RUN and options."""

    run: str  # RUN with --runs, as the reading verbs take it
    cluster: str = ""  # --cluster or --address, where it was given and is to be typed again
    job: str | None = None  # submission id; None: no job
    visible: bool = True  # whether this machine sees the run folder

    @property
    def watch(self) -> str:
        """Look at it."""
        return f"odyssey watch {self.run}{self.cluster}"

    @property
    def stop(self) -> str:
        """End it, so that it can be resumed."""
        return f"odyssey stop {self.run}{self._of_the_job}"

    @property
    def resume(self) -> str:
        """Take it up again."""
        return f"odyssey submit --resume {self.run}{self._of_the_job}" if self.job else f"odyssey resume {self.run}"

    @property
    def log(self) -> str:
        """Read what its job printed."""
        return f"odyssey logs --job {self.run}{self._of_the_job}"

    @property
    def fetch(self) -> str:
        """Copy it here."""
        return f"odyssey fetch {self.run}"

    @property
    def _of_the_job(self) -> str:
        told = self.cluster or ("" if reached_by_environment() else " --cluster cluster.yaml")
        return told if self.job else ""


def reached_by_environment() -> bool:
    """Say whether the environment names a cluster, so that no option need do so."""
    return any(os.environ.get(name) for name in ("ODYSSEY_CLUSTER", "RAY_API_SERVER_ADDRESS"))


def run_text(name: str, runs: str) -> str:
    """Name a run of a place, which is left out where the environment says it."""
    if os.environ.get("ODYSSEY_RUNS") == runs:
        return shlex.quote(name)
    return f"{shlex.quote(name)} --runs {shlex.quote(runs)}"


def job_of(manifest: "Manifest") -> str | None:
    """Give the submission id of the job that the run's last session was; None if it was none."""
    job = manifest.get("job")
    return str(job) if job else None
