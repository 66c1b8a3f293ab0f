"""What the figures are drawn from, against values worked by hand."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from figure_samples import importance
from scipy import stats

from analysis.figures.axis_scale import AxisScale, number_scale, value_scale
from analysis.figures.drawn_trials import MOST, MOST_OF_PANEL, drawn_note, drawn_places
from analysis.figures.end_labels import apart
from analysis.figures.group_shares import group_shares_data
from analysis.figures.importance_bars import importance_bars_data
from analysis.figures.importance_over_epochs import importance_over_epochs_data
from analysis.figures.learning_curves import learning_curves_data
from analysis.figures.marginals import marginals_data
from analysis.figures.nothing_to_draw import NothingToDraw
from analysis.figures.optimisation_history import optimisation_history_data
from analysis.figures.pair_heat_map import pair_heat_map_data
from analysis.figures.pair_surfaces import pair_surfaces_data
from analysis.figures.parallel_coordinates import INACTIVE, parallel_coordinates_data
from analysis.figures.rung_correlation import WouldBeCut, rung_correlation_data
from analysis.figures.rung_ladder import rung_ladder_data
from analysis.figures.shown_range import shown_range
from analysis.figures.slice_plot import slice_data
from analysis.figures.text_layout import fitted, packed, text_width, wrapped
from analysis.figures.tick_text import elided, name_text, percent_text, tick_text
from analysis.importance.importance import GroupShare, Share
from analysis.run_record import RunRecord
from search_spaces.distributions import LogUniform, Uniform

SPACE = {
    "hyperparameters": [
        {"name": "learning_rate", "distribution": {"kind": "log_uniform", "low": 1e-4, "high": 1.0}},
        {"name": "layers", "distribution": {"kind": "int", "low": 1, "high": 2}},
        {"name": "between_layer_dropout", "distribution": {"kind": "uniform", "low": 0.0, "high": 0.5}},
        {"name": "optimizer", "distribution": {"kind": "choice", "options": ["sgd", "adamw"]}},
        {"name": "embedding_size", "distribution": {"kind": "constant", "value": 32}},
    ]
}
# number: (learning rate, layers, dropout, optimizer, values by epoch, status, probe)
TRIALS = [
    (1e-2, 1, math.nan, "sgd", {1: 0.5, 3: 0.6}, "completed", False),
    (1e-4, 2, 0.25, "adamw", {1: 0.2}, "stopped", False),
    (1.0, 2, 0.5, "sgd", {1: math.nan}, "diverged", False),
    (1e-3, 1, math.nan, "adamw", {1: 0.4, 3: 0.9}, "completed", True),
    (1e-1, 1, math.nan, "sgd", {1: 0.6, 3: 0.7}, "completed", False),
]
ACTIONS = {
    (0, 1): ("continue", math.nan), (1, 1): ("stop", 0.5), (2, 1): ("diverged", 0.5), (3, 1): ("spared", 0.5),
    (4, 1): ("continue", 0.55), (0, 3): ("complete", math.nan), (3, 3): ("complete", math.nan),
    (4, 3): ("complete", math.nan),
}  # fmt: skip


def record(trials: list = TRIALS, actions: dict = ACTIONS, *, direction: str = "maximize") -> RunRecord:
    rows = [
        {
            "trial_id": f"t{number}", "number": number, "config/learning_rate": rate, "config/layers": layers,
            "config/between_layer_dropout": dropout, "config/optimizer": optimizer, "config/embedding_size": 32,
            "probe": probe, "status": status, "epochs": max(values), "metrics/accuracy": values[max(values)],
        }
        for number, (rate, layers, dropout, optimizer, values, status, probe) in enumerate(trials)
    ]  # fmt: skip
    epochs = [
        {"trial_id": f"t{number}", "epoch": epoch, "metrics/accuracy": value}
        for number, trial in enumerate(trials)
        for epoch, value in trial[4].items()
    ]
    decisions = [
        {
            "trial_id": f"t{n}",
            "rung": rung,
            "value": trials[n][4][rung],
            "cutoff": cutoff,
            "action": action,
            "time": time,
        }
        for time, ((n, rung), (action, cutoff)) in enumerate(actions.items())
    ]
    return RunRecord(
        path=Path(),
        manifest={"space": SPACE, "metric": {"name": "accuracy", "direction": direction}, "rungs": [1, 3]},
        trials=pd.DataFrame(rows).sample(frac=1, random_state=1),
        epochs=pd.DataFrame(epochs),
        replicates=pd.DataFrame(),
        decisions=pd.DataFrame(decisions),
    )


def test_the_best_so_far_never_gets_worse_and_passes_over_what_diverged():
    data = optimisation_history_data(record())
    np.testing.assert_array_equal(data.trials.outcomes, [0.6, 0.2, math.nan, 0.9, 0.7])
    assert data.best_so_far.tolist() == [0.6, 0.6, 0.6, 0.9, 0.9]
    assert data.trials.fates.tolist() == ["complete", "cut", "diverged", "complete", "complete"]
    down = optimisation_history_data(record(direction="minimize"))
    assert down.best_so_far.tolist() == [0.6, 0.2, 0.2, 0.2, 0.2]


def test_a_run_of_older_days_has_no_probes():
    old = record()
    del old.trials["probe"]
    assert not optimisation_history_data(old).trials.probes.any()


def test_curves_are_those_of_the_epochs_and_the_best_are_pointed_out():
    data = learning_curves_data(record(), best=2)
    assert data.trial_ids == ("t0", "t1", "t2", "t3", "t4")
    assert data.values[0].tolist() == [0.5, 0.6]
    assert data.epochs[1].tolist() == [1]
    assert data.best == (3, 4)
    assert data.rungs == (1, 3)
    assert data.fates.tolist() == ["complete", "cut", "diverged", "probe", "complete"]


def test_a_rung_tells_what_became_of_its_trials_and_its_cut_offs_in_time():
    first, last = rung_ladder_data(record()).steps
    assert first.counts == {"passed": 2, "finished": 0, "spared": 1, "cut": 1, "diverged": 1}
    assert (first.reached, last.reached) == (5, 3)
    assert first.values["passed"].tolist() == [0.5, 0.6]
    assert first.values["diverged"].tolist() == []
    assert first.cutoffs == (0.5, 0.55, 0.55)
    assert last.counts["finished"] == 3
    assert math.isnan(last.cutoffs[1])


def test_places_on_parallel_axes_are_on_each_hyperparameters_own_scale():
    data = parallel_coordinates_data(record())
    assert [scale.name for scale in data.scales] == ["learning_rate", "layers", "between_layer_dropout", "optimizer"]
    assert data.outcomes.tolist() == [0.2, 0.6, 0.7, 0.9]  # worst first, without the diverged
    np.testing.assert_allclose(data.places[:, 0], [0, 0.5, 0.75, 0.25])
    np.testing.assert_allclose(data.places[:, 1], [0.75, 0.25, 0.25, 0.25])  # two levels, each the middle of a half
    np.testing.assert_allclose(data.places[:, 2], [0.5, INACTIVE, INACTIVE, INACTIVE])
    np.testing.assert_allclose(data.places[:, 3], [0.75, 0.25, 0.25, 0.75])
    assert (data.best, data.without_outcome, data.not_drawn) == (1, 1, 0)


def test_of_very_many_trials_the_best_are_drawn_and_the_others_evenly_by_rank():
    many = [(1e-2, 1, math.nan, "sgd", {1: number / 5000}, "stopped", False) for number in range(5000)]
    data = parallel_coordinates_data(record(many, {(0, 1): ("continue", math.nan)}), best=5)
    assert data.outcomes[-5:].tolist() == [0.999, 0.9992, 0.9994, 0.9996, 0.9998]
    assert len(data.outcomes) == 405
    assert data.not_drawn == 4595
    assert np.ptp(np.diff(data.outcomes[:400])) < 1 / 2500


def many_trials(count: int) -> RunRecord:
    """Give trials whose outcomes are all different, in no order; the best and the only diverged one are early."""
    values = np.random.default_rng(3).permutation(count) / count
    values[7], values[9] = 1.5, math.nan
    fates = ["diverged" if number == 9 else "stopped" for number in range(count)]
    trials = [
        (1e-2, 1, math.nan, "sgd", {1: value}, fate, False) for value, fate in zip(values.tolist(), fates, strict=True)
    ]
    actions = {(number, 1): ("diverged" if number == 9 else "stop", 0.5) for number in range(count)}
    return record(trials, actions)


@pytest.fixture(scope="module")
def crowd() -> RunRecord:
    return many_trials(MOST + 1000)


def test_few_trials_are_all_drawn_and_nothing_is_told_of_it():
    assert drawn_places(np.array([0.1, math.nan, 0.3]), 3).tolist() == [0, 1, 2]
    assert drawn_note(3, 0) == ()


def test_marks_of_very_many_trials_are_even_by_rank_with_both_ends_and_every_kind():
    outcomes = np.random.default_rng(0).permutation(10_000) / 10_000
    kinds = np.where(np.arange(10_000) < 3, "rare", "common")
    places = drawn_places(outcomes, 1000, kinds=kinds)
    common = np.sort(outcomes[places[places >= 3]])
    assert places[:3].tolist() == [0, 1, 2]
    assert (np.diff(places) > 0).all()
    assert (common[0], common[-1]) == (outcomes[3:].min(), outcomes[3:].max())
    assert len(common) == 999
    assert np.diff(common).max() < 12 / 10_000  # every tenth rank; up to three of the ranks between are rare
    assert drawn_places(outcomes, 1000, kinds=kinds).tolist() == places.tolist()
    assert drawn_note(1002, 8998) == (
        "1,002 of 10,000 trials drawn: the best and the worst, and others evenly by rank.",
    )


def test_of_very_many_trials_the_history_keeps_every_new_best_and_the_line(crowd):
    data = optimisation_history_data(crowd)
    assert len(data.trials.numbers) == MOST + 1000
    assert MOST - 10 <= len(data.drawn) <= MOST + 20
    new = np.flatnonzero(np.diff(data.best_so_far) > 0) + 1
    assert {0, 7, 9, MOST + 999, *new.tolist()} <= set(data.drawn.tolist())
    filled = np.maximum.accumulate(np.where(np.isin(np.arange(MOST + 1000), data.drawn), data.best_so_far, -1))
    np.testing.assert_array_equal(filled, data.best_so_far)


def test_of_very_many_curves_the_best_are_drawn_and_the_diverged_seen(crowd):
    data = learning_curves_data(crowd)
    values = np.concatenate(data.values)
    assert len(data.fates) == len(data.epochs) == len(data.values)
    assert len(data.fates) + data.not_drawn == MOST + 1000
    assert MOST - 10 <= len(data.fates) <= MOST + 10
    assert [values[place] for place in data.best] == np.sort(crowd.trials["metrics/accuracy"].dropna())[:-4:-1].tolist()
    assert data.trial_ids[data.best[0]] == "t7"
    assert [data.trial_ids[place] for place in np.flatnonzero(data.fates == "diverged")] == ["t9"]


def test_of_very_many_values_at_a_rung_some_are_drawn_and_all_are_counted(crowd):
    step, _ = rung_ladder_data(crowd).steps
    assert step.counts["cut"] == MOST + 999
    assert len(step.values["cut"]) + step.not_drawn == MOST + 999
    assert len(step.values["cut"]) == MOST
    assert step.values["cut"].max() == 1.5


def test_a_slice_of_very_many_trials_places_those_that_it_draws(crowd):
    data = slice_data(crowd)
    assert len(data.outcomes) == len(data.at) == len(data.shade) == MOST_OF_PANEL
    assert data.not_drawn == MOST + 999 - MOST_OF_PANEL
    by_number = crowd.trials.set_index("number")["metrics/accuracy"]
    coloured = slice_data(crowd, colour="order")
    np.testing.assert_array_equal(by_number[coloured.shade.astype(int)], coloured.outcomes)
    assert data.shown.high > 1.5


def test_marginals_of_very_many_trials_draw_some_dots_in_each_panel():
    made = importance(trials=MOST_OF_PANEL + 500)
    data = marginals_data(made)
    curves = {curve.name: curve for curve in made.curves}
    for panel in data.panels:
        outcomes = curves[panel.name].trial_outcomes
        assert len(panel.outcomes) + panel.not_drawn == len(outcomes)
        assert len(panel.trials_at) == len(panel.complete) == len(panel.outcomes) <= MOST_OF_PANEL
        assert (panel.outcomes.min(), panel.outcomes.max()) == (outcomes.min(), outcomes.max())
    assert max(panel.not_drawn for panel in data.panels) >= 500


def test_a_slice_leaves_a_trial_out_where_the_hyperparameter_is_inactive():
    data = slice_data(record())
    np.testing.assert_array_equal(data.at[:, 2], [math.nan, 0.25, math.nan, math.nan])
    assert data.complete.tolist() == [True, False, True, True]
    assert data.shade.tolist() == [3, 1, 3, 3]
    assert data.shade_scale.name == "epochs trained"
    assert slice_data(record(), colour="order").shade.tolist() == [0, 1, 3, 4]


def test_correlation_between_rungs_is_spearmans_over_those_that_reached_both():
    data = rung_correlation_data(record())
    expected = stats.spearmanr([0.5, 0.4, 0.6], [0.6, 0.9, 0.7]).statistic
    assert data.correlation[1, 0] == pytest.approx(expected)
    assert data.trials[1, 0] == 3
    assert np.isnan(data.correlation[[0, 0, 1], [0, 1, 1]]).all()
    assert (data.used, data.would_be_cut) == ("all trials", ())


def test_enough_probes_replace_the_survivors_and_tell_what_would_have_been_lost():
    first = [0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6, 0.5]
    last = [0.9, 0.95, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.5]
    probes = [(1e-2, 1, math.nan, "sgd", {1: a, 3: b}, "completed", True) for a, b in zip(first, last, strict=True)]
    cut = [(1e-2, 1, math.nan, "sgd", {1: 0.05, 3: 0.99}, "completed", False)]
    actions = {(number, 1): ("spared" if trial[4][1] < 0.5 else "continue", 0.5) for number, trial in enumerate(probes)}
    data = rung_correlation_data(record(probes + cut, actions))
    assert data.used == "probes"
    assert data.trials[1, 0] == 9
    assert data.correlation[1, 0] == pytest.approx(stats.spearmanr(first, last).statistic)
    assert data.would_be_cut == (WouldBeCut(rung=1, cut=1, of=3),)  # the best three: 0.95, 0.9 (spared), 0.8


def test_without_rungs_powers_of_three_and_the_last_epoch_are_compared():
    curve = {epoch: epoch / 20 for epoch in range(1, 13)}
    trials = [(1e-2, 1, math.nan, "sgd", {e: v * k for e, v in curve.items()}, "completed", False) for k in (1, 2, 3)]
    made = record(trials, {(0, 1): ("continue", math.nan)})
    made = replace(made, manifest={**made.manifest, "rungs": []}, decisions=made.decisions.head(0))
    assert rung_correlation_data(made).epochs == (1, 3, 9, 12)


def test_figures_that_have_nothing_to_show_say_what_they_need():
    empty = record()
    empty = replace(empty, **{name: getattr(empty, name).head(0) for name in ("trials", "epochs", "decisions")})
    for data, message in (
        (optimisation_history_data, "at least one trial"),
        (learning_curves_data, "at least one epoch"),
        (rung_ladder_data, "needs decisions"),
        (rung_correlation_data, "values at two"),
        (parallel_coordinates_data, "an outcome"),
        (slice_data, "an outcome"),
    ):
        with pytest.raises(NothingToDraw, match=message):
            data(empty)


def test_importance_bars_keep_the_shares_and_split_off_the_noise():
    made = importance(trials=30)
    data = importance_bars_data(made)
    assert data.bars[0].name == "learning_rate"
    assert data.bars[0].alone == made.hyperparameters[0].alone
    assert data.bars[0].searched == "0.0001 … 0.1, log"
    explained, replicates = data.strip
    assert [part.share for part in explained.parts] == pytest.approx([0.83, 0.17])
    names = ["configuration", "fold", "seed", "luck with folds", "luck with seeds", "rest"]
    assert [part.label for part in replicates.parts] == names
    assert [part.share for part in replicates.parts] == [0.86, 0.03, 0.004, 0.05, 0.026, 0.03]
    assert len(importance_bars_data(replace(made, noise=None)).strip) == 1


def test_the_groups_come_largest_first_and_what_is_between_them_last():
    made = importance(trials=10)
    share = Share(share=0.9, low=0.8, high=1.0)
    data = group_shares_data(
        replace(made, groups=(made.groups[0], GroupShare(group="x", names=(), closed=share, total=share)))
    )
    assert [part.label for part in data.parts] == ["x", made.groups[0].group, "between groups"]
    assert data.parts[-1].share == made.between_groups
    with pytest.raises(NothingToDraw, match="two groups"):
        group_shares_data(replace(made, groups=made.groups[:1]))


def test_a_pair_lies_below_the_diagonal_whatever_the_order_of_its_names():
    made = importance(trials=10)
    turned = replace(made, pairs=tuple(replace(pair, names=pair.names[::-1]) for pair in made.pairs))
    one, other = pair_heat_map_data(made), pair_heat_map_data(turned)
    np.testing.assert_array_equal(one.shares, other.shares)
    assert one.shares[1, 0] == made.pairs[0].share.share
    assert one.shares[0, 0] == made.hyperparameters[0].alone.share
    assert np.isnan(one.shares[0, 1])


def test_surfaces_keep_their_pairs_share_and_one_range_of_colours():
    made = importance(trials=10)
    data = pair_surfaces_data(made, most=2)
    assert [panel.share for panel in data.panels] == [pair.share.share for pair in made.pairs[:2]]
    means = [surface.mean for surface in made.surfaces[:2]]
    assert data.colours.limits() == pytest.approx((min(m.min() for m in means), max(m.max() for m in means)))


def test_small_shares_over_epochs_are_left_out_and_counted():
    data = importance_over_epochs_data(importance(trials=10))
    assert data.epochs == (1, 3, 9, 27)
    assert data.lines[0].name == "learning_rate"
    assert len(data.lines) + data.left_out == 11
    assert data.left_out_below < 0.02


def test_marginals_place_options_by_number_and_show_every_curve_whole():
    made = importance(trials=20)
    data = marginals_data(made)
    panels = {panel.name: panel for panel in data.panels}
    assert panels["batch_size"].at.tolist() == [0, 1, 2, 3]
    assert panels["layers"].scale.options == (1, 2)  # a few whole numbers are drawn as options
    assert panels["learning_rate"].scale.kind == "log"
    assert data.shown.low <= min(panel.low.min() for panel in data.panels)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-4, "1e-4"), (0.001, "0.001"), (0.1, "0.1"), (64, "64"), (2.5, "2.5"), (0, "0"), (-0.25, "−0.25"),
        (1e6, "1e6"), (2e-5, "2e-5"), (1.5e-7, "1.5e-7"), (20000, "20000"), (True, "true"), ("adamw", "adamw"),
    ],
)  # fmt: skip
def test_ticks_are_written_as_people_write_configurations(value, text):
    assert tick_text(value) == text


@pytest.mark.parametrize(
    ("scale", "length", "labels"),
    [
        (AxisScale(name="", kind="log", low=1e-6, high=0.1), 4.0, ["1e-6", "1e-5", "1e-4", "0.001", "0.01", "0.1"]),
        (AxisScale(name="", kind="log", low=1e-6, high=0.1), 1.2, ["1e-6", "1e-4", "0.01"]),
        (AxisScale(name="", kind="log", low=8, high=128, whole=True), 1.5, ["8", "16", "32", "64", "128"]),
        (AxisScale(name="", kind="log", low=0.002, high=0.009), 2.0, ["0.002", "0.005"]),
        (AxisScale(name="", kind="linear", low=0, high=0.5), 1.0, ["0", "0.2", "0.4"]),
        (AxisScale(name="", kind="linear", low=1, high=4, whole=True), 6.0, ["1", "2", "3", "4"]),
        (AxisScale(name="", kind="categories", low=0, high=1, options=(False, True)), 1.0, ["false", "true"]),
        (number_scale("", [3.0, 3.0]), 1.0, ["3"]),
        (number_scale("", [math.nan]), 3.0, ["0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"]),
    ],
)
def test_ticks_are_round_and_as_many_as_are_legible(scale, length, labels):
    found = [tick.label for tick in scale.ticks(length)]
    if len(labels) > 9:
        assert set(found) < set(labels)
        assert len(found) > 2
    else:
        assert found == labels


@pytest.mark.parametrize("distribution", [LogUniform(low=1e-4, high=1e-1), Uniform(low=0.0, high=0.5)])
def test_a_curve_at_the_centres_of_cells_has_ticks_at_the_ends_of_what_was_searched(distribution):
    values = tuple(distribution.from_unit((cell + 0.5) / 40) for cell in range(40))
    scale = value_scale("", values, "log" if distribution.logarithmic else "linear")
    assert scale.limits() == pytest.approx((distribution.low, distribution.high), abs=1e-12)
    at = [tick.at for tick in scale.ticks(2.5)]
    assert (at[0], at[-1]) == pytest.approx((distribution.low, distribution.high))


def test_coordinates_are_numbers_or_places_of_options_and_none_is_nowhere():
    options = value_scale("optimizer", ("sgd", "adamw"), "categories")
    assert [options.coordinate(value) for value in ("adamw", "sgd")] == [1, 0]
    assert math.isnan(options.coordinate(None))
    assert math.isnan(options.coordinate("lion"))
    assert number_scale("rate", [1e-4, 1e-2], kind="log").fraction(np.array([1e-3]))[0] == pytest.approx(0.5)


def test_a_huge_loss_is_off_the_axis_and_told_of_but_a_wide_spread_is_not():
    shown = shown_range(np.array([0.1, 0.2, 0.3, 0.4, 1e6, math.nan]), maximize=False)
    assert (shown.beyond, shown.worst) == (1, 1e6)
    assert 0.4 < shown.high < 0.5
    assert shown.inside(np.array([1e6]))[0] == shown.high
    assert shown.note() == ("1 trial lies beyond the axis, drawn at its edge, as far as 1e6.",)
    whole = shown_range(np.array([0.1, 0.5, 0.95, 0.96]), maximize=True)
    assert whole.beyond == 0
    assert whole.note() == ()
    assert whole.low < 0.1


def test_a_huge_outlier_on_the_better_side_is_never_hidden():
    assert shown_range(np.array([-1e6, 0.1, 0.2, 0.3]), maximize=False).low < -1e6


def test_labels_move_apart_no_further_than_needed():
    np.testing.assert_allclose(apart([0.5, 0.5, 0.9], 0.1, 0, 1), [0.5, 0.6, 0.9])
    np.testing.assert_allclose(apart([0.98, 1.0], 0.1, 0, 1), [0.9, 1.0])


def test_text_is_wrapped_and_shortened_to_its_room():
    lines = wrapped("the quick brown fox jumps over the lazy dog", 1.0)
    assert " ".join(lines) == "the quick brown fox jumps over the lazy dog"
    assert all(text_width(line) <= 1.0 for line in lines)
    assert text_width(fitted("hyperparameter_of_everything", 1.0)) <= 1.0
    assert [place for row in packed(["a", "b" * 30, "c"], 2.0, 0.4) for place in row] == [0, 1, 2]
    assert elided("abcdefghij", 7) == "abcd…ij"
    assert name_text("learning_rate") == "learning rate"
    assert name_text("roc_auc@9-mers") == "ROC AUC on 9-mers"
    assert [percent_text(share) for share in (0, 0.004, 0.005, 0.534, 1)] == ["0", "<1", "<1", "53", "100"]
