"""What a network's outputs mean: the loss they are trained on, the predictions they make."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Float64, Int
from torch import Tensor, nn
from torch.nn import functional as F

from learning_tasks.shape import Kind
from trainables.class_weights import CLASS_WEIGHTS
from trainables.hyperparameters import Hyperparameters, read_number, read_option
from trainables.networks.sequence_mask import own_steps
from trainables.sample_tensors import Batch

Outputs = Float[Tensor, "batch outputs"]
Targets = Int[Tensor, " batch"] | Float[Tensor, " batch"]
Weights = Float[Tensor, " batch"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Objective:
    """The loss that a network is trained on.

    Target replication α makes it α × the mean loss over a sequence's own steps, each held against the sequence's
    target, + (1 − α) × the loss at its end: Lipton et al. (2016), arXiv:1511.03677, equation 1.

    Raises:
        ValueError: If an option is out of range, or means nothing in a regression.
    """

    kind: Kind
    label_smoothing: float = 0.0  # share of the target that is spread over all classes
    class_weights: str = "none"
    target_replication: float = 0.0

    def __post_init__(self) -> None:
        for name in ("label_smoothing", "target_replication"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in 0 to 1, got {getattr(self, name)}.")
        if self.kind == "regression" and self.label_smoothing:
            raise ValueError(f"label_smoothing must be 0 in a regression, got {self.label_smoothing}.")
        if self.kind == "regression" and self.class_weights != "none":
            raise ValueError(f"class_weights must be none in a regression, got {self.class_weights!r}.")

    def loss(self, network: nn.Module, batch: Batch, weights: Weights | None) -> Float[Tensor, ""]:
        """Let a network predict a batch, and judge what it says."""
        if self.target_replication:
            return self._replicated(network, batch, weights)
        outputs = network(batch.values, batch.lengths)
        return training_loss(self.kind, outputs, batch.targets, weights, label_smoothing=self.label_smoothing)

    def _replicated(self, network: Any, batch: Batch, weights: Weights | None) -> Float[Tensor, ""]:
        final, steps = network.forward_steps(batch.values, batch.lengths)
        own = own_steps(batch.lengths, steps.shape[1], steps.device)
        targets = batch.targets[:, None].expand(own.shape).flatten()
        of_steps = self.losses(steps.flatten(0, 1), targets).reshape(own.shape)
        means = of_steps.where(own, 0.0).sum(1) / own.sum(1)
        share = self.target_replication
        losses = share * means + (1 - share) * self.losses(final, batch.targets)
        loss: Tensor = (losses if weights is None else weights * losses).mean()
        return loss

    def losses(self, outputs: Outputs, targets: Targets) -> Float[Tensor, " batch"]:
        """Judge the outputs for each sample."""
        return sample_losses(self.kind, outputs, targets, reduction="none", label_smoothing=self.label_smoothing)


def read_objective(hyperparameters: Hyperparameters, kind: Kind, network: nn.Module) -> Objective:
    """Read label_smoothing, class_weights and target_replication.

    Raises:
        ValueError: If one is out of range, or the network has no output at each step for the targets to be held
            against.
    """
    objective = Objective(
        kind=kind,
        label_smoothing=read_number(hyperparameters, "label_smoothing", default=0.0),
        class_weights=read_option(hyperparameters, "class_weights", CLASS_WEIGHTS, default="none"),
        target_replication=read_number(hyperparameters, "target_replication", default=0.0),
    )
    if objective.target_replication and not hasattr(network, "forward_steps"):
        network_type = type(network).__name__
        raise ValueError(f"target_replication must be 0 with a network of one output, got a {network_type}.")
    return objective


def training_loss(
    kind: Kind, outputs: Outputs, targets: Targets, weights: Weights | None = None, *, label_smoothing: float = 0.0
) -> Float[Tensor, ""]:
    """Mean cross entropy of a classification, mean squared error of a regression; with weights, of weight × loss."""
    reduction = "mean" if weights is None else "none"
    loss = sample_losses(kind, outputs, targets, reduction=reduction, label_smoothing=label_smoothing)
    return loss if weights is None else (weights * loss).mean()


def sample_losses(
    kind: Kind, outputs: Outputs, targets: Targets, *, reduction: str, label_smoothing: float
) -> Float[Tensor, "*batch"]:
    """Compute the losses of samples, or their mean.

    Source of label smoothing: Szegedy et al. (2016), arXiv:1512.00567, section 7.
    """
    if kind == "classification":
        return F.cross_entropy(outputs, targets, reduction=reduction, label_smoothing=label_smoothing)
    return F.mse_loss(outputs.squeeze(1), targets, reduction=reduction)


def to_predictions(
    kind: Kind, outputs: Float[Tensor, "sample outputs"]
) -> Float64[np.ndarray, "sample classes"] | Float64[np.ndarray, " sample"]:
    """Class probabilities of a classification, values of a regression, in double precision."""
    outputs = outputs.double()
    predictions = outputs.softmax(1) if kind == "classification" else outputs.squeeze(1)
    return predictions.cpu().numpy()
