"""Finds contrasts between a sentence and the aligned stretch: opposites, wider scope, additions, changed manner.

Each contrast is a small function of the sentence's words and their alignment. It returns a number (0: no contrast)
or the words that differ. None decides alone (`app.support.check`). Negation is in
`app.support.negation`, order in `app.support.order`, numbers are in `app.support.numbers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.language.lexicon import LEXICON
from app.language.tokens import Token, key_of
from app.support.align import NEAR_QUOTED, NEAR_SAID, Alignment
from app.support.negation import NEGATORS, denied, denied_there

OPPOSITES = {key_of(word): frozenset(map(key_of, others)) for word, others in LEXICON.opposites().items()}
_PREFIXES = LEXICON.words("opposites.prefixes")
_WIDE = LEXICON.groups("wide")
_DEGREES = LEXICON.groups("degrees")
_AGREEING, _REFUSING = LEXICON.words("negation.agreeing"), LEXICON.words("negation.refusing")
_SAYING, _MEANT = LEXICON.words("saying.orders"), LEXICON.words("saying.meant")
_VERBS, _DOERS = LEXICON.words("grammar.verbs"), LEXICON.words("grammar.doers")
_PRESENT, _PAST = LEXICON.words("grammar.present"), LEXICON.words("grammar.past")
_HEDGING = LEXICON.words("grammar.hedging_verbs")
# The subject is among this many words before a verb of saying.
_SUBJECT = 3
# Words of the quote around the expected position of a verb.
_AROUND = 3
# The object is among this many words after a verb.
_OBJECT = 5


def opposite_said(said: Sequence[Token], on: Alignment) -> str:
    """A word whose opposite is in its place in the quote; empty if there is none."""
    here, there = denied(said), denied_there(on)
    keys = {token.key for token in said}
    for i, token in enumerate(said):
        if on.matched[i] and on.neighbours(i, on.places[i], said):
            continue
        for place in range(on.begin, on.end):
            other = on.quote.tokens[place]
            if other.key in keys:
                continue
            if _are_opposite(token, other) and on.neighbours(i, place, said) and (i in here) == (place in there):
                return f"{token.raw} where the quote has {other.raw}"
    return ""


def _are_opposite(one: Token, other: Token) -> bool:
    if other.key in OPPOSITES.get(one.key, ()):
        return True
    longer, shorter = sorted((one.raw, other.raw), key=len, reverse=True)
    return len(shorter) > 3 and any(longer == prefix + shorter for prefix in _PREFIXES)


def widened(said: Sequence[Token], on: Alignment) -> list[str]:
    """Words of wide scope or certainty without one of the same class at their place in the quote."""
    found = []
    for i, token in enumerate(said):
        kinds = [kind for kind in _WIDE if token.raw in kind]
        if kinds and not (i and (said[i - 1].raw, token.raw) == ("at", "all")):
            there = _words_around(i, said, on) if kinds[0] is _WIDE[0] else {word.raw for word in on.stretch}
            found += [token.raw for kind in kinds if not (there & kind or (token.raw in NEGATORS and there & NEGATORS))]
    return found


def _words_around(i: int, said: Sequence[Token], on: Alignment) -> set[str]:
    """Words of the quote around the aligned content words near `i`; the whole stretch if none is aligned."""
    near = [said[j] for j in range(max(0, i - NEAR_SAID), min(len(said), i + NEAR_SAID + 1)) if j != i]
    places = [
        p for token in near if token.content for p in on.quote.places.get(token.key, ()) if on.begin <= p < on.end
    ]
    if not places:
        return {token.raw for token in on.stretch}
    around = {q for p in places for q in range(max(0, p - NEAR_QUOTED), p + NEAR_QUOTED)}
    return {on.quote.tokens[q].raw for q in around if q < len(on.quote.tokens)}


def trailing(said: Sequence[Token], on: Alignment) -> float:
    """Share of the sentence after the last word that the quote has."""
    total = sum(token.weight for token in said)
    tail = 0.0
    for token, matched in zip(reversed(said), reversed(on.matched), strict=True):
        if token.content and matched:
            break
        tail += token.weight
    return tail / total if total else 0.0


def reported(said: Sequence[Token], on: Alignment) -> bool:
    """Whether the quote only reports what somebody says or should say, and the sentence states it as a fact."""
    places = [
        p for p, token, matched in zip(on.places, said, on.matched, strict=True) if matched and token.content and p >= 0
    ]
    if not places or any(token.raw in _SAYING for token in said):
        return False
    begin, end = max(on.quote.sentences, key=lambda bounds: sum(bounds[0] <= p < bounds[1] for p in places))
    first = min((p for p in places if begin <= p < end), default=begin)
    return any(
        on.quote.tokens[at].raw in _SAYING
        and not any(token.raw in _MEANT for token in on.quote.tokens[max(begin, at - _SUBJECT) : at])
        for at in range(begin, first)
    )


def agreement_turned(said: Sequence[Token], on: Alignment) -> float:
    """For a sentence that begins with yes or no: 1 if the quote says the other, 0.5 if it says neither."""
    if not said or said[0].raw not in ("yes", "no"):
        return 0.0
    quoted = {token.raw for token in on.quote.tokens}
    same, other = (_AGREEING, _REFUSING) if said[0].raw == "yes" else (_REFUSING, _AGREEING)
    if quoted & same:
        return 0.25 if quoted & other else 0.0
    return 1.0 if quoted & other else 0.5


def manner_changed(said: Sequence[Token], on: Alignment) -> str:
    """A changed degree, tense, modality or doer, as `least where the quote has only`; "" for none."""
    return _degree(said, on) or _tense(said, on) or _modality(said, on) or _doer(said, on)


def _degree(said: Sequence[Token], on: Alignment) -> str:
    there = {token.raw for token in on.stretch}
    for i, token in enumerate(said[:-1]):
        place = on.places[i + 1]
        if token.raw in there or not said[i + 1].content or place <= on.begin:
            continue
        before = on.quote.tokens[place - 1].raw
        alike = any(token.raw in degrees and before in degrees for degrees in _DEGREES)
        if alike and before not in {word.raw for word in said}:
            return f"{token.raw} where the quote has {before}"
    return ""


def _tense(said: Sequence[Token], on: Alignment) -> str:
    """The change, as text, if the sentence says "used to be" and the quote only "is"; "" for none."""
    if any(token.raw in _PAST for token in on.stretch):
        return ""
    for i in range(len(said) - 2):
        formerly = (said[i].raw, said[i + 1].raw) == ("used", "to") and not (i and said[i - 1].raw in _PRESENT | _PAST)
        if formerly and (verb := _present(said, i + 2, on)):
            return f"used to where the quote has {verb}"
    return ""


def _modality(said: Sequence[Token], on: Alignment) -> str:
    """The change, as text, if the sentence says "may be" and the quote "is" without a hedge; "" for none."""
    there = {token.raw for token in on.stretch}
    for i in range(len(said) - 1):
        hedged = said[i].raw in _HEDGING and said[i + 1].raw == "be" and not there & _HEDGING
        if hedged and (verb := _present(said, i + 1, on)):
            return f"{said[i].raw} be where the quote has {verb}"
    return ""


def _doer(said: Sequence[Token], on: Alignment) -> str:
    """The change, as text, if an object acts: an oven "feeds" where the quote has "we feed" the oven; "" for none."""
    quoted = on.quote.tokens
    for i in range(1, len(said)):
        doer, verb, place = said[i - 1], said[i], on.places[i]
        if not (doer.content and verb.content and verb.raw.endswith("s") and place > 0 and on.matched[i] == 1.0):
            continue
        behind = quoted[place + 1 : place + 1 + _OBJECT]
        done_to = any(word.key == doer.key and word.clause == quoted[place].clause for word in behind)
        before = any(word.key == doer.key for word in quoted[max(on.begin, place - _OBJECT) : place])
        if quoted[place - 1].raw in _DOERS and not quoted[place].raw.endswith("s") and done_to and not before:
            return f"{doer.raw} {verb.raw} where the quote has {quoted[place - 1].raw} {quoted[place].raw}"
    return ""


def _present(said: Sequence[Token], i: int, on: Alignment) -> str:
    """The quote's verb in place of the one at `i`: the same verb in the present, or a form of "be"; "" for none."""
    place = on.places[i]
    if said[i].content and place > on.begin:
        there = on.quote.tokens[place]
        plain = on.quote.tokens[place - 1].raw not in _VERBS | {"to"}
        return there.raw if plain and there.raw in (said[i].raw, f"{said[i].raw}s") else ""
    if said[i].raw != "be":
        return ""
    return next((word.raw for word in _between(said, i, on) if word.raw in _PRESENT), "")


def _between(said: Sequence[Token], i: int, on: Alignment) -> Iterator[Token]:
    """The quote's words between the nearest aligned content words before and after `i`."""
    before = next((on.places[j] for j in range(i - 1, -1, -1) if said[j].content and on.places[j] >= 0), None)
    after = next((on.places[j] for j in range(i + 1, len(said)) if said[j].content and on.places[j] >= 0), None)
    if before is not None and after is not None and before < after:
        yield from on.quote.tokens[before + 1 : min(after, before + 1 + 2 * _AROUND)]
