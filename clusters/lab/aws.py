"""The AWS cluster for real, without AWS: `python clusters/lab/aws.py`.

`cluster.yaml` as it is shipped, but for what a stand-in cannot hold: no container, moto's image and
group, addresses of the lab, half a minute until an idle machine is ended, and no set-up commands, since the machines
have this environment already.

The head starts from nothing, a sweep's demand starts spot machines, one of which is taken back in the middle; its
trials go on from their checkpoints in the bucket, idle machines are ended, `ray down` ends the head.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from cloud import REGION, Cloud, cloud, write_account
from machines import LabError, Machine, Network, reason_against, until
from on_premises import HERE, ROOT, SKIPPED, copy_project
from transcript import Transcript

LAPTOP = "172.31.255.1"  # where the API answers
BUCKET = "odyssey-lab"
PROFILES = ("odyssey-head", "odyssey-worker")
FILE = "cluster-lab.yaml"
RUNS = f"--runs s3://{BUCKET}/runs"
WORKER = "g5."
TRIALS = 12


def main() -> int:
    """Run the scenario, and keep its transcript in the docs."""
    reason = reason_against()
    if reason:
        sys.stdout.write(f"skipped: this machine cannot hold the lab, which {reason}\n")
        return SKIPPED
    with Network("odyaw", prefix="172.31") as network:
        laptop = network.machine("laptop", LAPTOP)
        endpoint = write_account(laptop)
        copy_project(laptop.home / "project")
        (laptop.home / "project" / "sweep.yaml").write_text(_sweep())
        transcript = Transcript(laptop.boot(), _environment(endpoint))
        with cloud(network, laptop, bucket=BUCKET, profiles=PROFILES) as (here, image, group):
            _write_files(laptop, image, group)
            try:
                play(here, laptop, transcript)
            finally:
                transcript.save(ROOT / "docs" / "clusters" / "lab_aws.txt")
    return 0


def play(here: Cloud, machine: Machine, laptop: Transcript) -> None:
    """Go through the scenario.

    Raises:
        LabError: If a step does not do what it must.
    """
    laptop.type("umask 077; ray get-auth-token --generate >/dev/null 2>&1 && echo token made")
    laptop.note("wrong edits are told before any machine is started")
    laptop.type("odyssey doctor wrong.yaml", exits=2, shows="InstanceType")
    if here.history:
        raise LabError(f"No machine must have been started, got {here.history}.")
    laptop.type(f"odyssey doctor {FILE}")
    laptop.type(f"ray up -y {FILE}", quiet=True, timeout_s=240)
    laptop.note(f"EC2: {here.history}; no GPU machine yet")
    laptop.type(f"odyssey submit sweep.yaml --cluster {FILE} {RUNS} --wait-for-nodes --no-wait", timeout_s=180)
    until("two GPU machines", lambda: len(here.running(WORKER)) >= 2, timeout_s=180)
    laptop.note(f"the sweep's demand has started machines; EC2: {here.history}")

    victim = until("a trial has trained three epochs", lambda: _busy(here, machine), timeout_s=240, every_s=1)
    here.take_back(victim)
    laptop.note("EC2 takes a spot machine back, in the middle of a trial")
    laptop.type(f"odyssey watch lab {RUNS}", timeout_s=500)
    _account(machine, laptop)
    laptop.type(f"odyssey best lab {RUNS}")
    laptop.type(f"odyssey fetch lab {RUNS} -o fetched")
    until("idle machines are ended", lambda: not here.running(WORKER), timeout_s=180)
    laptop.note("the idle GPU machines have been ended by the head")
    laptop.type(f"ray down -y {FILE}", quiet=True, timeout_s=180)
    until("all has ended", lambda: set(here.states().values()) == {"terminated"}, timeout_s=60)
    laptop.note(f"EC2: {dict(Counter(here.history))}; every instance is terminated")


def cluster_file(image: str, group: str) -> dict[str, Any]:
    """Give the shipped file without what a stand-in cannot hold."""
    cluster: dict[str, Any] = yaml.safe_load((ROOT / "cluster.yaml").read_text())
    del cluster["docker"]
    cluster["auth"]["ssh_user"] = "root"
    cluster["provider"] |= {"region": REGION, "use_internal_ips": True}
    cluster["idle_timeout_minutes"] = 0.5
    for each in cluster["available_node_types"].values():
        each["node_config"]["ImageId"] = image
        each["node_config"]["SecurityGroupIds"] = [group]
    cluster["file_mounts"] = {
        target.replace("/home/ray", "/root"): source for target, source in cluster["file_mounts"].items()
    } | {"/root/.aws": "~/.aws"}  # the lab's machines have no role to ask for credentials
    cluster["setup_commands"] = [each for each in cluster["setup_commands"] if "RAY_AUTH_MODE" in each]
    for kind in ("head_start_ray_commands", "worker_start_ray_commands"):
        small = "ray start --object-store-memory=200000000 "
        cluster[kind] = [each.replace("ray start ", small) for each in cluster[kind]]
    return cluster


def _write_files(laptop: Machine, image: str, group: str) -> None:
    project, cluster = laptop.home / "project", cluster_file(image, group)
    (project / FILE).write_text(yaml.safe_dump(cluster, sort_keys=False))
    worker = cluster["available_node_types"]["gpu"]
    worker["node_config"]["InstanceTyp"] = worker["node_config"].pop("InstanceType")
    worker["max_workers"] = -1
    (project / "wrong.yaml").write_text(yaml.safe_dump(cluster, sort_keys=False))


def _sweep() -> str:
    """Give the lab's sweep with a GPU for each trial: the machines have none, but Ray counts one on each."""
    text = (HERE / "sweep.yaml").read_text()
    text = text.replace("max_epochs: 8", "max_epochs: 24")  # long enough to be interrupted
    return text.replace("resources: {cpu: 1}", "resources: {cpu: 4, gpu: 1}")


def _environment(endpoint: str) -> dict[str, str]:
    return {"RAY_AUTH_MODE": "token", "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": REGION, "PYTHONPATH": "/root/project"}


def _busy(here: Cloud, laptop: Machine) -> str:
    """Give a GPU machine once a trial that is not over has a checkpoint in the bucket; nothing before."""
    epochs = laptop.run("python", "-c", _CHECKPOINTS, check=False).stdout.split()
    return here.running(WORKER)[0] if any(int(each) >= 3 for each in epochs) else ""


_CHECKPOINTS = f"""
import boto3, re
pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket="{BUCKET}", Prefix="runs/lab/checkpoints/")
for page in pages:
    for each in page.get("Contents", []):
        found = re.search(r"/([0-9]+)[.]pt$", each["Key"])
        if found: print(found[1])
"""


def _account(laptop: Machine, transcript: Transcript) -> None:
    """Say what became of every trial, and where; all must have completed."""
    transcript.type(f"odyssey fetch lab {RUNS} -o /mnt/shared", quiet=True)
    folder = Path(str(laptop.folder.parent / "shared" / "lab"))
    trials = pd.read_parquet(folder / "trials.parquet")
    if len(trials) != TRIALS or set(trials["status"]) != {"completed"}:
        raise LabError(f"All trials must be completed, got {trials[['trial_id', 'status', 'error']]}")
    transcript.note(f"trials by machine: {trials['node'].value_counts().to_dict()}; all {TRIALS} are completed")
    for line in (folder / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["kind"] in ("node_lost", "node_joined", "worker_lost", "waiting_for_nodes"):
            transcript.note(f"events.jsonl: {event['kind']}: {event['text']}")


if __name__ == "__main__":
    sys.exit(main())
