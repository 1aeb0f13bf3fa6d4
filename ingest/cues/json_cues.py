"""Reads the segments of JSON transcripts as cues: Podcasting 2.0, Whisper, WhisperX and whisper.cpp.

All are lists of objects with words and times; they differ in the keys. Whisper's lists of words and
tokens are not read: the segments hold the same words. The words are counted when an element is decoded, apart
from the reading of its keys.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ingest.cues.cue import Cue, check_number, ordered_end, speaker
from ingest.cues.json_text import JsonList, Pairs
from ingest.draft import Draft
from ingest.front_matter.files import BadFile
from ingest.front_matter.markup import plain
from ingest.front_matter.values import second_of
from ingest.front_matter.yaml_text import Node
from ingest.report import LeftOut

# Podcasting 2.0 and Whisper; whisper.cpp.
_LISTS = ("segments", "transcription")
_WORDS = ("body", "text")
_TIMES = {"start": ("startTime", "start", "from"), "end": ("endTime", "end", "to")}


def read_json(text: str, draft: Draft) -> list[Cue]:
    """The cues of a JSON transcript; raises `BadFile` if it is not JSON, or holds no list of segments."""
    found = JsonList(text, _LISTS)
    cues: list[Cue] = []
    for count, (number, element) in enumerate(found.elements(), 1):
        check_number(count, number)
        draft.counts.words_in += _count(element)
        if isinstance(element, Pairs):
            cues += _cue(element, number, draft)
        else:
            draft.problem(f"a segment is not an object: {_shown(element)}", number)
            draft.leave_out(LeftOut.WRONG_TYPE, _count(element), number)
    for key, number, value in found.odd:
        if found.name is None:
            raise BadFile(f"{key!r} is not a list: {_shown(value)}", number)
        draft.problem(f"{key!r} is not a list: {_shown(value)}", number)
    return cues


def _count(element: Any) -> int:
    """Number of words of talk in an element of the list: all texts under the keys for words."""
    if not isinstance(element, Pairs):
        return _words(element)
    return sum(_words(value) for key, value in element if key in _WORDS)


def _words(value: Any) -> int:
    return sum(len(plain(text).split()) for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Pairs):
            stack += [inner for _, inner in item]
        elif isinstance(item, list):
            stack += item


def _cue(segment: Pairs, number: int, draft: Draft) -> Iterator[Cue]:
    """The cue of a segment, if it has words."""
    lines = _lines(segment, number, draft)
    start, end = (_time(segment, name, number, draft) for name in _TIMES)
    label = segment.get("speaker")
    who = speaker(plain(label), number, draft) if isinstance(label, str) else None
    if label is not None and not isinstance(label, str):
        draft.problem(f"a segment's speaker is not text: {_shown(label)}", number)
    if lines:
        yield Cue(lines, start, ordered_end(start, end, number, draft), number, who)


def _lines(segment: Pairs, number: int, draft: Draft) -> list[str]:
    """The words of a segment as plain text, in its lines. Further words, and such of a wrong type, are reported."""
    values = [(key, value) for key, value in segment if key in _WORDS]
    raw = next((value for _, value in values if isinstance(value, str)), None)
    taken = False
    for key, value in values:
        if value is raw and not taken:
            taken = True
        elif isinstance(value, str):
            draft.problem(f"a segment's words stand twice; {key!r} is left out", number)
            draft.leave_out(LeftOut.REPEATED_KEY, _words(value), number)
        elif value is not None:
            draft.problem(f"a segment's {key!r} is not text: {_shown(value)}", number)
            draft.leave_out(LeftOut.WRONG_TYPE, _words(value), number)
    if not values:
        draft.problem("a segment holds no words: neither 'body' nor 'text'", number)
    lines = [line for line in map(plain, (raw or "").split("\n")) if line]
    draft.counts.markup_decoded += int(" ".join(lines) != " ".join((raw or "").split()))
    return lines


def _time(segment: Pairs, name: str, number: int, draft: Draft) -> float | None:
    """Start or end of a segment in seconds. whisper.cpp gives milliseconds (`offsets`) and clock times."""
    for holder, unit in ((segment, 1.0), (segment.get("offsets"), 1000.0), (segment.get("timestamps"), 1.0)):
        for key in _TIMES[name] if isinstance(holder, Pairs) else ():
            value = holder.get(key)
            if value is None:
                continue
            second = second_of(Node(number, value)) if isinstance(value, str) else _number(value)
            if second is not None:
                return second / unit
            draft.problem(f"a segment's {key!r} is not a time: {_shown(value)}", number)
            return None
    if name == "end" and (length := _number(segment.get("duration"))) is not None:
        start = _number(segment.get("start"))
        return None if start is None else start + length
    if name == "start":
        draft.problem("a segment has no start time", number)
    return None


def _number(value: Any) -> float | None:
    """A number of seconds; None for another value, also for one that is negative or infinite."""
    return value if isinstance(value, float) and math.isfinite(value) and value >= 0 else None


def _shown(value: Any) -> str:
    """A value for a report, shortened."""
    if isinstance(value, Pairs):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return f"{value!r:.40}"
