"""What runs on each machine: container, Ray, Python and dependencies."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path as FilePath

from sweeps.cluster_file.document import ClusterDocument
from sweeps.problems import Path, Problem

_IMAGE = re.compile(r"(?:^|/)ray(?:-ml)?:(?P<ray>\d+\.\d+\.\d+)(?:[-.\w]*-py3(?P<minor>\d+))?")
_INSTALLED = re.compile(r"\bray(?:\[[\w,]*\])?\s*(?P<how>==|>=|~=|(?=[\s\"']|$))(?P<ray>[\d.]*)")
_IMAGES = ("image", "head_image", "worker_image")
_OLDEST_MINOR = 11  # of the Pythons 3 that Odyssey runs on
_COMMANDS = ("initialization_commands", "setup_commands", "head_setup_commands", "worker_setup_commands")


def container_has_image_and_name(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for both or neither."""
    docker = document.section("docker")
    images = [key for key in _IMAGES if docker.get(key)]
    if images and not docker.get("container_name"):
        yield Problem(path=("docker",), message=f"must have a container_name, got {', '.join(docker)}.")
    if docker.get("container_name") and not ("image" in images or len(images) > 1):
        message = f"must have an image, or head_image and worker_image, got {', '.join(docker)}."
        yield Problem(path=("docker",), message=message)


def images_have_the_ray_of_this_machine(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for the Ray that was tested on head and workers: Ray refuses a mixture."""
    wanted = pinned_ray(document.folder)
    for path, image in _images(document):
        found = _IMAGE.search(image)
        if found and wanted and found["ray"] != wanted:
            message = f"must have Ray {wanted}, as constraints.txt and this machine, got {found['ray']} in {image}."
            yield Problem(path=path, message=message)


def images_say_their_ray(document: ClusterDocument) -> Iterator[Problem]:
    """Tell an image under a tag that moves."""
    for path, image in _images(document):
        if image.rpartition(":")[2] in ("latest", "nightly", "gpu", image):
            yield Problem(
                path=path, message=f"should name a version that stays, got {image}: all nodes need the same Ray."
            )


def images_have_a_python_that_serves(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for Python 3.11 or newer in the image."""
    for path, image in _images(document):
        found = _IMAGE.search(image)
        if found and found["minor"] and int(found["minor"]) < _OLDEST_MINOR:
            message = f"must have Python 3.{_OLDEST_MINOR} or newer (…-py3{_OLDEST_MINOR}-gpu), got {image}."
            yield Problem(path=path, message=message)


def commands_install_the_ray_of_this_machine(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for the same Ray where a command installs one."""
    wanted = pinned_ray(document.folder)
    for key in _COMMANDS:
        for index, command in enumerate(document.commands(key)):
            found = _INSTALLED.search(command) if "pip install" in command else None
            constrained = "-c " in command or "--constraint" in command
            if found and wanted and not constrained and (found["how"], found["ray"]) != ("==", wanted):
                message = (
                    f"must install ray=={wanted}, as constraints.txt and this machine, got {found.group().strip()}."
                )
                yield Problem(path=(key, index), message=message)


def setup_is_given(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for setup_commands: those that Ray has for AWS install a nightly Ray."""
    if not document.commands("setup_commands"):
        message = "must install Odyssey's dependencies, got nothing: for AWS, Ray's own commands install a nightly Ray."
        yield Problem(path=("setup_commands",), message=message)


def versions_are_locked(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for constraints.txt wherever something is installed."""
    for index, command in enumerate(document.commands("setup_commands")):
        if "pip install" in command and "-c " not in command and "--constraint" not in command and "==" not in command:
            message = (
                f"should install with -c constraints.txt, so that all nodes have the same versions, got {command!r}."
            )
            yield Problem(path=("setup_commands", index), message=message)


def mounted_files_are_there(document: ClusterDocument) -> Iterator[Problem]:
    """Ask for what is to be brought to the nodes; relative to the working folder, or the file's or its parent's."""
    for remote, local in document.section("file_mounts").items():
        given = FilePath(str(local)).expanduser()
        folders = (FilePath.cwd(), document.folder, document.folder.parent)
        if not any((folder / given).exists() for folder in folders):
            made = " `ray get-auth-token --generate` makes it." if given.name == "auth_token" else ""
            message = f"must be a file or folder of this machine, got {local}, which is not there.{made}"
            yield Problem(path=("file_mounts", str(remote)), message=message)


def pinned_ray(folder: FilePath) -> str | None:
    """Give the version of Ray in constraints.txt, looked for upwards from a folder, or else that of this machine."""
    for each in (folder, *folder.parents):
        file = each / "constraints.txt"
        found = re.search(r"^ray==(\S+)$", file.read_text(encoding="utf-8"), re.MULTILINE) if file.is_file() else None
        if found:
            return found[1]
    try:
        return version("ray")
    except PackageNotFoundError:
        return None


def _images(document: ClusterDocument) -> Iterator[tuple[Path, str]]:
    for key in _IMAGES:
        image = document.section("docker").get(key)
        if isinstance(image, str):
            yield ("docker", key), image
    for name, _ in document.node_types():
        image = document.section("available_node_types", name, "docker").get("worker_image")
        if isinstance(image, str):
            yield ("available_node_types", name, "docker", "worker_image"), image
