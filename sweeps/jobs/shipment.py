"""What travels to a cluster with a job: the working folder, and Odyssey's own code as it is here.

Dependencies are the cluster's; code is never baked in, so that a cluster runs what was submitted.
"""

import heapq
import os
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sweeps.problems import UsageError
from sweeps.quiet_ray import quiet_ray
from sweeps.ray_token import token_file

LIMIT_BYTES = 100 * 2**20  # of one request to Ray's job server
PACKAGES = ("search_spaces", "learning_tasks", "trainables", "analysis", "sweeps")
_MIB = 2**20
_LARGEST_TOLD = 5
_NEVER = ("/runs", ".ray", "*.pem", "id_rsa", "id_ed25519")  # records, Ray's token, private keys


@dataclass(frozen=True, kw_only=True, slots=True)
class Shipment:
    """Files by where they will lie in the job's working folder."""

    folder: Path  # the working folder here
    files: Mapping[str, Path]

    def holds(self, path: Path) -> bool:
        """Say whether a file, or something in a folder, travels."""
        resolved = path.resolve()
        return any(file == resolved or resolved in file.parents for file in map(Path.resolve, self.files.values()))


def gather(folder: Path) -> Shipment:
    """List what would travel: the folder but for what its .gitignore and .rayignore leave out, and our packages.

    Raises:
        UsageError: If the folder has a package of one of our names that is another.
    """
    files = _files_of(folder)
    for package in PACKAGES:
        source = _source_of(package)
        place = folder / package
        if place.exists() and place.resolve() != source:
            raise UsageError(
                f"What is submitted must not hold a package {package} of its own: Odyssey's of that name travels with "
                f"it, got {place}."
            )
        files |= {f"{package}/{name}": path for name, path in _files_of(source).items()}
    return Shipment(folder=folder, files=files)


def pack(shipment: Shipment, target: Path) -> None:
    """Write a shipment as a zip, as Ray's job server takes it.

    Raises:
        UsageError: If it is larger than a request may be; says what is largest.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for place, path in sorted(shipment.files.items()):
            archive.write(path, place)
            if target.stat().st_size > LIMIT_BYTES:
                raise UsageError(_too_large(shipment))
    if target.stat().st_size > LIMIT_BYTES:
        raise UsageError(_too_large(shipment))


def _source_of(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise UsageError(f"Odyssey must be installed whole to be submitted, got no package {package}.")
    return Path(spec.submodule_search_locations[0]).resolve()


def _files_of(folder: Path) -> dict[str, Path]:
    """List the files that Ray would take, by their path within the folder."""
    from ray._private.ray_constants import RAY_RUNTIME_ENV_IGNORE_GITIGNORE, get_runtime_env_default_excludes
    from ray._private.runtime_env.packaging import _dir_travel, _get_excludes

    quiet_ray()
    found: dict[str, Path] = {}
    root = folder.absolute()
    secret = token_file().absolute()

    def take(path: Path) -> None:
        if path.is_file() and path != secret:
            found[path.relative_to(root).as_posix()] = path

    left_out = _get_excludes(root, [*get_runtime_env_default_excludes(), *_NEVER])
    obey = os.environ.get(RAY_RUNTIME_ENV_IGNORE_GITIGNORE, "0") != "1"
    _dir_travel(root, [left_out], take, include_gitignore=obey)
    return found


def _too_large(shipment: Shipment) -> str:
    sizes = {place: path.stat().st_size for place, path in shipment.files.items()}
    folders: Counter[str] = Counter()
    for place, size in sizes.items():
        if "/" in place:
            folders[f"{place.split('/')[0]}/"] += size
    largest = heapq.nlargest(_LARGEST_TOLD, {**sizes, **folders}.items(), key=lambda entry: entry[1])
    told = ", ".join(f"{place} {size / _MIB:.1f} MiB" for place, size in largest)
    return (
        f"What is submitted must be at most {LIMIT_BYTES // _MIB} MiB compressed, got more from {shipment.folder}; the "
        f"largest are {told}. Name in .gitignore or .rayignore what no trial reads, and leave data on storage that the "
        "cluster sees."
    )
