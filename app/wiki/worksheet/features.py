"""Measures a candidate for a worksheet: whether it stands alone, what it says, and how it is said.

    candidate -> features by name, each about 0 to 1

1. Standing alone: words that point back or outside, and how many of its content words were just said.
2. Saying something: how much content it has, and how rare that is in the archive.
3. Manner: who acts (I, we, you), past or future, advice, hedges, conditions, reasons, comparisons, definitions.

All come from the words, so that any embedder can be used. The word lists are those of `app.language`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

from app.evidence.stretches import announces, open_quotes, points_back
from app.language.lexicon import LEXICON
from app.language.tokens import Token, tokens
from app.wiki.worksheet.candidates import Candidate

_POINTING = LEXICON.words("pointing.people", "pointing.things") | {"this", "that", "these", "those", "here", "there"}
_PAST = LEXICON.words("grammar.past")
_HEDGES = LEXICON.words("grammar.hedges")
_NEGATORS = LEXICON.words("negation.negators")
_WIDE = frozenset().union(*LEXICON.groups("wide"))
# "It is important to ...", "It does not matter how ...", "There are ...": the subject points at nothing.
_EMPTY_SUBJECT = re.compile(
    r"it(?:['’]s| is| was| does| takes| makes)\b(?:\s+[\w'’]+){1,3}?\s+(?:to|that|how|if|whether|when|what)\b|"
    r"there(?:['’]s| is| are| will be)\b",
    re.IGNORECASE,
)
_VERBS = LEXICON.words("grammar.verbs") | {"seems", "exists"}
_THESE = frozenset(("this", "these", "those", "such"))
_MANNERS = {
    "i": "i my me myself i'm i've",
    "we": "we our us we're we've",
    "you": "you your you're",
    "they": "they their them he she his her",
    "should": "should must need needs ought",
    "can": "can could may might",
    "will": "will going would won't",
    "is": "is are",
    "be": "be been being become",
    "think": "think believe feel guess opinion personally",
    "when": "if when once unless while whereas",
    "why": "because since so therefore why reason",
    "but": "but however although though instead rather",
    "than": "than better worse more less easier harder faster cheaper",
    "usually": "usually often always mostly typically generally never sometimes most many",
    "means": "means mean called basically refers definition kind type",
    "to": "to",
    "of": "of",
    "and": "and or",
    "that": "that which who",
    "a": "a an",
    "the": "the",
    "did": "did had was were used started went got joined worked",
}
_MANNER_WORDS = {name: frozenset(text.split()) for name, text in _MANNERS.items()}
_RAW = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ENDS_OPEN = re.compile(r"(?:…|\.\.\.|[,:;–—-])[\"”’)]*$")
_IMPERATIVE_NOT = frozenset("i we you he she it they the a an this that these those there".split())

Rarity = Callable[[str], float]


def features(one: Candidate, rarity: Rarity) -> dict[str, float]:
    """The features of a candidate; `rarity`: 0 to 1 for each lower-case word."""
    said = tokens(one.statement)
    content = [token for token in said if token.content]
    raws = [match.group().lower().replace("’", "'") for match in _RAW.finditer(one.statement)]
    total = max(1, len(raws))
    return {
        **_alone(one, said, raws),
        **_substance(one, content, rarity, total),
        **_manner(one, raws, total),
    }


def _alone(one: Candidate, said: Sequence[Token], raws: Sequence[str]) -> dict[str, float]:
    first = next((at for at, token in enumerate(said) if token.content), len(said))
    opening = {token.raw for token in said[:first]}
    before = {token.key for token in tokens(f"{one.asked} {one.before}")}
    content = [token for token in said if token.content]
    given = [token for token in content if token.key in before]
    empty = bool(_EMPTY_SUBJECT.match(one.statement))
    return {
        "points_back": float(points_back(one.text)),
        "points_back_cleaned": float(points_back(one.statement) and not empty),
        "pointing_first": float(bool(opening & _POINTING) and not empty),
        "pointing": min(1.0, sum(raw in _POINTING for raw in raws) / 4),
        "demonstrative": min(1.0, _demonstratives(said) / 2),
        "outside": float(_outside(said)),
        "given": len(given) / max(1, len(content)),
        "definite_given": min(1.0, _definite(said, before) / 2),
        "definite_new": min(1.0, _definite(said, set()) / 3),
        "told": float(any(token.raw in _PAST for token in said)) * min(1.0, _definite(said, set()) / 2),
        "open_quote": float(open_quotes([one.text]) != 0 or one.text.count('"') % 2 == 1),
        "ends_open": float(bool(_ENDS_OPEN.search(one.text))),
        "announces": float(announces(one.text)),
        "explained": float(points_back(one.after)) if one.after else 0.0,
    }


def _demonstratives(said: Sequence[Token]) -> int:
    """How often "this", "these" or "those" stands before a content word: "those tools"."""
    pairs = pairwise(said)
    return sum(one.raw in _THESE and other.content for one, other in pairs)


def _outside(said: Sequence[Token]) -> bool:
    """Whether words point at what the sentence does not name: "these tools" without tools before it, "done there"."""
    for at, token in enumerate(said):
        after = said[at + 1] if at + 1 < len(said) else None
        named = {word.key for word in said[:at]}
        if token.raw in _THESE and after and after.content and not named & {word.key for word in said[at + 1 : at + 4]}:
            return True
        existing = after and after.raw in _VERBS and not (at and said[at - 1].content)
        if token.raw == "there" and not existing:
            return True
    return False


def _definite(said: Sequence[Token], keys: Collection[str]) -> int:
    """How often "the" stands before a word that was just said (any word, without `keys`)."""
    pairs = pairwise(said)
    return sum(one.raw == "the" and other.content and (not keys or other.key in keys) for one, other in pairs)


def _substance(one: Candidate, content: Sequence[Token], rarity: Rarity, total: int) -> dict[str, float]:
    rare = sorted((rarity(token.raw) for token in content if not token.number), reverse=True)
    titled = {token.key for token in tokens(one.chapter.title) if token.content}
    return {
        "words": total / 30,
        "short": max(0.0, 12 - total) / 6,
        "long": max(0.0, total - 28) / 12,
        "content": len(content) / total,
        "rarest": rare[0] if rare else 0.0,
        "rare": sum(rare[:4]) / 4,
        "mean_rare": sum(rare) / max(1, len(rare)),
        "titled": min(1.0, sum(token.key in titled for token in content) / 3),
        "numbers": min(1.0, sum(token.number for token in content) / 2),
        "capitals": min(1.0, sum(token.capital for token in content) / 3),
        "place": min(1.0, one.place / 8),
        "asked": float(one.asked.endswith("?") and one.place == 0),
    }


def _manner(one: Candidate, raws: Sequence[str], total: int) -> dict[str, float]:
    found = {name: min(1.0, 8 * sum(raw in own for raw in raws) / total) for name, own in _MANNER_WORDS.items()}
    head = raws[0] if raws else ""
    return {
        **{f"says_{name}": value for name, value in found.items()},
        "past": min(1.0, sum(raw in _PAST or (raw.endswith("ed") and len(raw) > 4) for raw in raws) / 3),
        "hedged": min(1.0, sum(raw in _HEDGES for raw in raws) / 2),
        "negated": min(1.0, sum(raw in _NEGATORS or raw.endswith("n't") for raw in raws) / 2),
        "wide": min(1.0, sum(raw in _WIDE for raw in raws) / 2),
        "clauses": min(1.0, sum(mark in ",;–—:" for mark in one.statement) / 4),
        "starts_i": float(head in ("i", "i'm", "i've", "my")),
        "starts_we": float(head in ("we", "our", "we're")),
        "starts_you": float(head in ("you", "your")),
        "starts_if": float(head in ("if", "when", "once")),
        "starts_plain": float(head not in _IMPERATIVE_NOT),
        "for_example": float(one.statement.lower().startswith(("for example", "for instance", "let's say"))),
    }
