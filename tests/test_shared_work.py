"""Sharing a list of jobs out among workers, for the floors of the sweep benchmark."""

import pytest

from benchmarks.peers.shared_work import job_seconds, longest_epochs, shared_seconds


def test_the_worker_that_is_first_free_takes_the_next_job():
    # 5 goes to the first, 1 and 2 to the second (free at 3), which also takes 4: the first ends at 5, the second at 7.
    assert shared_seconds([5, 1, 2, 4], [0, 0]) == 7


def test_a_worker_that_begins_late_takes_less():
    assert shared_seconds([1, 1, 1], [0, 10]) == 10
    assert shared_seconds([1, 1, 1], [0, 1.5]) == pytest.approx(2.5)


def test_no_job_takes_as_long_as_the_later_start():
    assert shared_seconds([], [0.5, 0.7]) == 0.7


def test_the_longest_training_of_each_configuration_counts():
    assert longest_epochs([{1: 3, 0: 1}, {0: 9, 2: 1}]) == {0: 9, 1: 3, 2: 1}


def test_a_job_is_its_building_and_its_first_epochs():
    measured = {0: (0.5, [1.0, 2.0, 4.0]), 1: (0.25, [8.0])}
    assert job_seconds({1: 1, 0: 2}, measured) == [3.5, 8.25]
