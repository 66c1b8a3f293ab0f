"""The way to a head through ssh, tried with a real sshd on this machine's loopback: it opens, carries, and closes."""

import contextlib
import http.server
import json
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from scripted_sweep import begin, epoch_done, session
from test_record_view import change_manifest, make_run

from sweeps.jobs import head as head_module
from sweeps.jobs.head import Head, find_head
from sweeps.jobs.head_record import copied_from_head
from sweeps.jobs.tunnel import tunnel
from sweeps.problems import UsageError
from sweeps.ray_session import ClusterError
from sweeps.record_view import RecordWatch

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
needs_sshd = pytest.mark.skipif(
    SSHD is None or shutil.which("rsync") is None or os.geteuid() != 0, reason="needs root, sshd and rsync"
)
# There is no nc everywhere: what ssh is to connect through, on any port.
RELAY = """
import socket, sys, threading, os
peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
def send():
    while data := os.read(0, 65536):
        peer.sendall(data)
    os._exit(0)
threading.Thread(target=send, daemon=True).start()
while data := peer.recv(65536):
    os.write(1, data)
"""


@pytest.fixture(scope="module")
def ssh_head(tmp_path_factory):
    """Start an sshd that lets in one key, and give the way to it."""
    folder = tmp_path_factory.mktemp("sshd")
    for name in ("host", "own"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    shutil.copy(folder / "own.pub", folder / "authorized_keys")
    port = free_port()
    lines = {
        "ListenAddress": f"127.0.0.1:{port}", "HostKey": folder / "host", "StrictModes": "no",
        "AuthorizedKeysFile": folder / "authorized_keys", "PidFile": folder / "pid", "UsePAM": "no",
        "PermitRootLogin": "prohibit-password",
    }  # fmt: skip
    (folder / "config").write_text("".join(f"{key} {value}\n" for key, value in lines.items()))
    Path("/run/sshd").mkdir(exist_ok=True)
    (folder / "relay.py").write_text(RELAY)
    process = subprocess.Popen([str(SSHD), "-D", "-e", "-f", str(folder / "config")], stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield lambda dashboard, key="own": Head(
            cluster="test", host="127.0.0.1", user="root", key=str(folder / key),
            proxy_command=f"{shutil.which('python3')} {folder}/relay.py {port}", dashboard_port=dashboard,
        )  # fmt: skip
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for_port(port):
    for _ in range(600):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.05)
    raise AssertionError(port)


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *args):
        pass


@needs_sshd
def test_a_tunnel_carries_what_listens_on_the_heads_loopback_and_closes(ssh_head):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with tunnel(ssh_head(server.server_address[1])) as address:
            assert urllib.request.urlopen(address, timeout=30).read() == b"hello"
            (ssh,) = [each for each in psutil.Process().children() if each.name() == "ssh"]
        server.shutdown()
    assert not ssh.is_running()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address, timeout=30)


@needs_sshd
def test_a_head_that_lets_nobody_in_is_told(ssh_head):
    must = r"ssh must reach root@127\.0\.0\.1, got: .*Permission denied"
    with pytest.raises(ClusterError, match=must), tunnel(ssh_head(1, key="host")):
        pass


@needs_sshd
def test_a_run_that_only_the_head_sees_is_copied_as_it_grows(ssh_head, tmp_path):
    folder = tmp_path / "a b"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "checkpoints/t0000.pt").write_text("large")
    sweep = make_run(folder)
    with session(folder, sweep) as state, copied_from_head(ssh_head(1), str(tmp_path), "a b") as reader:
        watch = RecordWatch(reader.path)
        state.reported(begin(state), epoch_done(1, 0.5))
        assert watch.look().epochs == 0
        assert reader.refresh()
        assert watch.look().epochs == 1
        assert not (reader.path / "checkpoints").exists()
        assert not reader.refresh()
        (folder / ".lock").touch()
        assert not reader.held()
        with held(folder / ".lock"):
            assert reader.held()
        change_manifest(folder, status="completed")
        shutil.rmtree(folder / "journal")
        reader.refresh()
        assert not (reader.path / "journal").exists()
        assert json.loads((reader.path / "manifest.json").read_text())["status"] == "completed"
        copy = reader.path
    assert not copy.exists()


@contextlib.contextmanager
def held(lock):
    import fcntl

    with lock.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@needs_sshd
def test_a_run_that_the_head_has_not_is_told(ssh_head, tmp_path):
    nowhere = copied_from_head(ssh_head(1), str(tmp_path), "none")
    with pytest.raises(UsageError, match=r"RUN must be a run on the cluster: .*No such file"), nowhere:
        pass


# --- finding the head


FILE = """
cluster_name: here
provider: {type: local, head_ip: 10.1.2.3, worker_ips: []}
auth: {ssh_user: ubuntu, ssh_private_key: ~/key.pem}
head_start_ray_commands:
  - ray stop
  - ray start --head --dashboard-port=9265
"""


@pytest.fixture
def launcher(monkeypatch):
    """Answer in place of Ray's launcher, which would ask a cloud."""
    import ray.autoscaler.sdk as sdk

    answers = SimpleNamespace(ip="10.1.2.3", error=None)

    def head_ip(file):
        print("Checking the cloud", flush=True)  # noqa: T201
        if answers.error:
            raise answers.error
        return answers.ip

    monkeypatch.setattr(sdk, "bootstrap_config", lambda config: config)
    monkeypatch.setattr(sdk, "get_head_node_ip", head_ip)
    return answers


def test_a_head_is_found_by_rays_own_launcher_which_is_kept_quiet(tmp_path, launcher, capsys):
    (tmp_path / "cluster.yaml").write_text(FILE)
    head = find_head(tmp_path / "cluster.yaml")
    assert (head.target, head.dashboard_port, head.key) == (
        "ubuntu@10.1.2.3",
        9265,
        str(Path("~/key.pem").expanduser()),
    )
    assert head.ssh_options[:2] == ["-i", head.key]
    assert capsys.readouterr() == ("", "")


def test_a_cluster_that_is_not_up_is_told_with_what_starts_it(tmp_path, launcher):
    (tmp_path / "cluster.yaml").write_text(FILE)
    for error in (RuntimeError("Head node of cluster (here) not found!"), SystemExit(1)):
        launcher.error = error
        with pytest.raises(ClusterError, match=r"must be up and known here, got: .*`ray up .*cluster\.yaml` starts it"):
            find_head(tmp_path / "cluster.yaml")


@pytest.mark.parametrize("text", ["[", "- 1", "cluster_name: a", ""])
def test_what_is_no_cluster_file_is_refused(tmp_path, text):
    (tmp_path / "cluster.yaml").write_text(text)
    with pytest.raises(UsageError, match="--cluster must be the file that `ray up` was given"):
        find_head(tmp_path / "cluster.yaml")


def test_the_shipped_cluster_file_leads_to_a_dashboard_on_loopback(checkout, launcher):
    head = find_head(checkout / "cluster.yaml")
    assert (head.cluster, head.dashboard_port) == ("odyssey", head_module.DASHBOARD_PORT)
