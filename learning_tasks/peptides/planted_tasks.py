"""Tasks of generated peptides, ready to be named in a sweep."""

from learning_tasks.peptides.patterns import PATTERNS
from learning_tasks.peptides.peptide_options import PeptideOptions
from learning_tasks.peptides.peptide_task import peptide_task

PLANTED_TASKS = tuple(peptide_task(PeptideOptions(pattern=pattern)) for pattern in PATTERNS)
