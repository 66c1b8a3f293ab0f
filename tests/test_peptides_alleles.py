"""Names of alleles: one form for each, whatever the spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_tasks.peptides.alleles import allele_form, is_allele, nearest_allele, normalise_allele

A0201 = (
    "HLA-A-0201",
    "HLA-A*02:01",
    "HLA-A0201",
    "A*02:01",
    "A0201",
    "HLA-A02:01",
    "hla-a*0201",
    "HLA_A*02:01",
    "A*2:01",
)
A0201 += (" HLA-A*02:01 ", "HLA-A*02:01:01:01", "HLA-A*020101", "A-0201", "HLA-A201")


@pytest.mark.parametrize("name", A0201)
def test_the_spellings_of_a_human_allele_are_one(name):
    assert normalise_allele(name) == "HLA-A*02:01"


@pytest.mark.parametrize("name", ["H-2-Kb", "H2-Kb", "H-2-KB", "H2Kb", "H2-K*b", "H-2Kb", "h2-kb"])
def test_the_spellings_of_a_mouse_allele_are_one(name):
    assert normalise_allele(name) == "H-2-Kb"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("HLA-B*27:05", "HLA-B*27:05"),
        ("B2705", "HLA-B*27:05"),
        ("HLA-Cw0702", "HLA-C*07:02"),
        ("HLA-A*02:101", "HLA-A*02:101"),
        ("A02101", "HLA-A*02:101"),
        ("HLA-A*24:09N", "HLA-A*24:09"),
        ("HLA-DRB1-0101", "HLA-DRB1*01:01"),
        ("H-2-IAb", "H-2-IAb"),
        ("H-2-Kbm8", "H-2-Kbm8"),
        ("Mamu-A*01", "Mamu-A*01"),
        ("Mamu-A-01", "Mamu-A*01"),
        ("Mamu-A1*001:01", "Mamu-A1*001:01"),
        ("Patr-A-0101", "Patr-A*01:01"),
        ("SLA-1*04:01", "SLA-1*04:01"),
        ("DLA-88*501:01", "DLA-88*501:01"),
    ],
)
def test_other_names_keep_their_parts(name, form):
    assert normalise_allele(name) == form


@pytest.mark.parametrize("name", ["HLA-A2", "A2", "HLA-A*02", "HLA-A-02"])
def test_a_group_is_not_taken_for_one_of_its_alleles(name):
    assert normalise_allele(name) == "HLA-A*02"


@pytest.mark.parametrize("name", ["", "HLA", "HLA-X*02:01", "HLA-A*02:01:", "peptide", "HLA-A*aa:bb", "unknown"])
def test_what_is_no_allele_is_refused(name):
    with pytest.raises(ValueError, match=r"An allele must have a name such as HLA-A\*02:01, .*got "):
        normalise_allele(name)
    assert not is_allele(name)
    assert allele_form(name) == name


@given(st.sampled_from("ABC"), st.integers(1, 99), st.integers(1, 999))
def test_a_normal_form_stays_and_all_its_spellings_lead_to_it(locus, group, protein):
    fields = f"{group:02d}", f"{protein:02d}"
    form = f"HLA-{locus}*{':'.join(fields)}"
    for name in (form, f"{locus}{''.join(fields)}", f"HLA-{locus}-{''.join(fields)}", f"{locus}*{':'.join(fields)}"):
        assert normalise_allele(name) == form


def test_the_nearest_allele_is_named():
    known = ("HLA-A*02:01", "HLA-B*07:02", "H-2-Kb")
    assert nearest_allele("HLA-A*02:02", known) == "HLA-A*02:01"
    assert nearest_allele("Q", known) is None
