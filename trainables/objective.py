"""What a network's outputs mean: the loss they are trained on, the predictions they make."""

import numpy as np
from jaxtyping import Float, Float64, Int
from torch import Tensor
from torch.nn import functional as F

from learning_tasks.shape import Kind


def training_loss(
    kind: Kind,
    outputs: Float[Tensor, "batch outputs"],
    targets: Int[Tensor, " batch"] | Float[Tensor, " batch"],
    weights: Float[Tensor, " batch"] | None = None,
) -> Float[Tensor, ""]:
    """Mean cross entropy of a classification, mean squared error of a regression; with weights, of weight × loss."""
    reduction = "mean" if weights is None else "none"
    if kind == "classification":
        loss = F.cross_entropy(outputs, targets, reduction=reduction)
    else:
        loss = F.mse_loss(outputs.squeeze(1), targets, reduction=reduction)
    return loss if weights is None else (weights * loss).mean()


def to_predictions(
    kind: Kind, outputs: Float[Tensor, "sample outputs"]
) -> Float64[np.ndarray, "sample classes"] | Float64[np.ndarray, " sample"]:
    """Class probabilities of a classification, values of a regression, in double precision."""
    outputs = outputs.double()
    predictions = outputs.softmax(1) if kind == "classification" else outputs.squeeze(1)
    return predictions.cpu().numpy()
