"""Small pure functions on transcript text: sentences, words, clock times."""

from __future__ import annotations

import re

# A sentence ends at . ! ? (and a closing quote) before white space and something that can
# open a sentence. Transcripts of speech hold few abbreviations; these are the ones seen.
_END = re.compile(r"(?<=[.!?…])[\"”’')\]]*\s+(?=[\"“‘'(\[]?[A-Z0-9ÄÖÜÉ])")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|Dr|Mr|Mrs|Ms|Prof|Inc|St|approx|No)\.|\b[A-Z]\.)$")
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*", re.UNICODE)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Character spans of a paragraph's sentences, without the white space between them."""
    spans: list[tuple[int, int]] = []
    begin = 0
    for match in _END.finditer(text):
        if _ABBREVIATION.search(text[begin : match.start()]):
            continue
        spans.append((begin, begin + len(text[begin : match.end()].rstrip())))
        begin = match.end()
    if text[begin:].strip():
        spans.append((begin, len(text.rstrip())))
    return spans


def sentences(text: str) -> list[str]:
    """Split a paragraph into sentences; joined by single spaces they give the paragraph back."""
    return [text[start:end] for start, end in sentence_spans(text)]


def words(text: str) -> list[str]:
    """Lower-cased words, with inner hyphens and apostrophes kept."""
    return [match.group().lower() for match in _WORD.finditer(text)]


def clock(second: float) -> str:
    """Seconds as `M:SS` or `H:MM:SS`, for showing only."""
    whole = max(0, int(second))
    hours, rest = divmod(whole, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def clean(text: str) -> str:
    """One line of text: control characters dropped, white space folded."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text).split())
