"""Keeps shared answers and feedback in the state file, and lets them go again.

Nothing is stored before a visitor asks for it, and nothing about the visitor: of the time, only the day.
"""

from __future__ import annotations

import re
import secrets
import string
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.keeping.database import Database, StateError, StateFull
from app.keeping.removal import expire, oldest, take_down, taken_down, today
from app.keeping.stored import StoredAnswer, stored_of, without
from app.types import Answer, Outcome
from index.opened import Index
from ingest.settings import Settings

MAX_NOTE = 500
# 71 bits: nobody finds an answer by trying. Letters and digits alone survive every mail program.
_SIGNS, _LENGTH = string.ascii_letters + string.digits, 12
_ID = re.compile(rf"[0-9A-Za-z]{{{_LENGTH}}}")
# Most answers, and most pieces of feedback: strangers must not fill the disk (an answer has some 15 kB).
MOST_KEPT = 100_000
# Seconds between two looks for what has expired.
_TIDY_S = 3600.0


class Verdict(StrEnum):
    """What a visitor says of an answer."""

    UP = "up"
    DOWN = "down"


class Counts(Protocol):
    """The part of `app.observe.prometheus.Metrics` that counts what is kept."""

    def stored(self, kind: str) -> None:
        """Count what a visitor had stored."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A stored answer; `day` (`YYYY-MM-DD`) and `version` (of the archive) are those of its storing."""

    id: str
    day: str
    version: str
    stored: StoredAnswer


@dataclass(frozen=True, slots=True)
class Feedback:
    """A visitor's verdict on an answer. `day` is that of its storing."""

    question: str
    standalone: str
    outcome: Outcome
    verdict: Verdict
    note: str = ""
    day: str = ""


class FullShelf(StateFull):
    """There are too many shared answers or pieces of feedback."""

    told = "nothing can be stored: too much is stored already"


class Keeper:
    """Shared answers and feedback of one data folder; safe to share between threads.

    `index` returns the index in use. All methods raise `StateError`.
    """

    def __init__(
        self, database: Database, settings: Settings, index: Callable[[], Index], counts: Counts | None = None
    ) -> None:
        self._database = database
        self._index = index
        self._counts = counts
        self._tidied = float("-inf")
        self.shares, self.hears, self.days = settings.share, settings.feedback, settings.share_days

    def start(self) -> None:
        """Check the state file, and remove what has expired or was taken down since."""
        self._database.check()
        self._tidy()
        if self._database.path.exists():
            take_down(self._database, taken_down(self._index().folder))

    def pack(self, answer: Answer, narrowed: str = "") -> bytes:
        """What `share` would store of an answer, in little memory. Nothing is stored by it."""
        stored = stored_of(answer, narrowed, self._index().episodes)
        return zlib.compress(stored.model_dump_json().encode())

    def share(self, packed: bytes) -> str:
        """Store a packed answer; returns its id."""
        index = self._index()
        # Since it was shown, an episode may have been taken down.
        stored, version = _within(unpacked(packed), index), index.manifest.version
        id = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
        self._tidy()
        with self._database.writing() as state:
            (count,) = state.execute("SELECT count(*) FROM answers").fetchone()
            if count >= MOST_KEPT:
                raise FullShelf(f"{count:,} answers are shared: remove older ones with `citecast forget --before DAY`")
            row = (id, today(), version, stored.model_dump_json())
            state.execute("INSERT INTO answers VALUES (?, ?, ?, ?)", row)
            state.executemany("INSERT INTO named VALUES (?, ?)", [(id, slug) for slug in sorted(stored.episodes)])
        if self._counts:
            self._counts.stored("answer")
        return id

    def shared(self, id: str) -> Shared | None:
        """A shared answer without the episodes that the index does not have; None if there is none with this id."""
        if not _ID.fullmatch(id):
            return None
        self._tidy(_TIDY_S)
        with self._database.reading() as state:
            row = state.execute(
                "SELECT day, version, stored FROM answers WHERE id = ? AND day >= ?", (id, oldest(self.days))
            ).fetchone()
        if row is None:
            return None
        return Shared(id, row[0], row[1], _within(StoredAnswer.model_validate_json(row[2]), self._index()))

    def judge(self, feedback: Feedback) -> None:
        """Store feedback, under today's date."""
        version = self._index().manifest.version
        with self._database.writing() as state:
            (count,) = state.execute("SELECT count(*) FROM feedback").fetchone()
            if count >= MOST_KEPT:
                raise FullShelf(f"there is {count:,} times feedback: remove some with `citecast forget --before DAY`")
            state.execute(
                "INSERT INTO feedback (day, version, question, standalone, outcome, verdict, note) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    today(), version, feedback.question, feedback.standalone, str(feedback.outcome),
                    str(feedback.verdict), feedback.note[:MAX_NOTE],
                ),
            )  # fmt: skip
        if self._counts:
            self._counts.stored(str(feedback.verdict))

    def _tidy(self, pause: float = 0.0) -> None:
        """Delete what has expired, unless that was done less than `pause` seconds ago."""
        if self.days and time.monotonic() - self._tidied >= pause:
            self._tidied = time.monotonic()
            expire(self._database, self.days)


def _within(stored: StoredAnswer, index: Index) -> StoredAnswer:
    """The answer without the episodes that the index does not have."""
    return without(stored, {slug for slug in stored.episodes if slug not in index.episodes})


def id_of(text: str) -> str:
    """The id in a shared answer's address, or the id itself; raises `StateError`."""
    id = text.strip().rstrip("/").rpartition("/")[2]
    if not _ID.fullmatch(id):
        raise StateError(f"{text!r:.80} is no shared answer: give its id, the last part of its address /a/ID")
    return id


def unpacked(packed: bytes) -> StoredAnswer:
    """What `Keeper.pack` packed."""
    return StoredAnswer.model_validate_json(zlib.decompress(packed))
