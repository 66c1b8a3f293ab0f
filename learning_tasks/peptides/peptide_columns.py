"""Which column of a file says what of a peptide."""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches


@dataclass(frozen=True, kw_only=True, slots=True)
class PeptideColumns:
    """Names of columns, of which a file must have all that are given."""

    peptide: str
    affinity: str | None = None  # IC50 in nM; either this or the label
    label: str | None = None  # 0 or 1
    allele: str | None = None
    inequality: str | None = None  # =, < or >: the measurement is only a bound
    unit: str | None = None  # nM in every row
    measurement_type: str | None = None  # such as quantitative

    def __post_init__(self) -> None:
        if (self.affinity is None) == (self.label is None):
            given = "none" if self.affinity is None else "both"
            raise ValueError(f"Columns must name either the affinity or the label, got {given}.")

    @property
    def named(self) -> dict[str, str]:
        """What is named, by what it says."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {role: name for role, name in named.items() if name is not None}


BD2009 = PeptideColumns(peptide="sequence", affinity="meas", allele="mhc", inequality="inequality")
MHCFLURRY = PeptideColumns(
    peptide="peptide",
    affinity="measurement_value",
    allele="allele",
    inequality="measurement_inequality",
    measurement_type="measurement_type",
)
LAYOUTS: dict[str, PeptideColumns] = {"BD2009": BD2009, "MHCflurry": MHCFLURRY}
_NEEDED = ("peptide", "affinity", "allele")
UNIT_NAMES = ("unit", "units", "measurement_unit", "measurement_units")


def check_columns(columns: PeptideColumns, header: Collection[str], place: str) -> None:
    """Refuse names that a header lacks.

    Raises:
        ValueError: Naming each missing column, its like in the header, and what the header has.
    """
    missing = [f"{name} ({role}){_meant(name, header)}" for role, name in columns.named.items() if name not in header]
    if missing:
        raise ValueError(f"{place}: must have the column {' and '.join(missing)}, got {', '.join(header)}.")


def find_columns(header: Collection[str], place: str) -> PeptideColumns:
    """Tell by a header which known layout a file has; what the layout may lack is left out.

    Raises:
        ValueError: If it is none of them.
    """
    for layout in LAYOUTS.values():
        if all(layout.named[role] in header for role in _NEEDED):
            return replace(
                layout,
                inequality=layout.inequality if layout.inequality in header else None,
                measurement_type=layout.measurement_type if layout.measurement_type in header else None,
                unit=next((name for name in UNIT_NAMES if name in header), None),
            )
    known = "; ".join(
        f"{', '.join(layout.named[role] for role in _NEEDED)} ({name})" for name, layout in LAYOUTS.items()
    )
    raise ValueError(f"{place}: must have the columns {known}, or columns must be named, got {', '.join(header)}.")


def _meant(name: str, header: Collection[str]) -> str:
    close = get_close_matches(name, header, n=1)
    return f", perhaps {close[0]}" if close else ""
