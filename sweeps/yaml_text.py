"""YAML as people write it: 1e-5 is a number, keys are not given twice, and each value knows its line.

PyYAML reads YAML 1.1, where 1e-5 is text, ``no`` is false, 010 is 8 and 1:30 is 90. Here plain values are read as in
YAML 1.2: true and false are the only truth values, numbers are decimal (or 0x…, 0o…), and nothing becomes a date. 1_000
is a number, as in Python.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from sweeps.problems import Path, Problem

_PLAIN_VALUES = {  # tag: pattern, first characters; the first that matches counts
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": (r"[-+]?[0-9][0-9_]*|0x[0-9a-fA-F]+|0o[0-7]+", "-+0123456789"),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "merge": (r"<<", "<"),
}


class YamlError(ValueError):
    """A text is no YAML."""

    def __init__(self, reason: str, line: int | None) -> None:
        super().__init__(reason)
        self.line = line


class _Loader(yaml.SafeLoader):
    """Safe, and plain values are those of YAML 1.2."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except YamlError:
            raise
        except ValueError as error:  # of a tag such as !!int on what is none
            raise YamlError(f"must be YAML: {error}.", node.start_mark.line + 1) from error


class _Dumper(yaml.SafeDumper):
    """Quotes text that YAML 1.1 or 1.2 would read as something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _whole_number(loader: _Loader, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node).replace("_", "")
    return int(text, 0) if text[:2] in ("0x", "0o") else int(text)


_Loader.yaml_implicit_resolvers = {}
_Loader.add_constructor("tag:yaml.org,2002:int", _whole_number)
for _tag, (_pattern, _first) in _PLAIN_VALUES.items():
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))


@dataclass(frozen=True, kw_only=True, slots=True)
class YamlText:
    """A parsed YAML document, the line (from 1) of each of its keys, and the keys that stand in it twice."""

    value: Any
    lines: Mapping[Path, int]
    repeated: tuple[Problem, ...] = ()

    def line_of(self, path: Path) -> int | None:
        """Give the line of a key, or of the nearest enclosing one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path) if path else None


def parse_yaml(text: str) -> YamlText:
    """Parse one YAML document.

    Raises:
        YamlError: If the text is no YAML; the error knows the line.
    """
    try:
        return _parse(text)
    except yaml.YAMLError as error:
        raise YamlError(*_reason_and_line(error)) from error
    except RecursionError as error:
        raise YamlError("must not be nested so deeply.", None) from error


def dump_yaml(value: Any) -> str:
    """Write plain data as YAML that ``parse_yaml``, and any reader of YAML 1.1 or 1.2, reads back equal."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=100)


def _parse(text: str) -> YamlText:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return YamlText(value=None, lines={})
        notes = _Notes()
        notes.take(node, (), above=())
        return YamlText(value=loader.construct_document(node), lines=notes.lines, repeated=tuple(notes.repeated))
    finally:
        loader.dispose()


class _Notes:
    """What is known of a document's nodes and not of its values."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.repeated: list[Problem] = []

    def take(self, node: yaml.Node, path: Path, above: tuple[yaml.Node, ...]) -> None:
        if any(node is each for each in above):
            raise YamlError("must not hold an alias of what surrounds it.", node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self._take_key(key, (*path, str(key.value)))
                self.take(value, (*path, str(key.value)), (*above, node))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self.lines.setdefault((*path, index), value.start_mark.line + 1)
                self.take(value, (*path, index), (*above, node))

    def _take_key(self, key: yaml.Node, path: Path) -> None:
        line = key.start_mark.line + 1
        if path in self.lines:
            message = f"must be given once, got it on lines {self.lines[path]} and {line}."
            self.repeated.append(Problem(path=path, message=message, line=line))
        self.lines.setdefault(path, line)


def _reason_and_line(error: yaml.YAMLError) -> tuple[str, int | None]:
    if isinstance(error, yaml.reader.ReaderError):
        return f"must be text, got the character #x{int(error.character):02x}: is it a binary file?", None
    mark = getattr(error, "problem_mark", None)
    parts = [part for part in (getattr(error, "context", None), getattr(error, "problem", None)) if part]
    reason = f"must be YAML: {', '.join(parts) or error}."
    if "'\\t'" in reason:
        reason += " Indent with spaces: YAML allows no tabs."
    return reason, mark.line + 1 if mark else None
