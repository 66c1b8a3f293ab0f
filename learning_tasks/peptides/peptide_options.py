"""What is made of a file of peptides, or of generated ones."""

from dataclasses import dataclass
from typing import Literal, get_args

from learning_tasks.peptides import kmer_windows
from learning_tasks.peptides.patterns import PATTERNS, PatternName
from learning_tasks.peptides.peptide_columns import PeptideColumns
from learning_tasks.shape import Kind
from learning_tasks.wrong_rows import WrongRows

Target = Literal["affinity", "binder", "label"]
Encoding = Literal["index", "start_stop", "ends", "one_hot", "blosum62", "kmer", "kmer_one_hot"]
Padding = Literal["mask", "symbol"]
Grouping = Literal["clusters", "identity"]
Bounds = Literal["as_measured", "decided", "drop"]
WINDOWED: tuple[Encoding, ...] = ("kmer", "kmer_one_hot")


@dataclass(frozen=True, kw_only=True, slots=True)
class PeptideOptions:
    """Where peptides come from, which of them are taken, and how they are encoded and split."""

    file: str | None = None
    pattern: PatternName | None = None  # of generated peptides; not read where there is a file
    columns: PeptideColumns | None = None  # those left out are told by the header
    alleles: tuple[str, ...] = ()  # in any spelling; none: all, pooled
    measurement_types: tuple[str, ...] = ("quantitative",)  # where the file tells them; none: all
    shortest: int = 8
    longest: int | None = 15
    target: Target = "affinity"  # D1's 0 to 1 of the affinity; IC50 < 500 nM or not; a column of 0 and 1
    bounds: Bounds = "as_measured"  # of "> 20000" and the like; decided: not if it may lie on either side of 500 nM
    encoding: Encoding = "index"
    end_residues: int = 3  # of each end, for the encoding "ends"
    steps: int | None = None  # residues that the arrays have room for; left out: of the longest; not for ends and kmers
    padding: Padding = "mask"  # symbol: the network reads the padding as one more token
    groups: Grouping = (
        "clusters"  # that never straddle splits: of peptides that share 8 neighbouring residues, or equal
    )
    test_share: float = 0.2  # not read where rows of the file are of the fold `test`
    split_seed: int = 2009
    wrong_rows: WrongRows = "refuse"
    metric: str = "roc_auc"

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {getattr(self, name)!r}.")
        if self.pattern is None and not self.file:
            raise ValueError(f"file must be given, or a pattern for generated peptides: {', '.join(PATTERNS)}.")
        if self.pattern is not None and self.pattern not in PATTERNS:
            raise ValueError(f"pattern must be one of {', '.join(PATTERNS)}, got {self.pattern!r}.")
        for name in ("alleles", "measurement_types"):
            if isinstance(getattr(self, name), str):
                raise ValueError(f"{name} must be a tuple of names, got the text {getattr(self, name)!r}.")
        if not 0 < self.test_share < 1:
            raise ValueError(f"test_share must be above 0 and below 1, got {self.test_share}.")
        self._check_lengths()

    def _check_lengths(self) -> None:
        if not 1 <= self.shortest <= (self.shortest if self.longest is None else self.longest):
            raise ValueError(f"shortest must be from 1 to longest, got {self.shortest} and {self.longest}.")
        if self.padding == "symbol" and self.encoding not in ("index", "start_stop"):
            raise ValueError(f"padding=symbol needs the encoding index or start_stop, got {self.encoding}.")
        if self.encoding == "ends" and not 1 <= self.end_residues <= self.shortest:
            raise ValueError(f"end_residues must be from 1 to shortest, got {self.end_residues} and {self.shortest}.")
        if self.encoding in WINDOWED and self.shortest < kmer_windows.SHORTEST:
            needed = f"at least {kmer_windows.SHORTEST} for the encoding {self.encoding}"
            raise ValueError(f"shortest must be {needed}, got {self.shortest}.")

    @property
    def kind(self) -> Kind:
        """What kind of task it makes."""
        if self.file:
            return "regression" if self.target == "affinity" else "classification"
        return "classification" if self.threshold is None else "regression"

    @property
    def threshold(self) -> float | None:
        """Above which a generated peptide's target is a positive; None of classes."""
        return None if self.pattern is None else PATTERNS[self.pattern].positive_above


_CHOICES: dict[str, tuple[str, ...]] = {
    "target": get_args(Target),
    "encoding": get_args(Encoding),
    "padding": get_args(Padding),
    "groups": get_args(Grouping),
    "bounds": get_args(Bounds),
    "wrong_rows": get_args(WrongRows),
}
