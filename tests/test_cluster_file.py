"""cluster.yaml, by Ray's own checks, and by what must hold of it besides."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture
def cluster(checkout: Path) -> dict[str, Any]:
    return yaml.safe_load((checkout / "cluster.yaml").read_text())


def validate(cluster: dict[str, Any]) -> None:
    """Do what ``ray up`` does before it talks to a cloud."""
    from ray.autoscaler._private.util import prepare_config, validate_config

    prepared = prepare_config(copy.deepcopy(cluster))
    for node_type in prepared["available_node_types"].values():
        node_type.setdefault("resources", {})  # Ray asks the cloud for them before it validates
    validate_config(prepared)


def test_ray_accepts_the_cluster_file(cluster):
    validate(cluster)


def test_ray_refuses_a_misspelt_key_so_that_the_check_above_can_fail(cluster):
    with pytest.raises(Exception, match="max_worker"):
        validate(cluster | {"max_worker": 3})


def test_no_trial_lands_on_the_head(cluster):
    assert cluster["available_node_types"][cluster["head_node_type"]]["resources"]["CPU"] == 0


def test_every_node_asks_for_the_token_and_none_opens_its_dashboard(cluster):
    starts = [
        command
        for role in ("head", "worker")
        for command in cluster[f"{role}_start_ray_commands"]
        if "ray start" in command
    ]
    assert len(starts) == 2
    assert all("RAY_AUTH_MODE=token" in command for command in starts)
    assert "--dashboard-host=127.0.0.1" in starts[0]
    assert not any("0.0.0.0" in command for command in starts)


def test_the_image_has_the_ray_that_was_tested(cluster, checkout):
    pins = dict(line.split("==") for line in (checkout / "constraints.txt").read_text().splitlines() if "==" in line)
    assert f"ray:{pins['ray']}-" in cluster["docker"]["image"]
