"""Files that are there whole or not at all."""

from pathlib import Path

import pytest

from analysis.atomic_file import write_atomically, write_bytes_atomically, write_text_atomically


def test_what_was_written_is_read(tmp_path):
    write_text_atomically(tmp_path / "a.txt", "Ithaka ±\n")
    write_bytes_atomically(tmp_path / "b.bin", b"\r\n\x00")
    assert (tmp_path / "a.txt").read_bytes() == "Ithaka ±\n".encode()
    assert (tmp_path / "b.bin").read_bytes() == b"\r\n\x00"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write(temporary: Path) -> None:
        temporary.write_text("half of the n")
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="the power went"):
        write_atomically(path, write)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_file_stands_while_the_new_one_is_written(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    seen = []

    def write(temporary: Path) -> None:
        temporary.write_text("new")
        seen.append((path.read_text(), temporary.parent))

    write_atomically(path, write)
    assert seen == [("old", tmp_path)]
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"existing folder; .*nowhere is none"):
        write_text_atomically(tmp_path / "nowhere" / "a.txt", "")
