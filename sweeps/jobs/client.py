"""A cluster's job server: what can be asked of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweeps.exit_codes import EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED
from sweeps.jobs.connection import cluster_errors
from sweeps.jobs.submission import Submission
from sweeps.ray_session import ClusterError

_OVER = ("SUCCEEDED", "FAILED", "STOPPED")


@dataclass(frozen=True, kw_only=True, slots=True)
class JobState:
    """How a job stands."""

    status: str  # Ray's: PENDING, RUNNING, SUCCEEDED, FAILED, STOPPED
    exit_code: int | None  # of its driver; None before its end, and where it was stopped or never began
    message: str

    @property
    def over(self) -> bool:
        """Whether it will not change any more."""
        return self.status in _OVER


class JobClient:
    """Asks a job server through Ray's own client; every error is a ``ClusterError``."""

    def __init__(self, ray_client: Any, address: str) -> None:
        self.address = address
        self._ray_client = ray_client

    def ids(self) -> set[str]:
        """Give the submission ids of all jobs that the server knows."""
        with cluster_errors(self.address):
            return {str(job.submission_id) for job in self._ray_client.list_jobs() if job.submission_id}

    def submit(self, submission: Submission, package: Path) -> None:
        """Send a job with its working folder.

        Args:
            submission: the job.
            package: the working folder as a zip.
        """
        with cluster_errors(self.address):
            self._ray_client.submit_job(
                entrypoint=submission.entrypoint,
                submission_id=submission.submission_id,
                runtime_env={"working_dir": str(package), "env_vars": submission.environment},
                metadata=dict(submission.metadata),
            )

    def state(self, submission_id: str) -> JobState:
        """Ask how a job stands."""
        with cluster_errors(self.address):
            info = self._ray_client.get_job_info(submission_id)
        status = getattr(info.status, "value", info.status)  # text in some versions of Ray
        return JobState(status=str(status), exit_code=info.driver_exit_code, message=info.message or "")

    def stop(self, submission_id: str) -> None:
        """Ask a job to end; it is over some time later."""
        with cluster_errors(self.address):
            self._ray_client.stop_job(submission_id)

    def log(self, submission_id: str) -> str:
        """Give all that a job has printed so far."""
        with cluster_errors(self.address):
            return str(self._ray_client.get_job_logs(submission_id))

    def follow(self, submission_id: str, write: Callable[[str], object]) -> None:
        """Pass on what a job prints, as it does, until it is over."""
        with cluster_errors(self.address):
            asyncio.run(_follow(self._ray_client, submission_id, write))

    def exit_code(self, submission_id: str) -> int:
        """Give the exit code of a job that is over.

        Raises:
            ClusterError: If the cluster could not start it.
        """
        state = self.state(submission_id)
        if state.exit_code is not None:
            return state.exit_code
        if state.status == "FAILED":
            raise ClusterError(f"The cluster must be able to start {submission_id}, got: {state.message.strip()}")
        return {"STOPPED": EXIT_INTERRUPTED, "SUCCEEDED": EXIT_DONE}.get(state.status, EXIT_FAILED)


async def _follow(ray_client: Any, submission_id: str, write: Callable[[str], object]) -> None:
    async for text in ray_client.tail_job_logs(submission_id):
        write(text)
