"""What must hold of a batch script that starts a Ray on the nodes of a Slurm job."""

import re
from collections.abc import Iterator

from sweeps.cluster_file.document import ClusterDocument
from sweeps.cluster_file.slurm_script import OPTIONS, SlurmScript
from sweeps.problems import Problem, did_you_mean, nearest

_REFUSED = ("--head", "--port", "--block", "--node-ip-address", "--include-dashboard", "--dashboard-host")
_RECONNECT = re.compile(r"RAY_gcs_rpc_server_reconnect_timeout_s=(\d+)")
_LEAST_RECONNECT_S = 30
_WAIT = "RAY_SYMMETRIC_RUN_CLUSTER_WAIT_TIMEOUT"


def options_exist(document: ClusterDocument) -> Iterator[Problem]:
    """Refuse options that Slurm does not know, or does not read."""
    for option in SlurmScript(text=document.text).options:
        if option.name not in OPTIONS:
            message = f"must be an option of sbatch.{did_you_mean(nearest(option.name, OPTIONS))}"
            yield Problem(path=(f"--{option.name}",), message=message, line=option.line)
        elif not option.heeded:
            message = "must stand above the first command: Slurm reads no options below it."
            yield Problem(path=(f"--{option.name}",), message=message, line=option.line)


def nodes_are_exclusive(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for whole nodes."""
    if "exclusive" not in SlurmScript(text=document.text).heeded:
        message = "must be given: the script ends with `ray stop`, which ends every Ray of the account on the node."
        yield Problem(path=("--exclusive",), message=message)


def each_node_has_one_task(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for --nodes and one task each."""
    given = SlurmScript(text=document.text).heeded
    if "nodes" not in given:
        yield Problem(path=("--nodes",), message="must be given, such as 3: each node becomes one of Ray's.")
    if given.get("ntasks-per-node") != "1":
        message = f"must be 1, a Ray for each node, got {given.get('ntasks-per-node') or 'nothing'}."
        yield Problem(path=("--ntasks-per-node",), message=message)


def ray_starts_on_all_nodes(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for srun ray symmetric-run, without options of a head, under which workers fail in silence."""
    script = SlurmScript(text=document.text)
    starts = script.commands_with("symmetric-run")
    if not any("srun" in command for _, command in starts):
        yield Problem(path=(), message="must start Ray by `srun … ray symmetric-run --address HOST:PORT … -- COMMAND`.")
    for number, command in starts:
        before, separator, _ = command.partition(" -- ")
        wrong = [option for option in _REFUSED if re.search(rf"{option}(?:[= ]|$)", before)]
        if wrong:
            message = f"must not have {', '.join(wrong)}: symmetric-run is the same on head and workers."
            yield Problem(path=("ray symmetric-run",), message=message, line=number)
        if not separator:
            yield Problem(
                path=("ray symmetric-run",), message="must have -- before the command that it runs.", line=number
            )
        if "--wait" in before.partition("ray ")[0]:
            message = "must not have --wait: it makes the job fail when workers leave after the head."
            yield Problem(path=("srun",), message=message, line=number)


def nodes_ask_for_a_token(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for a token of the job's own, in the environment."""
    if "RAY_AUTH_MODE=token" not in document.text:
        message = "must be token: whoever is on the network of the nodes could run code on them."
        yield Problem(path=("RAY_AUTH_MODE",), message=message)
    if not re.search(r"^\s*(?:export\s.*)?\bRAY_AUTH_TOKEN(?:_PATH)?=", document.text, re.MULTILINE):
        message = "must be made for the job, RAY_AUTH_TOKEN=$(…), or every node must have ~/.ray/auth_token."
        yield Problem(path=("RAY_AUTH_TOKEN",), message=message)


def runs_are_shared(document: ClusterDocument) -> Iterator[Problem]:
    """Ask the sweep for this Ray, and for a place of runs that all nodes see."""
    for number, command in SlurmScript(text=document.text).commands_with("sweeps run"):
        for option, why in (
            ("--address", "or the sweep starts a Ray of its own"),
            ("--runs", "a folder that all nodes see, for trials write checkpoints there"),
        ):
            sweep = command.partition("sweeps run")[2]
            if option not in sweep:
                yield Problem(path=("sweeps run",), message=f"must have {option}, {why}.", line=number)


def leaving_workers_are_waited_for(document: ClusterDocument) -> Iterator[Problem]:
    """Refuse a time after which symmetric-run itself fails."""
    found = _RECONNECT.search(document.text)
    if found and int(found[1]) < _LEAST_RECONNECT_S:
        message = f"must be at least {_LEAST_RECONNECT_S}, got {found[1]}: with fewer, a job fails whose sweep is done."
        yield Problem(path=("RAY_gcs_rpc_server_reconnect_timeout_s",), message=message)


def slow_starts_are_waited_for(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for longer than Ray's 30 s, and for all nodes."""
    if _WAIT not in document.text:
        yield Problem(path=(_WAIT,), message="should be set, such as 180: Ray's 30 s are few where disks are shared.")
    for number, command in SlurmScript(text=document.text).commands_with("symmetric-run"):
        if "--min-nodes" not in command:
            message = 'should have --min-nodes "$SLURM_JOB_NUM_NODES", so that it waits for all of them.'
            yield Problem(path=("ray symmetric-run",), message=message, line=number)
        if re.search(r"--address[= ]\S+:\d+(?:\s|$)", command.partition(" -- ")[0]):
            message = "should take its port from SLURM_JOB_ID, got a fixed one: two jobs would meet there."
            yield Problem(path=("--address",), message=message, line=number)


def sweep_ends_before_the_job(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for a budget below the job's time."""
    if "time" not in SlurmScript(text=document.text).heeded:
        yield Problem(path=("--time",), message="should be given: the partition's own limit may be short.")
    if "budget.time" not in document.text:
        message = "should be set below --time (--set budget.time=…): the sweep then ends by itself, and can be resumed."
        yield Problem(path=("budget.time",), message=message)
