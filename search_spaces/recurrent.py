"""Hyperparameters that the recurrent networks share: their layers, what they read out, what acts within them."""

from search_spaces.distributions import Choice, Constant, Integer, Scalar, Uniform
from search_spaces.hyperparameter import Condition, Group, Hyperparameter

LAYERS = Hyperparameter(
    name="layers",
    distribution=Integer(low=1, high=2),
    group="architecture",
    default=1,
    reason="One or two: each further layer costs as much time again, and the built-in data are small.",
)
BIDIRECTIONAL = Hyperparameter(
    name="bidirectional",
    distribution=Choice(options=(False, True)),
    group="architecture",
    default=False,
    reason="Whole sequences are read before the answer; Hammerla et al. (2016, arXiv:1604.08880) compare both.",
)
STACKED = (Condition(hyperparameter="layers", values=(2,)),)
IN_BOTH_DIRECTIONS = (Condition(hyperparameter="bidirectional", values=(True,)),)
BETWEEN_LAYER_DROPOUT = Hyperparameter(
    name="between_layer_dropout",
    distribution=Uniform(low=0.0, high=0.5),
    group="regularisation",
    default=0.0,
    conditions=STACKED,
    reason="On the connections between layers only (Zaremba et al., 2014, arXiv:1409.2329): one layer has none.",
)
SEPARATE_EMBEDDINGS = Hyperparameter(
    name="separate_embeddings",
    distribution=Constant(value=False),
    group="architecture",
    default=False,
    conditions=IN_BOTH_DIRECTIONS,
    reason="A table of tokens for each direction; read on data of tokens only.",
)


def held(
    name: str, default: Scalar, group: Group, reason: str, conditions: tuple[Condition, ...] = ()
) -> Hyperparameter:
    """Declare what stays at its default, under which nothing changes, until a sweep file searches it."""
    return Hyperparameter(
        name=name,
        distribution=Constant(value=default),
        group=group,
        default=default,
        conditions=conditions,
        reason=reason,
    )


RECURRENT_ARCHITECTURE = (
    SEPARATE_EMBEDDINGS,
    held(
        "readout",
        "last",
        "architecture",
        "last, the final state of each direction, which concatenation is too; sum of these; mean or max over time; or "
        "attention (Yang et al., 2016).",
    ),
    held(
        "direction_heads",
        False,
        "architecture",
        "An output layer for each direction, as in Chiu & Nichols (2016, arXiv:1511.08308).",
        IN_BOTH_DIRECTIONS,
    ),
    held(
        "all_layer_output",
        False,
        "architecture",
        "Every layer is read out, as in Hermans & Schrauwen (2013), who find the last alone slightly better.",
        STACKED,
    ),
    held(
        "input_layers",
        0,
        "architecture",
        "Layers of tanh units from the inputs to the state, none to a few (Pascanu et al., 2014, arXiv:1312.6026).",
    ),
    held(
        "transition_layers",
        1,
        "architecture",
        "Layers from state to state, one to a few (Pascanu et al., 2014, arXiv:1312.6026).",
    ),
    held(
        "output_layers",
        0,
        "architecture",
        "Layers of tanh units from the state to the outputs, none to a few (Pascanu et al., 2014, arXiv:1312.6026).",
    ),
)
RECURRENT_DROPOUTS = (
    held(
        "recurrent_dropout_input",
        0.0,
        "regularisation",
        "0 to 0.5; one mask for each sequence and gate (Gal & Ghahramani, 2016, arXiv:1512.05287).",
    ),
    held(
        "recurrent_dropout_state",
        0.0,
        "regularisation",
        "0 to 0.5; as recurrent_dropout_input, on the state that the gates read.",
    ),
    held(
        "zoneout_hidden",
        0.0,
        "regularisation",
        "0 to 0.5; Krueger et al. (2017, arXiv:1606.01305) do best with 0.05, and 0.5 of the memory.",
    ),
    held(
        "stochastic_depth",
        0.0,
        "regularisation",
        "0 to 0.5; whole steps are skipped, which Krueger et al. (2017, arXiv:1606.01305) find worse than zoneout.",
    ),
    held(
        "recurrent_batch_norm",
        False,
        "regularisation",
        "Statistics for each step, scales from 0.1 (Cooijmans et al., 2017, arXiv:1603.09025).",
    ),
)
CANDIDATE_DROPOUT = held(
    "candidate_dropout",
    0.0,
    "regularisation",
    "0 to 0.5; of what a cell would write, so that no memory is lost (Semeniuta et al., 2016, arXiv:1603.05118).",
)
