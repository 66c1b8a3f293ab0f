"""The machines that the cluster files are tried on: hosts of namespaces, on a network of their own."""

import shutil
import sys
import time

import pytest

from tests.conftest import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "clusters" / "lab"))
import machines

needs_namespaces = pytest.mark.skipif(
    machines.reason_against() is not None, reason=f"this machine cannot hold the lab: {machines.reason_against()}"
)


def test_what_a_machine_lacks_for_the_lab_is_said(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda tool: None if tool == "rsync" else tool)
    assert machines.reason_against().startswith("needs rsync (Debian:")


def test_who_is_not_root_is_told(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda tool: tool)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert machines.reason_against() == "needs root"


@needs_namespaces
def test_machines_reach_each_other_by_ssh_and_see_only_their_own_processes():
    ssh = ("ssh", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-i", "/root/.ssh/key")
    with machines.Network("odyut", prefix="10.232") as network:
        laptop = network.machine("laptop", "10.232.0.1")
        worker = network.machine("worker", "10.232.0.2")
        key = machines.make_key(network.folder / "key")
        shutil.copy(key, laptop.home / ".ssh" / "key")
        shutil.copy(f"{key}.pub", worker.home / ".ssh" / "authorized_keys")
        laptop.boot()
        worker.boot()
        assert laptop.run(*ssh, "root@10.232.0.2", "hostname").stdout.strip() == "worker"
        until = time.monotonic() + 10
        while len(worker.processes("sshd")) > 1 and time.monotonic() < until:  # that of the session is leaving
            time.sleep(0.05)
        assert len(worker.processes("sshd")) == 1
        assert worker.run("pgrep", "-f", "pytest", check=False).returncode == 1
        (network.shared / "note").write_text("seen by all")
        assert worker.run("cat", "/mnt/shared/note").stdout == "seen by all"
        worker.cut_power()
        assert laptop.run(*ssh, "-o", "ConnectTimeout=2", "root@10.232.0.2", "true", check=False).returncode == 255
        with pytest.raises(machines.LabError, match="worker must have power"):
            worker.run("true")
