"""The few things that are done with an object store, on any of pyarrow's file systems."""

import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sweeps.storage.location import Location


class StorageError(OSError):
    """A store cannot be used: what must hold and what was given."""


class Entry(NamedTuple):
    """What a listing tells of an object."""

    size: int
    mtime_ns: int  # by the store's clock


@dataclass(frozen=True)
class Store:
    """The objects below a place; names are relative to it.

    An object is written by one request or not at all. Every error but FileNotFoundError is a StorageError.
    """

    location: Location
    file_system: Any
    path: str

    @classmethod
    def at(cls, location: Location) -> "Store":
        """Open the store of a place."""
        return cls(location, *location.open())

    def put(self, name: str, content: bytes) -> None:
        """Write an object."""
        with self._told(), self.file_system.open_output_stream(f"{self.path}/{name}") as stream:
            stream.write(content)  # all at once: what is closed after a part is there as a part

    def read(self, name: str, start: int = 0) -> bytes:
        """Read an object from a byte on.

        Raises:
            FileNotFoundError: If it is not there.
        """
        with self._told(), self.file_system.open_input_file(f"{self.path}/{name}") as file:
            return bytes(file.read_at(file.size() - start, start))

    def entry(self, name: str) -> Entry | None:
        """Look at one object; None if it is not there."""
        with self._told():
            info = self.file_system.get_file_info(f"{self.path}/{name}")
        return Entry(info.size, info.mtime_ns) if info.is_file else None

    def listing(self, folder: str = "", *, without: Collection[str] = ()) -> dict[str, Entry]:
        """List the objects below a folder, but for those in the folders ``without`` right below it.

        Names with a part that begins with a dot are left out: nothing of ours has one, and ``..`` leads elsewhere.
        """
        found: dict[str, Entry] = {}
        for info in self._infos(folder, recursive=not without):
            name = info.path.removeprefix(f"{self.path}/")
            if any(not part or part.startswith(".") for part in name.split("/")):
                continue
            if info.is_file:
                found[name] = Entry(info.size, info.mtime_ns)
            elif without and info.base_name not in without:
                found |= self.listing(name)
        return found

    def folders(self) -> list[str]:
        """Name the folders right below."""
        return sorted(info.base_name for info in self._infos("", recursive=False) if not info.is_file)

    def check_bucket(self) -> None:
        """Look whether the bucket is there, which an empty listing does not tell.

        Raises:
            StorageError: If it is not.
        """
        from pyarrow import fs

        with self._told():
            info = self.file_system.get_file_info(self.path.partition("/")[0])
        if info.type == fs.FileType.NotFound:
            raise StorageError(f"The bucket must exist, got {self.location}.")

    def delete(self, name: str) -> None:
        """Delete an object, if it is there."""
        with self._told(), contextlib.suppress(FileNotFoundError):
            self.file_system.delete_file(f"{self.path}/{name}")

    def delete_folder(self, name: str = "") -> None:
        """Delete all objects below a folder."""
        with self._told(), contextlib.suppress(FileNotFoundError):
            self.file_system.delete_dir(f"{self.path}/{name}".rstrip("/"))

    def _infos(self, folder: str, *, recursive: bool) -> list[Any]:
        from pyarrow import fs

        place = f"{self.path}/{folder}".rstrip("/")
        with self._told():
            return list(
                self.file_system.get_file_info(fs.FileSelector(place, allow_not_found=True, recursive=recursive))
            )

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise StorageError(f"{_must(str(error))} got {self.location}: {error}") from error


def _must(text: str) -> str:
    """Say what must hold, by the store's answer."""
    for codes, must in _ANSWERS.items():
        if any(code in text for code in codes):
            return must
    return "The store must take what is written,"


_ANSWERS = {
    ("NO_SUCH_BUCKET", "bucket does not exist"): "The bucket must exist,",
    (
        "ACCESS_DENIED",
        "INVALID_ACCESS_KEY",
        "SIGNATURE",
        "InvalidAccessKeyId",
        "403",
        "EXPIRED_TOKEN",
        "ExpiredToken",
    ): ("The store must let this machine list, read, write and delete there,"),
    ("NETWORK_CONNECTION", "curlCode", "SLOW_DOWN", "503"): "The store must be reachable,",
}
