"""torch's LSTM layer, faster over sequences of different lengths on the CPU."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from trainables.networks.layers.sequences import Sequence, backwards, side_by_side


class LSTMLayer(nn.LSTM):
    """One layer of `nn.LSTM`, batch first.

    Over a packed sequence torch goes step by step on the CPU, several times as slowly as over a padded one, which it
    runs as a whole. Nothing before an end depends on what is behind it: each direction runs over all steps from its own
    first one, and what is behind the ends is left out.
    """

    def forward(  # type: ignore[override]
        self, sequence: Sequence, hx: tuple[Tensor, Tensor] | None = None, *, final_memory: bool = False
    ) -> tuple[Any, tuple[Tensor, Tensor | None]]:
        """Give outputs, and the final states and memory, (direction, batch, hidden).

        Args:
            sequence: (batch, time, width), or packed.
            hx: states and memory to begin with, zero by default.
            final_memory: whether it is needed; it may be None otherwise.
        """
        packed = isinstance(sequence, PackedSequence) and sequence.data.device.type == "cpu"
        if hx is not None or final_memory or not packed:
            run: tuple[Any, tuple[Tensor, Tensor]] = super().forward(sequence, hx)
            return run
        outputs, final = self._run_direction(sequence, 0)
        if not self.bidirectional:
            return outputs, (final[None], None)
        back, back_final = self._run_direction(backwards(sequence), 1)
        return side_by_side(outputs, backwards(back)), (torch.stack([final, back_final]), None)

    def _run_direction(self, sequence: Any, direction: int) -> tuple[PackedSequence, Tensor]:
        padded, lengths = pad_packed_sequence(sequence, batch_first=True)
        zeros = padded.new_zeros(1, len(padded), self.hidden_size)
        weights: Any = self._flat_weights[4 * direction :][:4]
        outputs, _, _ = torch.lstm(
            padded,
            (zeros, zeros),
            weights,
            has_biases=True,
            num_layers=1,
            dropout=0.0,
            train=self.training,
            bidirectional=False,
            batch_first=True,
        )
        packed = pack_padded_sequence(outputs, lengths, batch_first=True, enforce_sorted=False)
        return packed, outputs[torch.arange(len(outputs)), lengths - 1]
