"""Leaves out the small noises of speech, for showing only.

A reader wants "we built a store" where the transcript has "we, um, built a a
store". What is left out is only ever one of these:

1. hesitations: um, uh, uhm, erm, hmm;
2. a stuttered word: "the the", "I, I", "it's it's";
3. a note of the transcriber's: "[laughs]", "[cross-talk]".

Everything that could carry meaning stays: "like", "you know" and "I mean", "very
very" (emphasis), "that that", "you you" (two clauses meet), "OR or" (SQL). Where a
comma could part the items of a list, it stays too. The transcript's own words are
never changed by this module: callers show them one click away.
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
    """The text without the noises of speech; what could carry meaning stays as it is."""
    text = _STAGE.sub("", text)
    before = None
    # Noises stand in rows ("so, um, uh, we"): each pass uncovers the next one.
    while before != text:
        before = text
        text = _NOISE_FIRST.sub(_begin, text)
        text = _NOISE_WITHIN.sub(_within, text)
        text = _NOISE_LAST.sub(r"\g<prev>", text)
        text = _STUTTER.sub(_stutter, text)
    return text


def _begin(match: re.Match[str]) -> str:
    """A sentence that lost its first word starts with a capital all the same."""
    return f"{match['start']}{match['open']}{match['next'].upper()}"


def _within(match: re.Match[str]) -> str:
    if not match["comma"] and not match["after"]:
        return f"{match['prev']} "
    return f"{match['prev']}{_comma(match['prev'], match['next'])} "


def _comma(prev: str, following: str) -> str:
    """The comma that has to stay between two words when the noise between them goes."""
    left = prev.lower().replace("’", "'")
    if left in _OPEN:
        return ""
    return "" if left in _HALF_OPEN and following.lower().replace("’", "'") not in _CLAUSE else ","


def _stutter(match: re.Match[str]) -> str:
    word, lower = match["word"], match["word"].lower()
    said = match[0].replace(",", " ").split()
    # "OR or" is SQL and "A A" a mark: capitals beyond a sentence's first letter are names.
    shouted = any(len(token) > 1 and token.isupper() for token in said)
    lettered = lower == "a" and "A" in said[1:]
    if shouted or lettered or ("," in match["rest"] and lower in _NO_COMMA):
        return match[0]
    before = match.string[: match.start()].split()
    # "Phase I, I think": behind a capitalised word the first I is a numeral.
    if word == "I" and before and before[-1][:1].isupper() and before[-1][-1:].isalnum():
        return match[0]
    return word
