"""Replicates trained at once, as one network."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from trainables.gradient_clipping import clip_gradient_norms
from trainables.objective import Objective
from trainables.replicate import Replicate
from trainables.sample_order import training_order
from trainables.sample_tensors import Batch
from trainables.stacked.catalogue import stack_for
from trainables.stacked.optimiser_states import give_back_states, take_states
from trainables.stacked.stacked_network import StackedNetwork


class ReplicateStack:
    """Replicates of one configuration, a mini-batch of each at a time; small networks wait for each call of torch.

    Each draws from its own random numbers and takes the steps that it would take by itself, to the last bits of
    rounding: products of stacked matrices are added up in another order. Mini-batches that not all of them have follow
    one replicate after another.

    Networks and optimisers stay those of the replicates: their tensors lie in the memory of the stack.

    Args:
        replicates: of one configuration.
        objective: theirs.
        stack: what makes one network of theirs.
    """

    def __init__(self, replicates: Sequence[Replicate], objective: Objective, stack: type[StackedNetwork]) -> None:
        self.replicates = list(replicates)
        self._objective = objective
        first = self._first = replicates[0]
        self._network = stack([replicate.network for replicate in replicates])
        self._leaves = [leaf for block in self._network.blocks for leaf in block.leaves.values()]
        self._shared = _shared_rows(replicates)
        self._optimiser = first.learner.optimisation.optimiser(
            [row for block in self._network.blocks for row in block.rows]
        )
        self._take_states()

    def train_epoch(self, epoch: int) -> list[float]:
        """Train each on every sample of its fold once, and return their mean losses on the way.

        Raises:
            Diverged: If a loss of pre-training is not finite.
        """
        for replicate in self.replicates:
            replicate.begin_epoch(epoch)
        learner = self._first.learner
        learner.optimisation.set_learning_rate(self._optimiser, epoch)
        generators = [replicate.stream.generator() for replicate in self.replicates]
        orders = [
            training_order(replicate.train_rows, learner.batch_size, shuffle=learner.shuffle, generator=generator)
            for replicate, generator in zip(self.replicates, generators, strict=True)
        ]
        totals = self._learn(torch.stack([order[: self._shared] for order in orders]), generators).tolist()
        for replicate, generator in zip(self.replicates, generators, strict=True):
            replicate.stream.go_on_from(generator)
        give_back_states(self._network.blocks, self._optimiser, self._own_optimisers())
        return [
            (total + self._learn_rest(replicate, order)) / len(order)
            for total, replicate, order in zip(totals, self.replicates, orders, strict=True)
        ]

    def _learn(
        self, rows: Int[Tensor, "network row"], generators: Sequence[torch.Generator]
    ) -> Float64[Tensor, " network"]:
        """Take a step on each mini-batch of all, and give the sums of their losses."""
        totals = torch.zeros(len(rows), dtype=torch.float64)
        for batch in self._first.samples.batches(rows, self._first.learner.batch_size):
            totals.add_(self._step(batch, generators), alpha=batch.targets.shape[1])
        return totals

    def _step(self, batch: Batch, generators: Sequence[torch.Generator]) -> Float[Tensor, " network"]:
        outputs = self._network.outputs(batch.values, batch.lengths, generators)
        losses = self._objective.losses(outputs.flatten(0, 1), batch.targets.flatten())
        losses = torch.unflatten(losses, 0, batch.targets.shape)
        weights = self._weights(batch)
        means = (losses if weights is None else weights * losses).mean(1)
        gradients = iter(torch.autograd.grad(means.sum(), self._leaves))
        blocks = self._network.blocks
        for block in blocks:
            block.set_gradients([next(gradients) for _ in block.leaves])
        most = self._first.learner.optimisation.gradient_clip_norm
        if most is not None:
            clip_gradient_norms([block.gradients for block in blocks], len(self.replicates), most)
        self._optimiser.step()
        return means.detach()

    def _weights(self, batch: Batch) -> Float[Tensor, "network batch"] | None:
        each = []
        for number, replicate in enumerate(self.replicates):
            weights = replicate.weights(batch.of_network(number))
            if weights is None:
                return None
            each.append(weights)
        return torch.stack(each)

    def _learn_rest(self, replicate: Replicate, order: Int[Tensor, " row"]) -> float:
        if len(order) == self._shared:
            return 0.0
        total = float(replicate.learn(order[self._shared :]))
        self._take_states()
        return total

    def _take_states(self) -> None:
        take_states(self._network.blocks, self._optimiser, self._own_optimisers())

    def _own_optimisers(self) -> list[torch.optim.Optimizer]:
        return [replicate.learner.optimiser for replicate in self.replicates]


def stack_replicates(replicates: Sequence[Replicate]) -> ReplicateStack | None:
    """Stack replicates of one configuration, or give None where that cannot be done or is no faster.

    It is no faster where fewer than half of the mini-batches are shared; when else is the network's to say. On a GPU it
    has not been measured.
    """
    if len(replicates) < 2:
        return None
    first = replicates[0]
    learner, objective = first.learner, first.learner.objective
    stack = stack_for(first.network) if learner.steps_plainly and first.samples.device.type == "cpu" else None
    if stack is None or not isinstance(objective, Objective) or objective.target_replication:
        return None
    if 2 * _shared_rows(replicates) < max(len(replicate.train_rows) for replicate in replicates):
        return None
    lengths = first.samples.lengths
    if not stack.pays(first.network, networks=len(replicates), batch=learner.batch_size, lengths=lengths):
        return None
    return ReplicateStack(replicates, objective, stack)


def _shared_rows(replicates: Sequence[Replicate]) -> int:
    """Count the samples of the mini-batches that all have, which are of one size for all."""
    counts = {len(replicate.train_rows) for replicate in replicates}
    size = replicates[0].learner.batch_size
    return min(counts) if len(counts) == 1 else min(counts) // size * size
