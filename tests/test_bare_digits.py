"""The bare loop of the benchmarks trains what Odyssey trains."""

import numpy as np
import pytest
import torch

from benchmarks.bare_digits import BareFold, Digits, Network
from learning_tasks.digits import DIGITS
from learning_tasks.folds import make_folds
from learning_tasks.metrics import metrics_of
from search_spaces.catalogue import SPACES
from trainables.replicate import Replicate
from trainables.sample_tensors import samples_to_tensors
from trainables.settings import TrialSettings


def hyperparameters_with(**given):
    return SPACES["lstm"].sample(np.random.default_rng(3)) | {"hidden_size": 8, "batch_size": 64} | given


def both(hyperparameters):
    data = DIGITS.load()
    folds = make_folds(data.development, "classification", 3, 17)
    settings = TrialSettings(
        networks=("lstm",),
        seeds=1,
        sweep_seed=17,
        metric="accuracy",
        metrics=metrics_of(data.shape),
        shape=data.shape,
        cpu=1.0,
        gpu=0.0,
        checkpoint_folder="",
    )
    samples = samples_to_tensors(data.development, torch.device("cpu"))
    replicate = Replicate(
        fold=0,
        seed=0,
        trial_number=0,
        hyperparameters=hyperparameters,
        samples=samples,
        split=folds[0],
        settings=settings,
    )
    rows = tuple((torch.from_numpy(fold.train), torch.from_numpy(fold.validation)) for fold in folds)
    bare = BareFold(hyperparameters, Digits(samples.values, samples.targets, rows), 0)
    with torch.no_grad():
        for own, other in zip(bare.network.parameters(), replicate.network.parameters(), strict=True):
            own.copy_(other)
    return bare, replicate


SHAPES = [
    {"layers": 1, "bidirectional": False},
    {"layers": 1, "bidirectional": True},
    {"layers": 2, "bidirectional": True, "between_layer_dropout": 0.2},
]


@pytest.mark.parametrize("shape", SHAPES)
def test_epochs_from_the_same_weights_and_random_numbers_have_the_same_losses(shape):
    bare, replicate = both(hyperparameters_with(input_dropout=0.2, output_dropout=0.3, **shape))
    with torch.random.fork_rng():
        torch.set_rng_state(replicate.state()["stream"][0])
        losses = [bare.train() for _ in range(2)]
    assert losses == pytest.approx([replicate.train_epoch(1), replicate.train_epoch(2)], abs=1e-6)


def test_validation_after_the_same_training_is_the_same():
    bare, replicate = both(hyperparameters_with(layers=1, bidirectional=False, learning_rate=0.01))
    with torch.random.fork_rng():
        torch.set_rng_state(replicate.state()["stream"][0])
        bare.train()
    metrics = replicate.run_epoch(1).metrics
    assert bare.evaluate() == pytest.approx((metrics["accuracy"], metrics["log_loss"]), abs=1e-5)


@pytest.mark.parametrize("bias", [0.0, 1.5])
def test_forget_gates_start_with_the_bias_that_is_asked_for(bias):
    network = Network(
        hyperparameters_with(layers=1, bidirectional=False, forget_gate_bias=bias), features=8, classes=10
    )
    total = network.layers[0].bias_ih_l0 + network.layers[0].bias_hh_l0
    assert total[8:16].tolist() == [bias] * 8


@pytest.mark.parametrize("number", range(6))
def test_both_have_the_same_number_of_parameters(number):
    hyperparameters = SPACES["lstm"].sample(np.random.default_rng([17, number]))
    bare, replicate = both(hyperparameters)
    counts = [sum(p.numel() for p in network.parameters()) for network in (bare.network, replicate.network)]
    assert counts[0] == counts[1]
