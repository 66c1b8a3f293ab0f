"""A batch script of Slurm: its options and its commands."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

_OPTION = re.compile(r"#SBATCH\s+(?:--(?P<long>[\w-]+)|-(?P<short>[a-zA-Z]))(?:[= ]\s*(?P<value>\S.*?))?\s*(?:\s#.*)?$")
SHORT = {
    "A": "account", "C": "constraint", "J": "job-name", "N": "nodes", "G": "gpus", "c": "cpus-per-task", "n": "ntasks",
    "o": "output", "e": "error", "p": "partition", "q": "qos", "t": "time", "w": "nodelist", "x": "exclude",
    "d": "dependency", "D": "chdir", "a": "array", "i": "input",
}  # fmt: skip
OPTIONS = (
    *SHORT.values(), "acctg-freq", "begin", "comment", "cores-per-socket", "cpu-freq", "deadline", "distribution",
    "exclusive", "export", "get-user-env", "gpu-bind", "gpus-per-node", "gpus-per-socket", "gpus-per-task", "gres",
    "gres-flags", "hint", "hold", "licenses", "mail-type", "mail-user", "mem", "mem-bind", "mem-per-cpu", "mem-per-gpu",
    "network", "nice", "no-kill", "no-requeue", "ntasks-per-core", "ntasks-per-gpu", "ntasks-per-node", "open-mode",
    "overcommit", "oversubscribe", "prefer", "priority", "profile", "propagate", "quiet", "reboot", "requeue",
    "reservation", "signal", "sockets-per-node", "spread-job", "switches", "thread-spec", "threads-per-core",
    "time-min", "tmp", "use-min-nodes", "verbose", "wait", "wait-all-nodes", "wckey",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class SlurmOption:
    """One #SBATCH line."""

    line: int
    name: str  # the long one
    value: str
    heeded: bool  # False below the first command, where Slurm no longer reads


@dataclass(frozen=True, kw_only=True)
class SlurmScript:
    """A script that was read."""

    text: str

    @cached_property
    def options(self) -> tuple[SlurmOption, ...]:
        """All options, in order."""
        return tuple(self._options())

    @property
    def heeded(self) -> Mapping[str, str]:
        """The options that Slurm reads, by name."""
        return {option.name: option.value for option in self.options if option.heeded}

    def _options(self) -> Iterator[SlurmOption]:
        heeded = True
        for number, line in enumerate(self.text.splitlines(), start=1):
            found = _OPTION.match(line)
            if found:
                name = found["long"] or SHORT.get(found["short"], found["short"])
                yield SlurmOption(line=number, name=name, value=found["value"] or "", heeded=heeded)
            elif line.strip() and not line.lstrip().startswith("#"):
                heeded = False

    @cached_property
    def commands(self) -> tuple[tuple[int, str], ...]:
        """The commands with the lines on which they begin; comments left out, continued lines joined."""
        joined: list[tuple[int, str]] = []
        under_way = False
        for number, line in enumerate(self.text.splitlines(), start=1):
            content = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
            if under_way:
                joined[-1] = (joined[-1][0], f"{joined[-1][1].removesuffix(chr(92))} {content}")
            elif content:
                joined.append((number, content))
            under_way = content.endswith("\\")
        return tuple(joined)

    def commands_with(self, words: str) -> list[tuple[int, str]]:
        """Give the commands that hold some words."""
        return [(number, command) for number, command in self.commands if words in command]
