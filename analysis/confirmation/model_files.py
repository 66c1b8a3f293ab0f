"""The trained networks of a confirmation as files, in its folder `models`; `trainables.saved_model` reads them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.atomic_file import write_bytes_atomically, write_text_atomically


def model_name(trial_id: str, seed: int) -> str:
    """Name the files of a replicate's network, but for their suffixes."""
    return f"{trial_id}-seed{seed}"


def write_model(folder: Path, name: str, *, weights: bytes, about: Mapping[str, Any]) -> None:
    """Write a network's weights, and what they belong to beside them.

    Raises:
        OSError: If the folder cannot be written.
    """
    models = folder / "models"
    models.mkdir(exist_ok=True)
    write_text_atomically(models / f"{name}.json", json.dumps(about, indent=2) + "\n")
    write_bytes_atomically(models / f"{name}.pt", weights)
