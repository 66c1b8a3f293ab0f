"""Embeddings in two dimensions: against a second computation, and as drawn."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis.arrow_tables import to_frame
from analysis.confirmation.confirmation_tables import replicate_tables
from analysis.figures.embedding_map import draw_embedding_map, embedding_map_data, embedding_map_json
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.point_names import name_points
from analysis.figures.style import DOUBLE, TEXT
from learning_tasks.peptides.amino_acids import AMINO_ACIDS, RESIDUE_CLASSES, residue_class

LETTERS = (*AMINO_ACIDS, "X")


def weights(tokens=LETTERS, size=6, seed=0):
    """Embeddings in which the residues of a class lie together; row 0 is the padding."""
    rng = np.random.default_rng(seed)
    centres = {name: rng.normal(0, 3, size) for name in RESIDUE_CLASSES}
    rows = [rng.normal(size=size) + (centres[residue_class(each)] if each in AMINO_ACIDS else 0) for each in tokens]
    return np.vstack([np.zeros(size), *rows])


def record(embeddings, tokens=LETTERS, seeds=(1, 2)):
    tables = replicate_tables(
        {"trial_id": "t0003", "seed": 1}, metrics={}, predictions=None, embeddings=embeddings, token_names=tokens
    )
    configurations = [{"trial_id": "t0009"}, {"trial_id": "t0003"}]
    return SimpleNamespace(
        embeddings=to_frame(tables["embeddings"]), about={"configurations": configurations, "seeds": list(seeds)}
    )


def test_components_are_those_of_the_singular_value_decomposition():
    [picture] = embedding_map_data(record({"embedding": weights()})).pictures
    centred = weights()[1:] - weights()[1:].mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred)
    for number in range(2):
        axis = left[:, number] * sizes[number]
        assert min(np.abs(picture.pca[:, number] - sign * axis).max() for sign in (1, -1)) < 1e-9
        assert picture.shares[number] == pytest.approx(sizes[number] ** 2 / (sizes**2).sum())


def test_tsne_leaves_its_start_keeps_neighbours_and_repeats_itself():
    one, two = (embedding_map_data(record({"embedding": weights()})).pictures[0] for _ in range(2))
    assert np.array_equal(one.tsne, two.tsne)
    assert one.tsne.std() > 1  # it starts at 1e-4, where the study's had stayed
    apart = np.linalg.norm(one.tsne[:, None] - one.tsne[None], axis=2)[:20, :20]
    alike = np.array([[a == b for a in one.classes[:20]] for b in one.classes[:20]]) & ~np.eye(20, dtype=bool)
    assert apart[alike].mean() < 0.7 * apart[~alike].mean()


def test_residues_have_their_class_and_other_letters_are_other():
    [picture] = embedding_map_data(record({"embedding": weights()})).pictures
    assert picture.tokens == LETTERS
    assert dict(zip(picture.tokens, picture.classes, strict=True))["W"] == "aromatic"
    assert picture.classes[-1] == "other"


def test_tokens_that_are_no_residues_have_no_class():
    names = tuple("abcdefgh")
    data = embedding_map_data(record({"embedding": weights(names)}, names))
    assert data.pictures[0].classes == ()
    assert "class" not in embedding_map_json(data)[0]
    assert draw_embedding_map(data).legends == []


def test_the_first_configuration_with_embeddings_is_taken_where_none_is_named():
    data = embedding_map_data(record({"embedding": weights()}))
    assert (data.trial_id, data.seed) == ("t0003", 1)
    row = embedding_map_json(data)[0]
    assert (row["token"], row["class"], len(row["pca"]), len(row["tsne"])) == ("A", "aliphatic", 2, 2)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"trial": "t0001"}, "trial must be one of t0009, t0003, got 't0001'"),
        ({"seed": 2}, "seed of t0003 must be one of 1, got 2"),
        ({"trial": "t0009"}, "needs a network that reads tokens"),
    ],
)
def test_a_network_that_is_not_there_is_refused(given, message):
    with pytest.raises(NothingToDraw, match=message):
        embedding_map_data(record({"embedding": weights()}), **given)


def test_too_few_tokens_or_dimensions_are_refused():
    with pytest.raises(NothingToDraw, match="5 tokens in two dimensions or more, got 4 in 6"):
        embedding_map_data(record({"embedding": weights("ACDE")}, "ACDE"))
    with pytest.raises(NothingToDraw, match="got 21 in 1"):
        embedding_map_data(record({"embedding": weights(size=1)}))


@pytest.mark.parametrize("tables", [("embedding",), ("forward.embedding", "backward.embedding")])
def test_every_token_is_drawn_legibly_on_the_canvas(tables):
    data = embedding_map_data(record({name: weights(seed=number) for number, name in enumerate(tables)}))
    figure = draw_embedding_map(data)
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    renderer, (width, height) = figure.canvas.get_renderer(), figure.get_size_inches() * figure.dpi
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    boxes = [Text.get_window_extent(text, renderer) for text in texts]
    assert all(box.x0 > -1 and box.y0 > -1 and box.x1 < width + 1 and box.y1 < height + 1 for box in boxes)
    assert min(text.get_fontsize() for text in texts) >= TEXT
    assert figure.get_size_inches()[0] == DOUBLE
    assert len(figure.axes) == 2 * len(tables)
    for axes in figure.axes:
        assert sorted(text.get_text() for text in axes.texts) == sorted(LETTERS)
    around = [box for text, box in zip(texts, boxes, strict=True) if text.get_text() not in LETTERS]
    assert not any(one.padded(-1).overlaps(other.padded(-1)) for one, other in combinations(around, 2))


def test_names_of_points_side_by_side_are_not_written_over_each_other_or_a_point():
    axes = Figure(figsize=(3, 3)).add_subplot()
    axes.set(xlim=(0, 100), ylim=(0, 100))
    places = np.array([[50.0, 50.0], [53.0, 52.0], [50.0, 47.0], [47.0, 50.0]])
    name_points(axes, "ABCD", places, ["black"] * 4)
    FigureCanvasAgg(axes.figure).draw()
    boxes = [text.get_window_extent() for text in axes.texts]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert not any(box.contains(*point) for box in boxes for point in axes.transData.transform(places))
