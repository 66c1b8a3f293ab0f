"""The on-premises cluster for real, on machines made of namespaces: `python clusters/lab/on_premises.py`.

`ray up` over ssh, a sweep submitted from the laptop, a worker's power cut in the middle, every trial accounted for,
`ray down`. Changed in `clusters/on-premises.yaml` are the addresses, the account and its key; set-up commands are left
out, since the machines have this environment already and no network to install from.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from machines import Machine, Network, make_key, reason_against, until
from transcript import Transcript

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ADDRESSES = {"laptop": "10.231.0.100", "head": "10.231.0.1", "worker1": "10.231.0.11", "worker2": "10.231.0.12"}
KEY = "~/.ssh/id_cluster"
FILE = "cluster-lab.yaml"
WITH = f"--cluster {FILE} --runs /mnt/shared/runs"
SKIPPED = 77  # exit code


def main() -> int:
    """Run the scenario, and keep its transcript in the docs."""
    reason = reason_against()
    if reason:
        sys.stdout.write(f"skipped: this machine cannot hold the lab, which {reason}\n")
        return SKIPPED
    with Network("odyop") as network:
        machines = {name: network.machine(name, address) for name, address in ADDRESSES.items()}
        transcript = _prepare(network, machines)
        try:
            play(network, machines, transcript)
        finally:
            transcript.save(ROOT / "docs" / "clusters" / "lab_on_premises.txt")
    return 0


def play(network: Network, machines: dict[str, Machine], transcript: Transcript) -> None:
    """Go through the scenario.

    Raises:
        LabError: If a step does not do what it must.
    """
    laptop = transcript
    laptop.type("umask 077; ray get-auth-token --generate >/dev/null 2>&1 && echo token made")
    laptop.note("a wrong edit is told before any machine is touched")
    laptop.type("odyssey doctor wrong.yaml", exits=2, shows="idle_timeout_minutes")
    laptop.type(f"odyssey doctor {FILE}")
    laptop.type(f"ray up -y {FILE}", quiet=True, timeout_s=180)
    until("3 nodes", lambda: _nodes(machines["head"]) == 3, timeout_s=120)
    laptop.note("all three machines have joined")
    laptop.type(f"RAY_AUTH_TOKEN={'0' * 64} odyssey submit sweep.yaml {WITH}", exits=5)
    laptop.type(f"odyssey submit sweep.yaml {WITH} --no-wait", timeout_s=120)

    folder = network.shared / "runs" / "lab"
    until("trials train on worker1", lambda: _training_on(folder, "worker1"), timeout_s=180, every_s=0.2)
    machines["worker1"].cut_power()
    laptop.note("worker1 loses its power, in the middle of its trials")
    laptop.type(f"odyssey watch lab {WITH}", timeout_s=400)
    _account(folder, laptop)

    machines["worker1"].boot()
    until("3 nodes again", lambda: _nodes(machines["head"]) == 3, timeout_s=180)
    laptop.note("worker1 has its power back, and Ray's autoscaler has it back in the cluster")
    laptop.type(f"odyssey logs --job lab {WITH} | tail -n 5")
    laptop.type(f"ray down -y {FILE}", quiet=True, timeout_s=120)
    until("Ray has left the head", lambda: not machines["head"].processes("raylet"), timeout_s=60)
    laptop.note("the cluster is down")


def _prepare(network: Network, machines: dict[str, Machine]) -> Transcript:
    key = make_key(network.folder / "key")
    for name, machine in machines.items():
        if name == "laptop":
            shutil.copy(key, machine.home / ".ssh" / "id_cluster")
        else:
            shutil.copy(f"{key}.pub", machine.home / ".ssh" / "authorized_keys")
    project = machines["laptop"].home / "project"
    copy_project(project)
    shutil.copy(HERE / "sweep.yaml", project)
    cluster = cluster_file()
    (project / FILE).write_text(yaml.safe_dump(cluster, sort_keys=False))
    head = [each.replace("--dashboard-host=127.0.0.1", "--dashboard-host=0.0.0.0") for each in _head_commands(cluster)]
    wrong = cluster | {"head_start_ray_commands": head, "idle_timeout_minute": 5}
    (project / "wrong.yaml").write_text(yaml.safe_dump(wrong, sort_keys=False))
    for machine in machines.values():
        machine.boot()
    env = {"RAY_AUTH_MODE": "token", "RAY_UP_enable_autoscaler_v2": "0", "PYTHONPATH": "/root/project"}
    return Transcript(machines["laptop"], env)


def cluster_file() -> dict[str, Any]:
    """Give the shipped file with the lab's addresses, account and key."""
    cluster: dict[str, Any] = yaml.safe_load((ROOT / "clusters" / "on-premises.yaml").read_text())
    workers = [address for name, address in ADDRESSES.items() if name.startswith("worker")]
    cluster["provider"] |= {"head_ip": ADDRESSES["head"], "worker_ips": workers}
    cluster["auth"] = {"ssh_user": "root", "ssh_private_key": KEY}
    cluster["setup_commands"] = [each for each in cluster["setup_commands"] if "RAY_AUTH_MODE" in each]
    return cluster


def copy_project(target: Path) -> None:
    """Copy what git knows, or would take, of this checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)


def _head_commands(cluster: dict[str, Any]) -> list[str]:
    return list(cluster["head_start_ray_commands"])


def _nodes(head: Machine) -> int:
    answer = head.run("bash", "-c", _LIST_NODES, env={"RAY_AUTH_MODE": "token"}, check=False).stdout.strip()
    return int(answer) if answer.isdecimal() else 0


_LIST_NODES = """python - <<'END' 2>/dev/null
import ray
ray.init(address="auto", log_to_driver=False, logging_level="CRITICAL")
print(sum(node["Alive"] for node in ray.nodes()))
END"""


def _training_on(folder: Path, node: str) -> bool:
    """Say whether a trial that has not ended has trained at least two epochs on a node."""
    lines = [line for file in sorted(folder.glob("journal/*.jsonl")) for line in file.read_text().splitlines()]
    rows = [json.loads(line) for line in lines if line.endswith("}")]
    ended = {row["trial_id"] for row in rows if row["kind"] == "end"}
    epochs = [row for row in rows if row["kind"] == "epoch" and row["node"] == node and row["trial_id"] not in ended]
    return any(row["epoch"] >= 2 for row in epochs)


def _account(folder: Path, transcript: Transcript) -> None:
    """Say what became of every trial, and where; all must have completed."""
    trials = pd.read_parquet(folder / "trials.parquet")
    if len(trials) != 12 or set(trials["status"]) != {"completed"}:
        raise SystemExit(f"Twelve trials must be completed, got {trials[['trial_id', 'status', 'error']]}")
    transcript.note(f"trials by machine: {trials['node'].value_counts().to_dict()}; all 12 are completed")
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    for event in events:
        if event["kind"] in ("node_lost", "node_joined", "worker_lost"):
            transcript.note(f"events.jsonl: {event['kind']}: {event['text']}")


if __name__ == "__main__":
    sys.exit(main())
