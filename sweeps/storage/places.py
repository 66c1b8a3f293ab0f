"""The place of all runs, a folder or a URI, and finding a run in it by what the user types."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote, urlsplit

from analysis.manifest import Manifest, read_manifest_text
from sweeps.problems import UsageError, unknown
from sweeps.run_list import find_run
from sweeps.storage.lease import is_leased
from sweeps.storage.location import Location, is_uri
from sweeps.storage.store import Entry, StorageError, Store

_AT_ONCE = 16


def runs_place(runs: str | Path) -> Path | Location:
    """Read what --runs was given.

    Raises:
        UsageError: If it is a URI that cannot be used.
    """
    text = str(runs)
    if text.startswith("file://"):
        return Path(unquote(urlsplit(text).path))
    return Location.parse(text) if is_uri(text) else Path(text)


def find_place(place: Path | Location, name: str | None) -> Path | Location:
    """Find a run by its name, its path or URI, or, without either, the newest.

    Raises:
        UsageError: If there is none, or the store cannot be used.
    """
    if name is not None and is_uri(name):
        run = runs_place(name)
        return find_run(run.parent, run.name) if isinstance(run, Path) else _existing(run)
    if isinstance(place, Path):
        return find_run(place, name)
    if name is not None and (Path(name) / "manifest.json").is_file():
        return Path(name)
    return _find_remote(place, name)


def _existing(run: Location) -> Location:
    try:
        if Store.at(run).entry("manifest.json") is None:
            raise UsageError(f"RUN must be the URI of a run, got {str(run)!r}, where there is no manifest.json.")
    except StorageError as error:
        raise UsageError(str(error)) from error
    return run


def _find_remote(place: Location, name: str | None) -> Location:
    manifests = run_entries(place)
    if not manifests:
        raise UsageError(f"There must be a run in {place}, got none; `odyssey run` makes one.")
    if name is None:
        return place / max(manifests, key=lambda each: manifests[each].mtime_ns)
    if name not in manifests:
        raise UsageError(f"RUN {unknown(name, manifests, f'a path, a URI or a run in {place}, ')}")
    return place / name


def run_entries(place: Location) -> dict[str, Entry]:
    """List the manifests of the runs in a place by the runs' names.

    Raises:
        UsageError: If the store cannot be used.
    """
    store = Store.at(place)
    try:
        names = store.folders()
        if not names:
            store.check_bucket()
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            entries = threads.map(lambda name: store.entry(f"{name}/manifest.json"), names)
            return {name: entry for name, entry in zip(names, entries, strict=True) if entry is not None}
    except StorageError as error:
        raise UsageError(str(error)) from error


def run_manifests(place: Location) -> dict[str, Manifest | Exception]:
    """Read the manifests of all runs in a place and nothing else; of a damaged one, what is wrong.

    Raises:
        UsageError: If the store cannot be used.
    """
    store, names = Store.at(place), list(run_entries(place))

    def read(name: str) -> Manifest | Exception:
        try:
            return read_manifest_text(store.read(f"{name}/manifest.json"), f"{place.base}/{name}/manifest.json")
        except (ValueError, OSError) as error:
            return error

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return dict(zip(names, threads.map(read, names), strict=True))


def states(place: Location, manifests: Mapping[str, Manifest]) -> dict[str, str]:
    """Tell how runs stand; one under way is told by its lease from one whose driver was killed."""

    def state(name: str) -> str:
        status = str(manifests[name].get("status"))
        return "killed" if status == "running" and not is_leased(Store.at(place / name)) else status

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return dict(zip(manifests, threads.map(state, manifests), strict=True))
