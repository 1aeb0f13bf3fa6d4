"""Reads WebVTT and SRT as cues with lines of the file, and reports what is wrong.

One reader serves both: files with the suffix of one often hold the habits of the other (decimal commas, no
header, no hours). Libraries were tried on a file of eight cues with six faults: `webvtt-py` 0.6 dropped
three cues without a word and gave a second speaker's words to the first; `pysubs2` 1.8 read
times as talk and knows no speakers; neither tells the line of a cue. So this is our own:

1. A line with an arrow and a clock time begins a cue, with or without an empty line before it.
2. The line before it is its identifier: a number in SRT, any name in WebVTT.
3. In WebVTT, the header and the blocks NOTE, STYLE and REGION are no talk.
4. Every other line is talk, also where it stands without a time.

The words are counted from all lines of the file, less those that rules 1 to 3 take away, so a cue
that is lost shows as a difference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ingest.cues.cue import Cue, check_number, count_words, ordered_end, speaker, voices
from ingest.draft import Draft
from ingest.front_matter.files import BadFile
from ingest.front_matter.values import second_of
from ingest.front_matter.words_in import is_talk
from ingest.front_matter.yaml_text import Node

_ARROW = re.compile(r"-{1,3}>")
_BLANK_INSIDE = re.compile(r"(?<=[0-9])([:.,])[ \t]+(?=[0-9])")
_LOOKS_TIMED = re.compile(r"\S{0,12}[0-9]\S{0,3}:\S{0,3}[0-9]\S{0,16}")
# Settings of a cue: `align:start position:0%` in WebVTT, `X1:100 Y1:20` in SRT.
_SETTING = re.compile(r"(?:vertical|line|position|size|align|region|[XY][12]):\S*", re.IGNORECASE)
_HEADER = re.compile(r"WEBVTT(?:\s.*)?")
_BLOCK = re.compile(r"NOTE(?:\s.*)?|STYLE\s*|REGION\s*")
_COUNTER = re.compile(r"\s*([0-9]{1,7})\.?\s*")


@dataclass(slots=True)
class _Reader:
    """The cues so far; `rest` has the file's lines, those that are no talk emptied."""

    lines: list[str]
    vtt: bool
    draft: Draft
    rest: list[str]
    cues: list[Cue] = field(default_factory=list)
    timed: int = 0
    counter: int | None = None  # of the cue before, in files that number their cues
    stray: bool = False  # whether talk without a time was reported since the last cue


def read_timed_text(text: str, draft: Draft, *, vtt: bool) -> list[Cue]:
    """The cues of a WebVTT file (`vtt`) or an SRT file; raises `BadFile` if there are none."""
    lines = text.split("\n")
    reader = _Reader(lines, vtt, draft, list(lines))
    blank, block = True, False
    for i in range(_skip_header(reader), len(lines)):
        line = lines[i]
        if not line.strip():
            blank, block = True, False
            continue
        if times := _times(line):
            _begin(times, i, reader)
            block = False
        elif block or (reader.vtt and blank and _BLOCK.fullmatch(line)):
            block = True
            reader.rest[i] = ""
        elif _is_identifier(i, blank, reader):
            reader.rest[i] = ""
        else:
            _talk(line, i, blank, reader)
        blank = False
    draft.counts.words_in += sum(map(count_words, reader.rest))
    if not reader.timed:
        raise BadFile("no line with a time such as 00:01:02.500 --> 00:01:04.000", 1)
    return reader.cues


def _skip_header(reader: _Reader) -> int:
    """The index of the first line after the header; a missing header is reported."""
    lines = reader.lines
    if not _HEADER.fullmatch(lines[0]):
        if reader.vtt:
            reader.draft.problem("the file does not begin with WEBVTT; it is read all the same", 1)
        return 0
    reader.vtt = True
    end = next((i for i, line in enumerate(lines) if not line.strip() or _times(line)), len(lines))
    reader.rest[:end] = [""] * end
    return end


def _times(line: str) -> tuple[str, str, str] | None:
    """Start, end and what follows them, as they are written; None if the line is no line of times."""
    if "->" not in line:
        return None
    parts = _ARROW.split(line, maxsplit=1)
    if len(parts) < 2:
        return None
    # Translators write "00:00:01, 500".
    start, after = (_BLANK_INSIDE.sub(r"\1", part) for part in parts)
    start, (end, *others) = start.strip(), after.split() or [""]
    if len(start.split()) > 1 or not (_LOOKS_TIMED.fullmatch(start) or _LOOKS_TIMED.fullmatch(end)):
        return None
    return start, end, " ".join(other for other in others if not _SETTING.fullmatch(other))


def _begin(times: tuple[str, str, str], i: int, reader: _Reader) -> None:
    """Begin the cue of a line of times, and report what is wrong in it."""
    draft, number = reader.draft, i + 1
    start, end = (_second(name, text, number, draft) for name, text in zip(("start", "end"), times, strict=False))
    reader.timed += 1
    check_number(reader.timed, number)
    reader.cues.append(Cue([], start, ordered_end(start, end, number, draft), number))
    reader.rest[i], reader.stray = times[2], False
    if times[2]:
        draft.problem("words on the line of the times; they are read as talk", number)
        _say(times[2], reader)


def _second(name: str, text: str, number: int, draft: Draft) -> float | None:
    second = second_of(Node(number, text)) if ":" in text else None
    if second is None:
        draft.problem(f"the {name} of a cue is {f'not a time: {text!r:.40}' if text else 'missing'}", number)
    return second


def _is_identifier(i: int, blank: bool, reader: _Reader) -> bool:
    """Whether a line is the identifier of a cue; a number without a cue is reported.

    Without an empty line before it, a number is one only if it continues the count: "42" can be the last
    word of a cue. A whole sentence is talk, even where WebVTT would take it for a name.
    """
    lines = reader.lines
    before_cue = i + 1 < len(lines) and _times(lines[i + 1]) is not None
    match = _COUNTER.fullmatch(lines[i])
    if match:
        number = int(match[1])
        follows = reader.counter is not None and number == reader.counter + 1
        if not ((blank and (follows or before_cue)) or (follows and before_cue)):
            return False
        if not before_cue:
            reader.draft.problem(f"the number {number} of a cue without a time", i + 1)
        reader.counter = number
        return True
    return before_cue and blank and reader.vtt and not is_talk(lines[i])


def _talk(line: str, i: int, blank: bool, reader: _Reader) -> None:
    """Add a line of talk to its cue; report it if an empty line parts it from the times."""
    started = any(reader.cues[-1].lines) if reader.cues else False
    if not reader.cues:
        reader.draft.problem("talk before the first time; it is read without a time", i + 1)
        reader.cues.append(Cue([], None, None, i + 1))
        reader.stray = True
    elif blank and started and not reader.stray:
        reader.draft.problem("talk without a time; it is read with the cue before it", i + 1)
        reader.stray = True
    _say(line, reader)


def _say(line: str, reader: _Reader) -> None:
    """Add a raw line to the last cue; a voice tag begins another cue with the same time."""
    cues, draft = reader.cues, reader.draft
    pieces = voices(line)
    draft.counts.markup_decoded += int(len(pieces) > 1 or pieces[0][1] != " ".join(line.split()))
    for label, text in pieces:
        last = cues[-1]
        if label is not None:
            who = speaker(label, last.number, draft)
            if any(last.lines):
                cues.append(Cue([], last.start, last.end, last.number))
            cues[-1].who = who
        if text:
            cues[-1].lines.append(text)
