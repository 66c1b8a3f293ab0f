"""The record of a confirmation: replicate by replicate, whole or not at all, and shut until its end."""

import numpy as np
import pyarrow as pa
import pytest

from analysis.arrow_tables import write_parquet
from analysis.confirmation.confirmation_record import (
    confirmation_folder,
    read_about,
    read_confirmation,
    units_table,
    write_about,
    write_units,
)
from analysis.confirmation.confirmation_tables import TABLES, fold_parts, read_tables, replicate_tables, write_part

ABOUT = {
    "metric": {"name": "accuracy", "direction": "maximize"},
    "shape": {"kind": "classification", "positive_above": None, "subsets": ["short", "long"]},
    "seeds": [1, 2],
    "configurations": [{"trial_id": "t0001"}],
    "ended_at": "2026-01-01T00:00:00+00:00",
}


def tables(trial_id="t0001", seed=1, *, status="completed", predictions=None, embeddings=(), epochs=3):
    row = {"trial_id": trial_id, "seed": seed, "epochs": epochs, "status": status, "error": None, "seconds": 1.5}
    return replicate_tables(
        row | {"train_loss": 0.25},
        metrics={"accuracy": 0.75} if status == "completed" else {},
        predictions=np.array([[0.25, 0.75], [1.0, 0.0]]) if predictions is None else predictions,
        embeddings=dict(embeddings),
        token_names=("A", "C"),
    )


def written(run, *parts, about=ABOUT):
    folder = confirmation_folder(run)
    folder.mkdir()
    for part in parts:
        write_part(folder, part)
    write_units(folder, units_table(np.array([1, 0]), None, np.array([1, 0]), ("short", "long")))
    write_about(folder, about)
    return folder


def test_replicates_read_the_same_from_parts_and_from_whole_tables(tmp_path):
    folder = written(tmp_path, tables(seed=2), tables(seed=1), tables("t0000", 1))
    before = read_tables(folder)
    fold_parts(folder)
    after = read_tables(folder)
    assert {path.name for path in folder.iterdir()} == {f"{name}.parquet" for name in (*TABLES, "units")} | {
        "confirmation.json"
    }
    for name in TABLES:
        assert after[name].equals(before[name])
    assert after["replicates"][["trial_id", "seed"]].values.tolist() == [["t0000", 1], ["t0001", 1], ["t0001", 2]]
    assert list(after["predictions"]) == ["trial_id", "seed", "unit", "probability/0", "probability/1"]


def test_a_replicate_trained_again_takes_the_place_of_the_first(tmp_path):
    folder = written(tmp_path, tables(epochs=3), tables(seed=2))
    fold_parts(folder)
    write_part(folder, tables(epochs=9, predictions=np.array([[0.5, 0.5], [0.5, 0.5]])))
    for _ in range(2):
        found = read_tables(folder)
        assert found["replicates"]["epochs"].tolist() == [9, 3]
        assert found["predictions"]["probability/0"].tolist() == [0.5, 0.5, 0.25, 1.0]
        fold_parts(folder)


def test_a_part_that_was_not_finished_is_as_if_it_were_not_there(tmp_path):
    folder = written(tmp_path, tables(seed=1))
    (folder / "parts/t0001-2").mkdir()
    write_parquet(tables(seed=2)["predictions"], folder / "parts/t0001-2/predictions.parquet")
    assert read_tables(folder)["replicates"]["seed"].tolist() == [1]
    assert set(read_tables(folder)["predictions"]["seed"]) == {1}


def test_predictions_are_numbers_or_probabilities_in_the_order_of_the_units(tmp_path):
    written(tmp_path, tables(seed=1), tables(seed=2))
    one, two = read_confirmation(tmp_path).predictions_of("t0001")
    assert one.tolist() == two.tolist() == [[0.25, 0.75], [1.0, 0.0]]
    numbers = tmp_path / "numbers"
    numbers.mkdir()
    written(numbers, tables(predictions=np.array([3.0, 1.0])))
    assert read_confirmation(numbers).predictions_of("t0001")[0].tolist() == [3.0, 1.0]


def test_lost_replicates_and_those_of_other_seeds_have_no_predictions(tmp_path):
    lost = replicate_tables(
        {"trial_id": "t0001", "seed": 2, "epochs": 3, "status": "diverged"},
        metrics={}, predictions=None, embeddings={}, token_names=(),
    )  # fmt: skip
    written(tmp_path, tables(seed=1), lost, tables(seed=9))
    record = read_confirmation(tmp_path)
    assert len(record.predictions_of("t0001")) == 1
    assert record.replicates_of("t0001")["status"].tolist() == ["completed", "diverged"]


def test_units_know_their_targets_groups_and_subsets(tmp_path):
    written(tmp_path, tables())
    record = read_confirmation(tmp_path)
    assert record.held_out().targets.tolist() == [1, 0]
    assert record.held_out().groups.tolist() == [0, 1]  # without groups each is its own
    assert record.units_for("accuracy").tolist() == [True, True]
    assert record.units_for("accuracy@short").tolist() == [False, True]
    assert record.subsets == ("short", "long")


def test_embeddings_leave_the_padding_out_and_name_what_has_a_name(tmp_path):
    weights = np.arange(8.0).reshape(4, 2)
    written(tmp_path, tables(embeddings={"embedding": weights}), tables("t0002", embeddings={"narrow": weights[:, :1]}))
    found = read_confirmation(tmp_path).embeddings
    assert found["token"].tolist() == ["A", "C", "3"] * 2  # the third has no name
    assert found["id"].tolist() == [1, 2, 3] * 2
    assert found["d0"].tolist() == [2.0, 4.0, 6.0] * 2
    assert found["d1"].isna().tolist() == [False] * 3 + [True] * 3


def test_nobody_sees_what_the_test_says_before_the_end(tmp_path):
    written(tmp_path, tables(), about=ABOUT | {"ended_at": None})
    with pytest.raises(ValueError, match=r"must have ended: `odyssey confirm .* --top 1 --seeds 2` goes on with it"):
        read_confirmation(tmp_path)


def test_a_run_without_a_confirmation_says_how_to_make_one(tmp_path):
    with pytest.raises(FileNotFoundError, match="must have been confirmed: `odyssey confirm"):
        read_confirmation(tmp_path)


@pytest.mark.parametrize(
    ("text", "error"),
    [("{", "must be JSON"), ("[1]", "must be of odyssey-confirmation, version 1"), ('{"format": "x"}', "got")],
)
def test_a_damaged_confirmation_is_refused(tmp_path, text, error):
    (tmp_path / "confirmation.json").write_text(text)
    with pytest.raises(ValueError, match=error):
        read_about(tmp_path)


def test_columns_have_the_same_types_with_rows_and_without():
    full = tables(embeddings={"embedding": np.ones((3, 2))})
    empty = replicate_tables(
        {"trial_id": "t", "seed": 1, "status": "failed"}, metrics={}, predictions=None, embeddings={}, token_names=()
    )
    for name in TABLES:
        known = {field.name: field.type for field in full[name].schema}
        assert {field.name: field.type for field in empty[name].schema}.items() <= known.items()
    assert full["replicates"].schema.field("seed").type == pa.int64()
