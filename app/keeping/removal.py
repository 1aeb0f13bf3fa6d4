"""Removes what is kept: what has expired, what was taken down at its source, and what its owner wants gone.

Removed words are overwritten in the file, and in its log (`Database.scrub`). Copies that were made before are not
touched.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from app.keeping.database import Database
from app.keeping.stored import StoredAnswer, without
from index.manifest import IndexMissing, read_report


@dataclass(frozen=True, slots=True)
class Removed:
    """How much was removed."""

    answers: int = 0
    feedback: int = 0
    unanswered: int = 0

    def __str__(self) -> str:
        return (
            f"removed: {self.answers:,} shared answers, {self.feedback:,} times feedback, "
            f"{self.unanswered:,} questions without an answer"
        )


def today() -> str:
    """The day in UTC (`YYYY-MM-DD`)."""
    return datetime.now(UTC).date().isoformat()


def oldest(days: int) -> str:
    """The first day (`YYYY-MM-DD`) of what is kept for so many days; empty, before every day, for 0: for ever."""
    return (date.fromisoformat(today()) - timedelta(days=days)).isoformat() if days else ""


def expire(database: Database, days: int) -> int:
    """Delete the answers that were shared over `days` days ago (0: none); returns how many."""
    if not days or not database.path.exists():
        return 0
    with database.writing() as state:
        count = state.execute("DELETE FROM answers WHERE day < ?", (oldest(days),)).rowcount
    if count:
        database.scrub()
    return count


def take_down(database: Database, episodes: Collection[str]) -> int:
    """Remove from every shared answer what rests on these episodes (slugs); returns how many answers had some."""
    if not episodes or not database.path.exists():
        return 0
    with database.writing() as state:
        found = state.execute(
            "SELECT id, stored FROM answers WHERE id IN "
            "(SELECT answer FROM named WHERE episode IN (SELECT value FROM json_each(?)))",
            (json.dumps(sorted(episodes)),),
        ).fetchall()
        for id, text in found:
            left = without(StoredAnswer.model_validate_json(text), set(episodes))
            state.execute("UPDATE answers SET stored = ? WHERE id = ?", (left.model_dump_json(), id))
            state.executemany("DELETE FROM named WHERE answer = ? AND episode = ?", [(id, slug) for slug in episodes])
    if found:
        database.scrub()
    return len(found)


def taken_down(generation: Path) -> list[str]:
    """The slugs of episodes of which the ingest that wrote this generation reports that they were taken down."""
    try:
        return [str(slug) for slug in read_report(generation)["taken_down"]]
    except (IndexMissing, KeyError, TypeError):
        return []


def forget(database: Database, ids: Collection[str]) -> Removed:
    """Delete shared answers by their ids."""
    with database.writing() as state:
        counts = [state.execute("DELETE FROM answers WHERE id = ?", (id,)).rowcount for id in ids]
    database.scrub()
    return Removed(answers=sum(counts))


def forget_before(database: Database, day: str | None) -> Removed:
    """Delete everything that was stored before a day (`YYYY-MM-DD`); None deletes everything."""
    where, values = ("", ()) if day is None else (" WHERE day < ?", (day,))
    with database.writing() as state:
        answers, feedback, unanswered = (
            state.execute(f"DELETE FROM {table}{where}", values).rowcount
            for table in ("answers", "feedback", "unanswered")
        )
    database.scrub()
    return Removed(answers, feedback, unanswered)
