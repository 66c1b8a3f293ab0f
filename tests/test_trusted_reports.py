"""What a report says of its data, their split and the held-out test: the numbers of the record, and every warning."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from report_reading import fact, section, table, text_of
from report_samples import record, run_folder

from analysis.confirmation import test_bootstrap
from analysis.confirmation.confirmation_record import (
    confirmation_folder,
    read_about,
    read_confirmation,
    units_table,
    write_about,
    write_units,
)
from analysis.confirmation.confirmation_tables import replicate_tables, write_part
from analysis.confirmation.confirmed import judge_confirmation
from analysis.report.analyses import Analyses
from analysis.report.blocks import Folded, Points
from analysis.report.figure_readings import LEARNING_CURVES_WITH_PATIENCE
from analysis.report.html_report import html_report
from analysis.report.markdown_report import markdown_report
from analysis.report.report_content import ReportContent, report_content
from analysis.run_record import read_run
from learning_tasks.fold_plan import FoldPlan, plan_folds
from learning_tasks.samples import Samples
from learning_tasks.shape import DataShape
from learning_tasks.split_audit import audit_split
from learning_tasks.task import TaskData

BEST = "t0002"  # of the made-up run of six trials
TEST_UNITS = 40


def samples(first: int, count: int, *, regression: bool = False, per_unit: int = 1) -> Samples:
    """Different sequences, two units of them a group; of classes, every fourth unit is of class 1."""
    units = np.repeat(np.arange(first, first + count), per_unit)
    numbers = first * per_unit + np.arange(count * per_unit)
    targets = units / 8 if regression else (units % 4 == 0).astype(np.int64)
    return Samples(
        values=1 + np.stack([numbers // 81, numbers // 9 % 9, numbers % 9], axis=1),
        lengths=np.full(len(numbers), 3, dtype=np.int64),
        targets=targets,
        groups=units // 2,
        units=None if per_unit == 1 else units,
    )


def described(plan: FoldPlan, *, test: Samples | None = None, patience: int | None = None, **kinds) -> dict:
    """What a manifest tells of 24 units for development and 8 for the test, as `sweeps/manifest.py` writes it."""
    regression = kinds.get("regression", False)
    shape = DataShape(
        kind="regression" if regression else "classification",
        time=3,
        features=0,
        vocabulary_size=10,
        outputs=1 if regression else 2,
        positive_above=1.25 if regression else None,
    )
    data = TaskData(
        development=samples(0, 24, **kinds), test=test or samples(24, 8, **kinds), shape=shape, sampling="Made up.",
        read=40, dropped={"of another allele": 6, "too long": 2, "empty": 0}, group_noun="subject",
    )  # fmt: skip
    audit = audit_split(data, plan_folds(data.development, shape.kind, plan, seed=1))
    about = {name: getattr(data, name) for name in ("read", "sampling", "group_noun")}
    return {
        "data": {**about, "dropped": dict(data.dropped), "development": len(data.development),
                 "test": len(data.test), **asdict(shape), "subsets": list(shape.subsets)},
        "split": audit.to_json(),
        "fold_plan": asdict(plan),
        "patience": patience,
    }  # fmt: skip


def confirm(folder: Path, *, trials=(BEST, "t0001"), ended="2026-01-02T00:00:00+00:00") -> None:
    """Record a confirmation: two seeds of each trial, right on nine of ten units and on less."""
    place = confirmation_folder(folder)
    place.mkdir()
    order = np.random.default_rng(0).permutation(TEST_UNITS)
    for number, trial in enumerate(trials):
        for seed in (1, 2):
            wrong = np.zeros(TEST_UNITS)
            wrong[order[: 4 * (number + 1) + seed - 1]] = 1.0
            row = {"trial_id": trial, "seed": seed, "epochs": 9, "status": "completed", "train_loss": 0.1}
            right = 1 - float(wrong.mean())
            write_part(
                place,
                replicate_tables(
                    row, metrics={"accuracy": right, "accuracy@short": right / 2}, embeddings={}, token_names=(),
                    predictions=np.column_stack([1 - wrong, wrong]),
                ),
            )  # fmt: skip
    subsets = np.arange(TEST_UNITS) % 2
    write_units(place, units_table(np.zeros(TEST_UNITS, dtype=np.int64), None, subsets, ("short", "long")))
    configurations = [
        {"trial_id": trial, "rank": number + 1, "epochs": 9, "search_value": 0.95, "search_sd": 0.01,
         "config": {"learning_rate": 0.01, "optimizer": "adamw"}}
        for number, trial in enumerate(trials)
    ]  # fmt: skip
    write_about(
        place,
        {
            "metric": {"name": "accuracy", "direction": "maximize"},
            "shape": {"kind": "classification", "positive_above": None, "subsets": ["short", "long"]},
            "seeds": [1, 2],
            "configurations": configurations,
            "group_noun": "subject",
            "test_reads": 2,
            "ended_at": ended,
        },
    )


def content_of(folder: Path) -> ReportContent:
    return report_content(read_run(folder), Analyses())


@pytest.fixture(scope="module")
def confirmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan = FoldPlan(type="leave_one_group_out")
    folder = run_folder(tmp_path_factory.mktemp("runs") / "toy", trials=6, **described(plan, patience=4, per_unit=2))
    confirm(folder)
    return folder


@pytest.fixture(scope="module")
def content(confirmed: Path) -> ReportContent:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(test_bootstrap, "MOST_DRAWS", 200)
        return content_of(confirmed)


# --- the data and their split


def test_the_parts_of_a_split_are_laid_out_with_their_balance(tmp_path: Path):
    run = record(tmp_path / "toy", trials=1, all_lost=True, **described(FoldPlan(count=3)))
    content = report_content(run, Analyses())
    parts = table(content, "data", "part")
    assert parts.columns == ("part", "samples", "subjects", "class 0", "class 1", "trained on")
    assert parts.rows == (
        *((f"fold {number}", "8", "4", "6 (75 %)", "2 (25 %)", "16") for number in range(3)),
        ("development", "24", "12", "18 (75 %)", "6 (25 %)", "–"),
        ("test", "8", "4", "6 (75 %)", "2 (25 %)", "–"),
    )
    assert fact(content, "data", "Data") == "40 read, left out: 6 of another allele, 2 too long"
    assert fact(content, "data", "Groups") == "a group is one subject: 12 in development, 4 in the test"
    assert fact(content, "data", "Leaks") == "none. No subject and no identical sequence lies on both sides of a split."
    assert "drawn by chance from the seed." in fact(content, "data", "Folds")
    assert content.warnings == ()


def test_many_folds_are_laid_out_where_they_are_asked_for(tmp_path: Path):
    plan = FoldPlan(count=2, repeats=8)
    run = record(tmp_path / "toy", trials=1, all_lost=True, **described(plan, regression=True))
    content = report_content(run, Analyses())
    (folded,) = [block for block in section(content, "data").blocks if isinstance(block, Folded)]
    assert folded.title == "All 16 folds"
    assert "8 times anew" in fact(content, "data", "Folds")
    parts = table(content, "data", "part")
    assert [row[0] for row in parts.rows] == ["development", "test"]
    assert "trained on" not in parts.columns
    assert parts.columns[3:6] == ("target, mean ± sd", "target ≤ 1.25", "target > 1.25")
    development = np.arange(24) / 8
    assert parts.rows[0][3] == f"{development.mean():.3g} ± {development.std():.3g}"
    assert parts.rows[0][4:6] == ("11 (46 %)", "13 (54 %)")  # targets 0 … 10/8, and 11/8 … 23/8


def test_units_are_told_from_their_samples(content: ReportContent):
    assert fact(content, "data", "Units").startswith("32 of 64 samples")
    assert table(content, "data", "part").rows[-1][1:4] == ("16", "8", "4")
    assert fact(content, "data", "Folds").endswith("Each leaves out one subject.")


def test_a_leak_is_told_at_the_head_whatever_the_report_is_written_as(tmp_path: Path):
    known = samples(0, 8)  # eight of development, as the test
    run = record(tmp_path / "toy", trials=1, all_lost=True, **described(FoldPlan(count=3), test=known))
    content = report_content(run, Analyses())
    (warning,) = content.warnings
    assert warning.startswith("The split leaks, which allow_leaks let pass")
    assert "4 subjects lie in development and in the test split" in warning
    assert warning.endswith("And 1 more: see Data and split.")
    (points,) = [block for block in section(content, "data").blocks if isinstance(block, Points)]
    assert points.tone == "caution"
    assert [item.split(" lie")[0] for item in points.items] == ["Leak: 4 subjects", "Leak: 8 identical sequences"]
    assert "Leaks" not in text_of(content, "data").splitlines()
    page, text = html_report(content), markdown_report(content)
    assert f'<p class="caution">{warning}</p>' in page
    assert page.index(warning) < page.index("<nav")
    assert text.index("> **The split leaks, which allow\\_leaks let pass") < text.index("## In short")


def test_with_patience_a_report_says_that_best_epochs_count(content: ReportContent):
    assert fact(content, "searched", "Patience").startswith("a replicate stops after 4 epochs")
    assert LEARNING_CURVES_WITH_PATIENCE in text_of(content, "course")
    assert "at the best epoch of each replicate" in table(content, "found", "rank").caption


def test_a_described_task_is_named_by_its_source(tmp_path: Path):
    sweep = {"task": {"source": "peptides", "file": "binding.tsv"}, "network": "lstm"}
    run = record(tmp_path / "toy", trials=1, all_lost=True, sweep=sweep, task_folder="/data")
    content = report_content(run, Analyses())
    assert "on peptides was trained" in fact(content, "in-short", "Searched")
    assert fact(content, "searched", "Task").startswith("peptides, ")
    assert "/data" in text_of(content, "again")


# --- the held-out test


def test_a_confirmed_number_comes_first_and_is_that_of_the_confirmation(confirmed: Path, content: ReportContent):
    found = judge_confirmation(read_confirmation(confirmed))
    winner = found.winner
    assert winner is not None
    assert winner.test == pytest.approx((36 + 35) / 2 / TEST_UNITS)
    first = section(content, "in-short").blocks[0].pairs[0]
    assert first[0] == "Confirmed"
    assert first[1].startswith(f"The number to report: accuracy {winner.test:.4f}")
    assert (content.tiles[0].label, content.tiles[0].value) == ("accuracy on the test", f"{winner.test:.4f}")
    assert f"The search's number was too good by {0.95 - winner.test:.4f}" in text_of(content, "confirmed")
    assert "The test split was not touched" not in text_of(content, "found")


def test_the_confirmed_section_shows_table_subsets_and_notes(content: ReportContent):
    rows = table(content, "confirmed", "test rank").rows
    assert [row[:4] for row in rows] == [("1", "1", BEST, "0.8875"), ("2", "2", "t0001", "0.7875")]
    assert "40 samples" in table(content, "confirmed", "test rank").caption
    subsets = table(content, "confirmed", "trial")
    assert subsets.columns == ("trial", "short")
    assert [row[1][:6] for row in subsets.rows] == ["0.4437", "0.3938"]
    (points,) = [block for block in section(content, "confirmed").blocks if isinstance(block, Points)]
    assert points.tone == "caution"
    assert any("read 2 times" in item for item in points.items)
    assert not any("gone on since" in item for item in points.items)


def test_a_confirmation_of_an_earlier_best_says_so(tmp_path: Path):
    folder = run_folder(tmp_path / "toy", trials=6)
    confirm(folder, trials=("t0001",))
    outdated = f"The search has gone on since: its first is now {BEST}, which this does not speak of."
    content = content_of(folder)
    assert outdated in fact(content, "in-short", "Confirmed")
    assert outdated in text_of(content, "confirmed")


@pytest.mark.parametrize(
    ("begun", "expected"),
    [
        (False, "trains the best anew and tests them once on the 8 samples held out as the test."),
        (True, "The confirmation of toy must have ended: `odyssey confirm toy --top 2 --seeds 2` goes on with it."),
    ],
)
def test_an_unconfirmed_number_is_called_the_searchs_own(tmp_path: Path, begun: bool, expected: str):
    folder = run_folder(tmp_path / "toy", trials=6, **described(FoldPlan()))
    if begun:
        confirm(folder, ended=None)
    content = content_of(folder)
    first = section(content, "in-short").blocks[0].pairs[0]
    assert first[0] == "Not confirmed"
    assert "is the search's own number, the best of " in first[1]
    assert "and so optimistic" in first[1]
    assert "odyssey confirm toy" in first[1]
    assert first[1].endswith(expected)
    assert "confirmed" not in [each.anchor for each in content.sections]


def test_a_damaged_confirmation_does_not_keep_a_report_from_being_written(tmp_path: Path):
    folder = run_folder(tmp_path / "toy", trials=6)
    confirm(folder)
    (confirmation_folder(folder) / "confirmation.json").write_text("{")
    with pytest.raises(ValueError, match="must be JSON"):
        read_about(confirmation_folder(folder))
    assert "must be JSON" in fact(content_of(folder), "in-short", "Not confirmed")
