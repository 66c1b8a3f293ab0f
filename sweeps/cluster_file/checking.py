"""Everything that is wrong in a cluster file, at once, each with its place."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sweeps.cluster_file.catalogue import RULES, Level
from sweeps.cluster_file.document import ClusterDocument, read_cluster_file
from sweeps.cluster_file.ray_schema import ray_accepts
from sweeps.problems import LocatedProblem, Problem
from sweeps.yaml_text import YamlError


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """One thing that is wrong (error) or unwise (warning)."""

    level: Level
    problem: LocatedProblem

    def __str__(self) -> str:
        source, line = self.problem.source, self.problem.line
        place = f"{source}:{line}" if line else source
        parts = (f"{place}: {self.level}", self.problem.key, self.problem.message)
        return ": ".join(part for part in parts if part)

    def as_record(self) -> dict[str, Any]:
        """Give the same as plain data."""
        return {"level": self.level, **asdict(self.problem)}


def check_cluster_file(given: str) -> list[Remark]:
    """Read a file that describes a cluster and tell what is wrong in it, in the file's order, errors first.

    Raises:
        UsageError: If there is no such file.
    """
    try:
        document = read_cluster_file(given)
    except YamlError as error:
        problem = LocatedProblem(source=given, line=error.line, key="", message=str(error))
        return [Remark(level="error", problem=problem)]
    found = list(_remarks(document))
    if document.kind == "ray_up" and not any(each.level == "error" for each in found):
        found += [_located(document, "error", each) for each in ray_accepts(document)]
    return sorted(found, key=lambda remark: (remark.level, remark.problem.line or 0))


def _remarks(document: ClusterDocument) -> Iterator[Remark]:
    told: set[tuple[str | int, ...]] = set()  # what follows from a wrong value is not told again
    for repeated in document.repeated:
        yield _located(document, "error", repeated)
    for level, rules in RULES[document.kind].items():
        for number, rule in enumerate(rules):
            new = [each for each in rule(document) if not each.path or each.path not in told]
            yield from (_located(document, level, each) for each in new)
            if number == 0 and level == "error":  # the schema comes first
                told |= {each.path for each in new if "must have" not in each.message}


def _located(document: ClusterDocument, level: Level, problem: Problem) -> Remark:
    line = problem.line or document.line_of(problem.path)
    key = ".".join(map(str, problem.path))
    located = LocatedProblem(source=document.source, line=line, key=key, message=problem.message)
    return Remark(level=level, problem=located)
