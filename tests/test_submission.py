"""What is sent to a cluster, under which name, with which environment, and what is refused before anything is sent."""

import json
import sys
import zipfile
from types import SimpleNamespace

import pytest

from sweeps.command_line import cluster_options
from sweeps.command_line.app import main
from sweeps.command_line.cluster_options import cluster_typed, connected
from sweeps.command_line.run_commands import RunCommands, run_text
from sweeps.jobs import connection, shipment
from sweeps.jobs.client import JobClient
from sweeps.jobs.connection import check_address, check_extra, cluster_errors, is_loopback, open_client
from sweeps.jobs.shipment import PACKAGES, gather, pack
from sweeps.jobs.submission import Submission, check_runs, job_id, newest_job, read_variables
from sweeps.problems import UsageError
from sweeps.ray_session import ClusterError

SWEEP = "name: small\ntask: digits\nnetwork: lstm\nbudget: {trials: 2}\n"
LETTERS = "ACDEFGHIKL"
NOBODY = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _without_environment(monkeypatch, tmp_path):
    for name in ("ODYSSEY_CLUSTER", "RAY_API_SERVER_ADDRESS", "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def own(shipped):
    """Name what travels of the working folder itself."""
    return sorted(place for place in shipped.files if place.split("/")[0] not in PACKAGES)


def write(folder, *places):
    for place in places:
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(place)


# --- what travels


def test_ignored_files_records_keys_and_the_token_stay_here(tmp_path, monkeypatch):
    write(
        tmp_path, "sweep.yaml", "own/task.py", "own/big.bin", "runs/old/manifest.json", "own/runs/kept.txt", "key.pem",
        ".git/HEAD", "own/__pycache__/task.pyc", "secret.txt", "ray_only.txt", ".ray/auth_token", "my_token",
    )  # fmt: skip
    (tmp_path / ".gitignore").write_text("secret.txt\n")
    (tmp_path / ".rayignore").write_text("ray_only.txt\n")
    (tmp_path / "own/.gitignore").write_text("*.bin\n")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "my_token"))
    kept = [".gitignore", ".rayignore", "own/.gitignore", "own/runs/kept.txt", "own/task.py", "sweep.yaml"]
    assert own(gather(tmp_path)) == kept


def test_odysseys_own_code_travels_as_it_is_here(tmp_path, checkout):
    files = gather(tmp_path).files
    assert files["sweeps/__main__.py"].read_text() == (checkout / "sweeps/__main__.py").read_text()
    assert {place.split("/")[0] for place in files} == set(PACKAGES)
    assert "sweeps/built_in/digits_lstm.yaml" in files or any("built_in" in place for place in files)
    assert not any("__pycache__" in place for place in files)


def test_from_a_checkout_everything_travels_once(checkout):
    files = gather(checkout).files
    assert files["sweeps/__main__.py"].samefile(checkout / "sweeps/__main__.py")
    assert "examples/own_task.py" in files


def test_another_package_of_our_name_is_refused(tmp_path):
    write(tmp_path, "analysis/__init__.py")
    with pytest.raises(UsageError, match="must not hold a package analysis of its own"):
        gather(tmp_path)


def test_a_shipment_is_what_python_unzips(tmp_path):
    write(tmp_path / "work", "sweep.yaml", "own/task.py")
    pack(gather(tmp_path / "work"), tmp_path / "package.zip")
    with zipfile.ZipFile(tmp_path / "package.zip") as archive:
        assert archive.read("own/task.py") == b"own/task.py"
        assert "sweeps/__main__.py" in archive.namelist()


def test_too_much_is_refused_and_the_largest_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(shipment, "LIMIT_BYTES", 4 * 2**20)
    write(tmp_path, "sweep.yaml")
    rng = __import__("numpy").random.default_rng(0)
    (tmp_path / "data").mkdir()
    for name, size in (("a.bin", 3), ("b.bin", 2)):
        (tmp_path / "data" / name).write_bytes(rng.bytes(size * 2**20))
    must = r"at most 4 MiB compressed, .* the largest are data/ 5.0 MiB, data/a.bin 3.0 MiB, data/b.bin 2.0 MiB"
    with pytest.raises(UsageError, match=must):
        pack(gather(tmp_path), tmp_path / "package.zip")


# --- what it is called, and what it is told


def test_a_job_is_called_after_its_run():
    assert job_id("digits") == "odyssey-digits"
    assert job_id("digits", {"odyssey-digits", "odyssey-digits-2"}) == "odyssey-digits-3"
    assert newest_job("digits", {"odyssey-digits", "odyssey-digits-2", "odyssey-digits-9"}) == "odyssey-digits-2"
    assert newest_job("digits", {"odyssey-other"}) is None


def test_a_job_is_stopped_by_the_signal_that_a_sweep_survives():
    submission = Submission(
        submission_id="odyssey-a", arguments=("run", "a b.yaml"), variables={"RAY_JOB_STOP_SIGNAL": "SIGKILL"}
    )
    assert submission.entrypoint == "python -m sweeps run 'a b.yaml'"
    assert submission.environment == {
        "RAY_JOB_STOP_SIGNAL": "SIGINT", "RAY_JOB_STOP_WAIT_TIME_S": "30", "ODYSSEY_JOB": "odyssey-a"
    }  # fmt: skip


@pytest.mark.parametrize("runs", ["s3://bucket/runs", "/mnt/shared/runs"])
def test_runs_may_lie_where_a_cluster_can_see_them(runs):
    check_runs(runs)


@pytest.mark.parametrize("runs", ["runs", "./runs", "../shared"])
def test_runs_of_this_machine_are_refused(runs):
    with pytest.raises(UsageError, match=r"--runs must be where the cluster keeps runs.*a folder of this machine"):
        check_runs(runs)


def test_variables_are_read_and_secrets_are_refused(monkeypatch):
    monkeypatch.setenv("HERE", "1=2")
    assert read_variables(["A=b=c", "HERE"]) == {"A": "b=c", "HERE": "1=2"}
    with pytest.raises(UsageError) as caught:
        read_variables(["AWS_SECRET_ACCESS_KEY=x", "NOT_SET", "1=2", "RAY_AUTH_TOKEN=y"])
    assert [line.split(",")[0] for line in str(caught.value).splitlines()] == [
        "--env must hold no secret", "--env must be NAME=VALUE", "--env must be NAME=VALUE", "--env must hold no secret"
    ]  # fmt: skip


# --- talking to the cluster


class FakeRayClient:
    """Ray's client, as far as it is used."""

    def __init__(self, **jobs):
        self.jobs = jobs
        self.asked = []

    def submit_job(self, **given):
        self.asked.append(given)

    def list_jobs(self):
        return [SimpleNamespace(submission_id=name) for name in [*self.jobs, None]]

    def get_job_info(self, name):
        return self.jobs[name]

    async def tail_job_logs(self, name):
        for text in ("one\n", "two\n"):
            yield text


def info(status, code=None, message=""):
    return SimpleNamespace(status=status, driver_exit_code=code, message=message)


def test_a_job_ends_with_the_exit_code_of_its_driver():
    client = JobClient(
        FakeRayClient(
            good=info("SUCCEEDED", 0),
            bad=info("FAILED", 3),
            stopped=info("STOPPED"),
            never=info("FAILED", None, "no disk"),
        ),
        "here",
    )
    assert client.ids() == {"good", "bad", "stopped", "never"}
    assert [client.exit_code(name) for name in ("good", "bad", "stopped")] == [0, 3, 130]
    with pytest.raises(ClusterError, match="must be able to start never, got: no disk"):
        client.exit_code("never")


def test_a_job_is_followed_to_its_end():
    said = []
    JobClient(FakeRayClient(), "here").follow("any", said.append)
    assert said == ["one\n", "two\n"]


def test_what_ray_raises_becomes_one_line_that_says_what_to_do(monkeypatch, tmp_path):
    from ray.exceptions import AuthenticationError

    with pytest.raises(ClusterError, match=r"^The cluster must answer at here, got: gone\.$"), cluster_errors("here"):
        raise RuntimeError("gone\nTraceback of many lines")
    with pytest.raises(ClusterError, match=r"its token, got none\. .*get-auth-token"), cluster_errors("here"):
        raise AuthenticationError("Authentication required: Unauthorized")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "f" * 64)
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    with pytest.raises(ClusterError, match="got another one, from RAY_AUTH_TOKEN") as caught, cluster_errors("here"):
        raise AuthenticationError("Authentication failed: Forbidden")
    assert "unset RAY_AUTH_MODE, which is disabled" in str(caught.value)
    assert "ffff" not in str(caught.value)


def test_nobody_at_an_address_is_told_at_once():
    with pytest.raises(ClusterError, match=rf"must answer at {NOBODY}, got: Connection refused \(is it up"):
        open_client(NOBODY)


def test_the_extra_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setattr(connection, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"the extra odyssey-sweeps\[cluster\] .*got no aiohttp and no requests"):
        check_extra()


@pytest.mark.parametrize("address", ["auto", "127.0.0.1:8265", "ray://head:10001", "http://", "http://me:word@head:1"])
def test_an_address_must_be_a_dashboards(address):
    with pytest.raises(UsageError, match="must be that of the cluster's dashboard"):
        check_address(address)


def test_only_loopback_addresses_keep_a_token_on_this_machine():
    assert all(map(is_loopback, ["http://127.0.0.1:8265", "http://localhost:1", "http://[::1]:8265"]))
    assert not is_loopback("http://10.0.0.1:8265")


def test_a_cluster_must_be_named():
    with pytest.raises(UsageError, match="The cluster must be named: --cluster"), connected(None, None):
        pass


def test_http_to_another_machine_is_warned_of(capsys, monkeypatch):
    with cluster_options._dashboard(None, "http://192.0.2.1:8265") as address:
        assert address == "http://192.0.2.1:8265"
    assert "the token can be read on the way" in capsys.readouterr().err.replace("\n", " ")


# --- what to type


def test_commands_name_the_cluster_once_it_is_needed(monkeypatch, tmp_path):
    here = RunCommands(run="a")
    assert (here.watch, here.stop, here.resume) == ("odyssey watch a", "odyssey stop a", "odyssey resume a")
    job = RunCommands(run="a --runs s3://b", cluster=cluster_typed(tmp_path / "c d.yaml", None), job="odyssey-a")
    assert job.stop == f"odyssey stop a --runs s3://b --cluster '{tmp_path}/c d.yaml'"
    assert job.resume.startswith("odyssey submit --resume a --runs s3://b --cluster")
    assert RunCommands(run="a", job="odyssey-a").log == "odyssey logs --job a --cluster cluster.yaml"
    monkeypatch.setenv("RAY_API_SERVER_ADDRESS", NOBODY)
    assert cluster_typed(None, NOBODY) == ""
    assert RunCommands(run="a", job="odyssey-a").stop == "odyssey stop a"
    monkeypatch.setenv("ODYSSEY_RUNS", "s3://b")
    assert (run_text("a b", "s3://b"), run_text("a", "s3://c")) == ("'a b'", "a --runs s3://c")


# --- the verb, refused before anything is sent


@pytest.fixture
def verb(tmp_path, monkeypatch, capsys):
    """Run a verb in a folder of its own and give what it says."""

    def run(*arguments, code):
        monkeypatch.setattr(sys, "argv", ["odyssey", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr().err
        assert end.value.code == code, said
        return said

    run.folder = tmp_path / "work"
    run.folder.mkdir()
    monkeypatch.chdir(run.folder)
    return run


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["small.yaml", "--address", NOBODY], 2, "--runs must be where the cluster keeps runs"),
        (["--runs", "/m", "--address", NOBODY], 2, "SWEEP must be given"),
        (["small.yaml", "--resume", "a", "--runs", "/m", "--address", NOBODY], 2, "got a SWEEP or --name as well"),
        (["small.yaml", "--name", "a/b", "--runs", "/m", "--address", NOBODY], 2, "A run name must begin with"),
        (["small.yaml", "--set", "folds=1", "--runs", "/m"], 2, "folds: must be"),
        (["../outside.yaml", "--runs", "/m", "--address", NOBODY], 2, "SWEEP must be in"),
        (["ignored.yaml", "--runs", "/m", "--address", NOBODY], 2, "and not be in a .gitignore or .rayignore"),
        (["small.yaml", "--runs", "/m"], 2, "The cluster must be named"),
        (["small.yaml", "--runs", "/m", "--address", "auto"], 2, "must be that of the cluster's dashboard"),
        (["small.yaml", "--runs", "/m", "--address", NOBODY], 5, "Connection refused"),
        (["small.yaml", "--runs", "/m", "--cluster", "none.yaml"], 2, "--cluster must be the file"),
    ],
)
def test_what_cannot_be_submitted_is_told_before_anything_is_sent(tmp_path, verb, arguments, code, told):
    for path in (verb.folder / "small.yaml", verb.folder / "ignored.yaml", tmp_path / "outside.yaml"):
        path.write_text(SWEEP)
    (verb.folder / ".gitignore").write_text("ignored.yaml\n")
    assert told in verb("submit", *arguments, code=code)


def test_data_that_do_not_travel_are_refused_and_absolute_ones_are_said(tmp_path, verb):
    pairs = [(first, second) for first in LETTERS for second in LETTERS]
    table = "sequence,label\n" + "".join(f"{first}{second}AA,{first < second}\n" for first, second in pairs)
    for path in (tmp_path / "data.csv", verb.folder / "inside.csv"):
        path.write_text(table)
    task = {"source": "sequences", "sequence": "sequence", "target": "label"}
    for name, file in (("up", "../data.csv"), ("absolute", str(tmp_path / "data.csv")), ("inside", "inside.csv")):
        sweep = {"name": name, "task": {**task, "file": file}, "folds": 2, "allow_leaks": True}
        (verb.folder / f"{name}.yaml").write_text(json.dumps(sweep))
    options = ("--runs", "/m", "--address", NOBODY)
    assert "task.file must be in" in verb("submit", "up.yaml", *options, code=2)
    assert "the head must have it at that place" in verb("submit", "absolute.yaml", *options, code=5)
    assert "must have it" not in verb("submit", "inside.yaml", *options, code=5)
