"""Leaves out the small noises of speech, for showing only.

A reader wants "we built a store" where the transcript has "we, um, built a, you
know, a store". What is left out is only ever one of these:

1. hesitations: um, uh, uhm, erm, hmm;
2. "you know" and "kind of like" between two commas, or "You know," at a start;
3. "I mean," at a start or right behind and, but, so, because;
4. a stuttered word: "the the", "I, I", "it's it's";
5. a note of the transcriber's: "[laughs]", "[cross-talk]".

Everything that could carry meaning stays: "like" alone, "kind of model", "I mean
Flink" (a correction), "very very" (emphasis), "that that", "you you" (two clauses
meet), "OR or" (SQL), "if you know, you know". Where a comma could part the items
of a list, it stays too. The transcript's own words are never changed by this
module: callers show them one click away.
"""

from __future__ import annotations

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NOISE = r"(?:[Uu]m+|[Uu]h+m?|[Ee]rm|[Hh]mm+)"
_WORD = r"[^\W_]+(?:['’\-][^\W_]+)*"
# Where a sentence starts: its white space, opening quote or bracket included.
_START = r"(?P<start>^\s*|[.!?…][\"”’)\]]?\s+)(?P<open>[\"“‘(\[]?)"

_NOISE_FIRST = re.compile(rf"{_START}{_NOISE},?\s+(?P<next>\w)")
_NOISE_WITHIN = re.compile(rf"(?P<prev>{_WORD})(?P<comma>,?)\s+{_NOISE}(?P<after>,?)\s+(?=(?P<next>{_WORD}))")
_NOISE_LAST = re.compile(rf"(?P<prev>{_WORD}),?\s+{_NOISE}(?=[.!?](?:\s|$))")

_PHRASE_FIRST = re.compile(rf"{_START}(?:You know|I mean),\s+(?P<next>\w)")
_PHRASE_WITHIN = re.compile(
    rf"(?P<prev>{_WORD})(?P<comma>,)\s+(?P<phrase>you know|(?:kind|sort) of like)(?P<after>,)\s+(?=(?P<next>{_WORD}))",
    re.IGNORECASE,
)
_I_MEAN_WITHIN = re.compile(r"\b(?P<conjunction>and|but|so|because),?\s+I mean,\s+(?=\w)", re.IGNORECASE)

# These never end a clause: a comma behind them only marked the pause.
_OPEN = _set("a an the my our your their and but or because of")
# These seldom do: the comma goes unless a new clause seems to begin.
_HALF_OPEN = _set(
    "is was are were be been being am has have had do does did can could will would should may might must "
    "very really just quite pretty more most less to in on at for with from into about by as than so "
    "it's that's there's we're they're you're i'm he's she's i we they he she then also"
)
_CLAUSE = _set(
    "i we you he she it they this that these those there here what which who when where why how if then and but or so "
    "because i'm we're it's that's they're you're i've we've let's"
)
# A number behind "kind of like" is an estimate, and stays one.
_NUMBERS = _set("one two three four five six seven eight nine ten twenty fifty hundred half a")

_STUTTERED = (
    "the|an|a|I|we|they|he|she|and|but|or|if|because|to|of|with|from|my|our|your|their|"
    r"it['’]s|that['’]s|there['’]s|I['’]m|we['’]re|they['’]re|(?:kind|sort)\s+of|I\s+think"
)
_STAGE = re.compile(
    r"\s*\[(?:\w+ )?(?:laugh\w*|chuckl\w*|cross-?talk|inaudible|applause|pause\w*|sigh\w*|agrees?|audio cuts out)\]",
    re.IGNORECASE,
)
_STUTTER = re.compile(
    rf"(?<![\w'’\-.])(?P<word>{_STUTTERED})(?P<rest>(?P<gap>,?\s+)(?P=word)(?:,?\s+(?P=word))*)(?![\w'’\-])",
    re.IGNORECASE,
)
# "look forward to, to be frank" and "type a, a thing": behind a comma these can begin anew.
_NO_COMMA = _set("a an to of with from my")


def trim_fillers(text: str) -> str:
    """The text without the noises of speech; what could carry meaning stays as it is."""
    text = _STAGE.sub("", text)
    before = None
    # Noises stand in rows ("so, um, you know, we"): each pass uncovers the next one.
    while before != text:
        before = text
        text = _NOISE_FIRST.sub(_begin, text)
        text = _PHRASE_FIRST.sub(_begin, text)
        text = _NOISE_WITHIN.sub(_within, text)
        text = _NOISE_LAST.sub(r"\g<prev>", text)
        text = _PHRASE_WITHIN.sub(_phrase, text)
        text = _I_MEAN_WITHIN.sub(r"\g<conjunction> ", text)
        text = _STUTTER.sub(_stutter, text)
    return text


def _begin(match: re.Match[str]) -> str:
    """A sentence that lost its first word starts with a capital all the same."""
    return f"{match['start']}{match['open']}{match['next'].upper()}"


def _within(match: re.Match[str]) -> str:
    if not match["comma"] and not match["after"]:
        return f"{match['prev']} "
    return f"{match['prev']}{_comma(match['prev'], match['next'])} "


def _phrase(match: re.Match[str]) -> str:
    prev, following = match["prev"], match["next"].lower()
    comma = _comma(prev, following)
    if match["phrase"].lower() != "you know":
        keep = bool(comma) or following in _NUMBERS or following[0].isdigit()
    else:
        # "the tools, you know, or do not": the words may be meant; and a lone comma between
        # a noun and its verb would read as a mistake.
        keep = following in ("or", "if") or (bool(comma) and following not in _CLAUSE)
    return match[0] if keep else f"{prev}{comma} "


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
