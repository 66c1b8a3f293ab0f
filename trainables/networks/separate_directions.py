"""An LSTM layer whose directions read inputs of their own."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from trainables.networks.lstm_layer import lstm_layer, without_padding


class SeparateDirections(nn.Module):
    """Two LSTM layers of one direction each; of equal inputs they make what a bidirectional one makes."""

    def __init__(self, input_size: int, hidden_size: int, *, forget_gate_bias: float) -> None:
        super().__init__()
        self.forwards, self.backwards = (
            lstm_layer(input_size, hidden_size, bidirectional=False, forget_gate_bias=forget_gate_bias)
            for _ in range(2)
        )

    def forward(
        self,
        inputs: Float[Tensor, "batch time width"],
        backward_inputs: Float[Tensor, "batch time width"],
        lengths: Int[Tensor, " batch"],
    ) -> tuple[Tensor | PackedSequence, Float[Tensor, "2 batch hidden"]]:
        """Give the outputs of both directions at each step, and their final states."""
        ahead, (ahead_final, _) = self.forwards(without_padding(inputs, lengths))
        back, (back_final, _) = self.backwards(without_padding(_reversed(backward_inputs, lengths), lengths))
        both = torch.cat([_padded(ahead), _reversed(_padded(back), lengths)], dim=2)
        return without_padding(both, lengths), torch.cat([ahead_final, back_final])


def _reversed(sequences: Float[Tensor, "batch time width"], lengths: Int[Tensor, " batch"]) -> Tensor:
    """Turn each sequence round within its length; the padding stays behind it."""
    ends = lengths.to(sequences.device)[:, None]
    steps = torch.arange(sequences.shape[1], device=sequences.device)
    order = torch.where(steps < ends, ends - 1 - steps, steps)
    return sequences.take_along_dim(order[:, :, None], dim=1)


def _padded(sequences: Tensor | PackedSequence) -> Tensor:
    return pad_packed_sequence(sequences, batch_first=True)[0] if isinstance(sequences, PackedSequence) else sequences
