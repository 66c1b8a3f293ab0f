"""The tasks that a sweep can name."""

from learning_tasks.digits import DIGITS, DIGITS_PERMUTED, DIGITS_PIXELS
from learning_tasks.peptides.planted_tasks import PLANTED_TASKS
from learning_tasks.task import LearningTask
from learning_tasks.time_series.generated_handwriting import HANDWRITING_SPIRALS
from learning_tasks.toy_motif import TOY_MOTIF

TASKS: dict[str, LearningTask] = {
    task.name: task for task in (DIGITS, DIGITS_PIXELS, DIGITS_PERMUTED, TOY_MOTIF, *PLANTED_TASKS, HANDWRITING_SPIRALS)
}
