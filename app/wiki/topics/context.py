"""Finds what a statement loses of the words that it is taken from.

    statement + the sentence that it is from, with those around it -> what is wrong, or ""

Lost: a "but" or "although", an "if", an "also"; a subject that stands in an earlier sentence; the verb, or the end of
the last word. Each check compares two wordings, none knows a topic. Whether a statement can be understood alone is
fitted (`app.wiki.worksheet.choosing`); what it says is checked in `app.wiki.topics.statements`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from app.evidence.stretches import points_back
from app.language.clauses import clauses
from app.language.lexicon import LEXICON
from app.language.tokens import Token, tokens
from app.wiki.worksheet.candidates import Candidate

_CONTRASTS, _CONCESSIONS = LEXICON.words("discourse.contrasts"), LEXICON.words("discourse.concessions")
_ADDITIONS, _OPENERS = LEXICON.words("discourse.additions"), LEXICON.words("discourse.openers")
_CONDITIONS = LEXICON.words("grammar.conditions") - {"when", "whenever"}
_VERBS, _THINGS = LEXICON.words("grammar.verbs"), LEXICON.words("pointing.things", "pointing.people")
_DEMONSTRATIVES = frozenset(("this", "these", "those"))
# "It is important to ...", "There are ...": the subject points at nothing.
_EMPTY = re.compile(
    r"(?:there\b(?:['’]s|\s+(?:is|are))\b|it\b(?:['’]s|\s+(?:is|takes|makes))(?:\s+[\w'’]+){1,2}?\s+(?:to|that|how|if|when)\b)",
    re.IGNORECASE,
)
# Letters by which a cut word is shorter.
_CUT = 3


def lost(text: str, source: Candidate) -> str:
    """What a statement loses of `source`, the sentence that it is taken from; empty if nothing."""
    said, there = tokens(text), tokens(source.statement)
    if _leans(source.statement, said):
        return "its subject stands in an earlier sentence"
    if _limited(said, there, source.after):
        return "leaves out what limits it"
    return "no single whole sentence" if _broken(said, there) else ""


def _leans(source: str, said: Sequence[Token]) -> bool:
    """Whether the subject of what is taken from a sentence is a word that points back."""
    if points_back(source) and not _EMPTY.match(source):
        return True
    kept = {token.key for token in said if token.content}
    for begin, end in clauses(source):
        own = tokens(source[begin:end])
        if any(token.key in kept for token in own):
            return own[0].raw in _THINGS | _DEMONSTRATIVES | {"that"} and not _EMPTY.match(source[begin:end])
    return False


def _limited(said: Sequence[Token], there: Sequence[Token], following: str) -> bool:
    """Whether the source limits what it says, or the next sentence does, and the statement does not."""
    own = {token.raw for token in said}
    raws = [token.raw for token in there]
    kept = {token.key for token in said if token.content}
    first = next((at for at, token in enumerate(there) if token.key in kept), 0)
    limits = {raw for raw in raws if raw in _CONCESSIONS | _CONDITIONS | _ADDITIONS}
    limits |= {raw for raw in raws[first:] if raw in _CONTRASTS}
    opening = takewhile(lambda raw: raw in _OPENERS | _CONTRASTS, (token.raw for token in tokens(following)))
    return bool(limits - own) or any(raw in _CONTRASTS for raw in opening)


def _broken(said: Sequence[Token], there: Sequence[Token]) -> bool:
    """Whether the source's verb was left out and no other form put in its place, or the last word is cut."""
    taken = {token.raw for token in there}
    plain = all(token.raw in taken for token in said if token.content)
    verbless = plain and not {token.raw for token in said} & _VERBS
    first = next((at for at, token in enumerate(there) if said and token.raw == said[0].raw), 0)
    near = {token.raw for token in there[max(0, first - 3) : first]}
    cut = said[-1].raw if said else ""
    longer = any(raw.startswith(cut) and len(raw) - len(cut) >= _CUT for raw in taken)
    return (verbless and bool(near & _VERBS)) or (bool(cut) and cut not in taken and longer)
