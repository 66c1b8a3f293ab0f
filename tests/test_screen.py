"""The live screen: pictures at the usual widths, and what must hold at any.

The pictures are what the code once drew, read by a person then: tests/snapshots/*.txt. After a change that is meant,
rewrite them with ``REWRITE_SNAPSHOTS=1 pytest tests/test_screen.py`` and read the difference.
"""

import html
import io
import os
import re
import runpy
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from search_spaces.catalogue import SPACES
from search_spaces.distributions import Choice, LogUniform
from search_spaces.families import join_families
from search_spaces.hyperparameter import Hyperparameter
from search_spaces.search_space import SearchSpace
from sweeps.best_so_far import BLOCKS, scalar_text, shown_hyperparameters, spark_line, telling_first, two_lines
from sweeps.durations import rough_duration_text
from sweeps.rungs import RungStanding
from sweeps.screen import divide_cells, plain_text, render
from sweeps.sweep_view import BestView, SweepView, rung_views

SNAPSHOTS = Path(__file__).parent / "snapshots"
STATUSES = ("completed", "running", "stopped", "running", "stopped")


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch):
    """Events are told in local time."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def make_view(**changes) -> SweepView:
    space = SPACES["lstm"]
    rng = np.random.default_rng(0)
    best = tuple(
        BestView(
            trial_id=f"t{7 * place:04d}",
            probe=place == 3,
            configuration=space.sample(rng),
            value=0.95 - 0.02 * place,
            spread=0.012,
            epochs=27 - 4 * place,
            status=status,
            history=tuple((1 - 0.8**epoch) * 0.95 for epoch in range(1, 28 - 4 * place)),
        )
        for place, status in enumerate(STATUSES)
    )
    standings = [
        RungStanding(rung=1, seen=24, stopped=14, diverged=1, spared=2, cutoff=0.6123),
        RungStanding(rung=3, seen=9, stopped=5, diverged=0, spared=1, cutoff=0.81),
        RungStanding(rung=9, seen=3, stopped=1, diverged=0, cutoff=0.93),
        RungStanding(rung=27, seen=2, stopped=0, diverged=0, cutoff=None),
    ]
    given = {
        "run": "digits-lstm",
        "dropped": 0,
        "task": "digits",
        "networks": ("lstm",),
        "metric": "accuracy",
        "direction": "maximize",
        "folds": 3,
        "seeds": 1,
        "search": "random",
        "schedule": "asha, η 3",
        "elapsed_s": 80.0,
        "remaining_s": 250.0,
        "budget_left_s": None,
        "counts": {"running": 2, "completed": 2, "stopped": 20, "diverged": 1},
        "planned": 64,
        "probes": 6,
        "epochs": 150,
        "epochs_here": 150,
        "full_epochs": 27 * 23,
        "ended_epochs": 140,
        "rungs": rung_views(standings, [1, 5]),
        "space": space,
        "best": best,
        "cpus": (2, 2),
        "gpus": (0, 0),
        "nodes": 1,
        "events": (
            ("2026-01-01T12:00:01.000000+00:00", "t0003 leads: accuracy 0.9234"),
            ("2026-01-01T12:00:09.000000+00:00", "t0011: a loss or metric was not finite"),
        ),
        "stopping": None,
        "over": False,
    }
    return SweepView(**given | changes)


def nothing_yet(**changes) -> SweepView:
    standings = [RungStanding(rung=rung, seen=0, stopped=0, diverged=0, cutoff=None) for rung in (1, 3, 9, 27)]
    empty = {"remaining_s": None, "counts": {}, "epochs": 0, "epochs_here": 0, "full_epochs": 0, "ended_epochs": 0}
    shown = {"rungs": rung_views(standings, []), "best": (), "events": (), "cpus": (0, 2), "elapsed_s": 1.0}
    return make_view(**empty | shown | changes)


NODES_COME_AND_GO = (
    ("2026-01-01T12:00:01.000000+00:00", "node gpu-3 (8 CPUs and 1 GPU) joined"),
    ("2026-01-01T12:07:09.000000+00:00", "t0011: worker lost on gpu-2, goes on from its last checkpoint"),
    ("2026-01-01T12:07:31.000000+00:00", "node gpu-2 (8 CPUs and 1 GPU) lost, with t0011, t0012 on it"),
    ("2026-01-01T12:08:12.000000+00:00", "gpu-3 does not see the run folder: trials there keep no checkpoints"),
)


def waiting_for_nodes() -> SweepView:
    waiting = "waiting for a node with 1 CPU and 0.25 GPU: 12 trials pending"
    event = ("2026-01-01T12:00:01.000000+00:00", "waiting for a node with 1 CPU and 0.25 GPU")
    return nothing_yet(counts={"pending": 12}, cpus=(0, 0), events=(event,), waiting=waiting, elapsed_s=41.0)


def ten_thousand() -> SweepView:
    standings = [
        RungStanding(rung=1, seen=9_000, stopped=6_000, diverged=400, spared=580, cutoff=123456.7),
        RungStanding(rung=3, seen=2_600, stopped=1_700, diverged=20, spared=410, cutoff=-0.00012345),
        RungStanding(rung=9, seen=880, stopped=580, diverged=0, cutoff=0.93),
        RungStanding(rung=27, seen=300, stopped=0, diverged=0, cutoff=None),
    ]
    counts = {"running": 256, "completed": 300, "stopped": 8_280, "diverged": 420, "out_of_memory": 3, "failed": 17}
    events = tuple(("2026-01-01T12:00:01.000000+00:00", f"t{n:05d}: {'long ' * 60}\nand more") for n in range(50))
    return make_view(
        counts=counts,
        planned=10_000,
        probes=1_000,
        rungs=rung_views(standings, [5] * 256),
        events=events,
        cpus=(256, 256),
        gpus=(7.5, 8),
        nodes=32,
        elapsed_s=400_000,
        remaining_s=90_000,
    )


def drawn(view: SweepView, width: int, height: int | None = None) -> list[str]:
    console = Console(record=True, width=width, file=io.StringIO())
    console.print(render(view, width, height))
    return [line.rstrip() for line in console.export_text().splitlines()]


VIEWS = {
    "under_way": make_view,
    "starting": nothing_yet,
    "large": ten_thousand,
    "waiting": waiting_for_nodes,
    "cluster": lambda: make_view(
        counts={"running": 3, "completed": 2, "stopped": 20, "diverged": 1, "pending": 12},
        cpus=(3, 4),
        gpus=(0.75, 1),
        nodes=4,
        events=NODES_COME_AND_GO,
    ),
    "interrupted": lambda: make_view(stopping="interrupted by SIGINT", over=True),
}


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", VIEWS)
def test_the_screen_looks_as_it_did_when_a_person_last_read_it(name, width):
    picture = "\n".join(drawn(VIEWS[name](), width)) + "\n"
    path = SNAPSHOTS / f"screen_{name}_{width}.txt"
    if os.environ.get("REWRITE_SNAPSHOTS"):
        path.write_text(picture)
    assert picture == path.read_text()


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_the_height_is_the_same_whatever_has_happened(width):
    assert {len(drawn(view(), width)) for view in VIEWS.values()} == {26}


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_no_line_is_wider_than_the_terminal(view, width):
    assert max(len(line) for line in drawn(view(), width)) <= width


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("view", [make_view, nothing_yet])
def test_no_column_is_cut(view, width):
    title, *lines = drawn(view(), width)
    assert not any("…" in line for line in lines)
    assert "…" not in title or width < 80


@pytest.mark.parametrize(
    ("height", "lines", "events"), [(26, 26, 4), (25, 23, 4), (24, 23, 4), (22, 22, 3), (20, 20, 1)]
)
def test_on_a_low_terminal_empty_lines_go_first_then_events(height, lines, events):
    picture = drawn(ten_thousand(), 80, height)
    assert len(picture) == lines
    assert sum("long" in line for line in picture) == events


@pytest.mark.parametrize("height", [24, 22, 20])
def test_on_a_low_terminal_too_the_height_is_the_same_whatever_has_happened(height):
    assert len({len(drawn(view(), 80, height)) for view in VIEWS.values()}) == 1


def test_the_newest_events_are_shown_and_the_newest_is_last():
    events = tuple((f"2026-01-01T12:00:{n:02d}.000000+00:00", f"event {n}") for n in range(9))
    assert drawn(make_view(events=events), 80)[-4:] == [f"12:00:0{n}  event {n}" for n in range(5, 9)]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "1:20 elapsed, about 5 min left"),
        ({"remaining_s": None}, "1:20 elapsed"),
        ({"remaining_s": None, "budget_left_s": 1700.0}, "1:20 elapsed, at most 29 min left"),
        ({"stopping": "the time budget is used up"}, "1:20 elapsed, stopping"),
        ({"stopping": "the time budget is used up", "over": True}, "1:20 elapsed, stopped"),
        ({"over": True}, "1:20 elapsed"),
        ({"counts": {}, "epochs_here": 0}, "1:20 elapsed, starting workers"),
    ],
)
def test_the_screen_says_how_long_it_will_take_or_why_not(changes, said):
    assert drawn(make_view(**changes), 80)[1].endswith(said)


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_without_probes_nothing_is_said_of_them(width):
    rungs = rung_views([RungStanding(rung=1, seen=3, stopped=1, diverged=1, cutoff=0.5)], [])
    picture = "\n".join(drawn(make_view(probes=0, rungs=rungs, best=()), width))
    assert not any(sign in picture for sign in ("probe", "spared", "▓", "◆"))
    assert drawn(make_view(probes=0, rungs=rungs, best=()), 80)[7].split()[:5] == ["1", "3", "1", "1", "1"]


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (120, "one of 6 probes, which no rung stops, so that importance is not biased by early stopping"),
        (80, "one of 6 probes, which no rung stops (for unbiased importance)"),
        (60, "one of 6 probes, which no rung stops"),
    ],
)
def test_the_mark_of_a_probe_is_explained_as_far_as_there_is_room(width, said):
    picture = drawn(make_view(), width)
    assert f"Best so far  ◆ {said}" in picture
    assert [line.split()[0] for line in picture if "◆" in line] == ["Best", "t0021"]


def test_the_columns_of_a_rung_add_up_at_any_width():
    for width, first in ((120, ["1", "24", "7", "2", "14", "1", "0"]), (60, ["1", "7", "2", "14", "1", "0"])):
        assert drawn(make_view(), width)[7].split()[: len(first)] == first


def test_what_a_trial_prints_cannot_break_the_screen():
    text = "\x1b[31mRuntimeError\x1b[0m: [bold]:smile:\tno\x07 \x1b[2Jmemory\rgone\nand a second line"
    assert plain_text(text) == "RuntimeError: [bold]:smile: no memory"
    assert plain_text("\n\n  first line  \n") == "first line"
    assert plain_text("") == ""


def test_names_and_values_are_never_read_as_markup():
    hyperparameter = Hyperparameter(
        name="odd", distribution=Choice(options=("[bold]", "a\nb")), group="data", default="[bold]"
    )
    space = SearchSpace(name="odd", hyperparameters=(hyperparameter,))
    best = BestView(
        trial_id="t0",
        probe=False,
        configuration={"odd": "[bold]"},
        value=1.0,
        spread=0.0,
        epochs=1,
        status="running",
        history=(1.0,),
    )
    picture = drawn(make_view(space=space, best=(best,), run="[b]run[/b]"), 80)
    assert picture[0].startswith("[b]run[/b] · ")
    assert any("[bold]" in line for line in picture)
    assert len(picture) == 26
    assert scalar_text("a\nb") == "a b"


def test_gpus_nodes_and_rare_statuses_show_where_there_are_any():
    plain, large = "\n".join(drawn(make_view(), 120)), "\n".join(drawn(ten_thousand(), 120))
    assert "2/2 CPUs in use" in plain
    assert "256/256 CPUs, 7.5/8 GPUs in use on 32 nodes" in large
    for text in ("out of memory", "failed", "GPU", "nodes"):
        assert text not in plain
    assert "3 out of memory  17 failed" in large
    assert "3 out of memory 17 failed" in "\n".join(drawn(ten_thousand(), 80))


def test_without_colour_nothing_is_coloured(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    file = io.StringIO()
    Console(file=file, width=80, force_terminal=True, color_system="truecolor").print(render(make_view(), 80))
    codes = {code for part in file.getvalue().split("\x1b[")[1:] for code in part.split("m")[0].split(";")}
    assert codes <= {"0", "1", "2"}  # plain, bold, dim
    assert "1" in codes


def test_the_picture_in_the_documentation_is_of_this_screen(checkout):
    """If not, run ``python docs/make_screen.py``."""
    example = runpy.run_path(str(checkout / "docs/make_screen.py"))
    svg = (checkout / "docs/screen.svg").read_text()
    pictured = html.unescape("".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg)))
    assert "".join(pictured.split()) == "".join(f"{example['TITLE']}{example['draw']().export_text()}".split())


# --- the parts


@given(st.lists(st.integers(0, 10_000), min_size=3, max_size=3), st.integers(3, 60))
def test_a_bar_has_its_length_and_a_cell_for_everything_there_is(counts, cells):
    divided = divide_cells(counts, cells)
    assert sum(divided) == (cells if any(counts) else 0)
    assert [cell > 0 for cell in divided] == [count > 0 for count in counts]
    for cell, count in zip(divided, counts, strict=True):
        share = (cells - sum(each > 0 for each in counts)) * count / max(1, sum(counts))
        assert abs(cell - (count > 0) - share) <= 1  # two roundings, each by a half at most


def test_a_spark_line_rises_with_the_curve():
    assert spark_line([0.0, 0.5, 1.0], 10) == f"{BLOCKS[0]}{BLOCKS[4]}{BLOCKS[7]}"
    assert spark_line([], 10) == ""
    assert len(spark_line(range(100), 10)) == 10
    assert list(spark_line(range(100), 8)) == sorted(BLOCKS, key=ord)
    assert spark_line([0.5, 0.5], 10) == "▄▄"
    assert spark_line([0.0, float("nan"), 1.0], 10) == f"{BLOCKS[0]}{BLOCKS[7]}"


@pytest.mark.parametrize(
    ("name", "room", "lines"),
    [
        ("learning_rate", 8, "learning\nrate"),
        ("learning_rate", 13, "\nlearning rate"),
        ("layers", 2, "\nlayers"),
        ("gradient_clip_norm", 8, "gradient\nclip norm"),
        ("between_layer_dropout", 8, "between\nlayer dropout"),
    ],
)
def test_a_long_name_stands_on_two_lines(name, room, lines):
    assert two_lines(name, room) == lines


def test_the_telling_hyperparameters_come_first():
    assert telling_first(SPACES["lstm"])[:4] == ["learning_rate", "hidden_size", "weight_decay", "batch_size"]
    families = join_families({name: SPACES[name] for name in ("lstm", "ffnn")})
    assert telling_first(families)[:3] == ["network", "learning_rate", "hidden_size"]
    for space in (*SPACES.values(), families):
        assert sorted(telling_first(space)) == sorted(space.searched)


def test_the_columns_of_the_best_do_not_depend_on_who_is_best():
    assert shown_hyperparameters(make_view(), 37) == shown_hyperparameters(nothing_yet(), 37)
    assert shown_hyperparameters(make_view(), 1_000).keys() == set(SPACES["lstm"].searched)
    assert shown_hyperparameters(make_view(), 3) == {}


def test_a_column_has_room_for_every_value_of_a_logarithmic_range():
    hyperparameter = Hyperparameter(
        name="rate", distribution=LogUniform(low=1e-6, high=1e-1), group="learning", default=1e-3
    )
    view = make_view(space=SearchSpace(name="one", hyperparameters=(hyperparameter,)))
    room = shown_hyperparameters(view, 37)["rate"]
    draws = np.geomspace(1e-6, 1e-1, 1_001)
    assert max(len(scalar_text(float(value))) for value in draws) <= room


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "5 s"),
        (41, "45 s"),
        (55, "55 s"),
        (56, "1 min"),
        (61, "2 min"),
        (3_540, "59 min"),
        (3_541, "1 h"),
        (11_400, "3 h 10 min"),
        (86_399, "1 d"),
        (360_000, "4 d 4 h"),
    ],
)
def test_an_estimate_is_told_no_more_precisely_than_it_deserves(seconds, text):
    assert rough_duration_text(seconds) == text
