"""Removes disfluencies, for display only.

A reader wants "we built a store" where the transcript has "we, um, built a a
store". Only these are removed:

1. hesitations: um, uh, uhm, erm, hmm;
2. a stuttered word: "the the", "I, I", "it's it's";
3. a note by the transcriber: "[laughs]", "[cross-talk]".

Everything that could carry meaning stays: "like", "you know" and "I mean", "very
very" (emphasis), "that that", "you you" (two clauses meet), "OR or" (SQL). A comma that
may separate the items of a list stays too. The transcript itself is
never changed: callers show the original one click away.
"""

from __future__ import annotations

import re

from app.language.lexicon import LEXICON

_NOISE = r"(?:[Uu]m+|[Uu]h+m?|[Ee]rm|[Hh]mm+)"
_WORD = r"[^\W_]+(?:['’\-][^\W_]+)*"
# Where a sentence starts: its white space, opening quote or bracket included.
_START = r"(?P<start>^\s*|[.!?…][\"”’)\]]?\s+)(?P<open>[\"“‘(\[]?)"

_NOISE_FIRST = re.compile(rf"{_START}{_NOISE},?\s+(?P<next>\w)")
_NOISE_WITHIN = re.compile(rf"(?P<prev>{_WORD})(?P<comma>,?)\s+{_NOISE}(?P<after>,?)\s+(?=(?P<next>{_WORD}))")
_NOISE_LAST = re.compile(rf"(?P<prev>{_WORD}),?\s+{_NOISE}(?=[.!?](?:\s|$))")

_OPEN, _HALF_OPEN = LEXICON.words("pauses.open"), LEXICON.words("pauses.half_open")
_CLAUSE = LEXICON.words("pauses.clause")
_STAGE = re.compile(
    r"\s*\[(?:\w+ )?(?:laugh\w*|chuckl\w*|cross-?talk|inaudible|applause|pause\w*|sigh\w*|agrees?|audio cuts out)\]",
    re.IGNORECASE,
)
_STUTTERED = LEXICON.either("pauses.stuttered")
_STUTTER = re.compile(
    rf"(?<![\w'’\-.])(?P<word>{_STUTTERED})(?P<rest>(?P<gap>,?\s+)(?P=word)(?:,?\s+(?P=word))*)(?![\w'’\-])",
    re.IGNORECASE,
)
_NO_COMMA = LEXICON.words("pauses.begin_anew")


def trim_fillers(text: str) -> str:
    """The text without disfluencies; whatever could carry meaning stays."""
    text = _STAGE.sub("", text)
    before = None
    # Disfluencies follow each other ("so, um, uh, we"): each pass uncovers the next one.
    while before != text:
        before = text
        text = _NOISE_FIRST.sub(_begin, text)
        text = _NOISE_WITHIN.sub(_within, text)
        text = _NOISE_LAST.sub(r"\g<prev>", text)
        text = _STUTTER.sub(_stutter, text)
    return text


def _begin(match: re.Match[str]) -> str:
    """Capitalise the new first word of a sentence."""
    return f"{match['start']}{match['open']}{match['next'].upper()}"


def _within(match: re.Match[str]) -> str:
    if not match["comma"] and not match["after"]:
        return f"{match['prev']} "
    return f"{match['prev']}{_comma(match['prev'], match['next'])} "


def _comma(prev: str, following: str) -> str:
    """The comma to keep between two words when the hesitation between them is removed; may be empty."""
    left = prev.lower().replace("’", "'")
    if left in _OPEN:
        return ""
    return "" if left in _HALF_OPEN and following.lower().replace("’", "'") not in _CLAUSE else ","


def _stutter(match: re.Match[str]) -> str:
    word, lower = match["word"], match["word"].lower()
    said = match[0].replace(",", " ").split()
    # "OR or" is SQL and "A A" a label: capitals other than a sentence's first letter are names.
    shouted = any(len(token) > 1 and token.isupper() for token in said)
    lettered = lower == "a" and "A" in said[1:]
    if shouted or lettered or ("," in match["rest"] and lower in _NO_COMMA):
        return match[0]
    before = match.string[: match.start()].split()
    # "Phase I, I think": after a capitalised word the first I is a numeral.
    if word == "I" and before and before[-1][:1].isupper() and before[-1][-1:].isalnum():
        return match[0]
    return word
