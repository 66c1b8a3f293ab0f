"""How long two workers need for a list of jobs, and which epochs several contenders trained between them."""

from collections.abc import Iterable, Mapping, Sequence


def longest_epochs(lists: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """Give, of each configuration, the most epochs that any contender trained it for, in the order of numbers."""
    longest: dict[int, int] = {}
    for epochs in lists:
        for number, count in epochs.items():
            longest[number] = max(count, longest.get(number, 0))
    return dict(sorted(longest.items()))


def shared_seconds(jobs_s: Sequence[float], begun_s: Sequence[float]) -> float:
    """Compute when the last worker is done, where each takes the next job of the list as soon as it is free.

    Args:
        jobs_s: seconds of each job, in the order of the list.
        begun_s: when each worker takes its first.
    """
    free_s = list(begun_s)
    for job_s in jobs_s:
        first = min(range(len(free_s)), key=free_s.__getitem__)
        free_s[first] += job_s
    return max(free_s)


def job_seconds(epochs: Mapping[int, int], measured: Mapping[int, tuple[float, Sequence[float]]]) -> list[float]:
    """Add up, of each configuration, the building and its first epochs, as they were measured."""
    return [measured[number][0] + sum(measured[number][1][:count]) for number, count in sorted(epochs.items())]
