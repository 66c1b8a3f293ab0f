"""Early stopping of replicates: when, what is reported, and going on."""

import io

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from training_samples import reports, same_state, start

from trainables.epoch_report import ReplicateReport
from trainables.patient_replicate import PatientReplicate
from trainables.replicate import Replicate


class Scripted(Replicate):
    """A replicate whose outcomes are known beforehand, and whose weight is the last epoch that it trained."""

    def __init__(self, outcomes, metric="accuracy"):
        self.outcomes, self.metric = outcomes, metric
        self.network = nn.Linear(1, 1, bias=False)
        self.trained = []

    def run_epoch(self, epoch, train_loss=None):
        self.trained.append(epoch)
        with torch.no_grad():
            self.network.weight.fill_(epoch)
        metrics = {self.metric: self.outcomes[epoch - 1], "brier_score": epoch / 100}
        return ReplicateReport(fold=0, seed=0, train_loss=1 / epoch, metrics=metrics)


def run(outcomes, patience, metric="accuracy"):
    scripted = Scripted(outcomes, metric)
    patient = PatientReplicate(scripted, patience=patience, metric=metric)
    return scripted, [patient.run_epoch(epoch) for epoch in range(1, len(outcomes) + 1)]


def by_the_rule(outcomes, patience):
    """The rule as a loop that counts: the epochs trained, and the best of them."""
    best, best_epoch, impatience = -np.inf, 0, 0
    for epoch, outcome in enumerate(outcomes, start=1):
        if outcome <= best:
            impatience += 1
        else:
            best, best_epoch, impatience = outcome, epoch, 0
        if impatience == patience:
            return epoch, best_epoch
    return len(outcomes), best_epoch


def test_equal_outcomes_try_the_patience_and_the_best_epoch_is_reported_from_then_on():
    scripted, told = run([0.5, 0.7, 0.6, 0.7, 0.7, 0.9], patience=3)
    assert scripted.trained == [1, 2, 3, 4, 5]
    assert [report.best_epoch for report in told] == [1, 2, 2, 2, 2, 2]
    assert [report.metrics["accuracy"] for report in told] == [0.5, 0.7, 0.7, 0.7, 0.7, 0.7]
    assert [report.metrics["brier_score"] for report in told] == [0.01, 0.02, 0.02, 0.02, 0.02, 0.02]
    assert [report.train_loss for report in told] == [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 5]
    assert scripted.network.weight.item() == 2  # the best epoch's


def test_a_better_outcome_restores_the_patience():
    scripted, told = run([0.5, 0.4, 0.6, 0.5, 0.5, 0.8], patience=2)
    assert scripted.trained == [1, 2, 3, 4, 5]
    assert told[-1].best_epoch == 3


def test_patience_stops_none_before_the_fewest_epochs():
    outcomes = [0.5, 0.4, 0.4, 0.4, 0.6, 0.3, 0.3, 0.9]
    scripted = Scripted(outcomes, "accuracy")
    patient = PatientReplicate(scripted, patience=2, metric="accuracy", min_epochs=5)
    told = [patient.run_epoch(epoch) for epoch in range(1, len(outcomes) + 1)]
    assert scripted.trained == [1, 2, 3, 4, 5, 6, 7]  # 2 without it
    assert told[-1].best_epoch == 5


def test_of_a_metric_to_minimise_less_is_better():
    scripted, told = run([0.5, 0.4, 0.4, 0.3, 0.6], patience=2, metric="log_loss")
    assert [report.metrics["log_loss"] for report in told] == [0.5, 0.4, 0.4, 0.3, 0.3]
    assert scripted.network.weight.item() == 5  # training has not stopped


@given(outcomes=st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]), min_size=1, max_size=30), patience=st.integers(1, 6))
def test_training_stops_where_counting_impatience_says(outcomes, patience):
    scripted, told = run(outcomes, patience)
    trained, best_epoch = by_the_rule(outcomes, patience)
    assert (len(scripted.trained), told[-1].best_epoch) == (trained, best_epoch)
    assert told[-1].metrics["accuracy"] == max(outcomes[:trained])


def test_patience_that_is_never_tried_changes_no_training():
    plain, patient = start(seeds=2), start(seeds=2, patience=9)
    expected = reports(plain, 4)
    told = reports(patient, 4)
    assert all(
        torch.equal(one, other)
        for replicate, kept in zip(plain.state()["replicates"], patient.state()["replicates"], strict=True)
        for one, other in zip(replicate["network"].values(), kept["replicate"]["network"].values(), strict=True)
    )
    for place in range(4):
        of_epochs = [report.replicates[place] for report in expected]
        best = max(of_epochs, key=lambda one: one.metrics["accuracy"])  # the first of equals
        assert told[-1].replicates[place].metrics == best.metrics
        assert told[-1].replicates[place].best_epoch == of_epochs.index(best) + 1
    of_best = [one.metrics["accuracy"] for one in told[-1].replicates]
    assert told[-1].metrics["accuracy"] == pytest.approx(np.mean(of_best))


@pytest.mark.parametrize("epochs", [0, 1, 3, 6])
def test_a_trial_that_goes_on_is_bit_equal_to_one_that_never_stopped(epochs):
    whole = start(seeds=2, patience=2, learning_rate_decay=0.5)
    expected = reports(whole, 8)
    assert any(report.best_epoch <= 6 - 2 for report in expected[-1].replicates)  # some stop before
    stopped = start(seeds=2, patience=2, learning_rate_decay=0.5)
    reports(stopped, epochs)
    file = io.BytesIO()
    torch.save(stopped.state(), file)
    file.seek(0)
    resumed = start(seeds=2, patience=2, learning_rate_decay=0.5)
    resumed.load_state(torch.load(file, weights_only=True))
    assert reports(resumed, 8 - epochs) == expected[epochs:]
    assert same_state(resumed, whole)
