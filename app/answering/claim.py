"""Reads what a question takes for granted about a guest.

    "Why does Ada want one repository?", "Ada wants one repository. What for?" -> Ada; want, repository

1. The question names one guest, and either asks why or has a clause that states something about the guest. "What does
   Ada think of one repository?" takes too little for granted.
2. A clause that only asks, without the guest, is no part of the claim: "What for?"
3. Words that only say who holds the claim and how ("says", "insists", "reason") are no part of it either.

Nothing here looks at what the guest said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.language import frame_words as frames
from app.language.clauses import clauses
from app.language.lexicon import LEXICON
from app.language.tokens import IRREGULAR, Token, tokens
from index.query.guest_names import GuestNames, Named

_ASKING = LEXICON.words("questions.asking")
_VERBS = LEXICON.words("questions.verbs", "questions.more_verbs")
_OPENING = LEXICON.words("questions.opening")
_JOINING, _PLACES = LEXICON.words("questions.joining"), LEXICON.words("questions.places")
_HOLDING = frames.SAYING | frames.ASSERTING | frames.BELIEVING | frames.IDEAS
_HOW_COME = ("how", "come")
_FINITE = frames.VERBS | frozenset(IRREGULAR)
_ENDINGS = ("s", "ed")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a question takes for granted: the guest, and the content words of what is claimed."""

    guest: str
    words: tuple[Token, ...]


def claim_of(question: str, names: GuestNames) -> Claim | None:
    """The claim inside a question; None if it takes nothing for granted about one guest."""
    named = names.named(question)
    meant = {one.guests for one in named}
    if len(meant) != 1 or len(named[0].guests) != 1:
        return None
    said = [token for token in tokens(question) if not any(one.begin <= token.start < one.end for one in named)]
    come = next((other for one, other in pairwise(said) if (one.raw, other.raw) == _HOW_COME), None)
    said = [token for token in said if token is not come]
    why = come is not None or any(token.raw == "why" for token in said)
    parts = [_Clause.of(begin, end, said, named) for begin, end in clauses(question)]
    if not (why or any(part.states for part in parts)):
        return None
    kept = (part for part in parts if part.names or not part.asks)
    words = tuple(token for part in kept for token in part.words if _claims(token))
    return Claim(named[0].guests[0], words) if words else None


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause's words without names; whether it names the guest, only asks, or states something about the guest."""

    words: Sequence[Token]
    names: bool
    asks: bool
    states: bool

    @classmethod
    def of(cls, begin: int, end: int, said: Sequence[Token], named: Sequence[Named]) -> _Clause:
        """The clause from `begin` to `end` (characters)."""
        own = [token for token in said if begin <= token.start < end]
        ends = [one.end for one in named if begin <= one.begin < end]
        asks = _only_asks(own, min(ends, default=end))
        states = not asks and any(_verb_after([token for token in own if token.start >= at]) for at in ends)
        return cls(own, bool(ends), asks, states)


def _only_asks(words: Sequence[Token], name: int) -> bool:
    """Whether a clause opens with a word of a question; `name`: where the guest's name ends in it."""
    opening = [token.raw for token in words if token.start < name]
    while opening and opening[0] in _JOINING:
        opening = opening[1:]
    if not opening:
        return False
    if opening[0] == "when":  # "when did Ada" asks, "when Ada says" does not
        return len(opening) > 1 and opening[1] in _VERBS
    # "whats", "hows" are typed for "what's", "how's".
    return opening[0] in _VERBS | _OPENING or opening[0] in _ASKING or opening[0].removesuffix("s") in _ASKING


def _verb_after(words: Sequence[Token]) -> bool:
    """Whether the word after a name is a verb; function words between them do not count: "Ada also says"."""
    for token in words:
        marked = token.raw.endswith(_ENDINGS) and token.content and not token.capital
        if marked or token.raw in _FINITE or frames.root(token.raw) in frames.VERBS_OF_FRAMES:
            return True
        if token.content or token.raw in _PLACES:
            return False
    return False


def _claims(token: Token) -> bool:
    return token.content and frames.root(token.raw) not in _HOLDING and token.raw not in _ASKING
