"""The tables of a confirmation, filled replicate by replicate.

Each finished replicate is a folder in `parts` with small tables of its own, so that a killed confirmation loses none;
at the end the parts become one file a table.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis.arrow_tables import read_parquet, table_of_columns, to_arrow, to_frame, write_parquet
from analysis.run_schema import REAL, TEXT, WHOLE

FloatArray = NDArray[np.float64]
Tables = dict[str, pd.DataFrame]

# As written: a part is whole when it has its replicates.
TABLES = ("predictions", "embeddings", "input_weights", "gate_biases", "hidden_states", "replicates")
LEARNT = TABLES[2:5]  # not of a confirmation of an earlier version
KEYS = ["trial_id", "seed"]
_NUMBER, _PROBABILITY = "prediction", "probability/"
_SCHEMAS = {
    "replicates": [("trial_id", TEXT), ("seed", WHOLE), ("epochs", WHOLE), ("status", TEXT), ("error", TEXT),
                   ("seconds", REAL), ("train_loss", REAL)],
    "predictions": [("trial_id", TEXT), ("seed", WHOLE), ("unit", WHOLE)],
    "embeddings": [("trial_id", TEXT), ("seed", WHOLE), ("table", TEXT), ("id", WHOLE), ("token", TEXT)],
    "input_weights": [("trial_id", TEXT), ("seed", WHOLE), ("reads", TEXT), ("embedding", TEXT), ("direction", TEXT),
                      ("gate", TEXT), ("unit", WHOLE), ("step", WHOLE)],
    "gate_biases": [("trial_id", TEXT), ("seed", WHOLE), ("layer", WHOLE), ("direction", TEXT), ("gate", TEXT),
                    ("unit", WHOLE), ("start", REAL), ("trained", REAL)],
    "hidden_states": [("trial_id", TEXT), ("seed", WHOLE), ("sample", WHOLE), ("length", WHOLE), ("target", REAL),
                      ("prediction", REAL), ("probability", REAL), ("direction", TEXT), ("step", WHOLE),
                      ("token", WHOLE)],
}  # fmt: skip


def replicate_tables(
    row: Mapping[str, Any],
    *,
    metrics: Mapping[str, float],
    predictions: FloatArray | None,
    embeddings: Mapping[str, FloatArray],
    token_names: Sequence[str],
    learnt: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, pa.Table]:
    """Lay out what a replicate has brought.

    Args:
        row: the columns of `replicates` but for the metrics.
        metrics: on the test split.
        predictions: (unit,) numbers, (unit, class) probabilities, or None where the replicate was lost.
        embeddings: by table (token id, dimension), of which the padding, id 0, is left out.
        token_names: of the ids from 1 on; where there are none, the id itself is the name.
        learnt: the columns of the tables that tell what else the network has learnt.
    """
    own = {key: row[key] for key in KEYS}
    tokens = [_embedding_columns(name, weights, token_names) for name, weights in embeddings.items()]
    of_tables = [_table("embeddings", len(columns["id"]), own, columns) for columns in tokens]
    return {
        "replicates": _table("replicates", 1, row, {f"metrics/{name}": [value] for name, value in metrics.items()}),
        "predictions": _table("predictions", 0 if predictions is None else len(predictions), own,
                              _prediction_columns(predictions)),
        "embeddings": pa.concat_tables([_table("embeddings", 0, own, {}), *of_tables], promote_options="default"),
        **{name: _learnt_table(name, own, (learnt or {}).get(name, {})) for name in LEARNT},
    }  # fmt: skip


def prediction_arrays(predictions: pd.DataFrame) -> FloatArray:
    """Give the predictions of one replicate in the order of the units: (unit,) or (unit, class)."""
    ordered = predictions.sort_values("unit")
    if _NUMBER in ordered:
        return ordered[_NUMBER].to_numpy(dtype=np.float64)
    classes = [name for name in ordered if str(name).startswith(_PROBABILITY)]
    return ordered[classes].to_numpy(dtype=np.float64)


def write_part(folder: Path, tables: Mapping[str, pa.Table]) -> None:
    """Keep what a replicate has brought, whole or not at all.

    Raises:
        OSError: If the folder cannot be written.
    """
    [trial_id], [seed] = (tables["replicates"].column(key).to_pylist() for key in KEYS)
    part = folder / "parts" / f"{trial_id}-{seed}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for name in TABLES:
        write_parquet(tables[name], part / f"{name}.parquet")


def read_tables(folder: Path) -> Tables:
    """Read all replicates, those in parts too; of one that is in both, the part counts.

    Raises:
        ValueError: If a table is damaged.
    """
    whole = [folder] if (folder / "replicates.parquet").is_file() else []
    places = [*whole, *sorted(path.parent for path in folder.glob("parts/*/replicates.parquet"))]
    return {name: _latest([_read(place, name) for place in places], name) for name in TABLES}


def fold_parts(folder: Path) -> None:
    """Turn the parts into one file a table.

    Raises:
        OSError: If the folder cannot be written.
    """
    for name, table in read_tables(folder).items():
        write_parquet(to_arrow(table), folder / f"{name}.parquet")
    shutil.rmtree(folder / "parts", ignore_errors=True)


def _read(place: Path, name: str) -> pd.DataFrame:
    if name in LEARNT and not (place / f"{name}.parquet").is_file():
        return to_frame(_table(name, 0, {}, {}))
    return to_frame(read_parquet(place / f"{name}.parquet"))


def _latest(frames: Sequence[pd.DataFrame], name: str) -> pd.DataFrame:
    """Join tables of different replicates; of one that is in several, the rows of the last stay."""
    if not frames:
        return to_frame(_table(name, 0, {}, {}))
    joined = pd.concat(frames, keys=range(len(frames)), names=["place", None]).reset_index(level="place")
    last = joined.groupby(KEYS)["place"].transform("max") if len(joined) else joined["place"]
    kept = joined[joined["place"] == last].drop(columns="place")
    return kept.sort_values(KEYS, kind="stable").reset_index(drop=True)


def _table(name: str, length: int, same: Mapping[str, Any], columns: Mapping[str, Any]) -> pa.Table:
    """Build a table in which some columns have one value, and others, all real but for the known ones, their own."""
    known = dict(_SCHEMAS[name])
    values = {key: [same.get(key)] * length for key in known} | dict(columns)
    schema = pa.schema([(key, known.get(key, REAL)) for key in values])
    return table_of_columns(values, schema)


def _learnt_table(name: str, own: Mapping[str, Any], columns: Mapping[str, Any]) -> pa.Table:
    return _table(name, len(next(iter(columns.values()), ())), own, columns)


def _prediction_columns(predictions: FloatArray | None) -> dict[str, Any]:
    if predictions is None:
        return {}
    units = {"unit": np.arange(len(predictions))}
    if predictions.ndim == 1:
        return units | {_NUMBER: predictions}
    return units | {f"{_PROBABILITY}{number}": column for number, column in enumerate(predictions.T)}


def _embedding_columns(name: str, weights: FloatArray, token_names: Sequence[str]) -> dict[str, Any]:
    ids = range(1, len(weights))
    tokens = [token_names[number - 1] if number <= len(token_names) else str(number) for number in ids]
    dimensions = {f"d{number}": column for number, column in enumerate(weights[1:].T)}
    return {"table": [name] * len(ids), "id": list(ids), "token": tokens} | dimensions
