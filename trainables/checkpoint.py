"""The last states of trials, in a folder or an object store."""

import io
import json
import re
import secrets
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import torch

_NAME = re.compile(r"(\d+)\.pt")


class CheckpointFolder:
    """Where trials keep their states: a file for each epoch kept, there whole or not at all.

    Args:
        location: a path, or a URI that pyarrow's file systems know, such as s3://bucket/prefix.
    """

    def __init__(self, location: str) -> None:
        self._location = location

    def epochs(self, trial_id: str) -> list[int]:
        """Tell of which epochs a trial's state is kept, in order.

        Raises:
            OSError: If that cannot be found out.
        """
        from pyarrow import fs

        file_system, folder = self._place
        infos = file_system.get_file_info(fs.FileSelector(f"{folder}/{trial_id}", allow_not_found=True))
        return sorted(int(match[1]) for info in infos if (match := _NAME.fullmatch(info.base_name)))

    def save(self, trial_id: str, epoch: int, *, config: Mapping[str, Any], state: dict[str, Any]) -> None:
        """Keep a trial's configuration and state.

        Raises:
            OSError: If the folder cannot be written.
        """
        content = io.BytesIO()
        torch.save({"config": _canonical(config), "state": state}, content)
        file_system, _ = self._place
        path = self._path(trial_id, epoch)
        if file_system.type_name != "local":
            _write(file_system, path, content)  # a store shows an object when it is whole
            return
        temporary = f"{path}.{secrets.token_hex(4)}.tmp"
        file_system.create_dir(path.rpartition("/")[0], recursive=True)
        try:
            _write(file_system, temporary, content)
            file_system.move(temporary, path)
        except BaseException:
            _remove(file_system, temporary)
            raise

    def load(self, trial_id: str, epoch: int, *, config: Mapping[str, Any]) -> dict[str, Any]:
        """Read a trial's state.

        Raises:
            ValueError: If the file is damaged or belongs to another configuration.
            OSError: If it cannot be read.
        """
        path = self._path(trial_id, epoch)
        with self._place[0].open_input_file(path) as file:
            given = io.BytesIO(file.read())
        try:
            content = torch.load(given, map_location="cpu", weights_only=True)
            owner, state = content["config"], dict(content["state"])
        except Exception as error:  # of what is no checkpoint, torch raises nearly anything
            raise ValueError(f"The checkpoint {path} cannot be read: {error}") from error
        if owner != _canonical(config):
            raise ValueError(f"The checkpoint {path} must be of {_canonical(config)}, got one of {owner}.")
        return state

    def remove(self, trial_id: str, epoch: int) -> None:
        """Delete a state, if it is kept.

        Raises:
            OSError: If it cannot be deleted.
        """
        _remove(self._place[0], self._path(trial_id, epoch))

    @cached_property
    def _place(self) -> tuple[Any, str]:
        from pyarrow import fs

        file_system, path = fs.FileSystem.from_uri(self._location)
        return file_system, path

    def _path(self, trial_id: str, epoch: int) -> str:
        return f"{self._place[1]}/{trial_id}/{epoch:06d}.pt"


def _write(file_system: Any, path: str, content: io.BytesIO) -> None:
    with file_system.open_output_stream(path) as stream:
        stream.write(content.getbuffer())


def _remove(file_system: Any, path: str) -> None:
    try:
        file_system.delete_file(path)
    except FileNotFoundError:
        return


def _canonical(config: Mapping[str, Any]) -> str:
    return json.dumps(config, sort_keys=True)
