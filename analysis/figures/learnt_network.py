"""Which confirmed network a figure is about, and what its inputs are called."""

from collections.abc import Sequence

import pandas as pd

from analysis.confirmation.confirmation_record import ConfirmationRecord
from analysis.figures.nothing_to_draw import NothingToDraw
from learning_tasks.peptides.amino_acids import AMINO_ACIDS, RESIDUE_CLASSES

_BY_CLASS = "".join(RESIDUE_CLASSES.values())


def rows_of_trial(
    record: ConfirmationRecord, table: pd.DataFrame, trial: str | None, seed: int | None
) -> pd.DataFrame | None:
    """Give the rows of a configuration's networks, or of the one with a seed; None where the table has none.

    Args:
        record: the confirmation.
        table: one of its tables.
        trial: the configuration; the search's first that is in the table when None.
        seed: of the network; all of the confirmation's when None.

    Raises:
        NothingToDraw: If the trial was not confirmed, or not with this seed.
    """
    confirmed = [str(each["trial_id"]) for each in record.about["configurations"]]
    if trial is not None and trial not in confirmed:
        raise NothingToDraw(f"trial must be one of {', '.join(confirmed)}, got {trial!r}.")
    for trial_id in [trial] if trial is not None else confirmed:
        rows = table[table["trial_id"] == trial_id]
        seeds = sorted(set(rows["seed"]) & set(record.about["seeds"]))
        if seeds and seed is not None and seed not in seeds:
            raise NothingToDraw(f"seed of {trial_id} must be one of {', '.join(map(str, seeds))}, got {seed}.")
        if seeds:
            return rows[rows["seed"].isin(seeds if seed is None else [seed])]
    return None


def rows_of_network(
    record: ConfirmationRecord, table: pd.DataFrame, trial: str | None, seed: int | None
) -> pd.DataFrame | None:
    """Give the rows of one network, that of the first seed when none is given; otherwise as `rows_of_trial`."""
    rows = rows_of_trial(record, table, trial, seed)
    return None if rows is None else rows[rows["seed"] == rows["seed"].min()]


def check_kept(record: ConfirmationRecord, figure: str) -> None:
    """Refuse a confirmation of an earlier version, which kept no weights, biases or states.

    Raises:
        NothingToDraw: If it has none of any network.
    """
    if record.input_weights.empty and record.hidden_states.empty:
        raise NothingToDraw(
            f"{figure} needs what a network has learnt, and none of this confirmation kept it: either none was "
            "trained to its end, or an earlier version confirmed the run."
        )


def without_recurrence(trial: str | None) -> str:
    """Say which network has no recurrent layers."""
    return "none was confirmed" if trial is None else f"{trial} has none"


def token_order(tokens: Sequence[str]) -> list[int]:
    """Order tokens: amino acids by their chemical class, then the others as they come; none where some are missing."""
    if not set(AMINO_ACIDS) <= set(tokens):
        return list(range(len(tokens)))
    ranks = {letter: place for place, letter in enumerate(_BY_CLASS)}
    return sorted(range(len(tokens)), key=lambda place: ranks.get(tokens[place], len(ranks)))
