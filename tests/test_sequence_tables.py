"""A table of token strings becomes a task, and every row that cannot be used is named with its line."""

import gzip
import pickle
import re

import numpy as np
import pytest

from learning_tasks.fold_plan import FoldPlan, plan_folds
from learning_tasks.sequence_table.sequence_table_options import SequenceTableOptions
from learning_tasks.sequence_table.sequence_table_task import sequence_table_task
from learning_tasks.sequence_table.tokens import cut_tokens, number_tokens, sequence_groups
from learning_tasks.task_check import check_task_data

LETTERS = "ACGT"


def rows_of_text(count=40, seed=5):
    """Give different sequences of 4 to 7 letters with the classes no and yes in turn."""
    rng = np.random.default_rng(seed)
    drawn = {}
    while len(drawn) < count:
        drawn.setdefault("".join(rng.choice(list(LETTERS), size=rng.integers(4, 8))), ("no", "yes")[len(drawn) % 2])
    return [f"{sequence},{target}" for sequence, target in drawn.items()]


def written(tmp_path, *more, header="sequence,target", rows=None, name="table.csv"):
    lines = [header, *(rows_of_text() if rows is None else rows), *more]
    (tmp_path / name).write_text("\n".join(lines) + "\n")
    return str(tmp_path / name)


def loaded(file, **options):
    return sequence_table_task(SequenceTableOptions(file=file, **options)).load()


def both_splits(data, array):
    return np.concatenate([getattr(data.development, array), getattr(data.test, array)])


# tokens


@pytest.mark.parametrize(
    ("text", "separator", "tokens"),
    [
        ("ACCA", "", ("A", "C", "C", "A")),
        ("Ala  Gly Ala", " ", ("Ala", "Gly", "Ala")),
        ("walk; run ;walk", ";", ("walk", "run", "walk")),
        ("a--b", "-", ("a", "", "b")),
        ("", "-", ()),
    ],
)
def test_a_text_is_cut_at_its_separator(text, separator, tokens):
    assert cut_tokens(text, separator) == tokens


def test_tokens_are_numbered_in_the_order_of_the_alphabet_with_zeros_beyond_the_ends():
    values, lengths = number_tokens([("b", "a"), ("c",), ("a", "b", "c")], ("c", "b", "a"))
    assert values.tolist() == [[2, 3, 0], [1, 0, 0], [3, 2, 1]]
    assert lengths.tolist() == [2, 1, 3]
    assert values.dtype == np.int64


def test_equal_sequences_and_rows_of_one_name_belong_together_and_links_are_followed():
    sequences = [("A",), ("B",), ("A",), ("C",), ("D",)]
    assert len(set(sequence_groups(sequences).tolist())) == 4
    groups = sequence_groups(sequences, ["p", "q", "q", "r", "s"]).tolist()  # p - A - q - B
    assert groups[0] == groups[1] == groups[2]
    assert len(set(groups)) == 3


# the task


def test_rows_become_samples_with_their_own_targets(tmp_path):
    data = loaded(written(tmp_path))
    check_task_data(data)
    assert data.token_names == tuple(LETTERS)
    assert (data.shape.vocabulary_size, data.shape.time, data.shape.outputs) == (5, 7, 2)
    found = {}
    for samples in (data.development, data.test):
        for values, length, target in zip(samples.values, samples.lengths, samples.targets, strict=True):
            found["".join(LETTERS[token - 1] for token in values[:length])] = ("no", "yes")[target]
    assert [f"{sequence},{found[sequence]}" for sequence, _ in (row.split(",") for row in rows_of_text())] == (
        rows_of_text()
    )
    assert (data.read, dict(data.dropped), len(data.test)) == (40, {}, 8)


def test_a_compressed_table_of_tabs_is_the_same(tmp_path):
    plain = loaded(written(tmp_path))
    text = (tmp_path / "table.csv").read_text().replace(",", "\t")
    (tmp_path / "table.tsv.gz").write_bytes(gzip.compress(text.encode()))
    other = loaded(str(tmp_path / "table.tsv.gz"))
    assert other.development.values.tobytes() == plain.development.values.tobytes()


def test_an_alphabet_orders_the_ids_and_may_have_tokens_that_do_not_occur(tmp_path):
    file = written(tmp_path)
    for alphabet in (("TGCAN",), ("T", "G", "C", "A", "N")):
        data = loaded(file, alphabet=alphabet)
        check_task_data(data)
        assert data.token_names == ("T", "G", "C", "A", "N")
        assert data.shape.vocabulary_size == 6
        plain = both_splits(loaded(file), "values")
        assert np.array_equal(both_splits(data, "values"), np.where(plain == 0, 0, 5 - plain))


def test_numbers_can_be_predicted_and_have_positives(tmp_path):
    rows = [f"{row.split(',')[0]},{index / 8}" for index, row in enumerate(rows_of_text())]
    task = sequence_table_task(
        SequenceTableOptions(file=written(tmp_path, rows=rows), kind="regression", positive_above=2.5)
    )
    data = task.load()
    check_task_data(data)
    assert task.metric == "variance_explained"
    assert sorted(both_splits(data, "targets").tolist()) == [index / 8 for index in range(40)]
    assert (data.shape.outputs, data.shape.positive_above) == (1, 2.5)


def test_classes_are_sorted_or_as_stated(tmp_path):
    file = written(tmp_path)
    assert "Classes in order: no, yes." in loaded(file).sampling
    turned = loaded(file, classes=("yes", "no"))
    assert np.array_equal(turned.development.targets, 1 - loaded(file).development.targets)


def test_equal_sequences_never_straddle_and_rows_of_a_group_neither(tmp_path):
    repeated = [row.replace("no", "yes") for row in rows_of_text()[:10]]
    data = loaded(written(tmp_path, *repeated))
    check_task_data(data)
    assert data.group_noun == "sequence"
    assert data.sampling.endswith("10 rows repeat the sequence of another, 5 of them with another target.")
    of_test = {row.tobytes() for row in data.test.values}
    assert not of_test & {row.tobytes() for row in data.development.values}
    rows = [f"{row},p{index // 4}" for index, row in enumerate(rows_of_text())]
    grouped = loaded(written(tmp_path, rows=rows, header="sequence,target,plate"), group="plate")
    assert grouped.group_noun == "plate"
    assert len({*grouped.development.groups} | {*grouped.test.groups}) == 10
    assert not {*grouped.development.groups} & {*grouped.test.groups}


def test_different_sequences_without_a_group_are_no_groups(tmp_path):
    assert loaded(written(tmp_path)).development.groups is None


def test_weights_are_read(tmp_path):
    rows = [f"{row},{1 + index}" for index, row in enumerate(rows_of_text())]
    data = loaded(written(tmp_path, rows=rows, header="sequence,target,w"), weight="w")
    check_task_data(data)
    assert sorted(both_splits(data, "weights").tolist()) == list(range(1, 41))
    assert data.development.weights.dtype == np.float32


def test_rows_of_other_lengths_are_left_out_and_counted(tmp_path):
    data = loaded(written(tmp_path), shortest=5, longest=6)
    lengths = [len(row.split(",")[0]) for row in rows_of_text()]
    assert dict(data.dropped) == {"shorter than 5": lengths.count(4), "longer than 6": lengths.count(7)}
    assert data.read == 40 == len(data.development) + len(data.test) + sum(data.dropped.values())


def test_a_task_reads_nothing_before_it_is_loaded_and_travels_to_a_worker(tmp_path):
    file = written(tmp_path)
    task = pickle.loads(pickle.dumps(sequence_table_task(SequenceTableOptions(file=file))))  # noqa: S301 - our own
    assert task.name == "sequences-table"
    assert task.load().test.values.tobytes() == loaded(file).test.values.tobytes()


def test_the_example_is_what_it_says_and_its_folds_can_be_given(checkout):
    file = str(checkout / "examples" / "sequences_small.csv")
    data = loaded(file, target="holds_motif", group="batch", fold="fold")
    check_task_data(data)
    assert (len(data.development), len(data.test), data.read) == (128, 32, 160)
    for samples in (data.development, data.test):
        for values, target in zip(samples.values, samples.targets, strict=True):
            letters = "".join(LETTERS[token - 1] for token in values if token)
            assert ("TATA" in letters) == bool(target)
    folds = plan_folds(data.development, "classification", FoldPlan(type="given"), seed=0)
    assert [len(fold.validation) for fold in folds] == [32, 32, 32, 32]
    assert "The test split is that of the column fold." in data.sampling


# what is wrong

HEADER = "sequence,target,plate,fold,weight"
COLUMNS = {"group": "plate", "fold": "fold", "weight": "weight", "alphabet": ("ACGT",), "classes": ("no", "yes")}


@pytest.mark.parametrize(
    ("row", "message", "reason"),
    [
        (
            "ACNT,no,p,1,1",
            "sequence must hold tokens of the alphabet A C G T only, got 'N' in 'ACNT'.",
            "with an unknown token",
        ),
        (",no,p,1,1", "sequence must hold one token or more, got an empty cell.", "without a sequence"),
        ("ACGT,,p,1,1", "target must be given, got an empty cell.", "without a target that can be used"),
        ("ACGT,maybe,p,1,1", "target must be one of no, yes, got 'maybe'.", "without a target that can be used"),
        ("ACGT,no,,1,1", "plate must be given, got an empty cell.", "without a group that can be used"),
        ("ACGT,no,p,,1", "fold must be given, got an empty cell.", "without a fold that can be used"),
        ("ACGT,no,p,1,0", "weight must be a number above 0, got '0'.", "without a weight that can be used"),
        ("ACGT,no,p,1,nan", "weight must be a number above 0, got 'nan'.", "without a weight that can be used"),
        ("ACGT,no,p,1", "a row must have 5 fields, got 4.", "with a wrong number of fields"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line_or_dropped_and_counted(tmp_path, row, message, reason):
    rows = [f"{each},p{index},{index // 2 % 4},1" for index, each in enumerate(rows_of_text())]
    file = written(tmp_path, rows=[*rows[:2], row, *rows[2:]], header=HEADER)
    with pytest.raises(ValueError, match=re.escape(message)) as refusal:
        loaded(file, **COLUMNS)
    assert str(refusal.value).splitlines() == [
        f"{file}:4: {message}",
        f"{file}: 1 of 41 rows are wrong and none was kept; with wrong_rows: drop 40 are kept.",
    ]
    data = loaded(file, **COLUMNS, wrong_rows="drop")
    check_task_data(data)
    assert (data.read, dict(data.dropped)) == (41, {reason: 1})
    assert f"40 of 41 rows kept; dropped: 1 {reason}." in data.sampling


def test_an_empty_token_and_a_target_that_is_no_number_are_named(tmp_path):
    file = written(tmp_path, "a-b,1", "a--b,2", "a-c,three", rows=[])
    with pytest.raises(ValueError, match="must hold a token between separators '-', got 'a--b'") as refusal:
        loaded(file, separator="-", kind="regression")
    assert f"{file}:3: sequence " in str(refusal.value)
    assert f"{file}:4: target must be a finite number for regression, got 'three'." in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"table\.csv: must begin with a line of column names, got an empty file\."),
        ("sequence,target\n", r"table\.csv:1: must have rows below its column names, got none\."),
        (
            "sequences,target\nAC,no\n",
            r"table\.csv:1: must have the column sequence \(sequence\), perhaps sequences, got sequences, target\.",
        ),
        (
            "sequence,target\nAC,no\nCA,no\n",
            r"table\.csv: targets must be of two classes at least, got no only\. \(2 of",
        ),
        ("sequence,target\nAC,no\nCA,yes\n", r"table\.csv: .* \(2 of 2 rows kept\.\)"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path, text, message):
    (tmp_path / "table.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        loaded(str(tmp_path / "table.csv"))


def test_constant_numbers_and_lengths_that_leave_nothing_are_refused(tmp_path):
    file = written(tmp_path, rows=[f"{row.split(',')[0]},2.5" for row in rows_of_text()])
    with pytest.raises(ValueError, match=r"table\.csv: targets must differ, got 2\.5 only\. \(40 of 40 rows kept\.\)"):
        loaded(file, kind="regression")
    with pytest.raises(ValueError, match=r"must leave at least one row, got 0 of 40 rows kept; dropped: 40 shorter"):
        loaded(file, kind="regression", shortest=9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "ranking"}, "^kind must be one of classification, regression, got 'ranking'"),
        ({"wrong_rows": "keep"}, "^wrong_rows must be one of refuse, drop, got 'keep'"),
        ({"target": "sequence"}, "^sequence and target must be two columns, got 'sequence' for both"),
        ({"shortest": 5, "longest": 4}, "^shortest must be from 1 to longest, got 5 and 4"),
        ({"test_share": 0.0}, r"^test_share must be from 0\.1 to 0\.9, got 0\.0"),
        ({"positive_above": 1.0}, "^positive_above must be left out of a classification, got 1"),
        ({"kind": "regression", "classes": ("a", "b")}, "^classes must be left out of a regression, got a, b"),
        ({"alphabet": ("ACA",)}, "^alphabet must hold each token once"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        SequenceTableOptions(file="table.csv", **options)


def test_a_metric_that_the_kind_does_not_have_is_refused():
    with pytest.raises(ValueError, match=r"^metric must be one of a regression task, one of"):
        sequence_table_task(SequenceTableOptions(file="table.csv", kind="regression", metric="log_loss"))
