"""Opens the state file `DATA/state.sqlite`: migrations, transactions, and faults as messages that name the remedy.

One connection is shared by the threads of a process, one thread at a time; other processes use the file at the same
time (write-ahead log), and each transaction that writes waits for theirs. The file is made at the first write, not
before. What is deleted is overwritten, so that no words stay in free pages. Nothing here knows what is kept.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

NAME = "state.sqlite"
# Marks the file as ours ("Cite"): a table of another program is never migrated.
_OURS = 0x43697465
# Seconds that a transaction waits for another process.
_PATIENCE = 5.0
# Bytes: with less, an error of the file system means a full disk.
_LITTLE = 1_000_000

_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

# Each migration leads from the version that is its place to the next one. Released ones never change.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        f"PRAGMA application_id = {_OURS}",
        "CREATE TABLE answers (id TEXT PRIMARY KEY, day TEXT NOT NULL, version TEXT NOT NULL, stored TEXT NOT NULL)",
        "CREATE INDEX answers_day ON answers (day)",
        "CREATE TABLE named (answer TEXT NOT NULL REFERENCES answers ON DELETE CASCADE, episode TEXT NOT NULL, "
        "PRIMARY KEY (answer, episode)) WITHOUT ROWID",
        "CREATE INDEX named_episode ON named (episode)",
        "CREATE TABLE feedback (id INTEGER PRIMARY KEY, day TEXT NOT NULL, version TEXT NOT NULL, "
        "question TEXT NOT NULL, standalone TEXT NOT NULL, outcome TEXT NOT NULL, verdict TEXT NOT NULL, "
        "note TEXT NOT NULL)",
        "CREATE TABLE unanswered (day TEXT NOT NULL, question TEXT NOT NULL, outcome TEXT NOT NULL, "
        "times INTEGER NOT NULL, PRIMARY KEY (question, outcome, day)) WITHOUT ROWID",
    ),
)


class StateError(Exception):
    """The state file cannot be used; the message is for whoever runs the server.

    `told` is for a visitor, `status` for HTTP.
    """

    told, status = "stored answers cannot be read or written at the moment", 503


class StateFull(StateError):
    """There is no room for more."""

    told, status = "nothing can be stored: the server's disk is full", 507


class Database:
    """The state file of one data folder; safe to share between threads."""

    def __init__(self, data: Path, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> None:
        """Opens nothing yet. `migrations` are the steps up to the version of this program."""
        self.path = data / NAME
        self._migrations = migrations
        self._lock = threading.RLock()
        self._opened: sqlite3.Connection | None = None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading; without a file, one to an empty state. Raises `StateError`."""
        with self._lock, self._faults():
            if self._opened is None and not self.path.exists():
                with closing(sqlite3.connect(":memory:", isolation_level=None)) as empty:
                    self._migrate(empty)
                    yield empty
                return
            yield self._connection()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end of the block, undone by an exception. Raises `StateError`."""
        with self._lock, self._faults(), _transaction(self._connection()) as connection:
            yield connection

    def check(self) -> None:
        """Raise `StateError` if the file is there and cannot be used."""
        with self.reading() as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise StateError(_damaged(self.path))

    def scrub(self) -> None:
        """Write what was deleted out of the log as well; another process that reads may put it off."""
        with self.reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def copy_to(self, file: Path) -> None:
        """Copy the state as it is now into a new file, also while others write. Raises `StateError`."""
        try:
            _create(file)  # whatever is there is never replaced
        except FileExistsError as error:
            raise StateError(f"{file} exists already: give a new file") from error
        except OSError as error:
            raise StateError(f"{file} cannot be written: {error.strerror or error}") from error
        beside = file.with_name(f".{file.name}.part")
        try:
            with self.reading() as connection:
                _copy(connection, beside)
            os.replace(beside, file)
        except BaseException as error:
            for made in (beside, file):
                made.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise StateError(f"{file} cannot be written: {error.strerror or error}") from error
            raise

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                _create(self.path)
            opened = sqlite3.connect(self.path, _PATIENCE, isolation_level=None, check_same_thread=False)
            try:
                self._migrate(opened)
                for setting in ("journal_mode = WAL", "secure_delete = ON", "foreign_keys = ON"):
                    opened.execute(f"PRAGMA {setting}").fetchall()
            except BaseException:
                opened.close()
                raise
            self._opened = opened
        return self._opened

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Bring the tables to this program's version, in one transaction."""
        if self._version(connection) == len(self._migrations):
            return
        with _transaction(connection):
            # Read again: another process may have been quicker.
            for steps in self._migrations[(version := self._version(connection)) :]:
                version += 1
                for step in steps:
                    connection.execute(step)
            connection.execute(f"PRAGMA user_version = {len(self._migrations)}")

    def _version(self, connection: sqlite3.Connection) -> int:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if mark != _OURS and (tables or version):
            raise StateError(f"{self.path} is no state file of Citecast: move it away; a new one is made then")
        if version > len(self._migrations):
            raise StateError(
                f"{self.path} was written by a newer Citecast (its version is {version}, this program's "
                f"{len(self._migrations)}): install that one, or move the file away and start anew"
            )
        return int(version)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Turn faults of SQLite and of the file system into `StateError`."""
        try:
            yield
        except sqlite3.Error as error:
            self.close()
            raise _told(self.path, error) from error
        except OSError as error:
            raise StateError(f"{error.filename or self.path}: {error.strerror or error}") from error


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        # Some faults (a full disk among them) end the transaction by themselves.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _copy(connection: sqlite3.Connection, file: Path) -> None:
    file.unlink(missing_ok=True)  # of a killed copy
    _create(file)
    with closing(sqlite3.connect(file)) as copy:
        try:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF in _DAMAGE:
                raise
            raise _told(file, error) from error


def _create(path: Path) -> None:
    """Make an empty file that only its owner reads: it will hold visitors' questions."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _told(path: Path, error: sqlite3.Error) -> StateError:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    full = code == sqlite3.SQLITE_FULL or (
        code == sqlite3.SQLITE_IOERR and shutil.disk_usage(path.parent).free < _LITTLE
    )
    if full:
        return StateFull(f"the disk that holds {path} is full: free some space; nothing that was stored is lost")
    if code in _DAMAGE:
        return StateError(_damaged(path))
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StateError(f"another process has held {path} for over {_PATIENCE:g} seconds: end it, or wait for it")
    return StateError(f"{path} cannot be used: {error}. See that this user may read and write the file and its folder")


def _damaged(path: Path) -> str:
    return (
        f"{path} is damaged: put a copy that `citecast backup` wrote in its place, or move the file away; "
        "its shared answers and feedback are lost then"
    )
