"""Files of measured peptides: what is read, what is left out, and how wrong rows are told."""

import bz2
import gzip
import lzma
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_tasks.peptides.amino_acids import AMINO_ACIDS
from learning_tasks.peptides.peptide_columns import PeptideColumns
from learning_tasks.peptides.peptide_file import RowChoice, read_peptides
from learning_tasks.peptides.repeats import merge_repeats

BD2009 = """species\tmhc\tpeptide_length\tcv\tsequence\tinequality\tmeas
human\tHLA-A-0201\t9\tTBD\tALIHHNTHL\t=\t500
mouse\tH-2-KB\t8\tTBD\tSIINFEKL\t<\t1.5
human\tHLA-B-0702\t10\tTBD\tAAAKTPVIVV\t>\t20000
human\tHLA-A-0201\t10\tTBD\tALIHHNTHLV\t=\t32.5
"""
MHCFLURRY = """allele,peptide,measurement_value,measurement_inequality,measurement_type,measurement_kind
HLA-A*02:01,ALIHHNTHL,500,=,quantitative,affinity
HLA-A*02:01,SIINFEKL,100,<,qualitative,mass_spec
H2-K*b,AAAKTPVIVV,20000,>,quantitative,affinity
"""


@pytest.fixture
def written(tmp_path):
    def write(text, name="peptides.txt"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def wrong_bd2009(line, **cells):
    """Write the four rows with some cells of one line changed."""
    lines = [each.split("\t") for each in BD2009.splitlines()]
    for name, cell in cells.items():
        lines[line - 1][lines[0].index(name)] = cell
    return "\n".join("\t".join(each) for each in lines) + "\n"


def test_bd2009_is_known_by_its_header(written):
    table = read_peptides(written(BD2009))
    assert table.peptides.tolist() == ["ALIHHNTHL", "SIINFEKL", "AAAKTPVIVV", "ALIHHNTHLV"]
    assert table.alleles.tolist() == ["HLA-A*02:01", "H-2-Kb", "HLA-B*07:02", "HLA-A*02:01"]
    assert table.affinities.tolist() == [500.0, 1.5, 20_000.0, 32.5]
    assert table.inequalities.tolist() == ["=", "<", ">", "="]
    assert table.lines.tolist() == [2, 3, 4, 5]
    assert (table.read, dict(table.dropped), table.wrong) == (4, {}, ())


def test_mhcflurrys_files_are_known_and_qualitative_rows_left_out(written):
    table = read_peptides(written(MHCFLURRY))
    assert table.peptides.tolist() == ["ALIHHNTHL", "AAAKTPVIVV"]
    assert table.alleles.tolist() == ["HLA-A*02:01", "H-2-Kb"]
    assert dict(table.dropped) == {"of other measurement types": 1}
    assert len(read_peptides(written(MHCFLURRY), choice=RowChoice(measurement_types=()))) == 3


def test_columns_can_be_named(written):
    path = written("pep;ic50\nSIINFEKL;12\n")
    table = read_peptides(path, columns=PeptideColumns(peptide="pep", affinity="ic50"))
    assert (table.peptides.tolist(), table.affinities.tolist(), table.alleles.tolist()) == (["SIINFEKL"], [12.0], [""])


def test_labels_can_be_read_in_place_of_affinities(written):
    path = written("pep,binds\nSIINFEKL,1\nALIHHNTHL,0\n")
    table = read_peptides(path, columns=PeptideColumns(peptide="pep", label="binds"))
    assert table.labels.tolist() == [1, 0]
    assert np.isnan(table.affinities).all()


@pytest.mark.parametrize("delimiter", ["\t", ",", ";", "   "])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_delimiter_gives_the_same_table(written, delimiter, newline):
    table = read_peptides(written(BD2009.replace("\t", delimiter).replace("\n", newline)))
    assert table.affinities.tolist() == [500.0, 1.5, 20_000.0, 32.5]
    assert table.lines.tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_files_are_known_by_their_content(written, pack):
    assert len(read_peptides(written(pack(BD2009.encode()), "peptides.dat"))) == 4


def test_a_zip_archive_of_one_file_is_read(tmp_path):
    for names in (["a.txt"], ["a.txt", "b.txt"]):
        with zipfile.ZipFile(tmp_path / f"{len(names)}.zip", "w") as archive:
            for name in names:
                archive.writestr(name, BD2009)
    assert len(read_peptides(tmp_path / "1.zip")) == 4
    with pytest.raises(ValueError, match=r"2\.zip: must hold one file, got a zip archive of 2"):
        read_peptides(tmp_path / "2.zip")


def test_lines_are_counted_through_comments_and_blank_lines(written):
    path = written("# a comment\n\n" + BD2009.replace("human\tHLA-B", "\n# one more\nhuman\tHLA-B"))
    assert read_peptides(path).lines.tolist() == [4, 5, 8, 9]


def test_alleles_are_chosen_in_any_spelling(written):
    table = read_peptides(written(BD2009), choice=RowChoice(alleles=("A0201", "H2-Kb")))
    assert table.peptides.tolist() == ["ALIHHNTHL", "SIINFEKL", "ALIHHNTHLV"]
    assert table.told() == "3 of 4 rows kept; dropped: 1 of other alleles"


def test_an_allele_that_the_file_lacks_is_refused_with_the_nearest(written):
    with pytest.raises(
        ValueError,
        match=r"alleles must be in .*, got HLA-A\*02:02: it has H-2-Kb, HLA-A\*02:01, .* nearest is HLA-A\*02:01",
    ):
        read_peptides(written(BD2009), choice=RowChoice(alleles=("A0202",)))


def test_lengths_are_capped_and_counted(written):
    table = read_peptides(written(BD2009), choice=RowChoice(shortest=9, longest=9))
    assert table.peptides.tolist() == ["ALIHHNTHL"]
    assert dict(table.dropped) == {"shorter than 9": 1, "longer than 9": 2}
    with pytest.raises(ValueError, match="must leave at least one row, got 0 of 4 rows kept; dropped: 4 longer than 7"):
        read_peptides(written(BD2009), choice=RowChoice(longest=7))


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (
            {"sequence": "SIINFEKX"},
            "sequence must hold one or more of the letters ACDEFGHIKLMNPQRSTVWY only, got 'SIINFEKX'",
        ),
        ({"sequence": ""}, "sequence must hold one or more of the letters ACDEFGHIKLMNPQRSTVWY only, got ''"),
        ({"mhc": "HLA-Q"}, "mhc must be a name such as HLA-A*02:01, got 'HLA-Q'"),
        ({"meas": "-5"}, "meas must be above 0 nM, got '-5'"),
        ({"meas": "0"}, "meas must be above 0 nM, got '0'"),
        ({"meas": "50 uM"}, "meas must be a number in nM, got '50 uM'"),
        ({"meas": "nan"}, "meas must be a number in nM, got 'nan'"),
        ({"inequality": "~"}, "inequality must be one of =, < and >, got '~'"),
    ],
)
def test_a_wrong_row_is_told_with_its_line_and_can_be_left_out(written, cells, told):
    path = written(wrong_bd2009(3, **cells))
    with pytest.raises(ValueError, match="1 of 4 rows are wrong") as caught:
        read_peptides(path)
    first, last = str(caught.value).splitlines()
    assert first == f"{path}:3: {told}."
    assert last == f"{path}: 1 of 4 rows are wrong and none was kept; with wrong_rows: drop 3 are kept."
    table = read_peptides(path, wrong_rows="drop")
    assert table.lines.tolist() == [2, 4, 5]
    assert [row.line for row in table.wrong] == [3]
    assert sum(table.dropped.values()) == 1


def test_wrong_rows_of_other_alleles_do_not_matter(written):
    path = written(wrong_bd2009(3, sequence="???"))
    assert len(read_peptides(path, choice=RowChoice(alleles=("A0201",)))) == 2


def test_a_row_with_another_number_of_fields_is_wrong(written):
    path = written(BD2009 + "human\tHLA-A-0201\t9\n")
    with pytest.raises(ValueError, match=":6: a row must have 7 fields, got 3"):
        read_peptides(path)
    table = read_peptides(path, wrong_rows="drop")
    assert table.told() == "4 of 5 rows kept; dropped: 1 with a wrong number of fields"


def test_units_that_are_not_nm_are_wrong(written):
    path = written("allele,peptide,measurement_value,units\nA0201,SIINFEKL,5,nM\nA0201,SIINFEKV,5,uM\n")
    with pytest.raises(ValueError, match=":3: units must be nM, got 'uM'"):
        read_peptides(path)
    assert dict(read_peptides(path, wrong_rows="drop").dropped) == {"in another unit": 1}


def test_many_wrong_rows_of_a_kind_are_summed_up(written):
    path = written(BD2009 + "human\tA0201\t9\tTBD\tBBBBBBBBB\t=\t1\n" * 1200)
    with pytest.raises(ValueError, match="and 1,195 more rows with an unknown residue"):
        read_peptides(path)
    assert len(read_peptides(path, wrong_rows="drop").wrong) == 1200


def test_labels_other_than_0_and_1_are_wrong(written):
    columns = PeptideColumns(peptide="pep", label="binds")
    with pytest.raises(ValueError, match=":2: binds must be 0 or 1, got '2'"):
        read_peptides(written("pep,binds\nSIINFEKL,2\n"), columns=columns)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "must begin with a line of column names, got an empty file"),
        ("\n# nothing\n", "must begin with a line of column names, got an empty file"),
        (BD2009.splitlines()[0] + "\n", ":1: must have rows below its column names, got none"),
        (BD2009.replace("meas", "ic50"), ":1: must have the columns sequence, meas, mhc \\(BD2009\\); "),
        ("a,a\n1,2\n", ":1: must name each column once, got a more than once"),
        (b"\xff\xfe\x00", "must be UTF-8 text"),
        (gzip.compress(BD2009.encode())[:-20], "must be readable to its end"),
    ],
)
def test_an_unusable_file_is_refused(written, content, told):
    with pytest.raises(ValueError, match=told):
        read_peptides(written(content))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match="must be a file, got none there"):
        read_peptides(tmp_path / "none.csv")
    with pytest.raises(ValueError, match="must be a file, got a folder"):
        read_peptides(tmp_path)


def test_a_missing_column_is_named_with_its_like(written):
    columns = PeptideColumns(peptide="sequense", affinity="meas")
    with pytest.raises(
        ValueError, match=r":1: must have the column sequense \(peptide\), perhaps sequence, got species"
    ):
        read_peptides(written(BD2009), columns=columns)


def test_columns_name_either_affinity_or_label():
    with pytest.raises(ValueError, match="either the affinity or the label, got the peptide only"):
        PeptideColumns(peptide="a")
    with pytest.raises(ValueError, match="either the affinity or the label, got both"):
        PeptideColumns(peptide="a", affinity="b", label="c")


def test_alleles_cannot_be_chosen_where_no_column_tells_them(written):
    columns = PeptideColumns(peptide="sequence", affinity="meas")
    with pytest.raises(ValueError, match="must have a column of alleles to choose from, got none"):
        read_peptides(written(BD2009), columns=columns, choice=RowChoice(alleles=("A0201",)))


def test_the_cv_column_of_bd2009_names_folds(written):
    path = written(wrong_bd2009(3, cv="test"))
    assert read_peptides(path).folds.tolist() == ["TBD", "test", "TBD", "TBD"]
    without = "\n".join("\t".join(line.split("\t")[:3] + line.split("\t")[4:]) for line in BD2009.splitlines())
    assert read_peptides(written(without)).folds.tolist() == [""] * 4


def test_columns_that_are_named_replace_those_of_the_layout(written):
    rows = [f"{line}\t{last}" for line, last in zip(BD2009.splitlines(), ("part", *"abba"), strict=True)]
    table = read_peptides(written("\n".join(rows)), columns=PeptideColumns(fold="part"))
    assert table.folds.tolist() == ["a", "b", "b", "a"]
    assert table.affinities.tolist() == [500.0, 1.5, 20_000.0, 32.5]
    labelled = "\n".join(f"{line}\t{last}" for line, last in zip(BD2009.splitlines(), ("y", *"0110"), strict=True))
    table = read_peptides(written(labelled), columns=PeptideColumns(label="y"))
    assert table.labels.tolist() == [0, 1, 1, 0]
    assert np.isnan(table.affinities).all()


def test_a_row_without_a_fold_is_wrong_where_others_have_one(written):
    with pytest.raises(ValueError, match=":3: cv must name a fold, got ''"):
        read_peptides(written(wrong_bd2009(3, cv="")))
    assert dict(read_peptides(written(wrong_bd2009(3, cv="")), wrong_rows="drop").dropped) == {"without a fold": 1}
    assert read_peptides(written(BD2009.replace("TBD", ""))).folds.tolist() == [""] * 4


def test_merged_repeats_stay_in_the_fold_of_the_first(written):
    text = BD2009 + "human\tHLA-A-0201\t9\tlater\tALIHHNTHL\t=\t50\n"
    assert merge_repeats(read_peptides(written(text))).folds.tolist() == ["TBD"] * 4


def test_repeats_become_their_geometric_mean_and_exact_ones_go_first(written):
    rows = [
        ("AAAAAAAA", "=", 10),
        ("AAAAAAAA", "=", 1000),
        ("AAAAAAAA", ">", 1),
        ("CCCCCCCC", ">", 4),
        ("CCCCCCCC", ">", 9),
    ]
    body = "".join(f"human\tA0201\t8\tTBD\t{p}\t{sign}\t{value}\n" for p, sign, value in rows)
    table = merge_repeats(read_peptides(written(BD2009 + body)))
    assert table.affinities[-2:].tolist() == pytest.approx([100.0, 6.0])
    assert table.inequalities[-2:].tolist() == ["=", ">"]
    assert dict(table.dropped) == {"merged with a repeat": 3}


def test_repeats_half_of_which_are_held_out_are_refused(written):
    body = "human\tA0201\t8\t1\tAAAAAAAA\t=\t10\nhuman\tA0201\t8\ttest\tAAAAAAAA\t=\t9\n"
    header = BD2009.splitlines(keepends=True)[0]
    with pytest.raises(ValueError, match=r":3: all measurements of a peptide .* 'AAAAAAAA' there .* on line 2"):
        merge_repeats(read_peptides(written(header + body)))


def test_a_peptide_of_two_alleles_is_no_repeat(written):
    text = BD2009 + "human\tHLA-B-0702\t9\tTBD\tALIHHNTHL\t=\t7\n"
    assert len(merge_repeats(read_peptides(written(text)))) == 5


def test_contradictory_labels_leave_a_peptide_out(written):
    path = written("pep,binds\nSIINFEKL,1\nSIINFEKL,0\nALIHHNTHL,0\nALIHHNTHL,0\n")
    table = merge_repeats(read_peptides(path, columns=PeptideColumns(peptide="pep", label="binds")))
    assert table.peptides.tolist() == ["ALIHHNTHL"]
    assert dict(table.dropped) == {"with contradictory labels": 2, "merged with a repeat": 1}


ROWS = st.lists(
    st.tuples(
        st.text(AMINO_ACIDS, min_size=1, max_size=15),
        st.sampled_from(["HLA-A*02:01", "HLA-B*07:02", "H-2-Kb"]),
        st.floats(1e-3, 1e6),
        st.sampled_from("=<>"),
    ),
    min_size=1,
    max_size=20,
)


@given(ROWS)
def test_what_is_written_is_read(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("peptides") / "rows.tsv"
    lines = [f"human\t{allele}\t{len(p)}\t0\t{p}\t{sign}\t{value!r}" for p, allele, value, sign in rows]
    path.write_text("\n".join([BD2009.splitlines()[0], *lines]))
    table = read_peptides(path)
    columns = (table.peptides, table.alleles, table.affinities, table.inequalities)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == rows
