"""The space of all options: whatever it draws can be built and trained with."""

from collections import Counter

import numpy as np
import pytest
import torch
from training_samples import CPU, make_samples

from learning_tasks.folds import make_folds
from learning_tasks.shape import shape_of
from search_spaces.catalogue import NAMED_SPACES, READABLE
from sweeps.fitted_space import fit_to_data
from trainables.diverged import Diverged
from trainables.sample_tensors import samples_to_tensors
from trainables.settings import TrialSettings
from trainables.trial_training import TrialTraining

SPACE = NAMED_SPACES["everything"]
COUNT = 16
DRAWS = 48


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """More threads only wait for one another in networks this small."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def tokens():
    lengths = make_samples(count=COUNT).lengths
    drawn = np.random.default_rng(1).integers(1, 5, size=(COUNT, 6))
    return make_samples(count=COUNT, values=drawn * (np.arange(6) < lengths[:, None]))


def trainer(samples, kind):
    """Train configurations of the space for one epoch, on one fold."""
    settings = TrialSettings(
        networks=tuple(READABLE),
        seeds=1,
        sweep_seed=3,
        metric="accuracy" if kind == "classification" else "mean_squared_error",
        metrics=("accuracy",) if kind == "classification" else ("mean_squared_error",),
        shape=shape_of(samples, kind),
        cpu=1.0,
        gpu=0.0,
        checkpoint_folder="",
    )
    tensors, folds = samples_to_tensors(samples, CPU), make_folds(samples, kind, 2, seed=0)[:1]

    def train(number, hyperparameters):
        return TrialTraining(
            hyperparameters=hyperparameters, trial_number=number, samples=tensors, folds=folds, settings=settings
        ).train_epoch()

    return train


def stratified(space, seed):
    """Draw configurations that share every range out evenly, so that each has as many of any option as of another."""
    rng = np.random.default_rng(seed)
    strata = np.stack([rng.permutation(DRAWS) for _ in range(space.dimensions)], axis=1)
    return [space.from_unit(positions) for positions in (strata + 0.5) / DRAWS]


def shortly(hyperparameters):
    """Pre-train for two epochs where it would be five: the same steps, fewer times."""
    epochs = hyperparameters.get("pre_training_epochs")
    return hyperparameters | {"pre_training_epochs": 2} if epochs else hyperparameters


@pytest.mark.parametrize(
    ("kind", "samples", "seed"),
    [
        ("classification", tokens(), 20),
        ("classification", make_samples(count=COUNT), 21),
        ("regression", make_samples("regression", count=COUNT), 22),
    ],
    ids=["tokens", "real values", "real values in a regression"],
)
def test_whatever_is_drawn_trains_for_an_epoch_or_diverges(kind, samples, seed):
    train, ended = trainer(samples, kind), Counter()
    for number, drawn in enumerate(stratified(fit_to_data(SPACE, kind, None), seed)):
        try:
            report = train(number, shortly(drawn))
            ended["trained"] += np.isfinite(report.train_loss)
        except Diverged:
            ended["diverged"] += 1
    assert ended["trained"] + ended["diverged"] == DRAWS
    assert ended["trained"] >= 0.9 * DRAWS


def test_a_few_hundred_draws_have_every_value_that_an_option_can_have():
    rng = np.random.default_rng(4)
    drawn = [SPACE.sample(rng) for _ in range(400)]
    for name in SPACE.searched:
        levels = getattr(SPACE[name].distribution, "levels", ())
        assert {each[name] for each in drawn if name in each} >= set(levels), name
