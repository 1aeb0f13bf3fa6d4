"""Tests files that are replaced in one step, and the pointer to the generation in use."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from index.manifest import GENERATION, current_generation, write_durably


def test_a_reader_sees_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    contents = {bytes([65 + i]) * 200_000 for i in range(8)}
    write_durably(path, min(contents))
    stop, seen = threading.Event(), set()

    def read() -> None:
        while not stop.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for content in sorted(contents) * 5:
        write_durably(path, content)
    stop.set()
    reader.join(60)
    assert seen <= contents
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        write_durably(tmp_path / "folder", b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_the_generation_in_use(tmp_path: Path) -> None:
    folder = tmp_path / "index" / "20260102T030405-0a1b2c"
    assert GENERATION.fullmatch(folder.name)
    folder.mkdir(parents=True)
    (folder / "manifest.json").touch()
    (tmp_path / "index" / "current").write_text(folder.name + "\n")
    assert current_generation(tmp_path) == folder
