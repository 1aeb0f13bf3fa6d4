"""Defines a cue, and turns raw text of a transcript file into plain text.

Nothing here reads a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.draft import Draft
from ingest.front_matter.files import BadFile
from ingest.front_matter.markup import plain
from ingest.front_matter.words_in import is_talk
from ingest.report import LeftOut

# Four hours of speech have some 40,000 words, and some tools write one cue for each.
MAX_CUES = 100_000
# Tags of WebVTT that mark no speaker (`<c.yellow>`, `<lang en>`, `<00:01:02.000>`), and codes that SRT has from ASS.
_TAG = re.compile(r"</?(?:c|i|b|u|ruby|rt|lang)(?:\.[^\s<>]*)?(?:\s[^<>]*)?>|<[0-9:.,]{4,20}>|\{\\[^{}]{0,80}\}")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:\s([^<>]*))?>|</v\s*>")


@dataclass(slots=True)
class Cue:
    """Some words with the time at which they are shown, in seconds (None: unknown).

    `lines`: the words, as plain text, as they are parted into lines; `number`: the line of the file where
    the cue begins; `who`: the label of the speaker; `turn`: somebody else begins to speak here, even if
    no label says who.
    """

    lines: list[str]
    start: float | None
    end: float | None
    number: int
    who: str | None = None
    turn: bool = False

    @property
    def text(self) -> str:
        """The words in one line."""
        return " ".join(self.lines)


def voices(line: str) -> list[tuple[str | None, str]]:
    """A line of a cue, cut at its voice tags: label and plain text of each piece.

    The first piece has the label None: it belongs to the voice before it. After `</v>` the label is "".
    """
    if "<" not in line and "{" not in line:
        return [(None, plain(line))]
    pieces: list[tuple[str | None, str]] = []
    label, begin = None, 0
    for tag in _VOICE.finditer(line):
        pieces.append((label, plain(_TAG.sub("", line[begin : tag.start()]))))
        label, begin = plain(tag[1] or "").rstrip(" :"), tag.end()
    pieces.append((label, plain(_TAG.sub("", line[begin:]))))
    return pieces


def count_words(line: str) -> int:
    """Number of spoken words in a raw line of a cue."""
    return sum(len(text.split()) for _, text in voices(line))


def speaker(label: str, number: int, draft: Draft) -> str | None:
    """A label as `Line.who` has it; None for no label. Talk in its place is reported and left out."""
    label = label.strip(" :")
    if label and is_talk(label):
        draft.problem(f"talk in place of a speaker's name: {label!r:.60}", number)
        draft.counts.words_in += len(label.split())
        draft.leave_out(LeftOut.WRONG_TYPE, label, number)
        return None
    return label or None


def ordered_end(start: float | None, end: float | None, number: int, draft: Draft) -> float | None:
    """The end of a cue; None, with a report, if it lies before the start."""
    if start is not None and end is not None and end < start:
        draft.problem(f"the cue ends at {end:g} s, before its start at {start:g} s; its end is not used", number)
        return None
    return end


def check_number(count: int, number: int | None) -> None:
    """Raise `BadFile` if a file holds too many cues."""
    if count > MAX_CUES:
        raise BadFile(f"over {MAX_CUES:,} cues; cut the transcript into several episodes", number)


def leave_out(reason: LeftOut, found: list[tuple[str, int]], draft: Draft) -> None:
    """Count words that are left out all over the file, each with its line, as one entry with the first line.

    Rolling captions of an hour have thousands of them.
    """
    if found:
        draft.leave_out(reason, sum(len(text.split()) for text, _ in found), found[0][1])
