"""The encodings by the names that options give them."""

from collections.abc import Callable

from learning_tasks.peptides.encodings import (
    EncodedPeptides,
    blosum62_encoding,
    ends_encoding,
    index_encoding,
    one_hot_encoding,
    padding_as_symbol,
    start_stop_encoding,
)
from learning_tasks.peptides.kmer_windows import kmer_encoding, kmer_one_hot_encoding
from learning_tasks.peptides.peptide_options import Encoding, PeptideOptions

_ENCODERS: dict[Encoding, Callable[[list[str], int, PeptideOptions], EncodedPeptides]] = {
    "index": lambda peptides, time, _: index_encoding(peptides, time),
    "start_stop": lambda peptides, time, _: start_stop_encoding(peptides, time),
    "ends": lambda peptides, _, options: ends_encoding(peptides, options.end_residues),
    "one_hot": lambda peptides, time, _: one_hot_encoding(peptides, time),
    "blosum62": lambda peptides, time, _: blosum62_encoding(peptides, time),
    "kmer": lambda peptides, *_: kmer_encoding(peptides),
    "kmer_one_hot": lambda peptides, *_: kmer_one_hot_encoding(peptides),
}


def encode_peptides(peptides: list[str], time: int, options: PeptideOptions) -> EncodedPeptides:
    """Encode peptides as the options say, with room for `time` residues where the encoding leaves it open."""
    encoded = _ENCODERS[options.encoding](peptides, time, options)
    return padding_as_symbol(encoded) if options.padding == "symbol" else encoded
