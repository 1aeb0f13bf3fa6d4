"""Finds what a statement loses of the words that it is taken from, and what it points at that its page does not say.

    statement + the sentence that it is from, with those around it + what the page said before -> what is wrong, or ""

1. Lost: a "but" or "although", an "if", an "also"; a subject that stands in an earlier sentence.
2. Missing: what "this" or "it" stands for, when "now" or "was" was.
3. Broken: the verb was left out, or the last word is cut.

Each check reads the form of the words, none knows a topic. Whether a statement can be understood alone is fitted
besides (`app.wiki.worksheet.reader`); what it says is checked in `app.wiki.topics.statements`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from itertools import pairwise, takewhile

from app.evidence.stretches import points_back
from app.language.clauses import clauses
from app.language.lexicon import LEXICON
from app.language.tokens import IRREGULAR, Token, tokens
from app.wiki.worksheet.candidates import Candidate

_CONTRASTS, _CONCESSIONS = LEXICON.words("discourse.contrasts"), LEXICON.words("discourse.concessions")
_ADDITIONS, _OPENERS = LEXICON.words("discourse.additions"), LEXICON.words("discourse.openers")
_CONDITIONS = LEXICON.words("grammar.conditions") - {"when", "whenever"}
_VERBS, _PAST = LEXICON.words("grammar.verbs"), LEXICON.words("grammar.past") - {"used", "once"}
_CLAUSE_ENDS = LEXICON.words("grammar.clause_ends", "questions.asking") | {"to", "if", "when", "that", "or"}
_TIMES, _THINGS = LEXICON.words("pointing.times"), LEXICON.words("pointing.things", "pointing.people")
_OTHERS, _QUANTITIES = LEXICON.words("pointing.others"), LEXICON.words("pointing.quantities")
_CONNECTIVES = LEXICON.phrases("discourse.connectives")
_PLURALS = LEXICON.words("words.nouns_of_irregulars")
_DEMONSTRATIVES = frozenset(("this", "these", "those"))
# "It is important to ...", "There are ...": the subject points at nothing.
_EMPTY = re.compile(
    r"(?:there\b(?:['’]s|\s+(?:is|are))\b|it\b(?:['’]s|\s+(?:is|takes|makes))(?:\s+[\w'’]+){1,2}?\s+(?:to|that|how|if|when)\b)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
# Letters by which a cut word is shorter.
_CUT = 3


def lost(text: str, source: Candidate, before: Sequence[str], *, follows: bool = False) -> str:
    """What is wrong with a sentence; empty if nothing is.

    `source`: the sentence that it is taken from. `before`: the statements of its paragraph; it `follows` the last of
    them as it did when it was said.
    """
    said, there = tokens(text), tokens(source.statement)
    if not follows and _leans(source.statement, said):
        return "its subject stands in an earlier sentence"
    if _limited(said, there, source.after):
        return "leaves out what limits it"
    if not follows and (_goes_on(said) or _points(said, before)):
        return "points at a sentence that is not there"
    if (_past(said) and not _YEAR.search(text)) or any(token.raw in _TIMES for token in said):
        return "holds only at a time that is not named"
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


def _goes_on(said: Sequence[Token]) -> bool:
    """Whether a statement adds to something, gives an example of it, or counts what was named before it."""
    raws = [token.raw for token in said]
    if any(tuple(raws[: len(phrase)]) == phrase for phrase in _CONNECTIVES) or _OTHERS & set(raws[:2]):
        return True
    if _ADDITIONS & set(raws) and not _CONTRASTS & set(raws):
        return True
    counted = said[1] if len(said) > 1 and raws[0] in _QUANTITIES else None
    plural = counted and (counted.raw.endswith("s") or counted.raw in _PLURALS or not counted.content)
    return counted is not None and not plural and not (len(said) > 2 and said[2].raw.endswith("s"))


def _points(said: Sequence[Token], before: Sequence[str]) -> bool:
    """Whether a word inside points at something that neither the statement nor those before it have named."""
    named = {token.key for one in before for token in tokens(one) if token.content}
    for at, token in enumerate(said):
        rest = said[at + 1 : at + 4]
        if token.raw in _DEMONSTRATIVES and not _named(rest, named | {own.key for own in said[:at]}):
            return True
        if token.raw in _THINGS and at and not token.raw.endswith("s") and _bound(said, at) and not _empty(rest):
            return True
    return False


def _named(rest: Sequence[Token], known: Set[str]) -> bool:
    """Whether what a demonstrative stands before was named; "those who" names it itself."""
    if rest and rest[0].raw in LEXICON.words("questions.asking") | {"that", "of"}:
        return True
    return any(token.key in known for token in takewhile(lambda token: token.content, rest))


def _bound(said: Sequence[Token], at: int) -> bool:
    """Whether a pronoun stands in the statement's first clause: it never means the subject of its own clause."""
    return all(token.clause == said[at].clause and token.raw not in _CLAUSE_ENDS for token in said[:at])


def _empty(rest: Sequence[Token]) -> bool:
    """Whether "it" stands for what follows: "makes it possible to"."""
    return any(one.content and other.raw in ("to", "that", "for") for one, other in pairwise(rest))


def _past(said: Sequence[Token]) -> bool:
    """Whether it tells of a past time: by a verb for it, or by "-ed" as the only verb."""
    raws = {token.raw for token in said}
    alone = not raws & _VERBS and any(token.content and token.raw.endswith("ed") for token in said)
    return bool(raws & _PAST) or (
        alone and not any(raw in IRREGULAR and not raw.endswith("ed") for raw in raws - _PLURALS)
    )


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
