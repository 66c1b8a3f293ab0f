"""The `task` of a sweep file where it is a mapping: data of the user's own, described rather than programmed."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Scalar = bool | int | float | str


def _listed(value: Any) -> Any:
    """Let one name stand for a list of one, and numbers for names."""
    values = value if isinstance(value, list) else [value]
    return [str(each) if isinstance(each, int | float) and not isinstance(each, bool) else each for each in values]


Names = Annotated[list[str], BeforeValidator(_listed, json_schema_input_type=str | list[str])]
WrongRows = Literal["refuse", "drop"]


class TaskKeys(BaseModel):
    """What the sources have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    metric: str | None = None
    """What predictions are judged by, where the sweep file's `metric` says nothing."""
    test_share: float | None = None
    """Share of the samples held out for `odyssey confirm`; not read where the file says which they are."""
    split_seed: int | None = None
    """Of the test split: the data's own, whatever the sweep's seed is."""


class PeptideKeys(TaskKeys):
    """Peptides and what they bind to, from a file, or generated."""

    source: Literal["peptides"]
    file: str | None = None
    """CSV or TSV, plain or compressed, in the layout of BD2009, of MHCflurry, or with `columns`."""
    pattern: Literal["positional_leucines", "positional_leucines_soft", "three_leucines", "anchor_motif"] | None = None
    """What is planted in generated peptides; not read where there is a `file`."""
    columns: dict[str, str] | None = None
    """Which column is the peptide, affinity, label, allele, inequality, unit, measurement_type, fold."""
    alleles: Names | None = None
    """In any spelling; left out, all of the file are pooled."""
    measurement_types: Names | None = None
    """Where the file tells them; left out, quantitative ones only."""
    shortest: int | None = None
    """Fewest residues."""
    longest: int | None = None
    """Most residues."""
    target: Literal["affinity", "binder", "label"] | None = None
    """`affinity` is 1 - ln(IC50) / ln(50000), `binder` is IC50 < 500 nM, `label` a column of 0 and 1."""
    bounds: Literal["as_measured", "decided", "drop"] | None = None
    """What becomes of measurements such as > 20000."""
    encoding: Literal["index", "start_stop", "ends", "one_hot", "blosum62", "kmer", "kmer_one_hot"] | None = None
    """How residues become numbers."""
    end_residues: int | None = None
    """Residues of each end, for the encoding `ends`."""
    steps: int | None = None
    """Residues that the arrays have room for; left out, of the longest peptide."""
    padding: Literal["mask", "symbol"] | None = None
    """`symbol`: the network reads the padding as one more token."""
    groups: Literal["clusters", "identity"] | None = None
    """What never straddles a split: peptides that share 8 neighbouring residues, or equal ones."""
    wrong_rows: WrongRows | None = None
    """`drop` leaves wrong rows out and counts them."""


class SequenceTableKeys(TaskKeys):
    """A table with a column of token strings."""

    source: Literal["sequences"]
    file: str
    """CSV, TSV or blank-separated text, plain or compressed."""
    sequence: str | None = None
    """Column of the sequences."""
    target: str | None = None
    """Column of the class or number to be predicted."""
    kind: Literal["classification", "regression"] | None = None
    """What the target is."""
    classes: Names | None = None
    """In the order of their indices; left out, those that occur, sorted."""
    separator: str | None = None
    """Between tokens; left out, each character is one."""
    alphabet: Names | None = None
    """The tokens that may occur; left out, those that do."""
    group: str | None = None
    """Column of what never straddles a split, besides equal sequences."""
    fold: str | None = None
    """Column of the fold, for `folds: given`; `test` is the held-out split."""
    weight: str | None = None
    """Column of the weight of each row."""
    positive_above: float | None = None
    """Of a regression: targets above it are the positives of roc_auc and its like."""
    shortest: int | None = None
    """Fewest tokens."""
    longest: int | None = None
    """Most tokens; longer rows are left out."""
    wrong_rows: WrongRows | None = None
    """`drop` leaves wrong rows out and counts them."""


class SeriesKeys(TaskKeys):
    """Recordings over time: handwriting, sensors."""

    kind: Literal["classification", "regression"] | None = None
    """What the label is."""
    classes: Names | None = None
    """In the order of their indices; left out, those that occur, sorted."""
    channels: Names | None = None
    """Those that a network reads; left out, all."""
    fixes: Literal["pahaw"] | list[str | dict[str, Any]] | None = None
    """Repairs of recordings, such as drop_leading_in_air, {drop_last: {steps: 12, subjects: [43]}}, or `pahaw`."""
    steps: list[str | dict[str, Any]] | None = None
    """Preprocessing in its order, such as [standardise, {decimate: {factor: 10}}, differences]; left out, raw."""
    time: int | None = None
    """Steps to pad to; left out, of the longest."""
    judge: Literal["recordings", "windows"] | None = None
    """Whether windows of a recording are judged together, by their mean prediction, or each by itself."""
    leave_out_unsound: bool | None = None
    """Leave out what is wrong and count it, rather than refuse to start."""


class SvcKeys(SeriesKeys):
    """A folder of .svc files (the format of PaHaW)."""

    source: Literal["svc"]
    folder: str
    """That holds the files."""
    corpus: str
    """The table of subjects and their labels: CSV, TSV, Excel or parquet."""
    files: str | None = None
    """A glob within the folder, such as **/*__1_1.svc for one writing task of several."""
    subject_rule: str | None = None
    """A regular expression for a file's name, with a group `subject`."""
    subject: str | None = None
    """Column of the corpus table."""
    label: str | None = None
    """Column of the corpus table; age, say, for a regression."""
    fold: str | None = None
    """Column of the corpus table with the subject's fold, for `folds: given`."""
    ticks_per_second: float | None = None
    """Of the timestamps."""


class RecordingTableKeys(SeriesKeys):
    """A long table: a row for each subject and time."""

    source: Literal["recordings"]
    file: str
    """CSV or parquet."""
    subject: str | None = None
    """Column, of the corpus too."""
    time_column: str | None = None
    """Column of the time within a recording."""
    label: str | None = None
    """Column of the corpus where there is one, else of the file."""
    recording: str | None = None
    """Column, where a subject has several recordings."""
    fold: str | None = None
    """Column of the fold, for `folds: given`: of the corpus where there is one, else of the file."""
    corpus: str | None = None
    """A table of subjects and their labels, where the file has none."""
    sampling_rate_hz: float | None = None
    """Steps a second."""


class NpzKeys(SeriesKeys):
    """An .npz file of the arrays values, subjects, labels, and perhaps lengths, channels, times, folds."""

    source: Literal["npz"]
    file: str
    """The file; nothing in it is unpickled."""
    sampling_rate_hz: float | None = None
    """Steps a second."""


AnyTaskKeys = Annotated[
    PeptideKeys | SequenceTableKeys | SvcKeys | RecordingTableKeys | NpzKeys, Field(discriminator="source")
]
TASK_SOURCES: dict[str, type[TaskKeys]] = {
    "peptides": PeptideKeys,
    "sequences": SequenceTableKeys,
    "svc": SvcKeys,
    "recordings": RecordingTableKeys,
    "npz": NpzKeys,
}
