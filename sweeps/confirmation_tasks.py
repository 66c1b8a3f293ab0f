"""The replicates of a confirmation as tasks of Ray."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sweeps.ray_workarounds import MEMORY_MONITOR
from trainables.confirmation import ConfirmationData, ConfirmationJob, ConfirmationResult, train_and_test

LOOK_EVERY_S = 0.5  # whether the end was asked for


def train_on_cluster(
    jobs: Sequence[ConfirmationJob], data: ConfirmationData, *, cpu: float, gpu: float, stopped: Callable[[], bool]
) -> Iterator[ConfirmationResult]:
    """Train replicates wherever the cluster has room, and give what came of each as it ends.

    Args:
        jobs: what to train.
        data: what all of it shares, sent to each node once.
        cpu: cores for each.
        gpu: share of a GPU for each.
        stopped: whether to end early; what is under way is lost.
    """
    import ray

    # A worker that is lost costs its replicate: Ray would try one that needs too much memory again for ever.
    train = ray.remote(num_cpus=cpu, num_gpus=gpu, max_retries=0)(train_and_test)
    shared = ray.put(data)
    under_way = {train.remote(shared, job): job for job in jobs}
    try:
        while under_way and not stopped():
            ended, _ = ray.wait(list(under_way), timeout=LOOK_EVERY_S)
            for reference in ended:
                yield _result(reference, under_way.pop(reference))
    finally:
        for reference in under_way:
            ray.cancel(reference, force=True)


def _result(reference: Any, job: ConfirmationJob) -> ConfirmationResult:
    import ray
    from ray.exceptions import OutOfMemoryError, RayError

    try:
        result: ConfirmationResult = ray.get(reference)
    except OutOfMemoryError as error:
        return ConfirmationResult(job=job, status="out_of_memory", error=f"{MEMORY_MONITOR}: {error}")
    except RayError as error:
        return ConfirmationResult(job=job, status="failed", error=f"{type(error).__name__}: {error}")
    return result
