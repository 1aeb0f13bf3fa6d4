"""Reads text with citation markers ("It was cheaper to rent. [2]") as drafted sentences.

1. A sentence has the markers within it and after its end; in output that begins with a
   marker, those before it.
2. The end of a line ends a sentence; list markers are dropped.
3. A sentence is complete when the next one begins, since a marker can follow it.
"""

from __future__ import annotations

import re

from app.writing.parse_json import MOST_SENTENCES, Drafted, Reader
from ingest.text import sentences

_NUMBERS = r"\d{1,3}(?:\s*(?:,|;|&|and|[-–])\s*\d{1,3}){0,12}"
_MARK = rf"[\[【](?:\^|#|(?i:evidence|piece|source|quote)\s+)?{_NUMBERS}[\]】]"
_MARKS = re.compile(rf"[ \t]?{_MARK}")
_OPENS_WITH_MARK = re.compile(rf"\s*{_MARK}")
# The look-behind prevents a match attempt from each space of a long row.
_SPACE_BEFORE_MARK = re.compile(rf"(?<!\s)\s+(?={_MARK})")
# "(1)" is a marker only at a sentence's end: "(1) cheap, (2) fast" counts things.
_ROUND = re.compile(rf"\(({_NUMBERS})\)(?=[ \t]*(?:[.!?…]|\n|$))|(?<=[.!?…])[ \t]*\(({_NUMBERS})\)")
_MARKS_BEHIND_END = re.compile(rf"([.!?…]+[\"”’')]*)((?:[ \t]?{_MARK})+)")
# Text that may become a marker, and the greatest length of a marker with the spaces before it.
_OPEN_MARK = re.compile(r"[\[(【][^\])】]*$")
_LONGEST_MARK = 120
_ENDS_SENTENCE = ".!?…\n"
_WRAPPED = re.compile(r"(?<=[^\s.!?…:\]])[ \t]*\n[ \t]*(?=[a-z])")
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)]|\(\d{1,2}\)|```\w*)(?:\s+|$)")
_ENDED = re.compile(r"(?:[.!?…][\"”’')*_]*|[\]】])(?:\s*```)?\s*$")
_RANGE = re.compile(r"(\d+)\s*[-–]\s*(\d+)")


class MarkReader(Reader):
    """Reads text with citation markers."""

    def __init__(self, count: int, most: int = MOST_SENTENCES) -> None:
        super().__init__(count, most)
        self._taken = 0

    def _complete(self) -> list[Drafted]:
        if not any(char in _ENDS_SENTENCE for char in self._text[-_LONGEST_MARK:]):
            return []  # only to save time: the sentences are returned later
        open_mark = _OPEN_MARK.search(self._text, max(0, len(self._text) - _LONGEST_MARK))
        settled = self._text[: open_mark.start()] if open_mark else self._text
        return self._new(split_marked(settled)[:-1])

    def _rest(self) -> list[Drafted]:
        found = split_marked(self._text)
        if not _ENDED.search(self._text[-_LONGEST_MARK:]):
            found = found[:-1]
        return self._new(found)

    def _new(self, found: list[Drafted]) -> list[Drafted]:
        new, self._taken = found[self._taken :], max(self._taken, len(found))
        return new


def split_marked(text: str) -> list[Drafted]:
    """Sentences in order, without their markers; numbers are not checked, texts may be empty."""
    before = bool(_OPENS_WITH_MARK.match(text))
    if not before:
        text = _ROUND.sub(lambda match: f"[{match[1] or match[2]}]", text)
        text = _SPACE_BEFORE_MARK.sub(" ", text)
    found: list[Drafted] = []
    for line in filter(str.strip, _WRAPPED.sub(" ", text).split("\n")):
        line = _BULLET.sub("", line)
        if not before:
            line = _MARKS_BEHIND_END.sub(r"\2\1", line)
        # A line without a sentence counts as one, so that earlier sentences do not depend on later text.
        found.extend(Drafted(_MARKS.sub("", part).strip(), _numbers(part)) for part in sentences(line) or [""])
    return found


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(number for mark in _MARKS.findall(text) for number in _listed(mark))


def _listed(mark: str) -> list[int]:
    """The numbers of one marker: "2, 5-7" is 2, 5, 6, 7."""
    spread = _RANGE.sub(lambda match: " ".join(map(str, range(int(match[1]), int(match[2]) + 1))), mark)
    return [int(number) for number in re.findall(r"\d+", spread)]
