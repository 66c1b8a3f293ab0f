"""Tasks made of files of peptides: deterministic, sound, and split between clusters."""

import pickle
from statistics import geometric_mean

import numpy as np
import pytest

from learning_tasks.fold_plan import FoldPlan, plan_folds
from learning_tasks.folds import make_folds
from learning_tasks.peptides.affinity import affinity_targets, is_binder
from learning_tasks.peptides.amino_acids import AMINO_ACIDS
from learning_tasks.peptides.clusters import shared_kmer_clusters
from learning_tasks.peptides.encodings import EncodedPeptides, decode
from learning_tasks.peptides.labelled_peptides import measured_table
from learning_tasks.peptides.peptide_columns import PeptideColumns
from learning_tasks.peptides.peptide_options import PeptideOptions
from learning_tasks.peptides.peptide_task import peptide_task
from learning_tasks.peptides.planted_tasks import PLANTED_TASKS
from learning_tasks.split_audit import audit_split
from learning_tasks.task_check import check_task_data
from learning_tasks.units import units_of

HEADER = "species\tmhc\tpeptide_length\tcv\tsequence\tinequality\tmeas\n"
ENCODINGS = {
    "index": ((12,), 21),
    "start_stop": ((14,), 23),
    "ends": ((6,), 21),
    "one_hot": ((12, 20), 0),
    "blosum62": ((12, 20), 0),
    "kmer": ((9,), 22),
    "kmer_one_hot": ((9, 21), 0),
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
        tokens = EncodedPeptides(values=samples.values, lengths=samples.lengths, token_names=tuple(AMINO_ACIDS))
        found |= dict(zip(decode(tokens), samples.targets.tolist(), strict=True))
    measured = {}
    for peptide, value in written_rows():
        measured.setdefault(peptide, []).append(value)
    expected = {peptide: float(affinity_targets(geometric_mean(values))) for peptide, values in measured.items()}
    assert found == pytest.approx(expected, abs=1e-6)  # float32 of numbers up to 1


def test_no_cluster_straddles_test_or_folds(file):
    data = loaded(file)
    peptides = [
        decode(EncodedPeptides(values=split.values, lengths=split.lengths, token_names=tuple(AMINO_ACIDS)))
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
    table = measured_table(PeptideOptions(file=file))
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
    assert len(measured_table(PeptideOptions(file=str(path), bounds=bounds))) == kept


def test_too_few_peptides_are_refused(tmp_path):
    path = tmp_path / "few.tsv"
    path.write_text(HEADER + "human\tA0201\t8\t0\tSIINFEKL\t=\t5\n")
    with pytest.raises(ValueError, match=r"few\.tsv: must leave at least 20 peptides, got 1 of 1 rows kept"):
        loaded(str(path))


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("binder", "must be both classes to train on, got class 1 only"),
        ("affinity", "must be different targets to train on"),
    ],
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


def fingerprint(data, plan):
    folds = plan_folds(data.development, data.shape.kind, plan, 5)
    return audit_split(data, folds).fingerprint


def peptide_folds(count=120):
    """Write peptides that share nothing, in folds b, a and test in turn."""
    rows = [(p, v) for p, v in written_rows(2 * count)][::2]
    lines = [f"human\tA0201\t{len(p)}\t{['b', 'a', 'test'][i % 3]}\t{p}\t=\t{v}\n" for i, (p, v) in enumerate(rows)]
    return HEADER + "".join(lines)


def test_split_and_folds_are_of_the_same_peptides_for_every_encoding(file):
    prints = {fingerprint(loaded(file, encoding=encoding), FoldPlan()) for encoding in ENCODINGS}
    assert len(prints) == 1
    assert fingerprint(loaded(file, split_seed=1), FoldPlan()) not in prints


def test_windows_of_a_peptide_are_a_unit_with_its_target(file):
    peptides, windows = loaded(file, encoding="index"), loaded(file, encoding="kmer")
    for split in ("development", "test"):
        whole, cut = getattr(peptides, split), getattr(windows, split)
        units = units_of(cut)
        for name in ("targets", "groups", "subsets"):
            of_units = getattr(units, name)
            assert np.array_equal(of_units, getattr(whole, name))
            assert np.array_equal(of_units[units.of_sample], getattr(cut, name))
        counts = {8: 9, 9: 1}
        expected = [counts.get(length, 10) for length in whole.lengths.tolist()]
        assert np.bincount(units.of_sample).tolist() == expected
        # Ten numbers of single precision.
        assert np.bincount(units.of_sample, weights=cut.weights) == pytest.approx(np.ones(len(units)), abs=1e-6)
    assert not set(windows.development.units) & set(windows.test.units)


def test_a_part_for_each_peptide_needs_no_units_and_no_weights(file):
    development = loaded(file).development
    assert development.units is None
    assert development.weights is None


def test_9_mers_and_others_are_told_of_by_themselves(file):
    data = loaded(file)
    assert data.shape.subsets == ("9-mers", "non-9-mers")
    assert np.array_equal(data.development.subsets == 0, data.development.lengths == 9)
    only = loaded(file, shortest=9, longest=9)
    assert (only.shape.subsets, only.development.subsets) == ((), None)


def test_what_is_read_and_dropped_goes_with_the_data(file):
    data = loaded(file, alleles=("A0201",))
    assert data.read == 301
    assert data.dropped["of other alleles"] == 1
    assert data.read - sum(data.dropped.values()) == len(data.development) + len(data.test)
    assert (data.group_noun, loaded(file, groups="identity").group_noun) == ("peptide cluster", "peptide")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_token_has_a_name(file, encoding):
    data = loaded(file, encoding=encoding)
    assert len(data.token_names) == max(data.shape.vocabulary_size - 1, 0)


def test_only_encodings_that_lose_residues_are_lossy(file, tmp_path):
    assert [name for name in ENCODINGS if loaded(file, encoding=name).lossy] == ["ends"]
    path = tmp_path / "long.tsv"
    path.write_text(HEADER + "".join(f"human\tA0201\t19\t0\t{(p * 3)[:19]}\t=\t{v}\n" for p, v in written_rows(60)))
    assert loaded(str(path), encoding="kmer", longest=None).lossy


def test_folds_of_the_file_are_numbered_by_name_and_the_test_fold_is_held_out(tmp_path):
    path = tmp_path / "folds.tsv"
    path.write_text(peptide_folds())
    for encoding in ("index", "kmer"):
        data = loaded(str(path), encoding=encoding)
        check_task_data(data)
        units = units_of(data.development)
        assert units.given_folds.tolist() == [1, 0] * 40  # b, a
        assert len(units_of(data.test)) == 40
        assert data.test.given_folds is None
        assert "The file says which peptides are held out." in data.sampling
    assert len({fingerprint(loaded(str(path), encoding=name), FoldPlan(type="given")) for name in ENCODINGS}) == 1


def test_a_single_fold_is_none(file):
    assert loaded(file).development.given_folds is None  # TBD in all rows


def test_a_pattern_is_planted_where_no_file_is_given(file):
    task = peptide_task(PeptideOptions(pattern="positional_leucines", encoding="kmer"))
    data = task.load()
    check_task_data(data)
    assert (task.name, task.kind) == ("peptides-positional-leucines", "classification")
    assert (data.read, data.shape.subsets) == (None, ("9-mers", "non-9-mers"))
    assert len(units_of(data.development)) + len(units_of(data.test)) == 2000
    of_file = peptide_task(PeptideOptions(pattern="positional_leucines", file=file))
    assert (of_file.name, of_file.kind) == ("peptides-bdata", "regression")


def test_the_catalogues_tasks_are_patterns_with_thresholds_of_their_own():
    thresholds = {task.name: task.load().shape.positive_above for task in PLANTED_TASKS}
    assert thresholds == {
        "peptides-positional-leucines": None,
        "peptides-positional-leucines-soft": 0.9,
        "peptides-three-leucines": None,
        "peptides-anchor-motif": float(affinity_targets(500.0)),
    }


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            {"encoding": "kmers"},
            "encoding must be one of index, start_stop, ends, one_hot, blosum62, kmer, kmer_one_hot, got 'kmers'",
        ),
        ({"shortest": 9, "longest": 8}, "shortest must be from 1 to longest, got 9 and 8"),
        ({"padding": "symbol", "encoding": "one_hot"}, "padding=symbol needs the encoding index or start_stop"),
        ({"encoding": "ends", "end_residues": 9}, "end_residues must be from 1 to shortest, got 9 and 8"),
        ({"test_share": 0.0}, "test_share must be above 0 and below 1, got 0.0"),
        ({"alleles": "A0201"}, "alleles must be a tuple of names, got the text 'A0201'"),
        ({"encoding": "kmer", "shortest": 5}, "shortest must be at least 6 for the encoding kmer, got 5"),
        ({"padding": "symbol", "encoding": "kmer"}, "needs the encoding index or start_stop, got kmer"),
        ({"file": None}, "file must be given, or a pattern for generated peptides: positional_leucines, "),
        ({"file": None, "pattern": "leucines"}, "pattern must be one of .*, anchor_motif, got 'leucines'"),
        ({"groups": "none"}, "groups must be one of clusters, identity, got 'none'"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, told):
    with pytest.raises(ValueError, match=told):
        PeptideOptions(**{"file": "peptides.csv", **options})


def test_a_peptide_longer_than_the_steps_is_refused_with_its_file(file):
    with pytest.raises(ValueError, match=r"bdata\.small\.txt: .* rows kept.* Peptides must have at most 9 residues"):
        loaded(file, steps=9)
