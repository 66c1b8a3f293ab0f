"""What puts configurations where they rank, as data and as a table for a person."""

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.importance.decomposition import Decomposition, decomposition_text, signed

LEAST = 0.0005  # an interaction that is smaller everywhere gets no column


def effects_data(decompositions: Mapping[str, Decomposition], trial_ids: Sequence[str]) -> pd.DataFrame:
    """Lay effects out, a row a trial: the mean, each effect and the rest, which add up to the outcome."""
    found = [decompositions[trial_id] for trial_id in trial_ids]
    effects = pd.DataFrame([{_column(effect.names): effect.value for effect in each.effects} for each in found])
    worth = [name for name in effects if "×" not in str(name) or effects[name].abs().max() >= LEAST]
    kept = effects[worth].fillna(0.0)
    table = kept.assign(rest=[each.distance for each in found] - kept.sum(axis=1))
    table.insert(0, "mean", [each.mean for each in found])
    return table


def _column(names: Sequence[str]) -> str:
    return f"effect/{' × '.join(names)}"


def effects_table(decompositions: Mapping[str, Decomposition], ranking: pd.DataFrame) -> pd.DataFrame:
    """Lay the largest effects out for the eye."""
    found = [decompositions[trial_id] for trial_id in ranking["trial_id"]]
    return pd.DataFrame(
        {
            "rank": ranking["position"],
            "trial": ranking["trial_id"],
            "from the mean": [signed(each.distance) for each in found],
            "because of": [decomposition_text(each) for each in found],
        }
    )
