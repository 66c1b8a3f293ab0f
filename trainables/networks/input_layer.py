"""The layer through which every network reads its data."""

from jaxtyping import Float, Int
from torch import Tensor, nn

from learning_tasks.shape import DataShape

Values = Float[Tensor, "batch time features"] | Int[Tensor, "batch time"]


class InputLayer(nn.Module):
    """Embeds tokens, passes real values on, then drops inputs out.

    The embedding of the padding token 0 is zero and stays zero, as padding of real values is.
    """

    def __init__(self, shape: DataShape, *, embedding_size: int, dropout: float) -> None:
        super().__init__()
        tokens = shape.vocabulary_size > 0
        self.width = embedding_size if tokens else shape.features
        self.embedding = nn.Embedding(shape.vocabulary_size, embedding_size, padding_idx=0) if tokens else nn.Identity()
        self.dropout = nn.Dropout(dropout)

    def forward(self, values: Values) -> Float[Tensor, "batch time width"]:
        """Turn tokens or real values into a sequence of `width` numbers a step."""
        sequence: Tensor = self.dropout(self.embedding(values))
        return sequence
