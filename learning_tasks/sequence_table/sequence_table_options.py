"""What is made of a table of sequences."""

from dataclasses import dataclass
from typing import get_args

from learning_tasks.labels import DEFAULT_METRICS
from learning_tasks.sequence_table.tokens import Tokens, cut_tokens
from learning_tasks.shape import KINDS, Kind
from learning_tasks.wrong_rows import WrongRows

_ROLES = ("sequence", "target", "group", "fold", "weight")


@dataclass(frozen=True, kw_only=True, slots=True)
class SequenceTableOptions:
    """Which columns of a file are read, and as what."""

    file: str  # CSV, TSV, semicolons or blanks; plain or compressed
    sequence: str = "sequence"  # column
    target: str = "target"  # column
    kind: Kind = "classification"
    classes: tuple[str, ...] = ()  # in the order of their indices; none named: those that occur, sorted
    separator: str = ""  # between tokens; without one each character is a token
    alphabet: tuple[str, ...] = ()  # tokens in the order of their ids, or written as a sequence is; none: any
    group: str | None = None  # column: its rows lie in one split and one fold, as equal sequences do
    fold: str | None = None  # column: the folds of `folds: given`; the fold test is the test split
    weight: str | None = None  # column
    positive_above: float | None = None  # regression: targets above it are the positives of roc_auc and its like
    shortest: int = 1  # tokens
    longest: int | None = None  # tokens
    metric: str | None = None  # None: balanced_accuracy, or variance_explained of numbers
    test_share: float = 0.2  # where the column of folds names no test split
    split_seed: int = 0
    wrong_rows: WrongRows = "refuse"

    def __post_init__(self) -> None:
        for name, known in (("kind", KINDS), ("wrong_rows", get_args(WrongRows))):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {getattr(self, name)!r}.")
        if self.sequence == self.target:
            raise ValueError(f"sequence and target must be two columns, got {self.sequence!r} for both.")
        if not 1 <= self.shortest <= (self.shortest if self.longest is None else self.longest):
            raise ValueError(f"shortest must be from 1 to longest, got {self.shortest} and {self.longest}.")
        if not 0.1 <= self.test_share <= 0.9:
            raise ValueError(f"test_share must be from 0.1 to 0.9, got {self.test_share}.")
        if self.kind == "regression" and self.classes:
            raise ValueError(f"classes must be left out of a regression, got {', '.join(self.classes)}.")
        if self.kind == "classification" and self.positive_above is not None:
            raise ValueError(f"positive_above must be left out of a classification, got {self.positive_above:g}.")
        if len(set(self.tokens)) < len(self.tokens) or "" in self.tokens:
            raise ValueError(f"alphabet must hold each token once and none that is empty, got {self.alphabet}.")

    @property
    def columns(self) -> dict[str, str]:
        """Names of columns, by what they say."""
        return {role: getattr(self, role) for role in _ROLES if getattr(self, role) is not None}

    @property
    def tokens(self) -> Tokens:
        """The alphabet; empty where any token may occur."""
        return tuple(token for text in self.alphabet for token in cut_tokens(text, self.separator))

    @property
    def judged_by(self) -> str:
        """The metric, the kind's own where none is named."""
        return self.metric or DEFAULT_METRICS[self.kind]
