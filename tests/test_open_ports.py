"""What `odyssey doctor` says of a Ray on this machine: what is open, and whether a token is asked for."""

import json
import sys
from types import SimpleNamespace

import psutil
import pytest

from sweeps import doctor, open_ports
from sweeps.command_line.app import main
from sweeps.open_ports import LocalRay, OpenPort, find_local_ray, ports_text, program_name
from sweeps.ray_session import ray_session

SITE = "/opt/python/site-packages/ray"
SECRET = "d41d8cd98f00b204e9800998ecf8427e"


class Process:
    """A process as psutil shows it."""

    def __init__(self, command, ports=(), environment=None, *, hidden=False):
        self._command, self._ports, self._environment, self._hidden = command, ports, environment or {}, hidden

    def cmdline(self):
        return self._command

    def environ(self):
        if self._hidden:
            raise psutil.AccessDenied
        return self._environment

    def net_connections(self, kind):
        assert kind == "tcp"
        return [
            SimpleNamespace(status=status, laddr=SimpleNamespace(ip=address, port=port))
            for address, port, status in self._ports
        ]


GCS = [f"{SITE}/core/src/ray/gcs/gcs_server", "--log_dir=/x"]
RAYLET = [f"{SITE}/core/src/ray/raylet/raylet", "--node_ip_address=10.0.0.1"]
DASHBOARD = ["/usr/bin/python", "-u", f"{SITE}/dashboard/dashboard.py", "--host=127.0.0.1"]


def processes(monkeypatch, *given):
    monkeypatch.setattr(open_ports.psutil, "process_iter", lambda: iter(given))


def guarded(ports):
    return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": SECRET} if ports else {}


@pytest.mark.parametrize(
    ("command", "program"),
    [
        (GCS, "head service"),
        (RAYLET, "node service"),
        (DASHBOARD, "dashboard"),
        (["ray-dashboard-JobHead-0 (/usr/bin/python3 -c …)"], "dashboard"),
        (["ray::DashboardAgent"], "agent"),
        (["ray::EpochTrainable.train"], "worker"),
        (["/usr/bin/python", "-m", "ray.util.client.server", "--address=…"], "client server"),
        (["/usr/bin/python", "-m", "sweeps", "run", f"{SITE}/core/src/ray/gcs/gcs_server"], None),
        (["vim", "notes"], None),
        ([], None),
    ],
)
def test_processes_of_ray_are_told_from_others(command, program):
    assert program_name(command) == program


@pytest.mark.parametrize(
    ("address", "reachable"),
    [("127.0.0.1", False), ("127.0.1.1", False), ("::1", False), ("0.0.0.0", True), ("::", True), ("10.0.0.7", True)],
)
def test_loopback_is_told_from_the_network(address, reachable):
    assert OpenPort(program="dashboard", address=address, port=8265).reachable is reachable


def test_only_what_listens_counts(monkeypatch):
    ports = [("0.0.0.0", 6379, "LISTEN"), ("0.0.0.0", 50000, "ESTABLISHED"), ("127.0.0.1", 6380, "LISTEN")]
    processes(monkeypatch, Process(["vim"], [("0.0.0.0", 80, "LISTEN")]), Process(GCS, ports, guarded(ports)))
    found = find_local_ray()
    assert [port.port for port in found.reachable] == [6379]
    assert found.modes == {"token"}


def test_where_no_ray_runs_nothing_is_open(monkeypatch):
    processes(monkeypatch, Process(["vim"], [("0.0.0.0", 80, "LISTEN")]))
    assert find_local_ray() is None


def test_a_process_of_somebody_else_is_passed_over(monkeypatch):
    ports = [("0.0.0.0", 6379, "LISTEN")]
    processes(monkeypatch, Process(GCS, ports, hidden=True), Process(RAYLET, ports, guarded(ports)))
    assert find_local_ray().modes == {"token"}


def test_ports_are_written_by_program():
    ports = [OpenPort(program="node service", address="::", port=port) for port in (9, 7, 7)]
    assert ports_text([*ports, OpenPort(program="agent", address="::", port=52365)]) == (
        "agent 52365, node service 7 and 9"
    )


@pytest.fixture
def told(monkeypatch, capsys):
    """Give what doctor says of a Ray: value and advice by item."""

    def examine(ray):
        monkeypatch.setattr(doctor, "find_local_ray", lambda: ray)
        monkeypatch.setattr(sys, "argv", ["odyssey", "doctor", "--json"])
        with pytest.raises(SystemExit):
            main()
        return {item["item"]: (item["value"], item["advice"]) for item in json.loads(capsys.readouterr().out)}

    return examine


def open_to_all(*modes):
    return LocalRay(ports=[OpenPort(program="head service", address="0.0.0.0", port=6379)], modes=frozenset(modes))


def test_doctor_tells_what_is_open(told):
    found = told(open_to_all("token"))
    assert found["Ray here"] == ("asks for a token", None)
    assert found["open to the network"] == ("head service 6379", None)


@pytest.mark.parametrize("modes", [{""}, {"disabled"}, {"token", ""}])
def test_doctor_warns_of_a_ray_that_is_open_and_asks_for_no_token(told, modes):
    value, advice = told(open_to_all(*modes))["open to the network"]
    assert value == "head service 6379"
    assert advice.startswith("whoever reaches these ports can run code here")


def test_doctor_warns_of_nothing_where_nothing_is_open(told):
    local = LocalRay(ports=[OpenPort(program="dashboard", address="127.0.0.1", port=8265)], modes=frozenset({""}))
    found = told(local)
    assert found["open to the network"] == ("nothing: it listens on this machine only", None)
    assert told(None)["Ray here"] == ("none runs", None)


@pytest.mark.ray
def test_a_ray_of_a_sweeps_own_asks_for_a_token_and_runs_no_dashboard_and_no_agent():
    """Of all that runs on this machine, only what this test started is looked at."""
    with ray_session(address=None), pytest.MonkeyPatch.context() as patch:
        patch.setattr(open_ports.psutil, "process_iter", lambda: psutil.Process().children(recursive=True))
        found = find_local_ray()
    assert found.modes == {"token"}
    programs = {port.program for port in found.ports}
    assert not {"dashboard", "agent"} & programs
    assert {"head service", "node service"} <= programs
