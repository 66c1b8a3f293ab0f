"""How to run it again: the sweep file, commands, versions."""

import shlex
from collections.abc import Iterator

import yaml

from analysis.confirmation.confirmation_record import confirm_options
from analysis.report.blocks import Block, Facts, Listing, Section, Text
from analysis.report.findings import RESUMABLE, Findings


def again_section(findings: Findings) -> Section:
    """Give what is needed to run the sweep once more."""
    return Section(anchor="again", title="How to run it again", blocks=tuple(_blocks(findings)))


def _blocks(findings: Findings) -> Iterator[Block]:
    yield Text(
        text="Save the sweep file below as sweep.yaml. On the same machine and versions, the seed fixes folds and "
        f"training; {'' if _learns(findings) else 'also all configurations; '}which trials are stopped"
        f"{', and which configurations are drawn,' if _learns(findings) else ''} depends on the order in which trials "
        "report."
    )
    folder = findings.manifest.get("task_folder")
    if folder:
        named = isinstance(findings.sweep.get("task"), str)
        how = f"The task {findings.task} is no built-in one: its module must be importable."
        yield Text(text=how if named else f"The data lie in, or are named from, {folder}.")
    yield Listing(caption="Commands", text="\n".join(_commands(findings)))
    yield Listing(caption="sweep.yaml", text=_sweep_file(findings))
    yield Facts(pairs=tuple(_facts(findings)))
    versions = _requirements(findings)
    if versions:
        yield Listing(caption="Versions, as constraints.txt", text="\n".join(versions))


def _learns(findings: Findings) -> bool:
    return findings.manifest.get("search") == "tpe"


def _commands(findings: Findings) -> list[str]:
    run = shlex.quote(findings.name)
    lines = [("odyssey run sweep.yaml", "the same sweep once more")]
    if findings.state in RESUMABLE:
        lines.insert(0, (f"odyssey resume {run}", "go on with this run"))
    lines += [
        (f"odyssey best {run} -o best.csv", "the best configurations, to a file"),
        (f"odyssey rank {run}", "configurations by variance explained"),
        (f"odyssey importance {run}", "what matters; --range asks about less than was searched"),
        (f"odyssey confirm {run}{confirm_options(findings.record.path)}", "the best, trained anew and tested once"),
        (f"odyssey export {run} -o trials.csv", "all trials, to a file"),
    ]
    width = max(len(command) for command, _ in lines)
    return [f"{command:<{width}}  # {purpose}" for command, purpose in lines]


def _sweep_file(findings: Findings) -> str:
    path = findings.record.path / "sweep.yaml"
    if path.is_file():
        return path.read_text(encoding="utf-8", errors="replace").strip()
    return yaml.safe_dump(findings.sweep, sort_keys=False, allow_unicode=True).strip()


def _facts(findings: Findings) -> list[tuple[str, str]]:
    versions = findings.manifest.get("versions") or {}
    found = [
        ("Seed", str(findings.manifest.get("seed", ""))),
        ("Odyssey", str(versions.get("odyssey-sweeps") or "")),
        ("Python", str(versions.get("python") or "")),
        ("Git commit", _commit(findings)),
        ("Task's folder", str(findings.manifest.get("task_folder") or "")),
    ]
    return [(name, text) for name, text in found if text]


def _commit(findings: Findings) -> str:
    commit = findings.manifest.get("git_commit")
    if not commit:
        return "none: the run was not started in a repository"
    plain = str(commit).removesuffix("-changed")
    return plain if plain == commit else f"{plain}, with uncommitted changes: those are not in it"


def _requirements(findings: Findings) -> list[str]:
    versions = findings.manifest.get("versions") or {}
    apart = ("python", "odyssey-sweeps")
    return [f"{name}=={version}" for name, version in versions.items() if version and name not in apart]
