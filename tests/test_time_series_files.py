"""Recordings come out of their files as they were written, and what is wrong is named with its file and line."""

import dataclasses
import gzip

import numpy as np
import pandas as pd
import pytest

from learning_tasks.time_series.corpus_table import CorpusTable, subject_key
from learning_tasks.time_series.generated_handwriting import GeneratedHandwriting
from learning_tasks.time_series.long_table import LongTable
from learning_tasks.time_series.npz_file import NpzFile
from learning_tasks.time_series.recording import Recording, Unsound, check_recording
from learning_tasks.time_series.svc_files import SVC_CHANNELS, SvcFolder, read_svc, write_svc

POINT = "10 20 {} 1 1500 600 300"


def svc(path, *lines, count=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([str(len(lines) if count is None else count), *lines]) + "\n")
    return path


def points(count):
    return [POINT.format(1000 + 7 * index) for index in range(count)]


def folder(tmp_path, labels="subject,label\n1,PD\n2,H\n", **keys):
    (tmp_path / "corpus.csv").write_text(labels)
    for subject in (1, 2):
        svc(tmp_path / f"0000{subject}" / f"0000{subject}__1_1.svc", *points(5))
    return SvcFolder(folder=str(tmp_path), corpus=str(tmp_path / "corpus.csv"), **keys)


def problems(source):
    """Read all; a recording that is read must be checked as a task does."""
    found = []
    for recording in source.read():
        try:
            if isinstance(recording, Unsound):
                raise ValueError(recording.problem)
            check_recording(recording)
        except ValueError as error:
            found.append(str(error))
    return found


def sound(source):
    return [found for found in source.read() if isinstance(found, Recording)]


def table(tmp_path, text, name="table.csv", **keys):
    (tmp_path / name).write_text(text)
    return LongTable(file=str(tmp_path / name), **keys)


# .svc


def test_points_are_read_in_the_order_of_the_seven_columns(tmp_path):
    path = svc(tmp_path / "7__1_1.svc", "1 2 1000 0 5 6 7", "11 12 1008 1 15 16 17")
    recording = read_svc(path, subject="7", label="PD", ticks_per_second=1000)
    assert recording.channels == ("y", "x", "timestamp", "button", "azimuth", "altitude", "pressure")
    assert recording.values.tolist() == [[1, 2, 0, 0, 5, 6, 7], [11, 12, 8, 1, 15, 16, 17]]
    assert recording.values.dtype == np.float32
    assert recording.times.tolist() == [1000, 1008]
    assert recording.sampling_rate_hz == 125.0
    assert recording.place(1) == f"{path}, line 3"


def test_steps_of_seven_and_eight_ticks_in_turn_are_a_rate_between(tmp_path):
    path = svc(tmp_path / "7.svc", *(POINT.format(time) for time in (0, 7, 15, 22, 30)))
    assert read_svc(path, subject="7", label="", ticks_per_second=1000).sampling_rate_hz == pytest.approx(1000 / 7.5)
    assert read_svc(path, subject="7", label="").sampling_rate_hz is None


def test_a_clock_beyond_the_precision_of_float32_keeps_its_intervals(tmp_path):
    recording = read_svc(svc(tmp_path / "7.svc", *(POINT.format(10**9 + t) for t in (0, 7, 15))), subject="7", label="")
    assert recording.values[:, SVC_CHANNELS.index("timestamp")].tolist() == [0, 7, 15]


def test_a_written_recording_is_read_back_equal(tmp_path):
    for index, recording in enumerate(GeneratedHandwriting(subjects=2, recordings=2).read()):
        path = tmp_path / f"{index}.svc"
        write_svc(recording, path)
        again = read_svc(path, subject=recording.subject, label=recording.label)
        assert again.values.tobytes() == recording.values.tobytes()
        assert again.times.tobytes() == recording.times.tobytes()


def test_only_the_seven_channels_can_be_written(tmp_path):
    recording = next(GeneratedHandwriting().read())
    with pytest.raises(ValueError, match=r"channels of an \.svc file must be y, x, timestamp, .*, got x\.$"):
        write_svc(dataclasses.replace(recording, values=recording.values[:, :1], channels=("x",)), tmp_path / "a.svc")


def test_a_folder_is_read_in_the_order_of_its_paths_with_the_labels_of_the_table(tmp_path):
    found = list(folder(tmp_path).read())
    assert [(one.subject, one.label, len(one)) for one in found] == [("00001", "PD", 5), ("00002", "H", 5)]


def test_a_glob_chooses_one_task_of_several(tmp_path):
    source = folder(tmp_path, files="**/*__1_1.svc")
    svc(tmp_path / "00001" / "00001__2_1.svc", *points(9))
    assert [len(found) for found in source.read()] == [5, 5]


def test_the_rule_that_gives_the_subject_can_be_stated(tmp_path):
    (tmp_path / "corpus.csv").write_text("subject,label\nanna,PD\n")
    svc(tmp_path / "spiral-anna.svc", *points(2))
    source = SvcFolder(
        folder=str(tmp_path),
        corpus=str(tmp_path / "corpus.csv"),
        subject_rule=r"spiral-(?P<subject>\w+)\.svc",
    )
    assert [found.subject for found in source.read()] == ["anna"]
    svc(tmp_path / "other.svc", *points(2))
    assert problems(source) == [
        f"{tmp_path}/other.svc: must be named as subject_rule='spiral-(?P<subject>\\\\w+)\\\\.svc' says, "
        "got 'other.svc'."
    ]


@pytest.mark.parametrize(
    ("lines", "count", "message"),
    [
        (points(3), 5, ": must hold 5 points, as line 1 says, got 3, the last on line 4."),
        (points(3), 2, ": must hold 2 points, as line 1 says, got 3, the last on line 4."),
        (
            [*points(2), "1 2 3"],
            3,
            ", line 4: must have 7 numbers, y x timestamp button azimuth altitude pressure, got 3.",
        ),
        ([*points(2), "1 2 3 4 5 6 7 8"], 3, ", line 4: must have 7 numbers, y x timestamp .*, got 8."),
        ([points(1)[0], "1 2 x7 0 5 6 7"], 2, ", line 3: timestamp must be a finite number, got 'x7'."),
        ([points(1)[0], "1 2 1010 0 5 6 nan"], 2, ", line 3: pressure must be a finite number, got 'nan'."),
        ([points(1)[0], "1 inf 1010 0 5 6 7"], 2, ", line 3: x must be a finite number, got 'inf'."),
        ([*points(1), "", *points(1)], 2, ", line 3: must have 7 numbers, .*, got 0."),
        ([], 4, ": must hold 4 points, as line 1 says, got 0, the last on line 1."),
        ([], "", ", line 1: must be the number of points, at least 1, got an empty line."),
        ([], 0, ", line 1: must be the number of points, at least 1, got '0'."),
        (points(2), "two", ", line 1: must be the number of points, at least 1, got 'two'."),
        (
            [*points(2), POINT.format(1007)],
            3,
            ", line 4: time must increase .*, got 1007 after 1007, the same time twice.",
        ),
        ([*points(2), POINT.format(999)], 3, ", line 4: time must increase from step to step, got 999 after 1007."),
    ],
)
def test_a_broken_svc_is_named_with_its_line_and_the_others_are_read(tmp_path, lines, count, message):
    source = folder(tmp_path)
    path = svc(tmp_path / "00001" / "00001__1_1.svc", *lines, count=count)
    (found,) = problems(source)
    assert found.startswith(str(path))
    head, _, tail = message.partition(".*")
    assert found.removeprefix(str(path)).startswith(head)
    assert found.endswith(tail)
    assert "00002" in [recording.subject for recording in sound(source)]


def test_an_empty_svc_is_named(tmp_path):
    source = folder(tmp_path)
    (tmp_path / "00001" / "00001__1_1.svc").write_text("")
    (found,) = problems(source)
    assert found.endswith("00001__1_1.svc, line 1: must be the number of points, at least 1, got an empty line.")


def test_a_subject_without_a_label_and_a_label_without_data_are_named(tmp_path):
    source = folder(tmp_path, "subject,label\n1,PD\n3,H\n")
    assert problems(source) == [
        f"{tmp_path}/00002/00002__1_1.svc: a subject must have a label in {tmp_path}/corpus.csv, got none for '00002'.",
        f"{tmp_path}/corpus.csv, line 3: a label must have a file of **/*.svc in {tmp_path}, got none of subject '3'.",
    ]


def test_every_reason_for_leaving_a_file_out_is_named(tmp_path):
    source = folder(tmp_path, "subject,label\n1,PD\n3,H\n")
    svc(tmp_path / "00001" / "00001__2_1.svc", *points(3), count=9)
    svc(tmp_path / "other" / "_.svc", *points(3))
    assert [found.reason for found in source.read() if isinstance(found, Unsound)] == [
        "that cannot be read",
        "without a label",
        "with a name that tells no subject",
        "of a label without data",
    ]


def test_the_corpus_may_tell_each_subjects_fold(tmp_path):
    source = folder(tmp_path, "subject,label,cv\n1,PD,3\n2,H,test\n", fold="cv")
    assert [found.fold for found in source.read()] == ["3", "test"]
    assert [found.fold for found in folder(tmp_path).read()] == ["", ""]
    with pytest.raises(ValueError, match=r"corpus\.csv, line 3: cv must be given, got an empty cell\."):
        list(folder(tmp_path, "subject,label,cv\n1,PD,3\n2,H,\n", fold="cv").read())


def test_a_folder_without_files_is_refused(tmp_path):
    source = folder(tmp_path, files="*.nothing")
    with pytest.raises(ValueError, match=r"must hold files \*\.nothing, got none"):
        list(source.read())
    with pytest.raises(ValueError, match="must be a folder, got none"):
        list(dataclasses.replace(source, folder=str(tmp_path / "missing")).read())


# corpus tables


def test_leading_zeros_of_a_number_do_not_count():
    assert subject_key(" 00007 ") == subject_key("7") == "7"
    assert subject_key("P07") == "P07"


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx", ".parquet"])
def test_a_corpus_of_any_format_gives_the_same_labels(tmp_path, suffix):
    frame = pd.DataFrame({"ID": [1, 2], "Disease": ["PD", "H"], "Age": [68, 71]})
    path = tmp_path / f"corpus{suffix}"
    if suffix in (".csv", ".tsv"):
        frame.to_csv(path, index=False, sep="," if suffix == ".csv" else "\t")
    else:
        (frame.to_excel if suffix == ".xlsx" else frame.to_parquet)(path, index=False)
    labels = CorpusTable(file=str(path), subject="ID", label="Disease").read()
    assert {key: row.label for key, row in labels.items()} == {"1": "PD", "2": "H"}
    assert CorpusTable(file=str(path), subject="ID", label="Age").read()["2"].label == "71"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("subject,label\n1,PD\n01,H\n", r"line 3: a subject must occur once, got '01' as in .*corpus\.csv, line 2\.$"),
        ("subject,label\n1,PD\n\n ,H\n", r"line 4: subject must be given, got an empty cell\.$"),
        ("subject,group\n1,PD\n", r"line 1: must have one column 'label', got subject, group\.$"),
        ("subject,label\n", r"must hold a row per subject, got none\.$"),
        ("", r"csv: must begin with a line of column names, got none\.$"),
    ],
)
def test_a_broken_corpus_is_named_with_its_line(tmp_path, text, message):
    (tmp_path / "corpus.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        CorpusTable(file=str(tmp_path / "corpus.csv")).read()


# long tables

ROWS = "subject,time,x,y,label\na,0,1,2,PD\na,1,3,4,PD\nb,0,5,6,H\nb,2,7,8,H\n"


def test_rows_of_a_subject_are_a_recording(tmp_path):
    first, second = sound(table(tmp_path, ROWS))
    assert (first.subject, first.label, first.channels) == ("a", "PD", ("x", "y"))
    assert first.values.tolist() == [[1, 2], [3, 4]]
    assert second.times.tolist() == [0, 2]
    assert second.place(0).endswith("table.csv, line 4")


def test_rows_may_lie_between_others_and_a_column_may_tell_recordings_apart(tmp_path):
    text = "subject;hand;time;x;label\na;l;0;1;P\na;r;0;10;P\na;l;1;2;P\na;r;1;20;P\nb;l;0;3;H\n"
    left, right, other = sound(table(tmp_path, text, recording="hand"))
    assert left.values[:, 0].tolist() == [1, 2]
    assert right.values[:, 0].tolist() == [10, 20]
    assert right.place(1).endswith("line 5")
    assert (left.subject, other.subject) == ("a", "b")


def test_a_column_may_tell_the_fold_of_each_recording(tmp_path):
    lines = ROWS.splitlines()
    text = "\n".join([f"{lines[0]},cv", *(f"{line},{line[0]}" for line in lines[1:])]) + "\n"
    source = table(tmp_path, text, fold="cv")
    assert [(found.fold, found.channels) for found in source.read()] == [("a", ("x", "y")), ("b", ("x", "y"))]
    wrong = table(tmp_path, text + "b,3,5,6,H,a\n", fold="cv")
    assert problems(wrong) == [f"{wrong.file}, line 6: cv must be one in a recording, got 'a' after 'b'."]


def test_labels_and_folds_may_stand_in_a_table_of_their_own(tmp_path):
    corpus = tmp_path / "corpus.csv"
    corpus.write_text("subject,group,cv\n01,PD,x\n2,H,y\n")
    text = "subject,t,x\n1,0,5\n1,1,6\n2,0,7\n"
    source = table(tmp_path, text, corpus=str(corpus), time_column="t", label="group", fold="cv")
    assert [(found.label, found.fold, found.channels) for found in source.read()] == [
        ("PD", "x", ("x",)),
        ("H", "y", ("x",)),
    ]
    other = table(tmp_path, text.replace("\n2,", "\n3,"), corpus=str(corpus), time_column="t", label="group")
    assert problems(other) == [
        f"{other.file}, line 4: a subject must have a label in {corpus}, got none for '3'.",
        f"{corpus}, line 3: a label must have rows in {other.file}, got none of subject '2'.",
    ]
    assert [found.reason for found in other.read() if isinstance(found, Unsound)] == [
        "without a label",
        "of a label without data",
    ]


def test_a_subject_with_a_wrong_cell_is_not_called_one_without_data(tmp_path):
    (tmp_path / "corpus.csv").write_text("subject,label\na,PD\nb,H\n")
    text = "subject,time,x\na,0,1\nb,0,oops\n"
    source = table(tmp_path, text, corpus=str(tmp_path / "corpus.csv"))
    assert problems(source) == [f"{source.file}, line 3: x must be a finite number, got 'oops'."]


def test_every_format_of_a_long_table_gives_the_same_recordings(tmp_path):
    frame = pd.read_csv(table(tmp_path, ROWS).file)
    (tmp_path / "t.tsv").write_text(ROWS.replace(",", "\t"))
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(ROWS.encode()))
    frame.to_parquet(tmp_path / "t.parquet")
    for name in ("t.tsv", "t.csv.gz", "t.parquet"):
        for one, other in zip(sound(LongTable(file=str(tmp_path / name))), sound(table(tmp_path, ROWS)), strict=True):
            assert (one.subject, one.label, one.channels) == (other.subject, other.label, other.channels)
            assert one.values.tobytes() == other.values.tobytes()
            assert one.times.tobytes() == other.times.tobytes()


def test_a_subject_may_be_called_na(tmp_path):
    assert sound(table(tmp_path, ROWS.replace("\na,", "\nNA,")))[0].subject == "NA"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("b,3,oops,8,H", "line 6: x must be a finite number, got 'oops'."),
        ("b,3,,8,H", "line 6: x must be a finite number, got an empty cell."),
        ("b,3,nan,8,H", "line 6: x must be a finite number, got 'nan'."),
        ("b,3,7,inf,H", "line 6: y must be a finite number, got inf."),
        ("b,3,7", "line 6: y must be a finite number, got an empty cell."),
        ("b,later,7,8,H", "line 6: time must be a finite number, got 'later'."),
        ("b,2,7,8,H", "line 6: time must increase from step to step, got 2 after 2, the same time twice."),
        ("b,1,7,8,H", "line 6: time must increase from step to step, got 1 after 2."),
        ("b,3,7,8,PD", "line 6: label must be one in a recording, got 'PD' after 'H'."),
        ("c,3,7,8,", "line 6: label must be given, got an empty cell."),
        (",3,7,8,H", "line 6: subject must be given, got an empty cell."),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\n\n\n"])
def test_a_wrong_row_is_named_and_other_recordings_are_read(tmp_path, row, message, ending):
    source = table(tmp_path, ROWS + row + ending)
    (found,) = problems(source)
    assert found == f"{source.file}, {message}"
    assert sound(source)[0].subject == "a"


def test_a_wrong_cell_of_a_parquet_file_is_named_with_its_row(tmp_path):
    frame = pd.read_csv(table(tmp_path, ROWS).file)
    frame.loc[2, "x"] = np.nan
    frame.to_parquet(tmp_path / "t.parquet")
    assert problems(LongTable(file=str(tmp_path / "t.parquet"))) == [
        f"{tmp_path}/t.parquet, row 4: x must be a finite number, got nan."
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"csv: must begin with a line of column names, got none\.$"),
        ("subject,time,label\na,0,P\n", r"must have a column for a channel, got subject, time, label\.$"),
        ("subject,x,label\na,0,P\n", r"must have one column 'time' for one purpose, got subject, x, label\.$"),
        ("subject,time,x,label\n", r"must hold rows below its header, got none\.$"),
        ("subject,time,x,label\na,0,1,P\na,1,2,P,9,9\n", r"csv, line 3: must have 4 cells, got 6\.$"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path, text, message):
    source = table(tmp_path, text)
    with pytest.raises(ValueError, match=message):
        list(source.read())


# .npz


def archive(tmp_path, **changes):
    arrays = {
        "values": np.arange(12, dtype=np.float32).reshape(2, 3, 2),
        "lengths": np.array([3, 2]),
        "subjects": np.array(["a", "b"]),
        "labels": np.array([1, 0]),
    } | changes
    np.savez(tmp_path / "r.npz", **{name: array for name, array in arrays.items() if array is not None})
    return NpzFile(file=str(tmp_path / "r.npz"))


def test_arrays_with_a_recording_axis_are_read_up_to_each_length(tmp_path):
    first, second = sound(archive(tmp_path, channels=np.array(["x", "y"]), times=np.tile(np.arange(3.0), (2, 1))))
    assert (first.subject, first.label, first.channels) == ("a", "1", ("x", "y"))
    assert second.values.tolist() == [[6, 7], [8, 9]]
    assert second.times.tolist() == [0, 1]


def test_an_archive_may_tell_the_folds(tmp_path):
    assert [found.fold for found in sound(archive(tmp_path, folds=np.array([2, 10])))] == ["2", "10"]
    with pytest.raises(ValueError, match=r"folds must be of shape \(2,\), got \(1,\)\.$"):
        list(archive(tmp_path, folds=np.array([2])).read())


def test_recordings_one_after_another_are_parted_by_their_lengths(tmp_path):
    flat = np.arange(10, dtype=np.float64).reshape(5, 2)
    first, second = sound(archive(tmp_path, values=flat))
    assert first.channels == ("channel_0", "channel_1")
    assert np.array_equal(np.concatenate([first.values, second.values]), flat)
    assert np.shares_memory(first.values, second.values.base)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": None}, r"must hold the array labels, got values, lengths, subjects\.$"),
        ({"labels": np.array([1])}, r"labels must be of shape \(2,\), got \(1,\)\.$"),
        ({"subjects": np.array(["a", None])}, r"must be an \.npz file of plain arrays, got: Object arrays cannot"),
        ({"lengths": np.array([3, 4])}, r"recording 1: lengths must be from 1 to 3, got 4\.$"),
        ({"lengths": np.array([3.0, 2.0])}, r"lengths must be whole numbers \(recording,\), got float64"),
        ({"values": np.zeros((5, 2)), "lengths": None}, r"must hold the array lengths where values have two axes"),
        ({"values": np.zeros((6, 2))}, r"lengths must sum to the 6 steps of values, got 5\.$"),
        ({"values": np.zeros(6)}, r"values must be numbers \(recording, time, channel\) or .*, got float64 of shape"),
        ({"channels": np.array(["x"])}, r"channels must be of shape \(2,\), got \(1,\)\.$"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        list(archive(tmp_path, **changes).read())


def test_what_is_no_archive_is_refused(tmp_path):
    (tmp_path / "r.npz").write_text("nothing")
    with pytest.raises(ValueError, match=r"must be an \.npz file of plain arrays"):
        list(NpzFile(file=str(tmp_path / "r.npz")).read())


def test_a_nan_of_an_archive_is_named_with_its_recording_and_step(tmp_path):
    values = np.ones((2, 3, 2), dtype=np.float32)
    values[1, 1, 0] = values[1, 2, 1] = np.nan  # the second lies beyond the length
    assert problems(archive(tmp_path, values=values)) == [
        f"{tmp_path}/r.npz, recording 1, step 1: channel_0 must be a finite number, got nan."
    ]
