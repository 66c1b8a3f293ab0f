"""The manifest of a run folder: what was run, with what, and how it ended."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Manifest = Mapping[str, Any]

FORMAT = "odyssey-run"
FORMAT_VERSION = 1
_DIRECTIONS = ("maximize", "minimize")


def read_manifest(run: Path) -> Manifest:
    """Read and check the manifest of a run folder.

    Raises:
        FileNotFoundError: If `run` is no run folder.
        ValueError: If the manifest is damaged or of an unknown format or version.
    """
    path = run / "manifest.json"
    if not path.is_file():
        raise FileNotFoundError(
            f"A run folder holds manifest.json; {run} {'holds none' if run.is_dir() else 'is none'}."
        )
    return read_manifest_text(path.read_bytes(), path)


def read_manifest_text(content: bytes, path: Path | str) -> Manifest:
    """Read and check a manifest that comes from a place called `path`.

    Raises:
        ValueError: If the manifest is damaged or of an unknown format or version.
    """
    manifest = _parse(content, path)
    _check_format(manifest, path)
    _check_content(manifest, path)
    return manifest


def _parse(content: bytes, path: Path | str) -> Manifest:
    try:
        manifest = json.loads(content)
    except ValueError as error:
        raise ValueError(f"{path} must be JSON: {error}") from error
    if not isinstance(manifest, dict):
        raise ValueError(f"{path} must be a JSON object, got {type(manifest).__name__}.")
    return manifest


def _check_format(manifest: Manifest, path: Path | str) -> None:
    if manifest.get("format") != FORMAT:
        raise ValueError(f"{path} must have the format {FORMAT!r}, got {manifest.get('format')!r}.")
    if manifest.get("format_version") != FORMAT_VERSION:
        given = manifest.get("format_version")
        raise ValueError(f"{path} must have the format version {FORMAT_VERSION}, got {given!r}.")


def _check_content(manifest: Manifest, path: Path | str) -> None:
    for key in ("space", "metric"):
        if not isinstance(manifest.get(key), dict):
            raise ValueError(f"{path} must have an object {key!r}, got {manifest.get(key)!r}.")
    metric = manifest["metric"]
    if not isinstance(metric.get("name"), str) or metric.get("direction") not in _DIRECTIONS:
        raise ValueError(f"{path} must name its metric and a direction, one of {_DIRECTIONS}, got {metric!r}.")
