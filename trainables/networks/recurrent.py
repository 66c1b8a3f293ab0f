"""Recurrent networks: a stack of layers, in one or both directions, behind an input layer and before a readout."""

from collections.abc import Iterator
from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from learning_tasks.shape import DataShape
from trainables.networks.batch_norm import BatchNorm, build_batch_norm, normalised_steps
from trainables.networks.cells.cell import State
from trainables.networks.convolutions import Convolutions
from trainables.networks.input_layer import InputLayer, Values
from trainables.networks.layers.layer_run import LayerRun
from trainables.networks.layers.recurrent_layer import build_layer, run_layer
from trainables.networks.layers.separate_directions import SeparateDirections
from trainables.networks.layers.sequences import Sequence, on_each_step, padded, without_padding
from trainables.networks.layers.tanh_layers import tanh_layers
from trainables.networks.norm_stabiliser import NormStabiliser
from trainables.networks.output_activation import build_output_activation
from trainables.networks.output_head import DirectionHeads, build_head
from trainables.networks.readouts.catalogue import build_readout
from trainables.networks.readouts.readout import Readout
from trainables.networks.recurrent_options import RecurrentOptions
from trainables.networks.regularisers.step_batch_norm import StepBatchNorm
from trainables.networks.sequence_mask import own_steps
from trainables.networks.subsampling import Subsampling, each_step_of_windows, window_count


class RecurrentNetwork(nn.Module):
    """Recurrent layers between an input layer and an output layer.

    With separate embeddings, each direction of the first layer has a table of tokens of its own; of one direction, or
    real values, there is nothing to separate.

    With subsampling K, a step of a layer covers K of the layer below; what is told of each step of the data is told of
    the step of the last layer that covers it.

    Each layer is a module of its own: the dropout inside torch's stacked ones draws, on a GPU, from a state that cuDNN
    keeps to itself, which no checkpoint could hold.
    """

    def __init__(self, shape: DataShape, options: RecurrentOptions) -> None:
        super().__init__()
        recurrence = options.recurrence
        directions = 2 if options.bidirectional else 1
        width = directions * recurrence.hidden_size
        separate = options.separate_embeddings and options.bidirectional and shape.vocabulary_size > 0
        self.input_layer = InputLayer(shape, **options.inputs)
        convolved = options.convolutions.filters if options.convolutions.layers else self.input_layer.width
        first = recurrence.hidden_size if options.input_layers else convolved
        # How many steps of the data one of each layer covers.
        self.windows = [options.subsampling**level for level in range(options.layers)]
        build = partial(build_layer, recurrence, bidirectional=options.bidirectional)
        self.layers = nn.ModuleList(
            [
                SeparateDirections(recurrence, first, time=shape.time) if separate else build(first, time=shape.time),
                *(build(width, above=True, time=-(-shape.time // window)) for window in self.windows[1:]),
            ]
        )
        self.between_layer_dropout = nn.Dropout(options.between_layer_dropout)
        self.output_dropout = nn.Dropout(options.output_dropout)
        self.output_layer = _output_layer(shape, options)
        self.output_activation = build_output_activation(options.output_activation, shape)
        # What may be absent comes last, so that it changes no other weight's start.
        self.backward_input_layer = InputLayer(shape, **options.inputs) if separate else None
        self.convolutions = Convolutions(self.input_layer.width, options.convolutions)
        self.input_transition = tanh_layers(convolved, first, options.input_layers)
        self.subsamplings = nn.ModuleList(
            Subsampling(width, options.subsampling, join=options.subsampling_join)
            for _ in range(options.layers - 1 if options.subsampling > 1 else 0)
        )
        # Small networks wait for each call, also for one of a module that does nothing.
        self.convolves, self.transits = bool(options.convolutions.layers), bool(options.input_layers)
        self.stabilises = bool(options.norm_stabiliser)
        self.activates = not isinstance(self.output_activation, nn.Identity)
        read_layers = options.layers if options.all_layer_output else 1
        self.readouts = nn.ModuleList(build_readout(options.readout, width) for _ in range(read_layers))
        self.sums_directions = directions if options.readout == "sum" and not options.direction_heads else 1
        self.batch_norm = build_batch_norm(options.batch_norm_after, read_layers * width // self.sums_directions)
        self.norm_stabilisers = nn.ModuleList(
            NormStabiliser(options.norm_stabiliser, directions=directions)
            for _ in range(options.layers if options.norm_stabiliser else 0)
        )
        self.cell = recurrence.cell
        self.encoded_width = width
        self.pre_training_epochs = options.pre_training_epochs
        if options.freeze_encoder and options.pre_training_epochs:
            self.encoder.requires_grad_(False)

    def train(self, mode: bool = True) -> "RecurrentNetwork":
        """Begin training or evaluation; the statistics of an encoder that is frozen stay as its weights do."""
        super().train(mode)
        if not any(parameter.requires_grad for parameter in self.layers.parameters()):  # frozen with all the encoder
            for module in self.encoder.modules():
                if isinstance(module, BatchNorm | StepBatchNorm):
                    module.eval()
        return self

    def forward(self, values: Values, lengths: Int[Tensor, " batch"]) -> Float[Tensor, "batch outputs"]:
        """Map padded sequences, and their true lengths (on the CPU), to logits or values."""
        return self._outputs(self._read(self._runs(values, lengths), lengths))

    def forward_steps(
        self, values: Values, lengths: Int[Tensor, " batch"]
    ) -> tuple[Float[Tensor, "batch outputs"], Float[Tensor, "batch longest outputs"]]:
        """Map padded sequences to their outputs, and to what the output layer makes of each step by itself."""
        runs = self._runs(values, lengths)
        return self._outputs(self._read(runs, lengths)), self._outputs(self._read_steps(runs, lengths))

    def encode(self, values: Values, lengths: Int[Tensor, " batch"]) -> State:
        """Give the final state of the last layer, directions side by side, each part as (1, batch, width)."""
        run = self._runs(values, lengths, final_memory=True)[-1]
        parts = (run.final, run.final_memory)
        return tuple(part.transpose(0, 1).flatten(1)[None] for part in parts if part is not None)

    @property
    def encoder(self) -> nn.ModuleList:
        """All that a final state depends on."""
        own = (self.input_layer, self.backward_input_layer, self.convolutions, self.input_transition)
        return nn.ModuleList([*(each for each in own if each is not None), self.layers, self.subsamplings])

    def _runs(self, values: Values, lengths: Int[Tensor, " batch"], *, final_memory: bool = False) -> list[LayerRun]:
        """Run all layers, one upon the other."""
        inputs = self._inputs(self.input_layer, values, lengths)
        first, *above = self.layers
        if self.backward_input_layer is None:
            runs = [run_layer(first, inputs, final_memory=final_memory)]
        else:
            inputs_back = self._inputs(self.backward_input_layer, values, lengths)
            runs = [first(inputs, inputs_back, final_memory=final_memory)]
        for level, layer in enumerate(above):
            runs.append(run_layer(layer, *self._between(runs[-1], level, lengths), final_memory=final_memory))
        if self.stabilises:
            for stabiliser, run, window in zip(self.norm_stabilisers, runs, self.windows, strict=True):
                stabiliser(padded(run.outputs), window_count(lengths, window))
        return runs

    def _between(self, below: LayerRun, level: int, lengths: Int[Tensor, " batch"]) -> tuple[Sequence, Tensor | None]:
        """Give the layer above one of this level what it reads, and the memory below where steps are the same."""
        outputs = on_each_step(self.between_layer_dropout, below.outputs)
        if not self.subsamplings:
            return outputs, below.memory
        return self.subsamplings[level](outputs, window_count(lengths, self.windows[level])), None

    def _inputs(self, layer: nn.Module, values: Values, lengths: Int[Tensor, " batch"]) -> Sequence:
        read = layer(values, lengths)
        convolved = self.convolutions(read, lengths) if self.convolves else read
        inputs = without_padding(convolved, lengths)
        return on_each_step(self.input_transition, inputs) if self.transits else inputs

    def _read(self, runs: list[LayerRun], lengths: Int[Tensor, " batch"]) -> Float[Tensor, "batch width"]:
        read = self._joined(
            [readout(run, window_count(lengths, window)) for readout, run, window in self._read_runs(runs)]
        )
        return read if self.batch_norm is None else self.batch_norm(read)

    def _read_steps(self, runs: list[LayerRun], lengths: Int[Tensor, " batch"]) -> Float[Tensor, "batch longest width"]:
        longest = int(lengths.max())
        steps = ((readout.steps(run), window) for readout, run, window in self._read_runs(runs))
        read = self._joined([each_step_of_windows(each, window, longest) for each, window in steps])
        own = own_steps(lengths, read.shape[1], read.device)
        return read if self.batch_norm is None else normalised_steps(self.batch_norm, read, own)

    def _read_runs(self, runs: list[LayerRun]) -> Iterator[tuple[Readout, LayerRun, int]]:
        """Match the readouts with the last layers, which they read, and the steps that one of these covers."""
        last = slice(-len(self.readouts), None)
        return zip(self.readouts, runs[last], self.windows[last], strict=True)  # type: ignore[arg-type]

    def _joined(self, parts: list[Tensor]) -> Tensor:
        """Put what was read of each layer side by side, its directions added up or side by side too."""
        if self.sums_directions > 1:
            parts = [torch.unflatten(part, -1, (self.sums_directions, -1)).sum(-2) for part in parts]
        if len(parts) == 1 and parts[0].dim() == 2:  # of steps, a copy lays out what gradients add up differently
            return parts[0]
        return torch.cat(parts, -1)

    def _outputs(self, read: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch outputs"]:
        outputs: Tensor = self.output_layer(self.output_dropout(read))
        return self.output_activation(outputs) if self.activates else outputs


def _output_layer(shape: DataShape, options: RecurrentOptions) -> nn.Module:
    """Build what maps what was read to the outputs, as a whole or each direction for itself."""
    hidden_size, levels = options.recurrence.hidden_size, options.layers if options.all_layer_output else 1
    build = partial(build_head, shape=shape, hidden_size=hidden_size, hidden_layers=options.output_layers)
    if options.direction_heads and options.bidirectional:
        heads = [build(levels * hidden_size) for _ in range(2)]
        return DirectionHeads(heads, levels=levels, classes=shape.kind == "classification")
    directions = 2 if options.bidirectional and options.readout != "sum" else 1
    return build(levels * directions * hidden_size)
