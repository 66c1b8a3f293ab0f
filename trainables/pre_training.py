"""Training a network to tell its inputs again, before it is trained to answer."""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from learning_tasks.shape import DataShape
from trainables.hyperparameters import Hyperparameters
from trainables.learner import Learner
from trainables.networks.auto_encoder import AutoEncoder
from trainables.networks.recurrent import RecurrentNetwork
from trainables.sample_order import training_order
from trainables.sample_tensors import Batch, SampleTensors


class Reconstruction:
    """What an auto-encoder is trained on: the targets are not looked at."""

    def loss(self, network: Any, batch: Batch, weights: Float[Tensor, " batch"] | None) -> Float[Tensor, ""]:
        """Judge what an auto-encoder tells of a batch."""
        loss: Tensor = network.loss(batch.values, batch.lengths)
        return loss


def pre_train(
    network: RecurrentNetwork,
    samples: SampleTensors,
    rows: Int[Tensor, " row"],
    shape: DataShape,
    hyperparameters: Hyperparameters,
) -> float:
    """Train a network as an encoder for as many epochs as it asks for, and return the mean loss of the last.

    Weights that are to be frozen afterwards learn here. Optimiser and learning rates are those of the training that
    follows, which begins with both anew.
    """
    frozen = not all(parameter.requires_grad for parameter in network.encoder.parameters())
    network.encoder.requires_grad_(True)
    auto_encoder = AutoEncoder(network, shape).to(samples.device)
    learner = Learner(auto_encoder, Reconstruction(), hyperparameters)
    epochs = range(1, network.pre_training_epochs + 1)
    losses = [_train_epoch(auto_encoder, learner, samples, rows, epoch) for epoch in epochs]
    network.zero_grad()
    network.encoder.requires_grad_(not frozen)
    return losses[-1]


def _train_epoch(
    auto_encoder: AutoEncoder, learner: Learner, samples: SampleTensors, rows: Int[Tensor, " row"], epoch: int
) -> float:
    auto_encoder.train()  # which forgets the states that the epoch before has left
    learner.begin_epoch(epoch)
    total = torch.zeros((), dtype=torch.float64, device=samples.device)
    for batch in samples.batches(training_order(rows, learner.batch_size, shuffle=learner.shuffle), learner.batch_size):
        total.add_(learner.learn(batch, None), alpha=len(batch.targets))
    return float(total) / len(rows)
