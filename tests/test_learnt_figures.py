"""Figures of what networks have learnt: their numbers against a second computation, and as drawn."""

import warnings
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
from learnt_samples import CHANNELS, LETTERS, NETWORKS, SERIES, confirmed
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import QuadMesh
from matplotlib.text import Text

from analysis.confirmation.confirmation_record import read_confirmation
from analysis.confirmation.confirmation_tables import LEARNT
from analysis.figures.gate_biases import draw_gate_biases, gate_biases_data, gate_biases_json, share_marks
from analysis.figures.hidden_states import draw_hidden_states, hidden_states_data, hidden_states_json
from analysis.figures.input_weights import MOST_INPUTS, draw_input_weights, input_weights_data, input_weights_json
from analysis.figures.learnt_figures import LEARNT_FIGURES
from analysis.figures.learnt_network import token_order
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.style import DOUBLE, TEXT
from learning_tasks.peptides.amino_acids import residue_class
from trainables.saved_model import load_model

DRAWN = ("input-weights", "gate-biases", "hidden-states")  # embeddings have tests of their own
TRIALS = {name: f"t{number:04d}" for number, name in enumerate(NETWORKS)}

LOOKED_AT = ("bidirectional lstm", "subsampling", "gru", "normalised", "ffnn")


@pytest.fixture(scope="module")
def letters(tmp_path_factory):
    """All networks, confirmed with two seeds on sequences of amino acids."""
    return confirmed(tmp_path_factory.mktemp("letters"), *NETWORKS, seeds=2, epochs=1, count=20)


@pytest.fixture(scope="module")
def channels(tmp_path_factory):
    """All networks, confirmed on series of three channels."""
    return confirmed(tmp_path_factory.mktemp("channels"), *NETWORKS, shape=SERIES, epochs=1, count=20)


def network_of(record, name, seed=1):
    return load_model(record.run / f"confirmation/models/{TRIALS[name]}-seed{seed}.pt").network


def test_a_tokens_cell_is_the_units_weights_times_its_embedding(letters):
    data = input_weights_data(letters, trial=TRIALS["separate embeddings"])
    kept = network_of(letters, "separate embeddings").state_dict()
    assert (data.reads, len(data.panels), data.places) == ("tokens", 8, (0, 1, 2, 3, 4))
    for direction, name in (("forward", "input_layer"), ("backward", "backward_input_layer")):
        [panel] = [each for each in data.panels if (each.direction, each.gate) == (direction, "candidate")]
        weights = kept[f"layers.0.{direction}s.weight_ih_l0"][10:15]  # i, f, g, o of five units each
        embedding = kept[f"{name}.embedding.weight"]
        for row, token in enumerate(data.inputs):
            expected = weights @ embedding[LETTERS.index(token) + 1]
            assert panel.values[row] == pytest.approx(expected.numpy(), abs=1e-6)


def test_channels_have_their_names_and_plain_weights(channels):
    data = input_weights_data(channels, trial=TRIALS["lstm"])
    kept = network_of(channels, "lstm").state_dict()["layers.0.weight_ih_l0"].numpy()
    assert data.inputs == CHANNELS
    assert [panel.gate for panel in data.panels] == ["input", "forget", "candidate", "output"]
    for place, panel in enumerate(data.panels):
        assert np.array_equal(panel.values, kept[7 * place : 7 * place + 7].T)


def test_units_of_a_feed_forward_network_are_maps_over_steps(letters, channels):
    data = input_weights_data(channels, trial=TRIALS["ffnn"])
    kept = network_of(channels, "ffnn").state_dict()["hidden_layers.0.0.weight"].numpy()
    assert (data.across, data.places, len(data.panels)) == ("step", tuple(range(1, 10)), 8)
    assert np.array_equal(data.panels[3].values, kept[3].reshape(9, 3).T)
    linear = input_weights_data(letters, trial=TRIALS["linear"])
    titles = [axes.get_title(loc="left") for axes in draw_input_weights(linear).axes]
    assert titles == ["Output 0", "Output 1", ""]


def test_without_names_inputs_are_numbered_and_the_smallest_left_out(channels):
    about = {key: value for key, value in channels.about.items() if key != "feature_names"}
    assert input_weights_data(replace(channels, about=about)).inputs == ("feature 0", "feature 1", "feature 2")
    rows = channels.input_weights[channels.input_weights["trial_id"] == TRIALS["lstm"]]
    sizes = np.random.default_rng(1).permutation(50).astype(float)
    wide = rows.assign(**{f"weight/{number}": size for number, size in enumerate(sizes)})
    data = input_weights_data(replace(channels, about=about, input_weights=wide))
    assert (len(data.inputs), data.left_out) == (MOST_INPUTS, 10)
    assert data.inputs == tuple(f"feature {number}" for number, size in enumerate(sizes) if size >= 10)


def test_amino_acids_of_a_class_lie_together_and_other_tokens_as_they_come():
    names = [*LETTERS[::-1], "X"]
    classes = [residue_class(names[place]) for place in token_order(names)[:20]]
    assert len(set(classes)) == sum(one != other for one, other in pairwise(classes)) + 1
    assert token_order(names)[-1] == 20
    assert token_order(["b", "a"]) == [0, 1]


def test_biases_are_of_all_units_and_seeds_and_of_the_gate_that_keeps(letters):
    data = gate_biases_data(letters, trial=TRIALS["bidirectional lstm"])
    assert (data.gate, data.seeds, len(data.rows)) == ("forget", (1, 2), 4)
    [row] = [each for each in data.rows if (each.layer, each.direction) == (2, "backward")]
    for seed in (1, 2):
        kept = network_of(letters, "bidirectional lstm", seed).state_dict()
        both = (kept["layers.1.bias_ih_l0_reverse"] + kept["layers.1.bias_hh_l0_reverse"])[5:10]
        assert row.trained[row.seeds == seed] == pytest.approx(both.numpy(), abs=1e-6)
    assert set(row.start) == {1.0}
    assert gate_biases_data(letters, trial=TRIALS["gru"]).gate == "update"
    assert gate_biases_data(letters, trial=TRIALS["gru"], seed=2).seeds == (2,)
    assert len(gate_biases_json(data)) == 4 * 2 * 5


def test_shares_above_the_biases_are_round_and_do_not_touch():
    assert share_marks(0.2, 1.7, 0.2) == [55, 60, 65, 70, 75, 80]
    assert share_marks(-40, 40, 5.0) == [50]
    for marks in (share_marks(-2, 2, 0.4), share_marks(0.95, 1.05, 0.01)):
        places = np.log(np.array(marks) / (100 - np.array(marks)))
        assert len(marks) > 1
        assert np.diff(places).min() >= 0.01


def test_states_are_shown_of_the_units_that_tell_most_and_never_of_padding(letters):
    data = hidden_states_data(letters, trial=TRIALS["bidirectional lstm"])
    assert [each.target for each in data.sequences] == [0, 0, 0, 1, 1, 1]
    for direction, end in (("forward", -1), ("backward", 0)):
        last = np.array([each.states[direction][:, end] for each in data.sequences])
        apart = np.abs(last[:3].mean(axis=0) - last[3:].mean(axis=0))
        assert (np.diff(apart) <= 0).all()
        assert sorted(data.units[direction]) == list(range(5))
    for each in data.sequences:
        assert each.steps.tolist() == list(range(1, each.length + 1))
        assert set(each.tokens) <= set(LETTERS)
        assert all(states.shape == (5, each.length) for states in each.states.values())
    assert len(hidden_states_json(data)) == 12


def test_states_of_a_regression_are_ordered_by_target(channels):
    data = hidden_states_data(channels, trial=TRIALS["gru"])
    targets = [each.target for each in data.sequences]
    assert targets == sorted(targets)
    assert (data.sequences[0].tokens, data.sequences[0].probability) == ((), None)


def test_maps_end_where_their_sequences_do_and_a_bar_says_so(letters):
    data = hidden_states_data(letters, trial=TRIALS["subsampling"])
    figure = draw_hidden_states(data)
    for axes, each in zip(figure.axes, data.sequences, strict=False):
        [mesh] = axes.findobj(QuadMesh)
        assert mesh.get_coordinates()[..., 0].max() == each.length + 0.5
        assert axes.lines[0].get_xdata()[0] == each.length + 0.5
        assert mesh.get_coordinates().shape[1] - 1 == -(-each.length // 2)  # windows of two steps


def test_colours_have_zero_in_the_middle(letters):
    figure = draw_input_weights(input_weights_data(letters, trial=TRIALS["lstm"]))
    for mesh in figure.findobj(QuadMesh)[:-1]:
        low, high = mesh.get_clim()
        assert low == -high
    middle = np.array(mesh.cmap(0.5)[:3])
    assert np.ptp(middle) < 0.01


@pytest.mark.parametrize("figure", DRAWN)
@pytest.mark.parametrize("source", ["letters", "channels"])
def test_every_text_is_legible_on_the_canvas_and_overlaps_no_other(figure, source, request):
    record, kind = request.getfixturevalue(source), LEARNT_FIGURES[figure]
    drawn = 0
    for name in LOOKED_AT:
        try:
            data = kind.data(record, trial=TRIALS[name])
        except NothingToDraw:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            made = kind.draw(data)
            FigureCanvasAgg(made)
            made.draw_without_rendering()
        check_texts(made)
        drawn += 1
    assert drawn >= 3


def check_texts(figure):
    renderer, (width, height) = figure.canvas.get_renderer(), figure.get_size_inches() * figure.dpi
    assert figure.get_size_inches()[0] == DOUBLE
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    boxes = [(text.get_text(), Text.get_window_extent(text, renderer)) for text in texts]
    for text, box in boxes:
        assert box.x0 > -1 and box.y0 > -1 and box.x1 < width + 1 and box.y1 < height + 1, text
    assert min(text.get_fontsize() for text in texts) >= TEXT
    smaller = [(text, box.padded(-1)) for text, box in boxes]
    assert [(one[0], other[0]) for one, other in combinations(smaller, 2) if one[1].overlaps(other[1])] == []


@pytest.mark.parametrize(
    ("figure", "name", "message"),
    [
        ("gate-biases", "rnn", "needs a network with a forget gate, LSTM, or an update gate, GRU; t0008 has none"),
        ("gate-biases", "ffnn", "GRU; t0012 has none"),
        ("hidden-states", "linear", "needs a network with recurrent layers; t0013 has none"),
    ],
)
def test_a_figure_that_means_nothing_for_a_network_says_what_it_needs(figure, name, message, letters):
    with pytest.raises(NothingToDraw, match=message):
        LEARNT_FIGURES[figure].data(letters, trial=TRIALS[name])


@pytest.mark.parametrize("figure", LEARNT_FIGURES)
def test_a_network_that_was_not_confirmed_is_refused(figure, letters):
    with pytest.raises(NothingToDraw, match=r"trial must be one of t0000, .*, got 't0099'"):
        LEARNT_FIGURES[figure].data(letters, trial="t0099")
    with pytest.raises(NothingToDraw, match="seed of t0000 must be one of 1, 2, got 7"):
        LEARNT_FIGURES[figure].data(letters, trial="t0000", seed=7)


@pytest.mark.parametrize("figure", DRAWN)
def test_the_first_network_that_has_something_is_taken_where_none_is_named(figure, letters):
    data = LEARNT_FIGURES[figure].data(letters)
    assert data.trial_id == "t0000"
    reordered = [{"trial_id": TRIALS["linear"]}, {"trial_id": TRIALS["gru"]}]
    changed = replace(letters, about={**letters.about, "configurations": reordered})
    expected = TRIALS["linear" if figure == "input-weights" else "gru"]
    assert LEARNT_FIGURES[figure].data(changed).trial_id == expected


@pytest.mark.parametrize("figure", DRAWN)
def test_the_same_record_gives_the_same_numbers(figure, letters):
    kind = LEARNT_FIGURES[figure]
    assert kind.json(kind.data(letters)) == kind.json(kind.data(read_confirmation(letters.run)))


def test_a_confirmation_of_an_earlier_version_is_read_and_says_what_it_lacks(tmp_path):
    record = confirmed(tmp_path, "lstm", epochs=1)
    folder = tmp_path / "confirmation"
    for name in LEARNT:
        (folder / f"{name}.parquet").unlink()
    older = read_confirmation(tmp_path)
    pd.testing.assert_frame_equal(older.replicates, record.replicates)
    assert all(getattr(older, name).empty for name in LEARNT)
    assert len(older.predictions_of("t0000")) == 1
    for figure in DRAWN:
        with pytest.raises(NothingToDraw, match="none of this confirmation kept it"):
            LEARNT_FIGURES[figure].data(older)
    assert LEARNT_FIGURES["embeddings"].data(older).trial_id == "t0000"


def test_functions_of_the_verb_and_of_the_figures_agree_on_names():
    from typing import get_args

    from sweeps.command_line.interpret_verb import Name

    assert get_args(Name) == tuple(LEARNT_FIGURES)
    assert draw_gate_biases is LEARNT_FIGURES["gate-biases"].draw
    assert input_weights_json is LEARNT_FIGURES["input-weights"].json
