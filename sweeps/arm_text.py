"""A sweep with arms in words and as plain data, for ``validate``."""

import json
from typing import Any

from sweeps.arm_loading import Experiment, ReadyArm
from sweeps.arms import Arm
from sweeps.plan_text import describe_sweep, plan_json
from sweeps.space_text import distribution_text


def describe_arms(experiment: Experiment) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Say what all arms will do, and what each will do besides."""
    texts = {each.arm.name: _described(each) for each in experiment.arms}
    first, *others = texts.values()
    common = {key: value for key, value in first.items() if all(other.get(key) == value for other in others)}
    own = {arm: {key: value for key, value in keys.items() if common.get(key) != value} for arm, keys in texts.items()}
    return common, own


def plan_arms(experiment: Experiment) -> dict[str, Any]:
    """Give the same as plain data: the plan of each arm, in the order in which they run."""
    arms = {
        each.arm.name: {
            "changes": {change.text: change.value for change in each.arm.changes},
            "vary": None if each.arm.vary is None else list(each.arm.vary),
            "after": list(each.arm.after),
            **plan_json(each.sweep, each.data),
        }
        for each in experiment.arms
    }
    return {"valid": True, "name": experiment.name, "arms": arms}


def _described(ready: ReadyArm) -> dict[str, str]:
    return {**_changes_text(ready.arm), **describe_sweep(ready.sweep, ready.data), **_searched_text(ready)}


def _changes_text(arm: Arm) -> dict[str, str]:
    texts = ((each.text, each.value if isinstance(each.value, str) else json.dumps(each.value)) for each in arm.changes)
    changes = ", ".join(f"{key}: {value}" for key, value in texts)
    return {"changes": changes} if changes else {}


def _searched_text(ready: ReadyArm) -> dict[str, str]:
    """Name what is searched with its range, and where the rest is held."""
    space = ready.sweep.space
    ranges = [f"{name} {distribution_text(space[name].distribution)}" for name in space.searched]
    searched = "; ".join(ranges) or "nothing"
    if ready.arm.vary is None:
        return {"searched": searched}
    held = f"the best after {', '.join(ready.arm.after)}" if ready.arm.after else "their defaults"
    return {"searched": f"{searched}; the others are held at {held}"}
