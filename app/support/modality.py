"""Words that make another claim of the same words.

"The least safe" for "the only safe", "used to be" for "is", "each oven feeds" for "we feed each oven".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.language.tokens import Token
from app.language.word_lists import DEGREES, DOERS, HEDGING_VERBS, PAST, PRESENT, VERBS
from app.support.align import Alignment

# Words of the quote around the place where a verb should stand.
_AROUND = 3
# Words behind a verb among which is what it is done to.
_OBJECT = 5


def manner_changed(said: Sequence[Token], on: Alignment) -> str:
    """A degree, tense or modality that the quote does not have, as `least where the quote has only`; "" for none."""
    return _degree(said, on) or _tense(said, on) or _modality(said, on) or _doer(said, on)


def _degree(said: Sequence[Token], on: Alignment) -> str:
    there = {token.raw for token in on.stretch}
    for i, token in enumerate(said[:-1]):
        place = on.places[i + 1]
        if token.raw in there or not said[i + 1].content or place <= on.begin:
            continue
        before = on.quote.tokens[place - 1].raw
        alike = any(token.raw in degrees and before in degrees for degrees in DEGREES)
        if alike and before not in {word.raw for word in said}:
            return f"{token.raw} where the quote has {before}"
    return ""


def _tense(said: Sequence[Token], on: Alignment) -> str:
    """A thing that "used to be" where the quote has "is", and nothing there is past."""
    if any(token.raw in PAST for token in on.stretch):
        return ""
    for i in range(len(said) - 2):
        formerly = (said[i].raw, said[i + 1].raw) == ("used", "to") and not (i and said[i - 1].raw in PRESENT | PAST)
        if formerly and (verb := _present(said, i + 2, on)):
            return f"used to where the quote has {verb}"
    return ""


def _modality(said: Sequence[Token], on: Alignment) -> str:
    """A thing that "may be" where the quote has "is", and hedges nothing."""
    there = {token.raw for token in on.stretch}
    for i in range(len(said) - 1):
        hedged = said[i].raw in HEDGING_VERBS and said[i + 1].raw == "be" and not there & HEDGING_VERBS
        if hedged and (verb := _present(said, i + 1, on)):
            return f"{said[i].raw} be where the quote has {verb}"
    return ""


def _doer(said: Sequence[Token], on: Alignment) -> str:
    """An oven that "feeds" where the quote has "we feed", and the oven is what is fed."""
    quoted = on.quote.tokens
    for i in range(1, len(said)):
        doer, verb, place = said[i - 1], said[i], on.places[i]
        if not (doer.content and verb.content and verb.raw.endswith("s") and place > 0 and on.met[i] == 1.0):
            continue
        behind = quoted[place + 1 : place + 1 + _OBJECT]
        done_to = any(word.key == doer.key and word.clause == quoted[place].clause for word in behind)
        before = any(word.key == doer.key for word in quoted[max(on.begin, place - _OBJECT) : place])
        if quoted[place - 1].raw in DOERS and not quoted[place].raw.endswith("s") and done_to and not before:
            return f"{doer.raw} {verb.raw} where the quote has {quoted[place - 1].raw} {quoted[place].raw}"
    return ""


def _present(said: Sequence[Token], i: int, on: Alignment) -> str:
    """The verb of the quote in the place of the one at `i`: the same in the present, or a form of "be"."""
    place = on.places[i]
    if said[i].content and place > on.begin:
        there = on.quote.tokens[place]
        plain = on.quote.tokens[place - 1].raw not in VERBS | {"to"}
        return there.raw if plain and there.raw in (said[i].raw, f"{said[i].raw}s") else ""
    if said[i].raw != "be":
        return ""
    return next((word.raw for word in _between(said, i, on) if word.raw in PRESENT), "")


def _between(said: Sequence[Token], i: int, on: Alignment) -> Iterator[Token]:
    """The quote's words between the nearest aligned content words before and behind `i`."""
    before = next((on.places[j] for j in range(i - 1, -1, -1) if said[j].content and on.places[j] >= 0), None)
    after = next((on.places[j] for j in range(i + 1, len(said)) if said[j].content and on.places[j] >= 0), None)
    if before is not None and after is not None and before < after:
        yield from on.quote.tokens[before + 1 : min(after, before + 1 + 2 * _AROUND)]
