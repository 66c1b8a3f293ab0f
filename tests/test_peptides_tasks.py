"""Tasks made of files of peptides: deterministic, sound, and split between clusters."""

import pickle
from statistics import geometric_mean

import numpy as np
import pytest

from learning_tasks.folds import make_folds
from learning_tasks.peptides.affinity import affinity_targets, is_binder
from learning_tasks.peptides.amino_acids import AMINO_ACIDS
from learning_tasks.peptides.clusters import shared_kmer_clusters
from learning_tasks.peptides.encodings import EncodedPeptides, decode
from learning_tasks.peptides.peptide_columns import PeptideColumns
from learning_tasks.peptides.peptide_task import PeptideOptions, load_peptide_table, peptide_task
from learning_tasks.task_check import check_task_data

HEADER = "species\tmhc\tpeptide_length\tcv\tsequence\tinequality\tmeas\n"
ENCODINGS = {
    "index": ((12,), 21),
    "start_stop": ((14,), 23),
    "ends": ((6,), 21),
    "one_hot": ((12, 20), 0),
    "blosum62": ((12, 20), 0),
}


def written_rows(count=300, seed=3):
    """Cut half of the peptides from one protein, so that neighbours overlap, and draw the others."""
    rng = np.random.default_rng(seed)
    protein = "".join(rng.choice(list(AMINO_ACIDS), size=2000))
    for number in range(count):
        length, start = rng.integers(8, 13), rng.integers(0, 1900)
        drawn = "".join(rng.choice(list(AMINO_ACIDS), size=length))
        peptide = protein[start : start + length] if number % 2 else drawn
        yield peptide, float(np.exp(rng.uniform(0, np.log(50_000))))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("peptides") / "bdata.small.txt"
    rows = [f"human\tHLA-A-0201\t{len(p)}\tTBD\t{p}\t=\t{value!r}\n" for p, value in written_rows()]
    path.write_text(HEADER + "".join(rows) + "human\tHLA-B-0702\t9\tTBD\tALIHHNTHL\t=\t7\n")
    return str(path)


def loaded(file, **options):
    return peptide_task(PeptideOptions(file=file, **options)).load()


@pytest.mark.parametrize("target", ["affinity", "binder"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_data_of_every_encoding_and_target_are_sound(file, encoding, target):
    data = loaded(file, encoding=encoding, target=target)
    check_task_data(data)
    shape, vocabulary = ENCODINGS[encoding]
    assert data.development.values.shape[1:] == shape
    assert data.shape.vocabulary_size == vocabulary
    assert data.shape.kind == ("regression" if target == "affinity" else "classification")


def test_a_task_says_what_it_is_of_and_travels_to_other_processes(file):
    task = peptide_task(PeptideOptions(file=file, alleles=("A0201",)))
    assert task.name == "peptides-bdata"
    assert "A0201" in task.description
    again = pickle.loads(pickle.dumps(task)).load()  # noqa: S301
    assert np.array_equal(again.development.values, task.load().development.values)


def test_loading_twice_is_bit_equal(file):
    first, second = loaded(file), loaded(file)
    for split in ("development", "test"):
        for array in ("values", "lengths", "targets", "groups"):
            one, other = getattr(getattr(first, split), array), getattr(getattr(second, split), array)
            assert one.tobytes() == other.tobytes()


def test_peptides_keep_their_targets(file):
    data = loaded(file, alleles=("HLA-A*02:01",))
    found = {}
    for samples in (data.development, data.test):
        tokens = EncodedPeptides(values=samples.values, lengths=samples.lengths, vocabulary_size=21)
        found |= dict(zip(decode(tokens), samples.targets.tolist(), strict=True))
    measured = {}
    for peptide, value in written_rows():
        measured.setdefault(peptide, []).append(value)
    expected = {peptide: float(affinity_targets(geometric_mean(values))) for peptide, values in measured.items()}
    assert found == pytest.approx(expected, abs=1e-6)  # float32 of numbers up to 1


def test_no_cluster_straddles_test_or_folds(file):
    data = loaded(file)
    peptides = [
        decode(EncodedPeptides(values=split.values, lengths=split.lengths, vocabulary_size=21))
        for split in (data.development, data.test)
    ]
    clusters = shared_kmer_clusters([*peptides[0], *peptides[1]])
    assert len(np.unique(clusters)) < len(clusters) - 20  # there is something to keep together
    of_development, of_test = np.split(clusters, [len(peptides[0])])
    assert not set(of_development) & set(of_test)
    for fold in make_folds(data.development, data.shape.kind, 3, seed=5):
        assert not set(of_development[fold.train]) & set(of_development[fold.validation])


def test_binders_and_9_mers_have_the_same_share_in_both_splits(file):
    data = loaded(file, target="binder")
    assert len(data.test) / (len(data.test) + len(data.development)) == pytest.approx(0.2, abs=0.02)
    for of in (lambda split: split.targets, lambda split: split.lengths == 9):
        assert np.mean(of(data.test)) == pytest.approx(np.mean(of(data.development)), abs=0.04)


def test_the_500_nm_threshold_goes_with_the_affinities(file):
    data = loaded(file)
    assert data.shape.positive_above == pytest.approx(0.42562518, abs=1e-8)
    assert loaded(file, target="binder").shape.positive_above is None
    table = load_peptide_table(PeptideOptions(file=file))
    positives = sum((split.targets > data.shape.positive_above).sum() for split in (data.development, data.test))
    assert positives == is_binder(table.affinities).sum()


def test_steps_can_be_those_of_all_alleles_and_padding_a_symbol(file):
    data = loaded(file, steps=26, padding="symbol")
    assert (data.shape.time, data.shape.vocabulary_size) == (26, 22)
    assert (data.development.lengths == 26).all()
    check_task_data(data)


def test_what_was_dropped_is_told(file):
    data = loaded(file, alleles=("A0201",), longest=11)
    assert "of 301 rows kept; dropped: 1 of other alleles, " in data.sampling
    assert " longer than 11" in data.sampling


def test_pooled_alleles_and_bounds_are_told(file, tmp_path):
    assert "2 alleles are pooled" in loaded(file).sampling
    path = tmp_path / "bounds.tsv"
    path.write_text(HEADER + "".join(f"human\tA0201\t9\t0\t{p}\t>\t{value}\n" for p, value in written_rows(40)))
    assert " measurements are bounds (< or >) and were taken as exact." in loaded(str(path)).sampling


def test_labels_of_ones_own_are_a_target(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("pep,binds\n" + "".join(f"{p},{int(value < 300)}\n" for p, value in written_rows()))
    columns = PeptideColumns(peptide="pep", label="binds")
    data = loaded(str(path), columns=columns, target="label")
    check_task_data(data)
    with pytest.raises(ValueError, match="must have what the target affinity is made of, got labels"):
        loaded(str(path), columns=columns)


@pytest.mark.parametrize(("bounds", "kept"), [("as_measured", 60), ("decided", 40), ("drop", 20)])
def test_bounds_are_kept_or_left_out_as_asked(tmp_path, bounds, kept):
    path = tmp_path / "bounds.tsv"
    signs = ["=", ">", "<"]
    # In turn an exact 30 nM, above 30 nM (undecided), below 30 nM (a binder).
    rows = [f"human\tA0201\t{len(p)}\t0\t{p}\t{signs[i % 3]}\t30\n" for i, (p, _) in enumerate(written_rows(60))]
    path.write_text(HEADER + "".join(rows))
    assert len(load_peptide_table(PeptideOptions(file=str(path), bounds=bounds))) == kept


def test_too_few_peptides_are_refused(tmp_path):
    path = tmp_path / "few.tsv"
    path.write_text(HEADER + "human\tA0201\t8\t0\tSIINFEKL\t=\t5\n")
    with pytest.raises(ValueError, match=r"few\.tsv: must leave at least 20 peptides, got 1 of 1 rows kept"):
        loaded(str(path))


@pytest.mark.parametrize(
    ("target", "told"),
    [("binder", "must leave both classes to train on, got 1 only: 40 of 40"), ("affinity", "must leave different")],
)
def test_one_class_or_one_affinity_is_refused(tmp_path, target, told):
    path = tmp_path / "one.tsv"
    path.write_text(HEADER + "".join(f"human\tA0201\t9\t0\t{p}\t=\t20\n" for p, _ in written_rows(40)))
    with pytest.raises(ValueError, match=told):
        loaded(str(path), target=target)


def test_numbers_that_look_like_targets_are_refused(tmp_path):
    path = tmp_path / "scaled.tsv"
    path.write_text(
        HEADER + "".join(f"human\tA0201\t9\t0\t{p}\t=\t0.{i + 10}\n" for i, (p, _) in enumerate(written_rows(40)))
    )
    with pytest.raises(ValueError, match=r"must be IC50 in nM, got none above 0\.49 in 40 rows: are they in another"):
        loaded(str(path))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"encoding": "kmers"}, "encoding must be one of index, start_stop, ends, one_hot, blosum62, got 'kmers'"),
        ({"shortest": 9, "longest": 8}, "Lengths need 1 <= shortest <= longest, got 9 and 8"),
        ({"padding": "symbol", "encoding": "one_hot"}, "padding=symbol needs the encoding index or start_stop"),
        ({"encoding": "ends", "end_residues": 9}, "1 <= end_residues <= shortest, got 9 and 8"),
        ({"test_share": 0.0}, "test_share must be above 0 and below 1, got 0.0"),
        ({"alleles": "A0201"}, "must be tuples of names, got one text"),
        ({"groups": "none"}, "groups must be one of clusters, identity, got 'none'"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, told):
    with pytest.raises(ValueError, match=told):
        PeptideOptions(file="peptides.csv", **options)


def test_a_peptide_longer_than_the_steps_is_refused_with_its_file(file):
    with pytest.raises(ValueError, match=r"bdata\.small\.txt: Peptides must have at most 9 residues"):
        loaded(file, steps=9)
