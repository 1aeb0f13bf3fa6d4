"""Joins cues to paragraphs: captions are fragments of five to ten words, too short to be read or quoted.

A paragraph ends where the speaker changes, where a sentence ends before a pause, where a sentence ends
after about fifty words, and at the latest after about a hundred. Nothing here changes a word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.cues.cue import Cue
from ingest.draft import Line

# In seconds.
_PAUSE = 2.0
_ENOUGH_WORDS = 50
_MOST_WORDS = 100
_SENTENCE_END = re.compile(r"[.!?…][\"”’')\]]*$")
# For words whose speaker is certainly not the one before. Without a label they would be given to that one,
# as a paragraph that belongs to the same second.
UNKNOWN = "Unknown"


def paragraphs(cues: Sequence[Cue]) -> list[Line]:
    """The transcript's lines: each has the second and the line of its first cue."""
    groups: list[list[Cue]] = []
    words = 0
    for cue in cues:
        if not groups or _ends(groups[-1], words, cue):
            groups.append([])
            words = 0
        groups[-1].append(cue)
        words += len(cue.text.split())
    lines: list[Line] = []
    for group in groups:
        first = group[0]
        line = Line(" ".join(cue.text for cue in group), first.start, first.who, first.number, 0)
        before = lines[-1] if lines else None
        if line.who is None and before and before.who and line.second in (None, before.second):
            line.who = UNKNOWN
        lines.append(line)
    return lines


def _ends(group: Sequence[Cue], words: int, following: Cue) -> bool:
    """Whether a paragraph of so many words ends before the following cue."""
    last = group[-1]
    if following.turn or following.who != last.who:
        return True
    if not _SENTENCE_END.search(last.text):
        return words >= _MOST_WORDS
    known = following.start is not None and last.end is not None
    return words >= _ENOUGH_WORDS or (known and (following.start or 0) - (last.end or 0) > _PAUSE)
