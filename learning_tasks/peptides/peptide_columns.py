"""Which column of a file says what of a peptide."""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, kw_only=True, slots=True)
class PeptideColumns:
    """Names of columns, of which a file must have all that are given.

    With the peptide's column named, nothing but what is named is read; without it, the others replace or add to those
    of a layout that the header tells.
    """

    peptide: str = ""
    affinity: str | None = None  # IC50 in nM; either this or the label
    label: str | None = None  # 0 or 1
    allele: str | None = None
    inequality: str | None = None  # =, < or >: the measurement is only a bound
    unit: str | None = None  # nM in every row
    measurement_type: str | None = None  # such as quantitative
    fold: str | None = None  # any text; `test` is the held-out test split

    def __post_init__(self) -> None:
        given = [role for role in ("affinity", "label") if getattr(self, role) is not None]
        if len(given) == 2 or (self.peptide and not given):
            raise ValueError(
                f"columns must name either the affinity or the label, got {'both' if given else 'the peptide only'}."
            )

    @property
    def named(self) -> dict[str, str]:
        """What is named, by what it says."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {role: name for role, name in named.items() if name}


BD2009 = PeptideColumns(peptide="sequence", affinity="meas", allele="mhc", inequality="inequality", fold="cv")
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


def find_columns(header: Collection[str], place: str, named: PeptideColumns | None = None) -> PeptideColumns:
    """Tell by a header which known layout a file has; what the layout may lack is left out.

    Raises:
        ValueError: If it is none of them.
    """
    for layout in LAYOUTS.values():
        if all(layout.named[role] in header for role in _NEEDED):
            found = {role: name for role, name in layout.named.items() if name in header}
            unit = next((name for name in UNIT_NAMES if name in header), None)
            return _overridden(PeptideColumns(**found, unit=unit), named or PeptideColumns())
    known = "; ".join(
        f"{', '.join(layout.named[role] for role in _NEEDED)} ({name})" for name, layout in LAYOUTS.items()
    )
    raise ValueError(f"{place}: must have the columns {known}, or columns must be named, got {', '.join(header)}.")


def _overridden(columns: PeptideColumns, named: PeptideColumns) -> PeptideColumns:
    if named.label:  # in place of the layout's affinity
        return replace(columns, affinity=None, **named.named)
    return replace(columns, **named.named)
