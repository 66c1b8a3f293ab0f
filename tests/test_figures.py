"""The figures as drawn: legible, whole, on the right scales, whatever the data."""

import subprocess
import sys
import warnings
from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from figure_samples import LSTM, importance, record, wide_space
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from analysis.figures.catalogue import FIGURES, draw_figures
from analysis.figures.style import DOUBLE, SINGLE, TEXT
from analysis.figures.tick_text import name_text

CASES = {
    "usual": lambda: (record(trials=40), importance(trials=40)),
    "one hyperparameter": lambda: (record(wide_space(1), trials=3), importance(wide_space(1), {}, trials=3)),
    "fifteen with long names": lambda: (
        record(wide_space(15), trials=60, metric="log_loss", maximize=False, outliers=True, probes=0.0),
        importance(wide_space(15), {}, trials=60),
    ),
}
NAMING = ("importance_bars", "group_shares", "marginals", "pair_heat_map", "parallel_coordinates", "slice")


@pytest.fixture(scope="module", params=list(CASES))
def drawn(request) -> dict[str, Figure]:
    return drawn_once(request.param)


@cache
def drawn_once(case: str) -> dict[str, Figure]:
    made = CASES[case]()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures = dict(draw_figures(record=made[0], importance=made[1]))
        for figure in figures.values():
            FigureCanvasAgg(figure)
            figure.draw_without_rendering()
    return figures


def texts(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def inked(text: Text, renderer) -> Bbox:
    """The box of a text without its arrow and without an empty first line."""
    box = Text.get_window_extent(text, renderer).padded(-1)
    lower = text.get_text().startswith("\n")
    return Bbox.from_extents(box.x0, box.y0, box.x1, (box.y0 + box.y1) / 2 if lower else box.y1)


def named(figure: Figure) -> str:
    return " ".join(" ".join(text.get_text().split()) for text in texts(figure))


def test_every_text_lies_on_the_canvas(drawn):
    for name, figure in drawn.items():
        renderer, (width, height) = figure.canvas.get_renderer(), figure.get_size_inches() * figure.dpi
        for text in texts(figure):
            box = Text.get_window_extent(text, renderer)
            inside = box.x0 > -1 and box.y0 > -1 and box.x1 < width + 1 and box.y1 < height + 1
            assert inside, (name, text.get_text(), box)


def test_no_two_texts_overlap(drawn):
    for name, figure in drawn.items():
        renderer = figure.canvas.get_renderer()
        upright = [text for text in texts(figure) if text.get_rotation() in (0, 90)]
        boxes = [(text.get_text(), inked(text, renderer)) for text in upright]
        pairs = combinations(boxes, 2)
        assert [(name, one[0], other[0]) for one, other in pairs if one[1].overlaps(other[1])] == []


def test_slanted_names_lie_a_line_apart(drawn):
    for figure in drawn.values():
        for axes in figure.axes:
            slanted = [label for label in axes.get_xticklabels() if label.get_rotation() not in (0, 90)]
            places = axes.transData.transform([(label.get_position()[0], 0) for label in slanted] or [(0, 0)])[:, 0]
            if len(slanted) > 1:
                apart = np.diff(places) * np.sin(np.radians(slanted[0].get_rotation()))
                assert apart.min() > TEXT / 72 * figure.dpi


def test_no_text_is_smaller_than_eight_points_at_the_printed_width(drawn):
    for figure in drawn.values():
        assert figure.get_size_inches()[0] in (SINGLE, DOUBLE)
        assert min(text.get_fontsize() for text in texts(figure)) >= TEXT


@pytest.mark.parametrize("name", NAMING)
def test_every_hyperparameter_is_named(name):
    found = named(drawn_once("usual")[name])
    assert [each for each in LSTM.searched if name_text(each) not in found] == []


@pytest.mark.parametrize("name", FIGURES)
def test_a_hundred_and_more_trials_and_thirty_hyperparameters_are_drawn(name):
    kind, space = FIGURES[name], wide_space(30)
    if kind.needs == "importance":
        source = importance(space, {}, trials=150)
    else:
        source = record(space, trials=500, rungs=(1, 3))
    assert kind.draw(kind.data(source)).axes


def axes_called(figure: Figure, title: str):
    return next(axes for axes in figure.axes if axes.get_title(loc="left").startswith(title))


@pytest.mark.parametrize("name", ["marginals", "slice"])
def test_panels_have_the_hyperparameters_own_scale_and_ticks_as_people_write_them(name):
    figure = drawn_once("usual")[name]
    rate, dropout = axes_called(figure, "learning rate"), axes_called(figure, "output dropout")
    assert (rate.get_xscale(), dropout.get_xscale()) == ("log", "linear")
    assert [label.get_text() for label in rate.get_xticklabels()] == ["1e-4", "0.001", "0.01", "0.1"]
    assert [label.get_text() for label in axes_called(figure, "hidden size").get_xticklabels()][:2] == ["8", "16"]
    assert [label.get_text() for label in axes_called(figure, "bidirectional").get_xticklabels()] == ["false", "true"]


def test_epochs_of_importance_and_of_learning_curves_are_logarithmic_with_ticks_at_the_rungs():
    for name in ("importance_over_epochs", "learning_curves"):
        [axes] = drawn_once("usual")[name].axes
        assert axes.get_xscale() == "log"
        assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "3", "9", "27"]


def test_what_there_is_nothing_for_is_left_out():
    without = replace(importance(wide_space(1), {}, trials=5), by_epoch=())
    assert [name for name, _ in draw_figures(importance=without)] == ["importance_bars", "marginals"]
    assert list(draw_figures()) == []


def test_trials_without_any_outcome_are_drawn_where_that_makes_sense():
    made = record(trials=8)
    made.trials["metrics/accuracy"] = np.nan
    made.epochs["metrics/accuracy"] = np.nan
    made.decisions["value"] = np.nan
    assert [name for name, _ in draw_figures(record=made)] == [
        "optimisation_history",
        "learning_curves",
        "rung_ladder",
    ]


def test_drawing_leaves_the_users_settings_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    with matplotlib.rc_context({"font.size": 30, "text.usetex": False}):
        kind = FIGURES["group_shares"]
        figure = kind.draw(kind.data(importance(trials=10)))
        assert matplotlib.rcParams["font.size"] == 30
        assert max(text.get_fontsize() for text in texts(figure)) < 12
    assert dict(matplotlib.rcParams) == before


def test_the_data_functions_need_no_matplotlib():
    program = "import sys; sys.modules['matplotlib'] = None; import analysis.figures.catalogue; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"matplotlib.figure", "torch", "ray", "scipy", "sklearn"} & set(loaded)
