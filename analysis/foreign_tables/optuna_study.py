"""Studies in Optuna's storages: databases and journal files, read and never written."""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.foreign_tables.foreign_sweep import End, ForeignSweep, ForeignTrial, Request
from analysis.foreign_tables.nearest_name import known_names, listed
from analysis.foreign_tables.optuna_distributions import plain_choice, space_distributions

SQLITE_MAGIC = b"SQLite format 3\x00"
_DAMAGED = (OSError, ValueError, KeyError, TypeError, RuntimeError)  # raised while a storage is read
_LIBRARIES = ("optuna", "sqlalchemy", "sqlite3", "alembic")
_URL = re.compile(r"[a-z][a-z0-9+]*://")


def is_storage(source: str) -> bool:
    """Tell whether a source is a URL of a database, a SQLite file, or one of Optuna's journal files."""
    if _URL.match(source):
        return True
    path = Path(source)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(4096)
    return start.startswith(SQLITE_MAGIC) or (start.startswith(b"{") and b'"op_code"' in start.split(b"\n")[0])


def read_study(request: Request) -> ForeignSweep:
    """Read a study with its own distributions and direction.

    Pruned trials are read by their intermediate values, whose steps are the epochs; so are the others then.

    Raises:
        ValueError: If the storage cannot be read, or the study or its outcome is not there or not named.
    """
    import optuna  # slow to import, and read by no other source

    name = without_password(request.source)
    study = _study(request, optuna)
    trials = study.get_trials(deepcopy=False)
    objective, outcome, maximize = _objective(study, request.outcome, name)
    pruned = any(trial.state.name == "PRUNED" for trial in trials)
    by_step = pruned and objective is not None and len(study.directions) == 1
    first = min((step for trial in trials for step in trial.intermediate_values), default=1)
    last = max((step for trial in trials for step in trial.intermediate_values), default=first)
    shift = 1 - min(first, 1)  # epochs count from 1
    read = [_trial(trial, objective, shift=shift, last=last + shift if by_step else 0) for trial in trials]
    distributions, notes = space_distributions(trials, request.columns, name)
    return ForeignSweep(
        name=f"{name}, study {study.study_name}",
        columns=tuple(distributions),
        certain=True,
        trials=tuple(read),
        outcome=outcome,
        maximize=maximize,
        stopped_early=pruned,
        adaptive=not _from_a_grid(trials),
        distributions=distributions,
        notes=(*notes, *_notes(trials, by_step=by_step, shift=shift)),
    )


def without_password(url: str) -> str:
    """Give a URL to show."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)


def _study(request: Request, optuna: Any) -> Any:
    name = without_password(request.source)
    try:
        storage = _storage(request.source, optuna)
        names = optuna.get_all_study_names(storage)
    except ImportError as error:
        raise ValueError(f"{name}: reading this database needs its driver, got: {error}.") from error
    except Exception as error:
        if not isinstance(error, _DAMAGED) and type(error).__module__.split(".")[0] not in _LIBRARIES:
            raise
        reason = without_password(_first_line(error.__cause__ or error))
        raise ValueError(f"{name}: must be a storage of Optuna, got: {reason}") from error
    return optuna.load_study(study_name=_study_name(names, request.study, name), storage=storage)


def _storage(source: str, optuna: Any) -> Any:
    if not _URL.match(source):
        with Path(source).open("rb") as file:
            is_database = file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC
        if not is_database:
            return optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(source))
        source = f"sqlite:///{source}"
    if source.startswith("sqlite"):
        source = _read_only(source)
    return optuna.storages.RDBStorage(source, skip_table_creation=True)


def _read_only(url: str) -> str:
    """SQLite would make a file that is not there."""
    path = url.split(":///", 1)[-1].split("?")[0].removeprefix("file:")
    if not Path(path).is_file():
        raise OSError(f"no file {path}")
    return f"sqlite:///file:{path}?mode=ro&uri=true"


def _study_name(names: Sequence[str], given: str | None, source: str) -> str:
    if given is not None and given not in names:
        raise ValueError(f"{source}: the study must be one of the storage, {known_names(given, names)}")
    if given is None and len(names) != 1:
        raise ValueError(f"{source}: the study must be named unless there is one, got none; there is {listed(names)}.")
    return given if given is not None else names[0]


def _objective(study: Any, given: str | None, source: str) -> tuple[int | None, str, bool]:
    """Find which of the study's values is meant: its index, its name, and whether it is to be maximised."""
    several = len(study.directions) > 1
    plain = [f"values_{index}" for index in range(len(study.directions))] if several else ["value"]
    names = list(study.metric_names or plain)
    if given is None and several:
        raise ValueError(
            f"{source}: the outcome must be named where a study has several, got none; there is {listed(names)}."
        )
    name = given if given is not None else names[0]
    if name not in names and name not in plain:
        raise ValueError(f"{source}: the outcome must be one of the study, {known_names(name, names)}")
    index = names.index(name) if name in names else plain.index(name)
    return index, names[index], study.directions[index].name == "MAXIMIZE"


def _trial(trial: Any, objective: int | None, *, shift: int, last: int) -> ForeignTrial:
    """Read a trial; with `last`, the last epoch of all, by its intermediate values."""
    state = trial.state.name
    steps = {step + shift: value for step, value in trial.intermediate_values.items()} if last else {}
    value = trial.values[objective or 0] if trial.values and state == "COMPLETE" else None
    if value is not None:
        steps[max([*steps, last]) if last else 0] = value
    finite = sorted((epoch, float(each)) for epoch, each in steps.items() if math.isfinite(each))
    return ForeignTrial(
        trial_id=str(trial.number),
        place=f"trial {trial.number}",
        values={name: plain_choice(each) for name, each in trial.params.items()},
        outcomes=tuple(finite),
        end=_end(state, value),
        state=state,
    )


def _end(state: str, value: float | None) -> End:
    match state:
        case "COMPLETE":
            return End.COMPLETE if value is not None and math.isfinite(value) else End.DIVERGED
        case "PRUNED":
            return End.STOPPED
        case "FAIL":
            return End.DIVERGED
    return End.FAILED


def _from_a_grid(trials: Sequence[Any]) -> bool:
    """Optuna does not record its sampler, but a grid leaves its mark."""
    return bool(trials) and all("grid_id" in trial.system_attrs for trial in trials)


def _notes(trials: Sequence[Any], *, by_step: bool, shift: int) -> list[str]:
    notes = []
    if not _from_a_grid(trials):
        notes.append(
            "Optuna does not record its sampler: configurations are taken to be chosen by the outcomes of others, as "
            "its default does."
        )
    if any(trial.state.name == "FAIL" for trial in trials):
        notes.append("Optuna's FAIL is a nan as outcome or an exception; both count as diverged.")
    if by_step:
        counted = ", counted from 1" if shift else ""
        notes.append(f"Pruned trials are read by their intermediate values; epochs are Optuna's steps{counted}.")
    return notes


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
