"""Collects lines, counts and problems while one episode's file is read.

Nothing here reads a file or knows who speaks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.front_matter.files import SourceFile
from ingest.front_matter.values import text_of
from ingest.front_matter.yaml_text import Node
from ingest.report import EpisodeCounts, LabelNote, LeftOut, LostWords, Problem
from ingest.text import clean

# Limits for untrusted files, far above anything seen: titles go into every passage, guests into every comparison.
LONGEST_LABEL = 500
_MOST_PROBLEMS = 1000


@dataclass(slots=True)
class Line:
    """A transcript line with checked types; `number` is its line in the file, `row` its place among all entries."""

    text: str
    second: float | None
    who: str | None
    number: int | None
    header: int  # number of headers before it
    row: int | None = None


@dataclass(slots=True)
class Draft:
    """The data collected while one episode is read; `file` is the one that is being read, for reports."""

    file: SourceFile
    counts: EpisodeCounts = field(default_factory=EpisodeCounts)
    problems: list[Problem] = field(default_factory=list)
    labels: list[LabelNote] = field(default_factory=list)
    lost: list[LostWords] = field(default_factory=list)
    unlisted: int = 0

    def problem(self, reason: str, line: int | None = None, file: SourceFile | None = None) -> None:
        """Report something wrong; `line` is the 1-based line of `file`, without one of the file that is being read."""
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem((file or self.file).shown, line, reason))
        else:
            self.unlisted += 1

    def leave_out(self, reason: LeftOut, text: str | int, line: int | None = None) -> None:
        """Count words that will not be in the index: the words of a text, or a number."""
        count = text if isinstance(text, int) else len(text.split())
        if not count:
            return
        left_out = self.counts.words_left_out
        left_out[reason] = left_out.get(reason, 0) + count
        self.lost.append(LostWords(self.file.shown, line, str(reason), count))

    def spoken(self, node: Node | None) -> str:
        """A text of the talk as plain text; counts entities and tags, if any."""
        raw = (node.text if node else None) or ""
        text = text_of(node)
        change = len(text.split()) - len(raw.split())
        self.counts.markup_decoded += int(("&" in raw or "<" in raw) and clean(raw) != text)
        if change > 0:  # a blank was written as an entity: one word of the file is two
            self.counts.words_in += change
        else:
            self.leave_out(LeftOut.MARKUP, -change, node.line if node else None)
        return text

    def all_problems(self) -> tuple[Problem, ...]:
        """The problems; if there are too many to list, the last one counts the rest."""
        if not self.unlisted:
            return tuple(self.problems)
        return (*self.problems, Problem(self.file.shown, None, f"{self.unlisted:,} more problems are not listed"))

    def label(self, node: Node | None) -> str:
        """A title or name as clean text of bounded length."""
        text = text_of(node)
        if len(text) > LONGEST_LABEL:
            self.problem(f"cut to {LONGEST_LABEL} characters: {text[:40]!r}...", node.line if node else None)
        return text[:LONGEST_LABEL].rstrip()
