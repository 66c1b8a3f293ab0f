"""The layer through which every network reads its data."""

from typing import TypedDict

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from learning_tasks.shape import DataShape
from trainables.hyperparameters import Hyperparameters, read_integer, read_number
from trainables.networks.batch_norm import build_batch_norm, normalised_steps, read_batch_norm
from trainables.networks.sequence_mask import own_steps

Values = Float[Tensor, "batch time features"] | Int[Tensor, "batch time"]


class InputOptions(TypedDict):
    """The options of an input layer by name."""

    embedding_size: int
    dropout: float
    embedding_dropout: float
    noise: float
    batch_norm: str


class InputLayer(nn.Module):
    """Embeds tokens or passes real values on, adds noise, normalises, then drops inputs out.

    The embedding of the padding token 0 is zero and stays zero, as padding of real values is; noise and normalisation
    leave it so.

    Embedding dropout drops tokens of the vocabulary, all their occurrences in a mini-batch at once: Gal & Ghahramani
    (2016), arXiv:1512.05287. The noise, of this standard deviation, is on real values or embeddings, in training only.
    """

    def __init__(
        self,
        shape: DataShape,
        *,
        embedding_size: int,
        dropout: float,
        embedding_dropout: float = 0.0,
        noise: float = 0.0,
        batch_norm: str = "none",
    ) -> None:
        super().__init__()
        if not 0 <= embedding_dropout <= 1:
            raise ValueError(f"embedding_dropout must lie in 0 to 1, got {embedding_dropout}.")
        if not noise >= 0:
            raise ValueError(f"input_noise must be at least 0, got {noise}.")
        tokens = shape.vocabulary_size > 0
        self.width = embedding_size if tokens else shape.features
        self.embeds = tokens  # a module that does nothing still costs its call
        self.embedding = nn.Embedding(shape.vocabulary_size, embedding_size, padding_idx=0) if tokens else nn.Identity()
        self.embedding_dropout = embedding_dropout
        self.noise = noise
        self.batch_norm = build_batch_norm(batch_norm, self.width)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, values: Values, lengths: Int[Tensor, " batch"] | None = None
    ) -> Float[Tensor, "batch time width"]:
        """Turn tokens or real values into a sequence of `width` numbers a step.

        Raises:
            ValueError: If there are no lengths, which noise and normalisation must know.
        """
        sequence = self._embedded(values)
        if self.batch_norm is not None or (self.noise and self.training):
            sequence = self._disturbed(sequence, lengths)
        dropped: Tensor = self.dropout(sequence)
        return dropped

    def _embedded(self, values: Values) -> Tensor:
        if not self.embeds:
            return values
        if isinstance(self.embedding, nn.Embedding) and self.training and self.embedding_dropout:
            table = self.embedding.weight
            kept = F.dropout(torch.ones_like(table[:, :1]), self.embedding_dropout)
            return F.embedding(values, table * kept, padding_idx=0)
        embedded: Tensor = self.embedding(values)
        return embedded

    def _disturbed(self, sequence: Tensor, lengths: Int[Tensor, " batch"] | None) -> Tensor:
        if lengths is None:
            raise ValueError("An input layer with noise or batch normalisation must be given the lengths, got None.")
        own = own_steps(lengths, sequence.shape[1], sequence.device)
        if self.noise and self.training:
            sequence = sequence + self.noise * torch.randn_like(sequence) * own[:, :, None]
        return sequence if self.batch_norm is None else normalised_steps(self.batch_norm, sequence, own)


def read_input_options(hyperparameters: Hyperparameters) -> InputOptions:
    """Read embedding_size, input_dropout, embedding_dropout, input_noise and batch_norm_before.

    Raises:
        ValueError: If one is no number or unknown.
    """
    return InputOptions(
        embedding_size=read_integer(hyperparameters, "embedding_size", default=32),
        dropout=read_number(hyperparameters, "input_dropout", default=0.0),
        embedding_dropout=read_number(hyperparameters, "embedding_dropout", default=0.0),
        noise=read_number(hyperparameters, "input_noise", default=0.0),
        batch_norm=read_batch_norm(hyperparameters, "batch_norm_before"),
    )
