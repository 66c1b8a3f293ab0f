"""The figures of what a confirmed network has learnt."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.figures.embedding_map import draw_embedding_map, embedding_map_data, embedding_map_json
from analysis.figures.gate_biases import draw_gate_biases, gate_biases_data, gate_biases_json
from analysis.figures.hidden_states import draw_hidden_states, hidden_states_data, hidden_states_json
from analysis.figures.input_weights import draw_input_weights, input_weights_data, input_weights_json

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, slots=True)
class LearntFigure:
    """A figure of one configuration's networks."""

    caption: str  # one line
    data: Callable[..., Any]  # of a ConfirmationRecord, with trial and seed; raises NothingToDraw
    json: Callable[[Any], list[dict[str, Any]]]
    draw: "Callable[[Any], Figure]"


LEARNT_FIGURES: dict[str, LearntFigure] = {
    "input-weights": LearntFigure(
        caption="What each unit of the first layer reads.",
        data=input_weights_data,
        json=input_weights_json,
        draw=draw_input_weights,
    ),
    "gate-biases": LearntFigure(
        caption="The biases of the forget or update gates, before training and after it.",
        data=gate_biases_data,
        json=gate_biases_json,
        draw=draw_gate_biases,
    ),
    "hidden-states": LearntFigure(
        caption="What the units of the last recurrent layer go through while single test sequences are read.",
        data=hidden_states_data,
        json=hidden_states_json,
        draw=draw_hidden_states,
    ),
    "embeddings": LearntFigure(
        caption="The tokens' embeddings in two dimensions, by PCA and by t-SNE.",
        data=embedding_map_data,
        json=embedding_map_json,
        draw=draw_embedding_map,
    ),
}
