"""A replicate's own random numbers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor


class RandomStream:
    """A random sequence of its own, drawn through torch's global generators.

    torch's dropout takes no generator, so the global ones are lent to one stream at a time and put back as they were.
    """

    def __init__(self, entropy: Sequence[int], device: torch.device) -> None:
        seed = int(np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0])
        self._gpus = [device] if device.type == "cuda" else []
        self._states = [
            torch.Generator(place).manual_seed(seed).get_state() for place in (torch.device("cpu"), *self._gpus)
        ]

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let everything drawn inside come from this stream, which goes on where it was left."""
        with torch.random.fork_rng(devices=self._gpus):
            torch.set_rng_state(self._states[0])
            for gpu, state in zip(self._gpus, self._states[1:], strict=True):
                torch.cuda.set_rng_state(state, gpu)
            yield
            self._states = [torch.get_rng_state(), *(torch.cuda.get_rng_state(gpu) for gpu in self._gpus)]

    def generator(self) -> torch.Generator:
        """Give a generator for the CPU that stands where the stream is; `go_on_from` it when it has drawn."""
        generator = torch.Generator()
        generator.set_state(self._states[0])
        return generator

    def go_on_from(self, generator: torch.Generator) -> None:
        """Go on where a generator for the CPU is."""
        self._states = [generator.get_state(), *self._states[1:]]

    def state(self) -> list[Tensor]:
        """Where the stream is, one tensor of bytes per generator."""
        return self._states

    def load_state(self, states: list[Tensor]) -> None:
        """Go on from where another stream was."""
        self._states = states
