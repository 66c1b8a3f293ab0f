"""All figures: what each is made from, and what it shows."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from analysis.figures.group_shares import draw_group_shares, group_shares_data
from analysis.figures.importance_bars import draw_importance_bars, importance_bars_data
from analysis.figures.importance_over_epochs import draw_importance_over_epochs, importance_over_epochs_data
from analysis.figures.learning_curves import draw_learning_curves, learning_curves_data
from analysis.figures.marginals import draw_marginals, marginals_data
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.optimisation_history import draw_optimisation_history, optimisation_history_data
from analysis.figures.pair_heat_map import draw_pair_heat_map, pair_heat_map_data
from analysis.figures.pair_surfaces import draw_pair_surfaces, pair_surfaces_data
from analysis.figures.parallel_coordinates import draw_parallel_coordinates, parallel_coordinates_data
from analysis.figures.rung_correlation import draw_rung_correlation, rung_correlation_data
from analysis.figures.rung_ladder import draw_rung_ladder, rung_ladder_data
from analysis.figures.slice_plot import draw_slice, slice_data
from analysis.importance.importance import Importance
from analysis.run_record import RunRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureKind:
    """A figure that can be made."""

    needs: Literal["record", "importance"]
    caption: str  # one line
    data: Callable[[Any], Any]  # of what it needs; raises NothingToDraw
    draw: "Callable[[Any], Figure]"


FIGURES: dict[str, FigureKind] = {  # in the order of a report
    "importance_bars": FigureKind(
        needs="importance",
        caption="How much of the variance each hyperparameter explains, alone and with its interactions.",
        data=importance_bars_data,
        draw=draw_importance_bars,
    ),
    "group_shares": FigureKind(
        needs="importance",
        caption="How much each group of hyperparameters explains, and the interactions between groups.",
        data=group_shares_data,
        draw=draw_group_shares,
    ),
    "marginals": FigureKind(
        needs="importance",
        caption="The mean outcome along each hyperparameter, all others averaged over what was searched.",
        data=marginals_data,
        draw=draw_marginals,
    ),
    "pair_surfaces": FigureKind(
        needs="importance",
        caption="The mean outcome over the pairs of hyperparameters that interact most.",
        data=pair_surfaces_data,
        draw=draw_pair_surfaces,
    ),
    "pair_heat_map": FigureKind(
        needs="importance",
        caption="What every hyperparameter explains alone, and every pair beyond that.",
        data=pair_heat_map_data,
        draw=draw_pair_heat_map,
    ),
    "importance_over_epochs": FigureKind(
        needs="importance",
        caption="How the shares change with the number of epochs after which trials are compared.",
        data=importance_over_epochs_data,
        draw=draw_importance_over_epochs,
    ),
    "optimisation_history": FigureKind(
        needs="record",
        caption="The outcome of each trial in the order of the sweep, and the best so far.",
        data=optimisation_history_data,
        draw=draw_optimisation_history,
    ),
    "learning_curves": FigureKind(
        needs="record",
        caption="All trials over their epochs, with the rungs at which they were compared.",
        data=learning_curves_data,
        draw=draw_learning_curves,
    ),
    "rung_ladder": FigureKind(
        needs="record",
        caption="How many trials reached each rung, what became of them, and where the cut-off lay.",
        data=rung_ladder_data,
        draw=draw_rung_ladder,
    ),
    "rung_correlation": FigureKind(
        needs="record",
        caption="Whether the order of the trials at one rung foretells their order at the next.",
        data=rung_correlation_data,
        draw=draw_rung_correlation,
    ),
    "parallel_coordinates": FigureKind(
        needs="record",
        caption="Every configuration as a line over all hyperparameters to its outcome.",
        data=parallel_coordinates_data,
        draw=draw_parallel_coordinates,
    ),
    "slice": FigureKind(
        needs="record",
        caption="The outcome of every trial against each hyperparameter.",
        data=slice_data,
        draw=draw_slice,
    ),
}


def draw_figures(
    *,
    record: RunRecord | None = None,
    importance: Importance | None = None,
    figures: Mapping[str, FigureKind] = FIGURES,
) -> "Iterator[tuple[str, Figure]]":
    """Draw all figures that the record and the importance at hand hold something for, one after another."""
    given = {"record": record, "importance": importance}
    for name, kind in figures.items():
        source = given[kind.needs]
        if source is not None:
            try:
                data = kind.data(source)
            except NothingToDraw:
                continue
            yield name, kind.draw(data)
