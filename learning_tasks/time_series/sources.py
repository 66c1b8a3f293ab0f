"""Where recordings can come from, by the name that a sweep file gives it."""

from learning_tasks.time_series.long_table import LongTable
from learning_tasks.time_series.npz_file import NpzFile
from learning_tasks.time_series.svc_files import SvcFolder

SOURCES: dict[str, type[SvcFolder | LongTable | NpzFile]] = {
    "svc": SvcFolder,
    "recordings": LongTable,
    "npz": NpzFile,
}
