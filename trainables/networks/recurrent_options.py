"""The options of a recurrent network."""

from dataclasses import dataclass, field

from trainables.hyperparameters import Hyperparameters, read_integer, read_number, read_option, read_switch
from trainables.networks.batch_norm import read_batch_norm
from trainables.networks.cells.recurrence import Recurrence
from trainables.networks.convolutions import ConvolutionOptions
from trainables.networks.input_layer import InputOptions, read_input_options
from trainables.networks.output_activation import OUTPUT_ACTIVATIONS
from trainables.networks.readouts.catalogue import READOUTS
from trainables.networks.regularisers.recurrent_regularisation import RecurrentRegularisation
from trainables.networks.subsampling import JOINS

# What a cell does not read: only an LSTM has a memory, and a simple cell writes no candidate besides its state.
_NOT_READ = {"lstm": (), "gru": ("zoneout_cell",), "rnn": ("zoneout_cell", "candidate_dropout")}


@dataclass(frozen=True, kw_only=True, slots=True)
class RecurrentOptions:
    """A stack of recurrent layers, what lies before and behind it, and what is dropped."""

    recurrence: Recurrence
    layers: int
    bidirectional: bool
    separate_embeddings: bool
    inputs: InputOptions
    input_layers: int  # tanh layers between inputs and recurrent layers
    output_layers: int  # tanh layers between readout and outputs
    readout: str
    all_layer_output: bool  # all recurrent layers are read out, not only the last
    direction_heads: bool  # each direction has an output layer of its own
    between_layer_dropout: float
    output_dropout: float
    batch_norm_after: str
    norm_stabiliser: float
    output_activation: str
    subsampling: int  # steps of a layer that become one of the next
    subsampling_join: str
    pre_training_epochs: int  # as the encoder of an auto-encoder
    freeze_encoder: bool  # after pre-training, only what reads it learns
    convolutions: ConvolutionOptions = field(default_factory=ConvolutionOptions)


def read_recurrent_options(cell: str, hyperparameters: Hyperparameters) -> RecurrentOptions:
    """Read what a network of these cells reads; hidden_size and layers are required.

    Raises:
        ValueError: If one is missing or out of range.
    """
    return RecurrentOptions(
        recurrence=read_recurrence(cell, hyperparameters),
        layers=read_integer(hyperparameters, "layers"),
        bidirectional=read_switch(hyperparameters, "bidirectional", default=False),
        separate_embeddings=read_switch(hyperparameters, "separate_embeddings", default=False),
        inputs=read_input_options(hyperparameters),
        input_layers=read_integer(hyperparameters, "input_layers", minimum=0, default=0),
        output_layers=read_integer(hyperparameters, "output_layers", minimum=0, default=0),
        readout=read_option(hyperparameters, "readout", READOUTS, default="last"),
        all_layer_output=read_switch(hyperparameters, "all_layer_output", default=False),
        direction_heads=read_switch(hyperparameters, "direction_heads", default=False),
        between_layer_dropout=read_number(hyperparameters, "between_layer_dropout", default=0.0),
        output_dropout=read_number(hyperparameters, "output_dropout", default=0.0),
        batch_norm_after=read_batch_norm(hyperparameters, "batch_norm_after"),
        norm_stabiliser=read_number(hyperparameters, "norm_stabiliser", default=0.0),
        output_activation=read_option(hyperparameters, "output_activation", OUTPUT_ACTIVATIONS, default="linear"),
        subsampling=_read_subsampling(hyperparameters),
        subsampling_join=read_option(hyperparameters, "subsampling_join", JOINS, default="weights"),
        pre_training_epochs=read_integer(hyperparameters, "pre_training_epochs", minimum=0, default=0),
        freeze_encoder=read_switch(hyperparameters, "freeze_encoder", default=False),
    )


def _read_subsampling(hyperparameters: Hyperparameters) -> int:
    window = read_integer(hyperparameters, "subsampling", default=1)
    if window > 1 and read_switch(hyperparameters, "depth_gated", default=False):
        raise ValueError(f"subsampling must be 1 where depth_gated is True, got {window}.")
    return window


def read_recurrence(cell: str, hyperparameters: Hyperparameters) -> Recurrence:
    """Read what a layer of these cells repeats; hidden_size is required.

    Raises:
        ValueError: If a hyperparameter is missing or out of range.
    """
    lstm = cell == "lstm"
    stacked = hyperparameters.get("layers") != 1
    return Recurrence(
        cell=cell,
        hidden_size=read_integer(hyperparameters, "hidden_size"),
        forget_gate_bias=read_number(hyperparameters, "forget_gate_bias", default=1.0) if lstm else 0.0,
        peephole=lstm and read_switch(hyperparameters, "peephole", default=False),
        depth_gated=lstm and stacked and read_switch(hyperparameters, "depth_gated", default=False),
        transition_layers=read_integer(hyperparameters, "transition_layers", default=1),
        truncate_steps=read_integer(hyperparameters, "truncate_steps", minimum=0, default=0),
        carry_over=_read_carry_over(hyperparameters),
        regularisation=_read_regularisation(cell, hyperparameters),
    )


def _read_carry_over(hyperparameters: Hyperparameters) -> float:
    probability = read_number(hyperparameters, "carry_over", default=0.0)
    if not 0 <= probability <= 1:
        raise ValueError(f"carry_over must be between 0 and 1, got {probability}.")
    return probability


def _read_regularisation(cell: str, hyperparameters: Hyperparameters) -> RecurrentRegularisation:
    names = [name for name in RecurrentRegularisation.shares() if name not in _NOT_READ[cell]]
    normalised = read_switch(hyperparameters, "recurrent_batch_norm", default=False)
    if normalised and read_integer(hyperparameters, "batch_size", default=2) == 1:
        raise ValueError("recurrent_batch_norm must be False where batch_size is 1, got True.")
    shares = {name: read_number(hyperparameters, name, default=0.0) for name in names}
    return RecurrentRegularisation(**shares, recurrent_batch_norm=normalised)
