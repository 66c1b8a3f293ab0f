"""Feed-forward network over the whole padded sequence."""

from itertools import pairwise

from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from learning_tasks.shape import DataShape
from trainables.hyperparameters import Hyperparameters, read_integer, read_number, read_option
from trainables.networks.batch_norm import build_batch_norm, read_batch_norm
from trainables.networks.convolutions import ConvolutionOptions, Convolutions
from trainables.networks.input_layer import InputLayer, Values, read_input_options
from trainables.networks.output_activation import OUTPUT_ACTIVATIONS, build_output_activation

HIDDEN_ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}


class FFNN(nn.Module):
    """Fully connected layers over all time steps at once; without hidden layers, a generalised linear model.

    Convolutions over time may lie below them.
    """

    def __init__(
        self,
        shape: DataShape,
        *,
        hidden_layers: int,
        hidden_size: int,
        input_dropout: float = 0.0,
        output_dropout: float = 0.0,
        embedding_size: int = 32,
        hidden_activation: str = "relu",
        output_activation: str = "linear",
        embedding_dropout: float = 0.0,
        input_noise: float = 0.0,
        batch_norm_before: str = "none",
        batch_norm_after: str = "none",
        convolutions: ConvolutionOptions | None = None,
    ) -> None:
        super().__init__()
        self.time = shape.time
        self.input_layer = InputLayer(
            shape,
            embedding_size=embedding_size,
            dropout=input_dropout,
            embedding_dropout=embedding_dropout,
            noise=input_noise,
            batch_norm=batch_norm_before,
        )
        self.convolutions = Convolutions(self.input_layer.width, convolutions or ConvolutionOptions())
        widths = [shape.time * self.convolutions.width] + [hidden_size] * hidden_layers
        activated = HIDDEN_ACTIVATIONS[hidden_activation]
        self.hidden_layers = nn.Sequential(
            *(nn.Sequential(nn.Linear(inputs, outputs), activated()) for inputs, outputs in pairwise(widths))
        )
        self.batch_norm = build_batch_norm(batch_norm_after, widths[-1])
        self.output_dropout = nn.Dropout(output_dropout)
        self.output_layer = nn.Linear(widths[-1], shape.outputs)
        self.output_activation = build_output_activation(output_activation, shape)

    def forward(self, values: Values, lengths: Int[Tensor, " batch"]) -> Float[Tensor, "batch outputs"]:
        """Map zero-padded sequences to logits or values."""
        inputs = self.convolutions(self.input_layer(values, lengths), lengths)
        missing = max(0, self.time - inputs.shape[1])
        flat = F.pad(inputs, (0, 0, 0, missing)).flatten(1)
        hidden = self.hidden_layers(flat)
        if self.batch_norm is not None:
            hidden = self.batch_norm(hidden)
        outputs: Tensor = self.output_activation(self.output_layer(self.output_dropout(hidden)))
        return outputs


def build_ffnn(
    shape: DataShape, hyperparameters: Hyperparameters, *, convolutions: ConvolutionOptions | None = None
) -> FFNN:
    """Build the network that the hyperparameters describe; hidden_layers and hidden_size are required.

    Raises:
        ValueError: If one is missing or out of range.
    """
    inputs = read_input_options(hyperparameters)
    return FFNN(
        shape,
        hidden_layers=read_integer(hyperparameters, "hidden_layers", minimum=0),
        hidden_size=read_integer(hyperparameters, "hidden_size"),
        input_dropout=inputs["dropout"],
        output_dropout=read_number(hyperparameters, "output_dropout", default=0.0),
        embedding_size=inputs["embedding_size"],
        hidden_activation=read_option(hyperparameters, "hidden_activation", HIDDEN_ACTIVATIONS, default="relu"),
        output_activation=read_option(hyperparameters, "output_activation", OUTPUT_ACTIVATIONS, default="linear"),
        embedding_dropout=inputs["embedding_dropout"],
        input_noise=inputs["noise"],
        batch_norm_before=inputs["batch_norm"],
        batch_norm_after=read_batch_norm(hyperparameters, "batch_norm_after"),
        convolutions=convolutions,
    )
