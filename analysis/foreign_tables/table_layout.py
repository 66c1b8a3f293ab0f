"""What the columns of a table are, by whose export it is: Optuna's, Ray's or Odyssey's, W&B's, or anybody's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analysis.foreign_tables.foreign_sweep import End
from analysis.foreign_tables.name_words import seems_recorded
from analysis.foreign_tables.raw_table import RawTable

_WANDB = ("Name", "State", "Created", "Runtime")
_WANDB_OWN = (
    *_WANDB, "ID", "Agent", "Notes", "User", "Tags", "Sweep", "Group", "Project", "Entity", "Job Type", "Hostname",
    "Host", "GPU Type", "GPU Count", "Commit", "Github", "Updated", "End Time", "Display Name",
)  # fmt: skip
_ENDS: dict[str, End] = {
    **dict.fromkeys(("complete", "completed", "finished", "terminated", "done", "success", "ok"), End.COMPLETE),
    **dict.fromkeys(("pruned", "stopped", "early_stopped"), End.STOPPED),
    **dict.fromkeys(("diverged", "out_of_memory"), End.DIVERGED),
    **dict.fromkeys(
        ("fail", "failed", "crashed", "killed", "error", "errored", "preempted", "preempting", "interrupted"),
        End.FAILED,
    ),
    **dict.fromkeys(("running", "waiting", "pending", "paused", "queued", "unfinished"), End.FAILED),
}
_EPOCHS = ("epoch", "training_iteration")


@dataclass(frozen=True, kw_only=True, slots=True)
class TableLayout:
    """Which column of a table is what."""

    kind: str  # whose export it is, for the reader
    hyperparameters: tuple[str, ...]  # that may be
    prefix: str = ""  # before their names
    certain: bool = False  # whether the export says that they are
    state: str | None = None
    trial_id: str | None = None
    epoch: str | None = None
    outcomes: tuple[str, ...] = ()  # one: taken where the user names none; several: shown as the choice
    failed: End = End.FAILED  # what a trial that failed counts as
    stopped_comparable: bool = False  # whether a stopped trial's row says at which epoch its value is
    maximize: bool | None = None
    adaptive: bool | None = None
    notes: tuple[str, ...] = ()

    def end(self, state: str) -> End:
        """Tell how a trial of a state ended."""
        word = state.strip().lower()
        return self.failed if word in ("fail", "failed") else _ENDS.get(word, End.COMPLETE)


def layout_of(table: RawTable) -> TableLayout:
    """Recognise whose export a table is."""
    return next(layout for lay_out in _LAYOUTS if (layout := lay_out(table)) is not None)


def _optuna(table: RawTable) -> TableLayout | None:
    params = _prefixed(table, "params_")
    if not params or not {"number", "state"} & set(table.columns):
        return None
    values = tuple(name for name in table.columns if name.split("_")[0] in ("value", "values"))
    return TableLayout(
        kind="Optuna's trials_dataframe",
        hyperparameters=params,
        prefix="params_",
        certain=True,
        state="state" if "state" in table.columns else None,
        trial_id="number" if "number" in table.columns else None,
        outcomes=values,
        failed=End.DIVERGED,
        maximize=False,
        adaptive=True,
        notes=(
            "Optuna's data frame holds neither ranges nor scales nor the direction, which is taken to be its default, "
            "to minimise; the study's storage, such as sqlite:///study.db, has them all.",
            "Optuna's configurations are taken to be chosen by the outcomes of others, as its default sampler does.",
        ),
    )


def _config_columns(table: RawTable) -> TableLayout | None:
    config = _prefixed(table, "config/")
    if not config:
        return None
    epoch = next((name for name in ("training_iteration", "epochs", "epoch") if name in table.columns), None)
    return TableLayout(
        kind="a table of Ray Tune or Odyssey",
        hyperparameters=config,
        prefix="config/",
        certain=True,
        state=next((name for name in ("status", "state") if name in table.columns), None),
        trial_id="trial_id" if "trial_id" in table.columns else None,
        epoch=epoch,
        outcomes=_measured(table, [name for name in table.columns if name not in (*config, epoch)]),
        stopped_comparable=epoch is not None,
    )


def _wandb(table: RawTable) -> TableLayout | None:
    if "State" not in table.columns or sum(name in table.columns for name in _WANDB) < 3:
        return None
    others = [name for name in table.columns if name not in _WANDB_OWN]
    prefix = next((each for each in ("config.", "config/") if _prefixed(table, each)), "")
    config, certain = (_prefixed(table, prefix), True) if prefix else _first_sorted_block(others)
    note = "" if prefix else _wandb_note(config, others, certain=certain)
    return TableLayout(
        kind="W&B's export of runs",
        hyperparameters=tuple(config),
        prefix=prefix,
        certain=certain,
        state="State",
        trial_id="Name",
        outcomes=_measured(table, [name for name in others if name not in config]),
        notes=(note,) if note else (),
    )


def _plain(table: RawTable) -> TableLayout:
    lower = {name.lower(): name for name in table.columns}
    state = next((lower[name] for name in ("state", "status") if name in lower and _is_state(table, lower[name])), None)
    trial_id = next((lower[name] for name in ("trial_id", "run_id", "trial", "run") if name in lower), None)
    return TableLayout(
        kind="a table",
        hyperparameters=tuple(table.columns),
        state=state,
        trial_id=trial_id,
        epoch=next((lower[name] for name in _EPOCHS if name in lower), None),
    )


_LAYOUTS: tuple[Callable[[RawTable], TableLayout | None], ...] = (_optuna, _config_columns, _wandb, _plain)


def _prefixed(table: RawTable, prefix: str) -> tuple[str, ...]:
    return tuple(name for name in table.columns if name.startswith(prefix) and name != prefix)


def _measured(table: RawTable, names: Sequence[str]) -> tuple[str, ...]:
    numeric = [name for name in names if any(isinstance(cell, float) for cell in table.columns[name])]
    return tuple(name for name in numeric if seems_recorded(name) is None)


def _is_state(table: RawTable, name: str) -> bool:
    states = {str(cell).strip().lower() for cell in table.columns[name] if cell is not None}
    return bool(states) and states <= _ENDS.keys()


def _first_sorted_block(names: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """W&B writes the columns of the configuration in alphabetical order, then those of the summary in theirs."""
    descents = [index for index, (left, right) in enumerate(pairwise(names), 1) if left > right]
    return (tuple(names[: descents[0]]), True) if len(descents) == 1 else (tuple(names), False)


def _wandb_note(config: Sequence[str], others: Sequence[str], *, certain: bool) -> str:
    if not certain:
        return "W&B's export does not say which columns are the configuration: guessed from names and values."
    return f"The columns {config[0]} to {config[-1]} are taken to be the configuration: W&B writes them first."
