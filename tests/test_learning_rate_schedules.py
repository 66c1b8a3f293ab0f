"""Learning rates of epochs, against worked values and torch's own schedulers, and in the optimiser itself."""

import math
import warnings

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR
from training_samples import reports, same_state, start

from trainables.learning_rate_schedules import SCHEDULES
from trainables.optimisation import Optimisation, read_optimisation

EXPONENTIALS = {
    "exponential_sqrt": lambda t: -math.sqrt(t),
    "exponential": lambda t: -t,
    "exponential_square": lambda t: -t * t,
}


def rates(epochs, **options):
    given = read_optimisation({"learning_rate": 0.01, "batch_size": 1} | options)
    return [given.learning_rate_at(epoch) for epoch in range(1, epochs + 1)]


def torch_rates(epochs, scheduler, **options):
    optimiser = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.01)
    schedule = scheduler(optimiser, **options)
    found = []
    for _ in range(epochs):
        found.append(schedule.get_last_lr()[0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that no step was taken
            schedule.step()
    return found


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_begins_at_the_full_rate(schedule):
    assert rates(1, learning_rate_schedule=schedule, learning_rate_decay=3.0) == [0.01]


@pytest.mark.parametrize("schedule", EXPONENTIALS)
def test_the_exponentials_count_epochs_from_0(schedule):
    exponent = EXPONENTIALS[schedule]
    expected = torch_rates(6, LambdaLR, lr_lambda=lambda t: math.exp(exponent(t)))
    assert rates(6, learning_rate_schedule=schedule) == pytest.approx(expected, rel=1e-12)


def test_the_exponentials_have_their_worked_values():
    # 0.01·e^-√2, 0.01·e^-2 and 0.01·e^-4 in the third epoch.
    third = [rates(3, learning_rate_schedule=schedule)[2] for schedule in EXPONENTIALS]
    assert third == pytest.approx([0.0024311673, 0.0013533528, 0.00018315639], rel=1e-7)


def test_the_polynomial_is_the_grid_of_decays():
    for power in range(5):
        expected = torch_rates(27, LambdaLR, lr_lambda=lambda t, q=power: (t + 1) ** -q)
        assert rates(27, learning_rate_decay=power) == pytest.approx(expected, rel=1e-12)


def test_the_cosine_is_torchs_and_stays_at_its_end():
    expected = torch_rates(8, CosineAnnealingLR, T_max=8)
    found = rates(12, learning_rate_schedule="cosine", schedule_epochs=8)
    assert found[:8] == pytest.approx(expected, rel=1e-12)
    assert found[4] == pytest.approx(0.005)
    assert found[8:] == pytest.approx([0.0] * 4, abs=1e-18)


def test_none_is_constant_whatever_the_decay():
    assert rates(4, learning_rate_schedule="none", learning_rate_decay=2.0) == [0.01] * 4


def test_the_schedule_begins_behind_the_warm_up():
    warm = rates(7, learning_rate_decay=1.0, warm_up_epochs=3)
    assert warm[:3] == pytest.approx([0.0025, 0.005, 0.0075])
    assert warm[3:] == rates(4, learning_rate_decay=1.0)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_no_warm_up_is_the_plain_schedule(schedule):
    options = {"learning_rate_schedule": schedule, "learning_rate_decay": 0.7}
    assert rates(5, warm_up_epochs=0, **options) == rates(5, **options)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimizer", ["adamw", "adam", "rmsprop", "sgd", "adagrad"])
def test_the_optimiser_takes_steps_of_the_rate_that_is_reported(schedule, optimizer):
    given = Optimisation(
        learning_rate=0.01, batch_size=1, learning_rate_schedule=schedule, learning_rate_decay=1.0,
        optimizer=optimizer, weight_decay=0.5,
    )  # fmt: skip
    weight = nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimiser = given.optimiser([weight])
    expected = 1.0
    for epoch in (1, 2, 3):
        given.set_learning_rate(optimiser, epoch)
        weight.grad = torch.zeros_like(weight)
        optimiser.step()
        expected *= 1 - given.learning_rate_at(epoch) * 0.5  # decoupled decay shows the rate
    if optimizer != "adam":  # which has L2: a gradient, hence a step of about the rate
        assert weight.item() == pytest.approx(expected, rel=1e-12)
    else:
        steps = sum(given.learning_rate_at(epoch) for epoch in (1, 2, 3))
        assert weight.item() == pytest.approx(1 - steps, abs=0.02 * steps)


def test_schedules_train_differently():
    ends = [reports(start(learning_rate_schedule=schedule, learning_rate_decay=1.0), 3)[-1] for schedule in SCHEDULES]
    assert len({end.train_loss for end in ends}) == len(SCHEDULES)
    assert len({end.learning_rate for end in ends}) == len(SCHEDULES)


@pytest.mark.parametrize(
    "plain",
    [{"learning_rate_schedule": "none"}, {"learning_rate_schedule": "polynomial"}, {"warm_up_epochs": 0}],
    ids=lambda options: next(iter(options)) + " " + str(next(iter(options.values()))),
)
def test_a_constant_rate_is_the_default_bit_for_bit(plain):
    without, given = start(), start(**plain)
    assert reports(without, 2) == reports(given, 2)
    assert same_state(without, given)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"learning_rate_schedule": "linear"},
            "learning_rate_schedule must be one of none, polynomial, .*, got 'linear'",
        ),
        ({"warm_up_epochs": -1}, "warm_up_epochs must be a whole number of at least 0, got -1"),
        ({"schedule_epochs": 0}, "schedule_epochs must be a whole number of at least 1, got 0"),
    ],
)
def test_a_schedule_out_of_range_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        rates(1, **changes)
