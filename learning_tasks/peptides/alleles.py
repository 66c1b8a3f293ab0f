"""Names of MHC alleles, of which each has many spellings."""

import re
from collections.abc import Collection
from difflib import get_close_matches

_HUMAN = re.compile(
    r"(?:HLA[-_ ]?)?(?P<locus>[ABEFG]|CW?|D[RPQ][AB]\d?)[-_* ]{0,2}"
    r"(?P<group>\d{1,2})(?::?(?P<protein>\d{2,3}))?(?:(?::\d{2,3}|\d{2}){0,2}[NLSCAQ]?)",
    re.IGNORECASE,
)
_MOUSE = re.compile(
    r"H-?2[-_ ]?(?P<locus>K|D|L|I-?A|I-?E|Q\d|T\d{1,2}|M\d)[-_* ]?(?P<haplotype>[A-Z](?:M\d+|\d)?)", re.IGNORECASE
)
_OTHER = re.compile(
    r"(?!HLA)(?P<species>[A-Z]{3,4})-(?P<locus>[A-Z]+\d?|\d{1,2})[-*]"
    r"(?:(?P<group>\d{1,3})(?::(?P<protein>\d{2,3})(?::\d{2,3}){0,2})?|(?P<joined>\d{4,5}))",
    re.IGNORECASE,
)
_CLOSE = 0.6


def normalise_allele(name: str) -> str:
    """Write an allele's name in one way: `HLA-A*02:01`, `H-2-Kb`, `Mamu-A*01`.

    `HLA-A-0201`, `HLA-A0201`, `A*02:01` and `A0201` are all HLA-A*02:01; fields after the second are left out. A group
    or serotype such as `HLA-A2` is HLA-A*02: it is not taken for one of its alleles.

    Raises:
        ValueError: If the name is of no known form.
    """
    text = name.strip()
    if mouse := _MOUSE.fullmatch(text):
        return f"H-2-{mouse['locus'].upper().replace('-', '')}{mouse['haplotype'].lower()}"
    if human := _HUMAN.fullmatch(text):
        locus = human["locus"].upper().replace("CW", "C")
        return f"HLA-{locus}*{_fields(human['group'].zfill(2), human['protein'])}"
    if other := _OTHER.fullmatch(text):
        species = other["species"]
        # Genus and species as in Mamu; a system's own name, such as SLA or BoLA, keeps its capitals.
        prefix = species if species.upper().endswith("LA") else species.capitalize()
        joined = other["joined"] or ""  # the last two digits are the protein
        fields = _fields(other["group"] or joined[:-2], other["protein"] or joined[-2:])
        return f"{prefix}-{other['locus'].upper()}*{fields}"
    raise ValueError(f"An allele must have a name such as HLA-A*02:01, H-2-Kb or Mamu-A*01, got {name!r}.")


def allele_form(name: str) -> str:
    """Write an allele's name in one way; a name of no known form stays as it is."""
    try:
        return normalise_allele(name)
    except ValueError:
        return name.strip()


def is_allele(name: str) -> bool:
    """Say whether a name is of a known form."""
    try:
        normalise_allele(name)
    except ValueError:
        return False
    return True


def nearest_allele(name: str, known: Collection[str]) -> str | None:
    """Find the known allele, in its normal form, whose name is most like this one."""
    found = get_close_matches(name, sorted(known), n=1, cutoff=_CLOSE)
    return found[0] if found else None


def _fields(group: str, protein: str | None) -> str:
    return f"{group}:{protein}" if protein else group
