"""What stands between the readout of a network and its output."""

from torch import nn

from learning_tasks.shape import DataShape

OUTPUT_ACTIVATIONS: dict[str, type[nn.Module]] = {"linear": nn.Identity, "sigmoid": nn.Sigmoid}


def build_output_activation(name: str, shape: DataShape) -> nn.Module:
    """Build an activation; the sigmoid keeps the values of a regression between 0 and 1.

    Raises:
        ValueError: If it is not linear for a classification, whose outputs are logits.
    """
    if shape.kind == "classification" and name != "linear":
        raise ValueError(f"output_activation must be linear for a classification, got {name!r}.")
    return OUTPUT_ACTIVATIONS[name]()
