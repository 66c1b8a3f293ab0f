"""What a network has learnt of its tokens: their embeddings in two dimensions, by PCA and by t-SNE."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.confirmation.confirmation_record import ConfirmationRecord
from analysis.figures.axis_scale import FloatArray
from analysis.figures.frame import framed_figure
from analysis.figures.learnt_network import rows_of_network
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.point_names import name_points
from analysis.figures.style import COLOURS, DOUBLE, FAINT, GREY, INK, MARKERS, styled
from analysis.figures.tick_text import percent_text
from learning_tasks.peptides.amino_acids import AMINO_ACIDS, RESIDUE_CLASSES, residue_class

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SEED = 42  # of t-SNE, as in the study that the picture comes from
FEWEST_TOKENS = 5
MOST_NAMED = 60  # tokens; more are dots only
OTHER = "other"  # the class of what is no amino acid: unknown residues, start, stop, padding
_PANEL_IN = 3.1


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EmbeddingPicture:
    """The tokens of one table in two dimensions, by two methods."""

    table: str
    tokens: tuple[str, ...]
    classes: tuple[str, ...]  # of each token; empty where the tokens are no amino acids
    pca: FloatArray  # (token, 2)
    shares: tuple[float, float]  # of the variance, that the two components hold
    tsne: FloatArray  # (token, 2)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EmbeddingMapData:
    """The tables of one network."""

    trial_id: str
    seed: int
    pictures: tuple[EmbeddingPicture, ...]


def embedding_map_data(
    record: ConfirmationRecord, *, trial: str | None = None, seed: int | None = None
) -> EmbeddingMapData:
    """Project the embeddings of a confirmed network.

    Args:
        record: the confirmation.
        trial: the configuration; the search's first that has embeddings when None.
        seed: of the network; the first when None.

    Raises:
        NothingToDraw: If there is no such network, or it has no embedding of five tokens or more.
    """
    chosen = _network(record, trial, seed)
    pictures = tuple(_picture(str(name), rows) for name, rows in chosen.groupby("table", sort=False))
    first = chosen.iloc[0]
    return EmbeddingMapData(trial_id=str(first["trial_id"]), seed=int(first["seed"]), pictures=pictures)


def embedding_map_json(data: EmbeddingMapData) -> list[dict[str, Any]]:
    """List the tokens with their places."""
    return [
        {"trial_id": data.trial_id, "seed": data.seed, "table": picture.table, "token": token}
        | ({"class": picture.classes[place]} if picture.classes else {})
        | {"pca": picture.pca[place].tolist(), "tsne": picture.tsne[place].tolist()}
        for picture in data.pictures
        for place, token in enumerate(picture.tokens)
    ]


@styled
def draw_embedding_map(data: EmbeddingMapData) -> "Figure":
    """Draw a row of two panels for each table."""
    figure = framed_figure(
        name="embedding-map",
        title=f"What {data.trial_id}, seed {data.seed}, has learnt of its tokens",
        width=DOUBLE,
        body=_PANEL_IN * len(data.pictures),
        legend=_legend(data.pictures),
        notes=(
            "Left: the plane of the largest variance. Right: t-SNE keeps neighbours together; its distances and sizes "
            "mean nothing else.",
        ),
    )
    grid = figure.add_gridspec(len(data.pictures), 2)
    for row, picture in enumerate(data.pictures):
        name = f": {_words(picture.table)}" if len(data.pictures) > 1 else ""
        left, right = (figure.add_subplot(grid[row, column]) for column in range(2))
        _draw_tokens(left, picture, picture.pca, f"PCA{name}")
        _draw_tokens(right, picture, picture.tsne, f"t-SNE{name}")
        for axis, number in ((left.xaxis, 0), (left.yaxis, 1)):
            axis.set_label_text(f"component {number + 1} ({percent_text(picture.shares[number])} % of the variance)")
    return figure


def _network(record: ConfirmationRecord, trial: str | None, seed: int | None) -> pd.DataFrame:
    found = rows_of_network(record, record.embeddings, trial, seed)
    if found is None:
        which = "none was confirmed" if trial is None else f"{trial} is none"
        raise NothingToDraw(f"An embedding map needs a network that reads tokens, trained to its end; {which}.")
    return found


def _picture(table: str, rows: pd.DataFrame) -> EmbeddingPicture:
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    rows = rows.sort_values("id")
    dimensions = rows[[name for name in rows if str(name)[1:].isdigit()]].dropna(axis=1).to_numpy(dtype=np.float64)
    if len(rows) < FEWEST_TOKENS or dimensions.shape[1] < 2:
        raise NothingToDraw(
            f"An embedding map needs {FEWEST_TOKENS} tokens in two dimensions or more, "
            f"got {len(rows)} in {dimensions.shape[1]}."
        )
    pca = PCA(n_components=2, svd_solver="full")
    plane = pca.fit_transform(dimensions)
    perplexity = min(30.0, (len(rows) - 1) / 3)
    neighbours = TSNE(n_components=2, init="pca", perplexity=perplexity, random_state=SEED).fit_transform(dimensions)
    tokens = tuple(map(str, rows["token"]))
    return EmbeddingPicture(
        table=table,
        tokens=tokens,
        classes=_classes(tokens),
        pca=plane,
        shares=(float(pca.explained_variance_ratio_[0]), float(pca.explained_variance_ratio_[1])),
        tsne=neighbours.astype(np.float64),
    )


def _classes(tokens: Sequence[str]) -> tuple[str, ...]:
    """Give the class of each token where all twenty amino acids are among them."""
    if not set(AMINO_ACIDS) <= set(tokens):
        return ()
    return tuple(residue_class(token) if len(token) == 1 and token in AMINO_ACIDS else OTHER for token in tokens)


def _words(table: str) -> str:
    """Write the name of a module, `backward_input.embedding`, for a reader."""
    return table.removesuffix(".embedding").replace("_", " ").replace(".", ", ")


def _looks(classes: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Give colour and marker of the classes that occur."""
    looks = dict(zip(RESIDUE_CLASSES, zip(COLOURS, MARKERS, strict=True), strict=False)) | {OTHER: (GREY, MARKERS[-1])}
    return {name: look for name, look in looks.items() if name in classes}


def _legend(pictures: Sequence[EmbeddingPicture]) -> "list[Artist]":
    from matplotlib.lines import Line2D

    looks = _looks([each for picture in pictures for each in picture.classes])
    return [
        Line2D([], [], linestyle="none", color=colour, marker=marker, markersize=5, label=name)
        for name, (colour, marker) in looks.items()
    ]


def _draw_tokens(axes: "Axes", picture: EmbeddingPicture, places: FloatArray, title: str) -> None:
    looks = _looks(picture.classes)
    colours = [looks[each][0] for each in picture.classes] or [COLOURS[0]] * len(picture.tokens)
    markers = [looks[each][1] for each in picture.classes] or [MARKERS[0]] * len(picture.tokens)
    for marker in dict.fromkeys(markers):
        these = [place for place, each in enumerate(markers) if each == marker]
        shown = [colours[place] for place in these]
        axes.scatter(places[these, 0], places[these, 1], s=22, marker=marker, color=shown, linewidth=0, zorder=2)
    axes.set_title(title)
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.12)
    if len(picture.tokens) <= MOST_NAMED:
        name_points(axes, picture.tokens, places, colours)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(True)
    axes.spines[:].set_color(INK)
    axes.spines[:].set_alpha(2 * FAINT)
