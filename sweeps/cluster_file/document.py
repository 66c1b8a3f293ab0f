"""A file that describes a cluster, as its author wrote it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Literal

import yaml

from sweeps.problems import Path, Problem, UsageError
from sweeps.yaml_text import YamlError, parse_yaml

Kind = Literal["ray_up", "kuberay", "slurm"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterDocument:
    """A cluster file that was read; nothing in it need be right."""

    source: str  # what it is called in messages
    kind: Kind
    text: str
    value: Mapping[str, Any]  # as Ray reads it; of a script, nothing
    lines: Mapping[Path, int]
    repeated: tuple[Problem, ...] = ()  # keys that stand twice

    @property
    def folder(self) -> FilePath:
        """The folder in which the file lies."""
        return FilePath(self.source).resolve().parent

    @property
    def provider(self) -> str:
        """Who gives the machines; empty where that is not said."""
        given = self.section("provider").get("type")
        return given if isinstance(given, str) else ""

    @property
    def head_type(self) -> str | None:
        """The name of the head's node type."""
        given = self.value.get("head_node_type")
        return given if isinstance(given, str) else None

    def line_of(self, path: Path) -> int | None:
        """Give the line of a key, or of the nearest enclosing one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def section(self, *path: str | int) -> Mapping[str, Any]:
        """Give a mapping of the file; an empty one where there is none."""
        found = self.at(*path)
        return found if isinstance(found, Mapping) else {}

    def commands(self, *path: str | int) -> Sequence[str]:
        """Give a list of commands; what is no text is left out."""
        found = self.at(*path)
        return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []

    def at(self, *path: str | int) -> Any:
        """Give what stands at a path, or None."""
        found: Any = self.value
        for key in path:
            if isinstance(found, list) and isinstance(key, int) and key < len(found):
                found = found[key]
            elif isinstance(found, Mapping):
                found = found.get(key)
            else:
                return None
        return found

    def node_types(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Go through the node types that are mappings."""
        for name, node_type in self.section("available_node_types").items():
            if isinstance(node_type, Mapping):
                yield str(name), node_type


def read_cluster_file(given: str) -> ClusterDocument:
    """Read a cluster file of any kind.

    Raises:
        UsageError: If there is no such file, or it is no text.
        YamlError: If it is no script and no YAML mapping.
    """
    text = _text(given)
    if text.startswith("#!") or given.endswith((".sh", ".sbatch", ".slurm")):
        return ClusterDocument(source=given, kind="slurm", text=text, value={}, lines={})
    parsed = parse_yaml(text)
    value = yaml.safe_load(text)  # as Ray does: `no` is false to it
    if not isinstance(value, dict):
        raise YamlError("must be a mapping of keys, such as cluster_name and provider.", None)
    kind: Kind = "kuberay" if "apiVersion" in value or "kind" in value else "ray_up"
    return ClusterDocument(
        source=given, kind=kind, text=text, value=value, lines=parsed.lines, repeated=parsed.repeated
    )


def _text(given: str) -> str:
    try:
        return FilePath(given).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"FILE must be a cluster file that can be read, got {given!r}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"FILE must be text in UTF-8, got other bytes in {given!r}.") from error
