"""Keeps the questions that the archive did not answer, where the log of answers holds questions (`log_questions`).

A handler of that log: without the setting its records have no questions, so nothing can be kept.
"""

from __future__ import annotations

import json
import logging

from app.keeping.database import Database, StateError
from app.keeping.removal import today
from app.types import Outcome

# How questions end that a better archive, or a better search, would answer.
UNANSWERED = (Outcome.REFUSED, Outcome.NEAREST, Outcome.CLARIFY)
# Most questions that are kept: strangers must not fill the disk.
MOST_QUESTIONS = 100_000

log = logging.getLogger("citecast.keeping")


class UnansweredHandler(logging.Handler):
    """Counts each unanswered question by day; the same question of a day is one row."""

    def __init__(self, database: Database) -> None:
        super().__init__(logging.INFO)
        self._database = database

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the question of a record, if it has one; a fault is a warning, since the answer is there already."""
        told = json.loads(record.getMessage())
        if "question" not in told or told["outcome"] not in UNANSWERED:
            return
        try:
            with self._database.writing() as state:
                (count,) = state.execute("SELECT count(*) FROM unanswered").fetchone()
                if count < MOST_QUESTIONS:
                    state.execute(
                        "INSERT INTO unanswered VALUES (?, ?, ?, 1) "
                        "ON CONFLICT (question, outcome, day) DO UPDATE SET times = times + 1",
                        (today(), told["question"], told["outcome"]),
                    )
                    return
            log.warning("a question was not kept: %s are; `citecast forget --before DAY` removes some", f"{count:,}")
        except StateError as error:
            log.warning("a question was not kept: %s", error)
