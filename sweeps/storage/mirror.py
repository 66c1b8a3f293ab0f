"""Copying a run folder to an object store while it is filled.

Whoever kills the driver, at whatever moment, leaves a readable record there: what is new is written before what it
replaces goes, and the growing files go in segments of whole lines.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from sweeps.storage.segments import Segment, Segments, by_file
from sweeps.storage.store import Store

MOST_AT_ONCE = 8 * 2**20  # bytes of a growing file in one segment
_LAST = "manifest.json"  # it may say that the run has ended

Signature = tuple[int, int]  # time of change and size: of a file of one's own, enough to tell a change


class Mirror:
    """What of a run folder is in the store, and how the rest gets there.

    Args:
        folder: the run folder, of which this process is the only writer.
        run: where it goes.
        may_write: called before every change; raises where another may be writing.
    """

    def __init__(self, folder: Path, run: Store, *, may_write: Callable[[], None]) -> None:
        self._folder = folder
        self._run = run
        self._may_write = may_write
        self._whole: dict[str, Signature] = {}
        self._growing: dict[str, Segments] = {}

    def adopt(self, names: Iterable[str]) -> None:
        """Take over what is in the store and was fetched into the folder; of other segments nothing is to stay."""
        names = list(names)
        lines = {f"{file}.jsonl" for file in self._growing_files()}
        self._whole = self._whole_files() | {name: (0, 0) for name in names if name in lines}  # copied there by hand
        lengths = {file: path.stat().st_size for file, path in self._growing_files().items()}
        for file, segments in by_file(names).items():
            length = lengths.get(file, 0)
            self._growing[file] = Segments(each for each in segments if each.end <= length)
            for each in segments:
                if each.end > length:
                    self._delete(each.name(file))

    def copy(self) -> None:
        """Write what is new and delete what is gone.

        Raises:
            StorageError: If the store cannot be used; what was not written is, the next time.
        """
        there = {*self._whole_files(), *self._growing_files()}  # before the rest: what replaces them is there then
        for file, path in self._growing_files().items():
            self._copy_lines(file, path)
        files = self._whole_files()
        for name in sorted(files, key=lambda name: (name == _LAST, name)):
            if files[name] != self._whole.get(name):
                self._copy_file(name, files[name])
        for name in [each for each in self._whole if each not in there and each not in files]:
            self._delete(name)
            del self._whole[name]
        for file in [each for each in sorted(self._growing) if each not in there]:
            self._forget_lines(file)

    def _copy_file(self, name: str, signature: Signature) -> None:
        try:
            content = (self._folder / name).read_bytes()
        except FileNotFoundError:  # gone since it was listed
            return
        self._put(name, content)
        self._whole[name] = signature  # of before it was read: a change meanwhile is seen the next time

    def _copy_lines(self, file: str, path: Path) -> None:
        segments = self._growing.setdefault(file, Segments())
        while lines := _whole_lines(path, segments.end):
            segment = Segment(segments.end, segments.end + len(lines))
            self._put(segment.name(file), lines)
            segments.add(segment)
            while parts := segments.mergeable():
                self._merge(file, path, parts)

    def _merge(self, file: str, path: Path, parts: list[Segment]) -> None:
        whole = Segment(parts[0].start, parts[-1].end)
        try:
            with path.open("rb") as stream:
                stream.seek(whole.start)
                content = stream.read(whole.end - whole.start)
        except FileNotFoundError:  # folded into the tables meanwhile
            content = b""
        if len(content) == whole.end - whole.start:
            self._put(whole.name(file), content)
            for each in parts:
                self._delete(each.name(file))
        self._growing[file].merge(parts)

    def _forget_lines(self, file: str) -> None:
        """Delete a file's segments, the first one first: without it nobody reads the others."""
        for each in self._growing[file].all:
            self._delete(each.name(file))
        del self._growing[file]

    def _put(self, name: str, content: bytes) -> None:
        self._may_write()
        self._run.put(name, content)

    def _delete(self, name: str) -> None:
        self._may_write()
        self._run.delete(name)

    def _growing_files(self) -> dict[str, Path]:
        """Give the journal's files and the events, by the name that their segments begin with."""
        paths = [*sorted((self._folder / "journal").glob("*.jsonl")), self._folder / "events.jsonl"]
        return {_stem(path, self._folder): path for path in paths if path.is_file()}

    def _whole_files(self) -> dict[str, Signature]:
        """Give the other files; hidden ones are locks and files that are being written."""
        growing = set(self._growing_files().values())
        found = {}
        for path in sorted(self._folder.rglob("*")):
            name = path.relative_to(self._folder).as_posix()
            if path in growing or any(part.startswith(".") for part in name.split("/")) or name.startswith("journal/"):
                continue
            if (signature := _signature(path)) is not None:
                found[name] = signature
        return found


def _stem(path: Path, folder: Path) -> str:
    return path.relative_to(folder).with_suffix("").as_posix()


def _signature(path: Path) -> Signature | None:
    try:
        about = path.stat()
    except FileNotFoundError:
        return None
    return (about.st_mtime_ns, about.st_size) if path.is_file() else None


def _whole_lines(path: Path, start: int) -> bytes:
    """Read the whole lines of a growing file from a byte on, some megabytes at most."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            content = file.read(MOST_AT_ONCE)
            while b"\n" not in content and (more := file.read(MOST_AT_ONCE)):
                content += more
    except FileNotFoundError:
        return b""
    return content[: content.rfind(b"\n") + 1]
