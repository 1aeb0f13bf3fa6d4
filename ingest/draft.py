"""What is collected while one episode's file is read: its lines, counts and problems; and values by type.

Nothing here reads a file or knows who speaks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ingest.files import SourceFile
from ingest.report import EpisodeCounts, LabelNote, LeftOut, Problem
from ingest.text import clean

# Limits for untrusted files, far above anything seen: titles go into every passage, guests into every comparison.
LONGEST_LABEL = 500
_MOST_PROBLEMS = 100
LATEST_S = 1e6


@dataclass(slots=True)
class Line:
    """A transcript line whose types were checked; `number` is its line in the file."""

    text: str
    second: float | None
    who: str | None
    number: int | None
    header: int  # how many headers stood before it


@dataclass(slots=True)
class Draft:
    """What is collected while one file is read."""

    file: SourceFile
    counts: EpisodeCounts = field(default_factory=EpisodeCounts)
    problems: list[Problem] = field(default_factory=list)
    labels: list[LabelNote] = field(default_factory=list)
    unlisted: int = 0

    def problem(self, reason: str, line: int | None = None) -> None:
        """Report something wrong; `line` is the file's, 1-based."""
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem(self.file.shown, line, reason))
        else:
            self.unlisted += 1

    def leave_out(self, reason: LeftOut, text: str) -> None:
        """Count words that will not be in the index."""
        left_out = self.counts.words_left_out
        left_out[reason] = left_out.get(reason, 0) + len(text.split())

    def all_problems(self) -> tuple[Problem, ...]:
        """The problems, the last of which counts those that are too many to list."""
        if not self.unlisted:
            return tuple(self.problems)
        return (*self.problems, Problem(self.file.shown, None, f"{self.unlisted:,} more problems are not listed"))

    def label(self, value: Any, line: int | None = None) -> str:
        """A title or name as clean text of bounded length."""
        text = text_of(value)
        if len(text) > LONGEST_LABEL:
            self.problem(f"cut to {LONGEST_LABEL} characters: {text[:40]!r}...", line)
        return text[:LONGEST_LABEL].rstrip()


def text_of(value: Any) -> str:
    """Clean text; "" for what is no text."""
    return clean(value) if isinstance(value, str) else ""


def is_second(value: Any) -> bool:
    """Whether a value can be a second of a recording."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < LATEST_S


def list_of(value: Any) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []
