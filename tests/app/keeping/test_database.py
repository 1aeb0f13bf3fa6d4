"""Tests the state file: two processes, migrations, a full disk, damage, what is left of deleted words, copies."""

from __future__ import annotations

import multiprocessing
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from app.keeping import database
from app.keeping.database import MIGRATIONS, Database, StateError, StateFull

SECRET = "the words that shall be gone " * 40
FIELDS = "day, version, question, standalone, outcome, verdict, note"
ROW = f"INSERT INTO feedback ({FIELDS}) VALUES ('', '', ?, '', '', '', '')"


def put(state: Database, text: str) -> None:
    with state.writing() as connection:
        connection.execute(ROW, (text,))


def texts(state: Database) -> list[str]:
    with state.reading() as connection:
        return [row[0] for row in connection.execute("SELECT question FROM feedback")]


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("state.sqlite*"))


def _put_many(folder: Path, name: str) -> None:
    _put_into(Database(folder), name)


def _put_into(state: Database, name: str) -> None:
    for number in range(60):
        put(state, f"{name} {number}")


def test_two_processes_and_their_threads_lose_nothing_and_make_the_file_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    other = context.Process(target=_put_many, args=(tmp_path, "other"))
    other.start()
    threads = [threading.Thread(target=_put_many, args=(tmp_path, f"thread {i}")) for i in range(2)]
    shared = Database(tmp_path)
    threads += [threading.Thread(target=_put_into, args=(shared, f"shared {i}")) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.join()
    assert other.exitcode == 0
    found = texts(shared)
    assert len(found) == len(set(found)) == 5 * 60


def test_nothing_is_made_by_reading_and_only_its_owner_reads_the_file(tmp_path: Path) -> None:
    state = Database(tmp_path)
    state.check()
    assert texts(state) == []
    assert list(tmp_path.iterdir()) == []
    put(state, "x")
    assert [oct(stat.S_IMODE(file.stat().st_mode)) for file in tmp_path.iterdir()] == ["0o600"] * 3


def test_a_block_that_fails_leaves_nothing(tmp_path: Path) -> None:
    state = Database(tmp_path)

    def half() -> None:
        with state.writing() as connection:
            connection.execute(ROW, ("half",))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert texts(state) == []
    put(state, "whole")
    assert texts(state) == ["whole"]


def test_an_older_file_is_brought_up_to_date_and_keeps_its_rows(tmp_path: Path) -> None:
    old = Database(tmp_path)
    put(old, "kept")
    old.close()
    newer = Database(tmp_path, (*MIGRATIONS, ("ALTER TABLE feedback ADD COLUMN more TEXT", "CREATE TABLE t (x)")))
    assert texts(newer) == ["kept"]
    newer.close()
    with pytest.raises(StateError, match=r"newer Citecast \(its version is 2, this program's 1\): install that one"):
        texts(Database(tmp_path))


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    put(Database(tmp_path), "kept")
    with pytest.raises(StateError):
        texts(Database(tmp_path, (*MIGRATIONS, ("CREATE TABLE t (x)", "NONSENSE"))))
    assert texts(Database(tmp_path)) == ["kept"]


def test_a_file_that_is_no_database_or_anothers_is_refused_with_the_remedy_and_stays(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    file.write_bytes(b"not a database at all" * 300)
    with pytest.raises(StateError, match=r"is damaged: put a copy that `citecast backup` wrote in its place"):
        Database(tmp_path).check()
    assert file.read_bytes().startswith(b"not a database")
    file.unlink()
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE others (x)")
    other.close()
    with pytest.raises(StateError, match="no state file of Citecast"):
        Database(tmp_path).check()


def test_damage_within_the_file_is_found(tmp_path: Path) -> None:
    state = Database(tmp_path)
    for _ in range(80):
        put(state, SECRET)
    state.scrub()
    state.close()
    file = tmp_path / "state.sqlite"
    raw = bytearray(file.read_bytes())
    for at in range(8192, len(raw), 4096):
        raw[at : at + 64] = b"\xff" * 64
    file.write_bytes(raw)
    with pytest.raises(StateError, match="is damaged"):
        Database(tmp_path).check()


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    state = Database(tmp_path)
    put(state, "kept")
    with state.reading() as connection:
        connection.execute("PRAGMA max_page_count = 1").fetchall()
    with pytest.raises(StateFull, match=r"is full: free some space; nothing that was stored is lost"):
        put(state, SECRET * 100)
    assert texts(state) == ["kept"]
    put(state, "with room again")
    assert len(texts(state)) == 2


def test_a_file_that_another_process_holds_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(Database(tmp_path), "x")
    monkeypatch.setattr(database, "_PATIENCE", 0.05)
    with sqlite3.connect(tmp_path / "state.sqlite", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StateError, match="another process has held"):
            put(Database(tmp_path), "y")
    other.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match=r"Not a directory|File exists"):
        put(Database(tmp_path / "file"), "x")


def test_deleted_words_are_not_left_in_the_file_or_its_log(tmp_path: Path) -> None:
    state = Database(tmp_path)
    put(state, SECRET)
    assert SECRET[:40].encode() in on_disk(tmp_path)
    with state.writing() as connection:
        connection.execute("DELETE FROM feedback")
    state.scrub()
    assert SECRET[:40].encode() not in on_disk(tmp_path)


def test_a_copy_is_whole_new_and_one_file(tmp_path: Path) -> None:
    state, copies = Database(tmp_path / "data"), tmp_path / "copies"
    copies.mkdir()
    put(state, "kept")  # not in the file yet, but in its log
    state.copy_to(copies / "state.sqlite")
    put(state, "later")
    assert [file.name for file in copies.iterdir()] == ["state.sqlite"]
    with pytest.raises(StateError, match="exists already"):
        state.copy_to(copies / "state.sqlite")
    assert texts(Database(copies)) == ["kept"]
    with pytest.raises(StateError, match="cannot be written"):
        state.copy_to(tmp_path / "nowhere" / "copy")
