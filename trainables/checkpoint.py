"""The last state of a trial on disk."""

import json
import pickle
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch


def checkpoint_path(folder: str | Path, trial_id: str) -> Path:
    """Say where a trial's checkpoint lies."""
    return Path(folder) / f"{trial_id}.pt"


def save_checkpoint(path: Path, *, config: Mapping[str, Any], state: dict[str, Any]) -> None:
    """Write a trial's configuration and state as one file, whole or not at all.

    Raises:
        OSError: If the folder cannot be written, or RuntimeError where torch finds out first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        temporary = Path(file.name)
        try:
            torch.save({"config": _canonical(config), "state": state}, file)
        except BaseException:
            temporary.unlink()
            raise
    temporary.replace(path)


def load_checkpoint(path: Path, *, config: Mapping[str, Any]) -> dict[str, Any] | None:
    """Read a trial's state, or None where there is none.

    Raises:
        ValueError: If the file is damaged or belongs to another configuration.
    """
    if not path.exists():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        owner, state = content["config"], content["state"]
    except (OSError, RuntimeError, EOFError, KeyError, TypeError, ValueError, pickle.UnpicklingError) as error:
        raise ValueError(f"The checkpoint {path} cannot be read: {error}") from error
    if owner != _canonical(config):
        raise ValueError(f"The checkpoint {path} must be of {_canonical(config)}, got one of {owner}.")
    return dict(state)


def remove_checkpoint(path: Path) -> None:
    """Delete a trial's checkpoint, if there is one."""
    path.unlink(missing_ok=True)


def _canonical(config: Mapping[str, Any]) -> str:
    return json.dumps(config, sort_keys=True)
