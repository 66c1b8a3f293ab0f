"""A mapping `task` of a sweep file makes the task that its options say, or is refused at the key that is wrong."""

from dataclasses import fields
from pathlib import Path
from typing import get_args

import data_files
import pytest

from learning_tasks.peptides.patterns import PATTERNS
from learning_tasks.peptides.peptide_columns import PeptideColumns
from learning_tasks.peptides.peptide_options import Bounds, Encoding, Grouping, Padding, PeptideOptions, Target
from learning_tasks.sequence_table.sequence_table_options import SequenceTableOptions
from learning_tasks.shape import KINDS
from learning_tasks.time_series.long_table import LongTable
from learning_tasks.time_series.npz_file import NpzFile
from learning_tasks.time_series.recording_fixes import PAHAW_FIXES, DropLast, DropLeadingInAir
from learning_tasks.time_series.sources import SOURCES
from learning_tasks.time_series.steps import Decimate, Differences, Standardise, Window
from learning_tasks.time_series.svc_files import SvcFolder
from learning_tasks.time_series.time_series_task import Judged, TimeSeriesOptions
from learning_tasks.wrong_rows import WrongRows
from sweeps.loading import load_sweep, resolve_document
from sweeps.problems import Findings, UsageError
from sweeps.sweep_keys import read_keys
from sweeps.task_keys import TASK_SOURCES
from sweeps.task_sources import describe_task


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def described(**task):
    """Give the options of the task that a mapping describes."""
    file, problems = read_keys({"name": "own", "task": task})
    assert problems == []
    findings = Findings()
    found = describe_task(file.task, ["."], findings)
    assert findings.problems == []
    return found.task.load.args[0]


# --- keys and options


def names(options) -> set[str]:
    return {field.name for field in fields(options)}


@pytest.mark.parametrize(
    ("source", "options"),
    [
        ("peptides", names(PeptideOptions)),
        ("sequences", names(SequenceTableOptions)),
        *((name, names(TimeSeriesOptions) - {"source", "name", "description", "note"} | names(SOURCES[name]))
          for name in SOURCES),
    ],
)  # fmt: skip
def test_the_keys_of_a_source_are_its_options_and_no_others(source, options):
    assert set(TASK_SOURCES[source].model_fields) - {"source"} == options


def test_every_kind_of_recordings_is_a_source():
    assert set(TASK_SOURCES) == {"peptides", "sequences", *SOURCES}


@pytest.mark.parametrize(
    ("source", "key", "options"),
    [
        ("peptides", "pattern", PATTERNS),
        ("peptides", "target", get_args(Target)),
        ("peptides", "bounds", get_args(Bounds)),
        ("peptides", "encoding", get_args(Encoding)),
        ("peptides", "padding", get_args(Padding)),
        ("peptides", "groups", get_args(Grouping)),
        ("peptides", "wrong_rows", get_args(WrongRows)),
        ("sequences", "wrong_rows", get_args(WrongRows)),
        ("sequences", "kind", KINDS),
        ("npz", "kind", KINDS),
        ("npz", "judge", get_args(Judged)),
    ],
)
def test_a_key_of_names_has_those_that_its_option_has(source, key, options):
    literal, _ = get_args(TASK_SOURCES[source].model_fields[key].annotation)
    assert set(get_args(literal)) == set(options)


# --- each source


PEPTIDE_OPTIONS = {
    "alleles": ["HLA-A*02:01"],
    "measurement_types": ["quantitative", "qualitative"],
    "shortest": 9,
    "longest": 12,
    "target": "binder",
    "bounds": "decided",
    "encoding": "start_stop",
    "end_residues": 2,
    "steps": 14,
    "padding": "symbol",
    "groups": "identity",
    "test_share": 0.3,
    "split_seed": 5,
    "wrong_rows": "drop",
    "metric": "pr_auc",
}
SEQUENCE_OPTIONS = {
    "sequence": "words",
    "target": "tone",
    "kind": "classification",
    "classes": ["a", "b"],
    "separator": " ",
    "alphabet": ["ja", "nein"],
    "group": "speaker",
    "fold": "part",
    "weight": "share",
    "shortest": 2,
    "longest": 9,
    "metric": "accuracy",
    "test_share": 0.3,
    "split_seed": 5,
    "wrong_rows": "drop",
}
SERIES_OPTIONS = {
    "metric": "accuracy",
    "test_share": 0.3,
    "split_seed": 5,
    "kind": "classification",
    "classes": ["H", "P"],
    "time": 40,
    "judge": "windows",
    "leave_out_unsound": True,
}


def plain(options: dict) -> dict:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}


def test_every_option_of_peptides_arrives(here):
    Path("bd.tsv").touch()
    columns = {"peptide": "p", "affinity": "a", "fold": "f"}
    options = described(source="peptides", file="bd.tsv", columns=columns, **PEPTIDE_OPTIONS)
    wanted = plain(PEPTIDE_OPTIONS) | {"file": str(here / "bd.tsv"), "columns": PeptideColumns(**columns)}
    assert options == PeptideOptions(**wanted)
    assert names(PeptideOptions) - set(wanted) == {"pattern"}


def test_every_option_of_a_table_of_sequences_arrives(here):
    Path("q.csv").touch()
    options = described(source="sequences", file="q.csv", **SEQUENCE_OPTIONS)
    wanted = plain(SEQUENCE_OPTIONS) | {"file": str(here / "q.csv")}
    assert options == SequenceTableOptions(**wanted)
    assert names(SequenceTableOptions) - set(wanted) == {"positive_above"}
    regression = described(source="sequences", file="q.csv", kind="regression", positive_above=0.5)
    assert (regression.kind, regression.positive_above) == ("regression", 0.5)


OWN_OF_SOURCE = {
    "svc": (
        SvcFolder,
        {"folder": "data", "corpus": "c.csv"},
        {
            "subject": "who",
            "label": "age",
            "fold": "f",
            "files": "*.svc",
            "subject_rule": "(?P<subject>.*)",
            "ticks_per_second": 100.0,
        },
    ),
    "recordings": (
        LongTable,
        {"file": "r.csv", "corpus": "c.csv"},
        {
            "subject": "who",
            "time_column": "t",
            "label": "age",
            "recording": "sitting",
            "fold": "f",
            "sampling_rate_hz": 50.0,
        },
    ),
    "npz": (NpzFile, {"file": "n.npz"}, {"sampling_rate_hz": 50.0}),
}


@pytest.mark.parametrize("name", OWN_OF_SOURCE)
def test_every_option_of_recordings_arrives(here, name):
    made, paths, own = OWN_OF_SOURCE[name]
    for path in paths.values():
        Path(path).touch()
    options = described(
        source=name, **paths, **own, **SERIES_OPTIONS, channels=["x", "y"], steps=["standardise"], fixes="pahaw"
    )
    of_table = {"channels": ("x", "y")} if name == "recordings" else {}  # a table reads no others
    found = {key: str(here / path) for key, path in paths.items()}
    source = made(**found, **own, **of_table)
    steps = (Standardise(),)
    series = plain(SERIES_OPTIONS)
    assert options == TimeSeriesOptions(source=source, channels=("x", "y"), steps=steps, fixes=PAHAW_FIXES, **series)


def test_steps_and_fixes_are_named_with_their_options():
    Path("n.npz").touch()
    options = described(
        source="npz",
        file="n.npz",
        steps=[{"standardise": {"leave": ["x"]}}, {"decimate": {"factor": 10}}, "differences",
               {"window": {"length": 4, "stride": 2}}],
        fixes=["drop_leading_in_air", {"drop_last": {"steps": 12, "subjects": [43], "files": "*_8.svc"}}],
    )  # fmt: skip
    assert options.steps == (
        Standardise(leave=("x",)),
        Decimate(factor=10),
        Differences(),
        Window(length=4, stride=2),
    )
    assert options.fixes == (DropLeadingInAir(), DropLast(steps=12, subjects=("43",), files="*_8.svc"))


def test_one_name_stands_for_a_list_of_one_and_numbers_for_names():
    Path("q.csv").touch()
    options = described(source="sequences", file="q.csv", classes=[0, 1], alphabet="ACGT")
    assert (options.classes, options.alphabet) == (("0", "1"), ("ACGT",))


def write_peptides():
    data_files.write_rows("bd.tsv", data_files.BD2009, data_files.peptide_rows())
    return "source: peptides\nfile: bd.tsv"


def write_sequences():
    data_files.write_rows("q.csv", data_files.SEQUENCES, data_files.sequence_rows())
    return "source: sequences\nfile: q.csv"


def write_recordings():
    data_files.write_rows("r.csv", data_files.SERIES, data_files.series_rows())
    return "source: recordings\nfile: r.csv"


def write_svc():
    data_files.write_svc_folder("svc")
    data_files.write_rows("c.csv", data_files.CORPUS, data_files.corpus_rows())
    return "source: svc\nfolder: svc\ncorpus: c.csv"


def write_npz():
    data_files.write_npz("n.npz")
    return "source: npz\nfile: n.npz"


@pytest.mark.parametrize(
    ("write", "name", "read", "noun"),
    [
        (write_peptides, "peptides-bd", 60, "peptide cluster"),
        (write_sequences, "sequences-q", 60, "sequence"),
        (write_recordings, "recordings-r", 24, "subject"),
        (write_svc, "svc-svc", 24, "subject"),
        (write_npz, "npz-n", 24, "subject"),
    ],
)
def test_a_described_task_is_loaded_and_divided(here, write, name, read, noun):
    sweep, data = load_sweep(data_files.write_sweep(write()))
    assert (sweep.task.name, sweep.task_folder, sweep.dropped) == (name, str(here), 0)
    assert (data.data.read, data.data.group_noun) == (read, noun)
    assert len(data.data.development) + len(data.data.test) == read
    assert len(data.folds) == 3


def test_generated_peptides_need_no_file():
    sweep, data = load_sweep(
        data_files.write_sweep("source: peptides\npattern: positional_leucines\nencoding: one_hot")
    )
    assert (sweep.task.name, sweep.task_folder, data.data.read) == ("peptides-positional-leucines", None, None)


def test_with_a_file_the_pattern_is_not_read():
    task = write_peptides()
    _, without = load_sweep(data_files.write_sweep(task))
    sweep, data = load_sweep(data_files.write_sweep(f"{task}\npattern: anchor_motif"))
    assert sweep.task.name == "peptides-bd"
    assert data.audit.fingerprint == without.audit.fingerprint
    assert data.data.development.values.tobytes() == without.data.development.values.tobytes()


# --- where files are found


def first_peptide(data) -> str:
    ids = data.data.development.values[0][: data.data.development.lengths[0]]
    return "".join(data.data.token_names[each - 1] for each in ids)


def write_beside(folder: str, rows: list[str]) -> str:
    Path(folder).mkdir(exist_ok=True)
    data_files.write_rows(f"{folder}/q.csv", data_files.SEQUENCES, rows)
    return data_files.write_sweep("source: sequences\nfile: q.csv", path=f"{folder}/sweep.yaml")


def test_a_relative_file_is_found_beside_the_sweep_file(here):
    sweep, _ = load_sweep(write_beside("elsewhere", data_files.sequence_rows()))
    assert sweep.task_folder == str(here / "elsewhere")
    assert sweep.task.load.args[0].file == str(here / "elsewhere" / "q.csv")


def test_a_relative_file_in_the_working_folder_goes_first(here):
    path = write_beside("elsewhere", data_files.sequence_rows()[:40])
    write_sequences()
    sweep, data = load_sweep(path)
    assert (sweep.task_folder, data.data.read) == (str(here), 60)


def test_a_relative_path_with_folders_is_relative_to_one_folder(here):
    data_files.write_svc_folder("study/data/svc")
    data_files.write_rows("study/data/c.csv", data_files.CORPUS, data_files.corpus_rows())
    task = "source: svc\nfolder: data/svc\ncorpus: ../study/data/c.csv"
    sweep, _ = load_sweep(data_files.write_sweep(task, path="study/sweep.yaml"))
    assert sweep.task_folder == str(here / "study")


def test_an_absolute_file_needs_no_folder(here):
    write_sequences()
    sweep, _ = load_sweep(data_files.write_sweep(f"source: sequences\nfile: {here}/q.csv"))
    assert sweep.task_folder is None


def test_the_home_folder_may_be_written_short(here, monkeypatch):
    monkeypatch.setenv("HOME", str(here))
    write_sequences()
    assert load_sweep(data_files.write_sweep("source: sequences\nfile: ~/q.csv"))[1].data.read == 60


def test_files_of_one_task_lie_in_one_folder(here):
    data_files.write_svc_folder("svc")
    Path("study").mkdir()
    data_files.write_rows("study/c.csv", data_files.CORPUS, data_files.corpus_rows())
    sweep = data_files.write_sweep("source: svc\nfolder: svc\ncorpus: c.csv", path="study/sweep.yaml")
    with pytest.raises(UsageError, match="corpus") as refusal:
        load_sweep(sweep)
    assert str(refusal.value) == (
        f"study/sweep.yaml:5: task.corpus: must be found in {here}, where folder is, got one in {here}/study."
    )


def test_a_resumed_run_finds_its_file_in_the_folder_of_its_record(here, monkeypatch):
    sweep, data = load_sweep(write_beside("begun", data_files.sequence_rows()))
    Path("other").mkdir()
    monkeypatch.chdir("other")
    document = dict(sweep.source)
    with pytest.raises(UsageError, match="must exist"):
        resolve_document("own/sweep.yaml", document)
    again, same = resolve_document("own/sweep.yaml", document, folders=(sweep.task_folder, "."))
    assert again.task_folder == sweep.task_folder
    assert same.audit.fingerprint == data.audit.fingerprint


# --- what is refused

UNKNOWN = {
    "source": (
        "source: peptide",
        "2: task: must have a source that is known: source must be one of npz, peptides, recordings, sequences, svc, "
        "got 'peptide'. Did you mean 'peptides'?",
    ),
    "no source": (
        "file: q.csv",
        "2: task: must name its source, one of peptides, sequences, svc, recordings, npz, got a mapping of file.",
    ),
    "key": (
        "source: npz\nfile: n.npz\nchanels: [x]",
        "5: task.chanels: is no key of task, which has metric, test_share, split_seed, kind, classes, channels, fixes, "
        "steps, time, judge, leave_out_unsound, source, file, sampling_rate_hz. Did you mean 'channels'?",
    ),
    "file": (
        "source: npz\nfile: nn.npz",
        "4: task.file: must exist, got 'nn.npz', which is not in {here}. Did you mean 'n.npz'?",
    ),
    "no file": ("source: npz", "2: task.file: must be given."),
    "no file of peptides": (
        "source: peptides",
        "2: task.file: must be given, or a pattern for generated peptides: positional_leucines, "
        "positional_leucines_soft, three_leucines, anchor_motif.",
    ),
    "option": (
        "source: peptides\npattern: three_leucines\nencoding: blosum",
        "5: task.encoding: must be one of blosum62, ends, index, kmer, kmer_one_hot, one_hot, start_stop, "
        "got 'blosum'. Did you mean 'blosum62'?",
    ),
    "metric": (
        "source: npz\nfile: n.npz\nmetric: acuracy",
        "5: task.metric: must be a metric, one of accuracy, balanced_accuracy, brier_score, log_loss, "
        "mean_absolute_error, mean_f1, mean_squared_error, npv, pearson, ppv, pr_auc, roc_auc, sensitivity, spearman, "
        "specificity, variance_explained, got 'acuracy'. Did you mean 'accuracy'?",
    ),
    "metric of another kind": (
        "source: npz\nfile: n.npz\nmetric: pearson",
        "5: task.metric: must be one of a classification task, one of accuracy, balanced_accuracy, brier_score, "
        "log_loss, mean_f1, npv, ppv, pr_auc, roc_auc, sensitivity, specificity, variance_explained, got 'pearson'.",
    ),
    "column": (
        "source: peptides\nfile: n.npz\ncolumns: {peptides: sequence}",
        "5: task.columns: must be a mapping whose keys are each one of affinity, allele, fold, inequality, label, "
        "measurement_type, peptide, unit, got 'peptides'. Did you mean 'peptide'?",
    ),
    "columns that do not do": (
        "source: peptides\nfile: n.npz\ncolumns: {peptide: sequence}",
        "5: task.columns: must name either the affinity or the label, got the peptide only.",
    ),
    "step": (
        "source: npz\nfile: n.npz\nsteps: [standardize]",
        "5: task.steps: must be names, or mappings of a name to its options, each one of decimate, differences, "
        "normalise, standardise, trim, window, got 'standardize'. Did you mean 'standardise'?",
    ),
    "two steps in one": (
        "source: npz\nfile: n.npz\nsteps: [{decimate: {factor: 2}, trim: {length: 3}}]",
        "5: task.steps: must hold names, or mappings of one name to its options, got a mapping of decimate, trim.",
    ),
    "option of a step": (
        "source: npz\nfile: n.npz\nsteps: [{decimate: {factr: 2}}]",
        "5: task.steps: must give options that decimate has: must be one of factor, levels, got 'factr'. "
        "Did you mean 'factor'?",
    ),
    "options of a step that are none": (
        "source: npz\nfile: n.npz\nsteps: [{decimate: 2}]",
        "5: task.steps: must give the options of decimate as a mapping of factor, levels, got 2.",
    ),
    "want of an option": (
        "source: npz\nfile: n.npz\nsteps: [decimate]",
        "5: task.steps: must give decimate its options factor, got none.",
    ),
    "value of an option": (
        "source: npz\nfile: n.npz\nsteps: [{decimate: {factor: 50}}]",
        "5: task.steps: decimate: factor must be a whole number from 2 to 13 (decimate twice for more), got 50.",
    ),
    "fix": (
        "source: npz\nfile: n.npz\nfixes: [drop_first]",
        "5: task.fixes: must be names, or mappings of a name to its options, each one of drop_last, "
        "drop_leading_in_air, got 'drop_first'. Did you mean 'drop_last'?",
    ),
    "one subject for a list": (
        "source: npz\nfile: n.npz\nfixes: [{drop_last: {steps: 12, subjects: 43}}]",
        "5: task.fixes: drop_last: subjects must be a list of names, got 43.",
    ),
    "all fixes": (
        "source: npz\nfile: n.npz\nfixes: paha",
        "5: task.fixes: must be one of pahaw, got 'paha'. Did you mean 'pahaw'?",
    ),
    "rule": (
        "source: svc\nfolder: .\ncorpus: n.npz\nsubject_rule: '(x'",
        "6: task.subject_rule: must be a regular expression, got '(x': missing ), unterminated subpattern at "
        "position 0.",
    ),
    "options that contradict each other": (
        "source: sequences\nfile: n.npz\nkind: regression\nclasses: [a, b]",
        "6: task.classes: must be left out of a regression, got a, b.",
    ),
    "share": (
        "source: sequences\nfile: n.npz\ntest_share: 2",
        "5: task.test_share: must be from 0.1 to 0.9, got 2.0.",
    ),
    "number": (
        "source: peptides\npattern: three_leucines\nsteps: ten",
        "5: task.steps: must be a whole number, got 'ten'.",
    ),
}


@pytest.mark.parametrize(("task", "message"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_known_is_refused_at_its_key_with_the_nearest_name(here, task, message):
    data_files.write_npz("n.npz")
    with pytest.raises(UsageError, match="task") as refusal:
        load_sweep(data_files.write_sweep(task))
    assert str(refusal.value) == f"sweep.yaml:{message.format(here=here)}"


def test_a_file_of_the_command_line_is_refused_by_the_option_that_names_it(here):
    write_sequences()
    sweep = data_files.write_sweep("source: sequences\nfile: q.csv")
    with pytest.raises(UsageError, match="must exist") as refusal:
        load_sweep(sweep, ["task.file=p.csv"])
    assert str(refusal.value) == (
        f"--set task.file=p.csv: task.file: must exist, got 'p.csv', which is not in {here}. Did you mean 'q.csv'?"
    )
