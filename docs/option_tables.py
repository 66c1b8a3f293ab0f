"""Tables of what a sweep file may name: hyperparameters, spaces, contradictions. All but WHAT is read from the code."""

from collections.abc import Iterable, Sequence

from search_spaces.catalogue import NAMED_SPACES, READABLE, SPACES
from search_spaces.distributions import Constant
from search_spaces.everything import SEARCHED
from search_spaces.families import NETWORK
from search_spaces.hyperparameter import Hyperparameter
from sweeps.catalogue_text import catalogue_entries
from sweeps.contradiction_rules import RULES, Rule
from sweeps.space_text import condition_text, distribution_text

STUDIES = tuple(name for name in NAMED_SPACES if name not in SPACES)
FACTS = {"longest": "N", "fewest_samples": "N"}  # known once there are data

# What each option is, in as few words as will do; `test_docs_tables.py` tells of one that has none.
WHAT = {
    "learning_rate": "step size of the optimiser",
    "batch_size": "samples of a mini-batch",
    "gradient_clip_norm": "largest norm of the gradient",
    "weight_decay": "shrinks all weights",
    "input_dropout": "drops single inputs, at each step anew",
    "output_dropout": "drops what the output layer reads",
    "hidden_size": "units of a layer (and direction)",
    "embedding_size": "numbers that a token becomes",
    "layers": "recurrent layers, one upon the other",
    "bidirectional": "also reads backwards",
    "forget_gate_bias": "what the forget gates start with",
    "between_layer_dropout": "drops what a layer passes on",
    "learning_rate_decay": "falls from epoch to epoch",
    "output_activation": "of the output layer",
    "optimizer": "how weights follow the gradient",
    "momentum": "of SGD and RMSprop",
    "weight_decay_kind": "off the weights, or in the gradient",
    "learning_rate_schedule": "course of the learning rate",
    "schedule_epochs": "length of the cosine",
    "warm_up_epochs": "epochs until the full learning rate",
    "initial_weights": "how weights are drawn",
    "weight_noise": "normal noise on weights while a gradient is computed",
    "max_in_norm": "bounds the weights into each unit",
    "label_smoothing": "share of a label given to all classes",
    "class_weights": "what a sample of a class counts",
    "embedding_dropout": "drops tokens of the vocabulary from a mini-batch",
    "input_noise": "normal noise on inputs or embeddings",
    "batch_norm_before": "normalises the inputs",
    "batch_norm_after": "normalises what the output layer reads",
    "target_replication": "each step is to say the label",
    "norm_stabiliser": "penalty on states whose norm changes",
    "separate_embeddings": "of each direction",
    "readout": "what is read of the states",
    "direction_heads": "each direction answers, and answers are summed",
    "all_layer_output": "the output layer reads all layers",
    "input_layers": "deep from input to state",
    "transition_layers": "deep from state to state",
    "output_layers": "deep from state to output",
    "recurrent_dropout_input": "drops inputs of gates, by one mask a sequence",
    "recurrent_dropout_state": "drops states that gates read, by one mask a sequence",
    "zoneout_hidden": "share of the state that stays as it was",
    "zoneout_cell": "share of the memory that stays as it was",
    "stochastic_depth": "share of steps that are skipped",
    "recurrent_batch_norm": "normalises within the recurrence",
    "candidate_dropout": "drops what would be written",
    "peephole": "gates see the memory",
    "depth_gated": "memory also comes from the layer below",
    "subsampling": "steps that become one of the next layer",
    "subsampling_join": "how they do",
    "shuffle": "samples in a new order each epoch",
    "carry_over": "probability that states outlive a mini-batch",
    "truncate_steps": "cuts the gradient in time",
    "pre_training_epochs": "first learns to tell its inputs again",
    "freeze_encoder": "keeps what pre-training learnt",
    "hidden_layers": "fully connected ones",
    "hidden_activation": "of the hidden layers",
    "cell": "what reads the contexts",
    "convolution_layers": "convolutions over time below the LSTM",
    "filters": "of each convolution",
    "filter_width": "steps that a filter sees",
    "above_convolutions": "what reads the convolutions",
}


def architecture_options() -> str:
    """All that networks are built of."""
    return _options("architecture")


def learning_options() -> str:
    """All that says how they learn."""
    return _options("learning")


def regularisation_options() -> str:
    """All that keeps them from learning by heart."""
    return _options("regularisation")


def readable() -> dict[str, tuple[Hyperparameter, tuple[str, ...]]]:
    """Give every hyperparameter with the networks that read it."""
    names = dict.fromkeys(name for space in READABLE.values() for name in space.names)
    readers = {name: tuple(network for network, space in READABLE.items() if name in space) for name in names}
    return {name: (READABLE[networks[0]][name], networks) for name, networks in readers.items()}


def _options(group: str) -> str:
    header = ["", "what it does", "default", "values", "only where", "read by", "source of the values"]
    return table(header, [_row(*each) for each in readable().values() if each[0].group == group])


def _row(option: Hyperparameter, networks: tuple[str, ...]) -> list[str]:
    return [
        f"`{option.name}`",
        WHAT[option.name],
        _default(option),
        _values(option),
        " and ".join(f"`{condition_text(condition)}`" for condition in option.conditions),
        _readers(networks),
        option.reason,
    ]


def _default(option: Hyperparameter) -> str:
    return distribution_text(Constant(value=option.default)).removeprefix("= ")


def _values(option: Hyperparameter) -> str:
    """Give what the spaces of networks search or, with a star, what `everything` alone does."""
    searched = SEARCHED.get(option.name, option.distribution)
    if isinstance(searched, Constant):
        return "held"
    owned = any(option.name in space for space in SPACES.values())
    return distribution_text(searched) if owned else f"{distribution_text(searched)} *"


def _readers(networks: Sequence[str]) -> str:
    left_out = [network for network in READABLE if network not in networks]
    if not left_out:
        return "all"
    return f"all but {', '.join(left_out)}" if len(left_out) < len(networks) else ", ".join(networks)


def named_spaces() -> str:
    """The spaces of studies, with what they search and hold."""
    about = catalogue_entries()["spaces"]
    body = [[f"`{name}`", about[name].partition(";")[0], *_contents(name)] for name in STUDIES]
    return table(["`space`", "of", "`network`", "searched", "held"], body)


def _contents(name: str) -> list[str]:
    space = NAMED_SPACES[name]
    networks = getattr(space[NETWORK].distribution, "options", ()) if NETWORK in space else ("lstm",)
    listed = [each for each in space.hyperparameters if each.name != NETWORK]
    searched = [each for each in listed if not isinstance(each.distribution, Constant)]
    held = [each for each in listed if isinstance(each.distribution, Constant)]
    told = f"{len(searched)} options" if name == "everything" else _named(searched)
    return [", ".join(networks), told, _named(held)]


def _named(options: Iterable[Hyperparameter]) -> str:
    return ", ".join(f"`{each.name}` {distribution_text(each.distribution)}" for each in options)


def contradictions() -> str:
    """What is refused when a sweep is validated."""
    return table(["", "must be", "with", "because"], [_refused(rule) for rule in RULES])


def _refused(rule: Rule) -> list[str]:
    others = ", ".join(f"`{other}`" for other in rule.others)
    return [f"`{rule.name}`", rule.wanted, others, rule.reason.format(**FACTS)]


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


TABLES = (architecture_options, learning_options, regularisation_options, named_spaces, contradictions)
