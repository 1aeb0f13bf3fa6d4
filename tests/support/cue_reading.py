"""Reads transcripts given as text, and shows lines, problems and lost words as plain tuples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingest.cues.read import read_cues
from ingest.draft import Draft
from ingest.front_matter.files import BadFile, SourceFile

Row = tuple[int | None, float | None, str | None, str]


@dataclass
class Reading:
    """What came of a text: rows of line number, second, speaker and words; what was told, with its line."""

    rows: list[Row]
    told: list[tuple[int | None, str]]
    left_out: dict[str, int]
    words_in: int

    @property
    def lost(self) -> int:
        """Words that are neither in the rows nor left out for a reason."""
        return self.words_in - sum(len(text.split()) for *_, text in self.rows) - sum(self.left_out.values())


def empty_draft() -> Draft:
    return Draft(SourceFile(Path("talk"), Path(), "talk"))


def reading(text: str, kind: str | None = None) -> Reading:
    """Read a text that can be used."""
    draft = empty_draft()
    rows = [(line.number, line.second, line.who, line.text) for line in read_cues(text, kind, draft)]
    told = [(problem.line, problem.reason) for problem in draft.all_problems()]
    return Reading(rows, told, {str(key): n for key, n in draft.counts.words_left_out.items()}, draft.counts.words_in)


def refusal(text: str, kind: str | None = None) -> tuple[int | None, str]:
    """Line and reason of the refusal of a text."""
    try:
        read_cues(text, kind, empty_draft())
    except BadFile as bad:
        return bad.line, str(bad)
    raise AssertionError("the text was read")
