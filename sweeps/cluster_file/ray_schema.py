"""Ray's own schema of the files of ``ray up``, and its own checks after that."""

import contextlib
import copy
import io
import json
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sweeps.cluster_file.document import ClusterDocument
from sweeps.cluster_file.schema_words import schema_problems
from sweeps.problems import Problem
from sweeps.quiet_ray import quiet_ray

_SHARE = "must be a whole number, for a machine has whole ones; shares are for trials (resources in a sweep file)."
_REPLACED = {  # keys that Ray's schema lacks and its loader still knows, and what to write
    "min_workers": "must stand in a node type: Ray ignores it here.",
    "head_node": "must be a node type, named by head_node_type: Ray ignores it here.",
    "worker_nodes": "must be node types: Ray ignores it here.",
}


def follows_schema(document: ClusterDocument) -> Iterator[Problem]:
    """Check keys, types and bounds against the schema that Ray brings along."""
    value = dict(document.value)
    if document.provider == "local":
        value.pop("min_workers", None)
    for problem in schema_problems(_ray_schema(), with_resources(value)):
        yield _in_other_words(problem)


def _in_other_words(problem: Problem) -> Problem:
    if len(problem.path) == 1 and problem.path[0] in _REPLACED:
        return Problem(path=problem.path, message=_REPLACED[str(problem.path[0])])
    if "resources" in problem.path[:-1] and "a whole number" in problem.message:
        got = problem.message.rpartition(", got ")[2]
        return Problem(path=problem.path, message=f"{_SHARE[:-1]}; got {got}")
    return problem


def with_resources(value: Mapping[str, Any]) -> dict[str, Any]:
    """Give empty resources to a node type that has none: Ray asks the cloud for them before it validates."""
    filled = copy.deepcopy(dict(value))
    types = filled.get("available_node_types")
    for node_type in types.values() if isinstance(types, dict) else ():
        if isinstance(node_type, dict):
            node_type.setdefault("resources", {})
    return filled


def _ray_schema() -> dict[str, Any]:
    ray = find_spec("ray")
    if ray is None or not ray.submodule_search_locations:
        return {}
    path = Path(ray.submodule_search_locations[0]) / "autoscaler" / "ray-schema.json"
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


def ray_accepts(document: ClusterDocument) -> Iterator[Problem]:
    """Do what ``ray up`` does before it talks to anybody."""
    from ray.autoscaler._private.util import prepare_config, validate_config

    quiet_ray()
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            prepared = prepare_config(copy.deepcopy(dict(document.value)))
            validate_config(with_resources(prepared))
    except (Exception, SystemExit) as error:
        reason = (str(error) or said.getvalue() or type(error).__name__).strip().splitlines()[0]
        yield Problem(path=(), message=f"must be what Ray accepts, and it says: {reason}")
