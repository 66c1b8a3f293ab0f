"""The cluster files of the repository, by Ray's own checks and by what must hold of them besides."""

import copy
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from cluster_files import RAY_UP, SHIPPED

from sweeps.cluster_file.kuberay_schema import manifest_schema
from sweeps.cluster_file.slurm_script import SlurmScript

CLOUDS = ("cluster.yaml", "clusters/gcp.yaml")
CRD = os.environ.get("ODYSSEY_KUBERAY_CRD")


@pytest.fixture
def cluster(checkout: Path, request) -> dict[str, Any]:
    return yaml.safe_load((checkout / getattr(request, "param", "cluster.yaml")).read_text())


@pytest.fixture
def rayjob(checkout: Path) -> dict[str, Any]:
    return yaml.safe_load((checkout / "clusters/kuberay-rayjob.yaml").read_text())


@pytest.fixture
def slurm(checkout: Path) -> Path:
    return checkout / "clusters/slurm.sh"


@pytest.fixture
def pins(checkout: Path) -> dict[str, str]:
    return dict(line.split("==") for line in (checkout / "constraints.txt").read_text().splitlines() if "==" in line)


def validate(cluster: dict[str, Any]) -> None:
    """Do what ``ray up`` does before it talks to a cloud."""
    from ray.autoscaler._private.util import prepare_config, validate_config

    prepared = prepare_config(copy.deepcopy(cluster))
    for node_type in prepared["available_node_types"].values():
        node_type.setdefault("resources", {})  # Ray asks the cloud for them before it validates
    validate_config(prepared)


@pytest.mark.parametrize("cluster", RAY_UP, indirect=True)
def test_ray_accepts_the_cluster_file(cluster):
    validate(cluster)


@pytest.mark.parametrize("cluster", RAY_UP, indirect=True)
def test_ray_refuses_a_misspelt_key_so_that_the_check_above_can_fail(cluster):
    with pytest.raises(Exception, match="max_worker"):
        validate(cluster | {"max_worker": 3})


@pytest.mark.parametrize("cluster", CLOUDS, indirect=True)
def test_no_trial_lands_on_the_head_of_a_cloud(cluster):
    assert cluster["available_node_types"][cluster["head_node_type"]]["resources"]["CPU"] == 0


def starts(cluster: dict[str, Any]) -> list[str]:
    """Give the commands that start Ray: the head's, a worker's."""
    commands = [command for role in ("head", "worker") for command in cluster[f"{role}_start_ray_commands"]]
    return [command for command in commands if "ray start" in command]


@pytest.mark.parametrize("cluster", RAY_UP, indirect=True)
def test_every_node_asks_for_the_token_and_none_opens_its_dashboard(cluster):
    head, worker = starts(cluster)
    assert all(command.index("RAY_AUTH_MODE=token") < command.index("ray start") for command in (head, worker))
    assert "--dashboard-host=127.0.0.1" in head
    assert "0.0.0.0" not in yaml.safe_dump(cluster)


@pytest.mark.parametrize("cluster", RAY_UP, indirect=True)
def test_the_token_and_the_locked_versions_travel_and_code_does_not(cluster, checkout):
    mounts = cluster["file_mounts"]
    assert [local for remote, local in mounts.items() if remote.endswith("/.ray/auth_token")] == ["~/.ray/auth_token"]
    brought = {local for local in mounts.values() if not local.startswith("~")}
    assert brought == {"pyproject.toml", "constraints.txt", "README.md", "LICENSE"}
    assert all((checkout / local).is_file() for local in brought)
    assert any("-c ~/odyssey" in command and "--only-deps" in command for command in cluster["setup_commands"])


@pytest.mark.parametrize("cluster", CLOUDS, indirect=True)
def test_the_image_has_the_ray_that_was_tested(cluster, pins):
    assert f"ray:{pins['ray']}-" in cluster["docker"]["image"]


def test_what_the_nodes_install_is_what_the_files_say(checkout, pins):
    extra = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]["optional-dependencies"]["cluster"]
    assert any(each.startswith("ray[default]") for each in extra)
    assert int(pins["pip"].split(".")[0]) >= 26  # --only-deps


def test_workers_on_aws_are_spot_instances_that_may_write_to_the_bucket(cluster):
    worker = cluster["available_node_types"]["gpu"]["node_config"]
    assert worker["InstanceMarketOptions"] == {"MarketType": "spot"}
    assert worker["IamInstanceProfile"] == {"Name": "odyssey-worker"}
    assert all(len(each["node_config"]["SecurityGroupIds"]) == 1 for each in cluster["available_node_types"].values())


def test_the_on_premises_file_says_which_autoscaler_it_needs(checkout):
    assert "RAY_UP_enable_autoscaler_v2=0 ray up" in (checkout / "clusters/on-premises.yaml").read_text()


def test_the_rayjob_follows_the_part_of_the_schema_that_we_wrote_down(rayjob, pins):
    jsonschema.validate(rayjob, manifest_schema("RayJob"))
    assert rayjob["spec"]["rayClusterSpec"]["rayVersion"] == pins["ray"]


@pytest.mark.skipif(CRD is None, reason="ODYSSEY_KUBERAY_CRD names no copy of ray.io_rayjobs.yaml (1.4 MB, of KubeRay)")
def test_the_rayjob_follows_the_whole_schema_of_kuberay(rayjob):
    versions = yaml.load(Path(str(CRD)).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["spec"]["versions"]
    schema = next(each for each in versions if each["name"] == "v1")["schema"]["openAPIV3Schema"]
    strict = closed(schema)
    strict["properties"]["metadata"] = {"type": "object"}
    jsonschema.validate(rayjob, strict)


def closed(schema: Any) -> Any:
    """Refuse keys that a schema does not name: Kubernetes would drop them in silence."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    inner = {key: closed(each) for key, each in schema.items() if key != "properties"}
    if "properties" in schema:
        inner["properties"] = {key: closed(each) for key, each in schema["properties"].items()}
        inner.setdefault("additionalProperties", bool(schema.get("x-kubernetes-preserve-unknown-fields")))
    return inner


def test_the_slurm_script_is_bash(slurm):
    assert subprocess.run(["bash", "-n", slurm], capture_output=True, text=True, check=False).stderr == ""


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_finds_nothing_in_the_slurm_script(slurm):
    assert subprocess.run(["shellcheck", slurm], capture_output=True, text=True, check=False).stdout == ""


def test_the_slurm_script_takes_whole_nodes_with_one_ray_each(slurm):
    script = SlurmScript(text=slurm.read_text())
    assert all(option.heeded for option in script.options)
    assert {"exclusive": "", "ntasks-per-node": "1", "nodes": "3"}.items() <= script.heeded.items()


def test_the_slurm_script_runs_a_sweep_on_the_address_that_it_started(slurm, tmp_path):
    """Its commands are replaced by ones that print what they were given; no Slurm is needed for that."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, body in {
        "srun": 'printf "%s\\n" "$@"',
        "hostname": "echo 10.1.2.3 10.9.9.9",
        "python": "echo secret",
    }.items():
        (tools / name).write_text(f"#!/bin/bash\n{body}\n")
        (tools / name).chmod(0o755)
    home = tmp_path / "home"
    (home / "odyssey/.venv/bin").mkdir(parents=True)
    (home / "odyssey/.venv/bin/activate").write_text("")
    job = {"SLURM_JOB_ID": "41", "SLURM_JOB_NODELIST": "n[1-3]", "SLURM_JOB_NUM_NODES": "3", "SLURM_CPUS_PER_TASK": "8"}
    environment = {"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(home), **job}
    done = subprocess.run(
        ["bash", slurm, "sweep.yaml"], capture_output=True, text=True, env=environment, check=True, cwd=tmp_path
    )
    given = done.stdout.splitlines()
    before, after = given[: given.index("--")], given[given.index("--") + 1 :]
    assert before[1:5] == ["ray", "symmetric-run", "--address", "10.1.2.3:20041"]
    assert after[:7] == ["python", "-m", "sweeps", "run", "sweep.yaml", "--address", "10.1.2.3:20041"]
    assert "secret" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_says_which_page_explains_it(name, checkout):
    pages = re.findall(r"docs/clusters/[\w-]+\.md", (checkout / name).read_text())
    assert pages
    assert all((checkout / page).is_file() for page in pages)


def test_no_file_opens_a_port_to_the_world(checkout, cluster, rayjob):
    """AWS and Google open a port unless a group or a network is named; Kubernetes' service stays inside."""
    google = yaml.safe_load((checkout / "clusters/gcp.yaml").read_text())
    for types, key in ((cluster, "SecurityGroupIds"), (google, "networkInterfaces")):
        assert all(each["node_config"][key] for each in types["available_node_types"].values())
        assert "security_group" not in types["provider"]
    assert rayjob["spec"]["rayClusterSpec"]["headGroupSpec"]["serviceType"] == "ClusterIP"
    assert not any(word in (checkout / name).read_text() for name in SHIPPED for word in ("0.0.0.0", "::/0"))
