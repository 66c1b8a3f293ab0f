"""From the laptop to a real Ray head: who is let in, what runs there, how it stops and goes on, where no token is."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from local_head import LocalHead, local_head

from analysis.run_record import read_run

pytestmark = [pytest.mark.ray, pytest.mark.timeout(900), pytest.mark.xdist_group("jobs_on_a_head")]

# One trial at a time, so that a sweep that was stopped must decide as one that never was.
SWEEP = """
name: small
task: own_task:TASK
network: lstm
parameters:
  hidden_size: {value: 8}
  bidirectional: {value: false}
  layers: {value: 1}
folds: 2
scheduler: {max_epochs: 3}
budget: {trials: TRIALS}
probe_share: 0
resources: {cpu: 2}
"""
OWN_TASK = """
from dataclasses import replace
from pathlib import Path
import sweeps
from learning_tasks.catalogue import TASKS
if Path("/proc/self/environ").read_bytes().find(b"ODYSSEY_JOB=") >= 0:
    print("PACKAGE", sweeps.__file__, flush=True)
TASK = replace(TASKS["digits"], name="own")
"""


@pytest.fixture(scope="module")
def head():
    with local_head() as up:
        yield up


@pytest.fixture
def laptop(tmp_path: Path) -> Path:
    folder = tmp_path / "laptop"
    folder.mkdir()
    (folder / "small.yaml").write_text(SWEEP.replace("TRIALS", "3"))
    (folder / "long.yaml").write_text(SWEEP.replace("TRIALS", "60"))
    (folder / "own_task.py").write_text(OWN_TASK)
    return folder


def odyssey(folder: Path, *arguments: str, token: str | None, **variables: str) -> subprocess.Popen[str]:
    """Start a verb on the laptop, whose environment holds the token or none."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    environment = kept | {"HOME": str(folder.parent)} | ({"RAY_AUTH_TOKEN": token} if token else {}) | variables
    return subprocess.Popen(
        [sys.executable, "-m", "sweeps", *arguments],
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def told(process: subprocess.Popen[str], exit_code: int) -> str:
    said, _ = process.communicate(timeout=600)
    assert process.returncode == exit_code, said
    return said


def holders_of(token: str, *folders: Path) -> list[str]:
    """List the files that hold a token."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [str(path) for path in files if token.encode() in path.read_bytes()]


def typed_by_anyone() -> str:
    lines = []
    for process in psutil.process_iter():
        try:
            lines.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return "\n".join(lines)


def test_who_has_not_the_token_is_not_let_in(head: LocalHead, laptop: Path) -> None:
    submit = ("submit", "small.yaml", "--runs", str(laptop.parent), "--address", head.address)
    logs = ("logs", "--job", "small", "--address", head.address)
    without, wrong = odyssey(laptop, *logs, token=None), odyssey(laptop, *submit, token="0" * 64)
    for process, got in ((without, "got none"), (wrong, "got another one, from RAY_AUTH_TOKEN")):
        said = told(process, 5)
        assert got in said
        assert "ray get-auth-token --generate" in said
        assert "Traceback" not in said


def test_a_sweep_is_submitted_and_its_token_is_nowhere(head: LocalHead, laptop: Path) -> None:
    runs = laptop.parent / "shared"
    process = odyssey(
        laptop, "submit", "small.yaml", "--runs", str(runs), "--address", head.address, "--wait", token=head.token
    )
    seen = ""
    while process.poll() is None and not (runs / "small").exists():
        seen += typed_by_anyone()
        time.sleep(0.2)
    said = told(process, 0)
    assert "sweeps run small.yaml" in seen
    assert head.token not in seen + said
    record = read_run(runs / "small")
    assert (record.manifest["status"], record.manifest["job"]) == ("completed", "odyssey-small")
    assert record.manifest["exit_code"] == 0
    package = next(line.split()[1] for line in said.splitlines() if line.startswith("PACKAGE"))
    assert Path(package).is_relative_to(head.folder)  # what was submitted ran, nothing that was installed
    assert holders_of(head.token, runs, head.folder, laptop) == []
    assert "name must not be in use" in told(
        odyssey(
            laptop, "submit", "small.yaml", "--name", "small", "--runs", str(runs), "--address", head.address,
            token=head.token,
        ), 2,
    )  # fmt: skip


def test_a_job_is_watched_stopped_and_resumed(head: LocalHead, laptop: Path) -> None:
    runs = laptop.parent / "shared"
    reach = ("--runs", str(runs), "--address", head.address)
    steps = told(odyssey(laptop, "submit", "long.yaml", "--name", "long", *reach, token=head.token), 0)
    assert "odyssey stop long" in steps
    watching = odyssey(laptop, "watch", "long", *reach, token=head.token)
    while not any((runs / "long/journal").glob("*.jsonl")) or len(read_run(runs / "long").decisions) < 2:
        assert watching.poll() is None
        time.sleep(0.2)
    said = told(odyssey(laptop, "stop", "long", *reach, token=head.token), 0)
    assert "long is interrupted (resumable)." in said
    assert "odyssey submit --resume" in said
    assert "interrupted by SIGINT" in told(watching, 130)
    before = read_run(runs / "long")
    assert before.manifest["status"] == "interrupted"
    assert "job\todyssey-long on" in told(odyssey(laptop, "status", "long", "--runs", str(runs), token=None), 0)

    resume = ("submit", "--resume", "long", "--set", f"budget.trials={len(before.trials) + 1}", *reach, "--wait")
    told(odyssey(laptop, *resume, token=head.token), 0)
    after = read_run(runs / "long")
    assert (after.manifest["status"], after.manifest["job"]) == ("completed", "odyssey-long-2")
    assert len(after.trials) == len(before.trials) + 1
    assert "Running entrypoint" in told(odyssey(laptop, "logs", "--job", "long", *reach, token=head.token), 0)
    assert holders_of(head.token, runs, head.folder, laptop) == []
    assert json.loads((runs / "long/manifest.json").read_text())["exit_code"] == 0
