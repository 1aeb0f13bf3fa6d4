"""Splits text into sentences and words, and normalises it, with small pure functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from anyascii import anyascii

# A sentence ends at . ! ? (and a closing quote) before white space and something that can
# begin a sentence. Transcripts of speech have few abbreviations; these are the ones seen.
_END = re.compile(r"(?<=[.!?…])[\"”’')\]]*\s+(?=[\"“‘'(\[]?[A-Z0-9ÄÖÜÉ])")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|Dr|Mr|Mrs|Ms|Prof|Inc|St|approx|No)\.|\b[A-Z]\.)$")
_LONGEST_ABBREVIATION = len("approx.")
# Invisible by definition (Default_Ignorable_Code_Point) though not of the category Cf, which is format characters.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*", re.UNICODE)


# Words without content for a search, including the usual words of questions to an archive.
STOP_WORDS = frozenset(
    """
    a an the is are was were be been being do does did done doing what why how when where which who whom
    whose to of in on at by for with from and or not it its this that these those i you he she they we my
    your his her their our me us them as if than then so can could should would will may might must have has
    had about into over out up down more most some any all no nor only own same such too very s t just don
    now get gets here there also say says said tell tells talk talks talked talking discuss discussed
    mention mentioned think thinks thought describe described explain explained according guest guests
    podcast episode episodes archive people someone something really actually like want need make makes way
    ways thing things one ones between vs versus each other does let lets please give
    """.split()
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Character spans of a paragraph's sentences, without the white space between them."""
    spans: list[tuple[int, int]] = []
    begin = 0
    for match in _END.finditer(text):
        # Only the end of the text before it: searching all of it would take quadratic time for "A. B. C. ...".
        if _ABBREVIATION.search(text, max(begin, match.start() - _LONGEST_ABBREVIATION), match.start()):
            continue
        spans.append((begin, begin + len(text[begin : match.end()].rstrip())))
        begin = match.end()
    if text[begin:].strip():
        spans.append((begin, len(text.rstrip())))
    return spans


def sentences(text: str) -> list[str]:
    """Split a paragraph into sentences; joined by single spaces they are the paragraph again."""
    return [text[start:end] for start, end in sentence_spans(text)]


def sentences_before(text: str, marks: Sequence[int]) -> list[str]:
    """The sentences of a paragraph, each cut at the first marked character in it; one can be empty."""
    return [
        text[begin : min((mark for mark in marks if begin <= mark < end), default=end)].rstrip()
        for begin, end in sentence_spans(text)
    ]


def words(text: str) -> list[str]:
    """Lower-cased words, with inner hyphens and apostrophes kept."""
    return [word.lower() for word in _WORD.findall(text)]


def word_spans(text: str) -> list[tuple[int, int, str]]:
    """Begin, end and lower-cased text of each word."""
    return [(match.start(), match.end(), match.group().lower()) for match in _WORD.finditer(text)]


def stem(word: str) -> str:
    """A word without its most common English endings: enough to match `scheduling` with `scheduler`."""
    for ending in ("ations", "ation", "ings", "ing", "ers", "er", "ies", "ed", "es", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= (3 if ending == "s" else 4):
            return word[: -len(ending)]
    return word


def clock(second: float) -> str:
    """Seconds as `M:SS` or `H:MM:SS`, for display only."""
    whole = max(0, int(second))
    hours, rest = divmod(whole, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def clean(text: str) -> str:
    """Text from outside, normalised: one line, NFKC, without invisible characters; white space folded.

    Soft hyphens, joiners, direction marks and the like are removed, control characters become blanks.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = _INVISIBLE.sub("", text)
    if not text.isprintable():
        kept = (c for c in text if unicodedata.category(c) != "Cf")
        text = "".join(c if c.isprintable() or c.isspace() else " " for c in kept)
    # An ellipsis is one mark, not three full stops; NFKC turns a non-breaking hyphen into U+2010.
    parts = (unicodedata.normalize("NFKC", part) for part in text.split("…"))
    return " ".join("…".join(parts).replace("\u2010", "-").split())


def fold(text: str) -> str:
    """A name in plain lower-case Latin letters, for comparison: `Mısra Łuć` is `misra luc`."""
    return anyascii(unicodedata.normalize("NFKC", text)).casefold()
