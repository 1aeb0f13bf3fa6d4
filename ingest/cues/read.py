"""Reads a transcript in one of the formats that podcasts publish: WebVTT, SRT, JSON or HTML.

1. The format's reader gives cues, and counts all spoken words of the file.
2. The cues are put in order, and words that captions repeat are dropped (`ingest.cues.tidy`).
3. Speakers named in the text become labels (`ingest.cues.prefixes`).
4. Cues are joined to paragraphs (`ingest.cues.paragraphs`).

Every word of the file is in the lines, or left out for a reason. Nothing here reads a file or knows a person.
"""

from __future__ import annotations

import re

from ingest.cues.cue import Cue
from ingest.cues.html_cues import read_html
from ingest.cues.json_cues import read_json
from ingest.cues.paragraphs import paragraphs
from ingest.cues.prefixes import with_speakers
from ingest.cues.tidy import in_order, without_repeats
from ingest.cues.timed_text import read_timed_text
from ingest.draft import Draft, Line
from ingest.front_matter.files import BadFile

# A four-hour Whisper transcript with the time of each word has 4 to 12 MB.
MAX_CUE_BYTES = 16 * 1024 * 1024
KINDS = ("vtt", "srt", "json", "html")
_KNOWN = (
    "WebVTT (.vtt), SRT (.srt), JSON (.json: Podcasting 2.0, Whisper, WhisperX, whisper.cpp) "
    "and HTML (.html, with <cite> and <time>)"
)
_MEDIA_TYPES = {
    "text/vtt": "vtt",
    "text/webvtt": "vtt",
    "application/srt": "srt",
    "application/x-subrip": "srt",
    "text/srt": "srt",
    "text/x-srt": "srt",
    "application/json": "json",
    "text/json": "json",
    "text/html": "html",
    "application/xhtml+xml": "html",
}
_SUFFIXES = {".vtt": "vtt", ".webvtt": "vtt", ".srt": "srt", ".json": "json", ".html": "html", ".htm": "html"}
# What the beginning of a text shows beyond doubt; a server often gives a wrong type.
_CERTAIN = (
    ("vtt", re.compile(r"\s*WEBVTT(?:\s|$)")),
    (
        "html",
        re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S),
    ),
    ("json", re.compile(r'\s*(?:\{\s*"|\[\s*\{\s*")')),
)
_LIKELY = (
    ("srt", re.compile(r"\s*(?:[0-9]+\s*\n)?\s*[0-9:]+,[0-9]+\s*-->")),
    ("vtt", re.compile(r"(?:.*\n){0,20}?\s*[0-9:]+\.[0-9]+\s*-->")),
    ("html", re.compile(r"\s*(?:<[^>]{1,200}>\s*){0,20}?<(?:cite|time)\b", re.I)),
)
_SHOWN_CHARACTERS = 4000


def kind_of(name: str, media_type: str, text: str) -> str | None:
    """The kind of a transcript, one of `KINDS`; None if it is none of them.

    The media type decides, then the suffix of `name` (a file's name or a URL), then the text. A text that is
    beyond doubt of another kind than was told counts as what it is.
    """
    head = text[:_SHOWN_CHARACTERS].lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    certain = next((kind for kind, sign in _CERTAIN if sign.match(head)), None)
    path = re.split(r"[?#]", name)[0].casefold()
    told = _MEDIA_TYPES.get(media_type.partition(";")[0].strip().casefold())
    told = told or next((kind for suffix, kind in _SUFFIXES.items() if path.endswith(suffix)), None)
    return certain or told or next((kind for kind, sign in _LIKELY if sign.match(head)), None)


def unknown_kind(what: str = "the file") -> BadFile:
    """The error for a transcript of no known kind, for the caller to raise."""
    return BadFile(f"{what} is no transcript that Citecast reads: {_KNOWN}", 1)


def read_cues(text: str, kind: str | None, draft: Draft) -> list[Line]:
    """The lines of a transcript, each a paragraph of one speaker; problems and lost words are in the draft.

    `kind` is one of `KINDS`, or None to judge by the text. Raises `BadFile`, with the line and the number of words
    if they are known, for a file that cannot be used.
    """
    text = re.sub("[\x85\u2028\u2029]", " ", text.lstrip("\ufeff")).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise BadFile("the file is empty", 1)
    before = draft.counts.words_in
    try:
        cues = [cue for cue in _read(text, kind or kind_of("", "", text), draft) if cue.lines]
        if not cues:
            raise BadFile("the transcript holds no words", 1)
    except BadFile as bad:
        bad.words = draft.counts.words_in - before
        raise
    return paragraphs(with_speakers(without_repeats(in_order(cues, draft), draft), draft))


def _read(text: str, kind: str | None, draft: Draft) -> list[Cue]:
    if kind in ("vtt", "srt"):
        return read_timed_text(text, draft, vtt=kind == "vtt")
    if kind == "json":
        return read_json(text, draft)
    if kind == "html":
        return read_html(text, draft)
    raise unknown_kind() if kind is None else unknown_kind(f"the kind {kind!r}")
