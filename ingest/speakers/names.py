"""Decides which form of a person's name a written name is, and how strong a sign that form is.

A form that could also be another first name ("Johan" for Johanna,
"Mario" for Maria) does not count. Nothing here knows who speaks in an episode.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from nicknames import NickNamer

from ingest.text import clean, fold

_SHORTEST_PREFIX = 3
_SHORTEST_SPELLING = 5
# Names of this length may differ by two letters.
_LONG_NAME = 8
_MOST_PARTS = 4
_VOWELS = "aeiouy"
# Endings that make another first name of one that ends with a consonant: Johan-na, Daniel-a, Mark-us, Carl-os.
_ENDINGS = frozenset("a e o na ne nes ina ine ia ie us os as ette".split())
_SOUNDS = str.maketrans({"c": "k", "q": "k", "z": "s", "v": "f", "w": "f"})


class Form(IntEnum):
    """The form of a name, from the weakest sign to the strongest."""

    NONE = 0
    SOUND = 1
    SLIP = 2
    SPELLING = 3
    SHORT = 4
    INITIALS = 5
    LOOSE = 6
    NAME = 7
    LETTERS = 8
    WHOLE = 9

    @property
    def shown(self) -> str:
        """The name of the form in reports."""
        return _SHOWN[self]


_SHOWN = {
    Form.NONE: "no form of the name",
    Form.SOUND: "sounds like the only guest's first name",
    Form.SLIP: "a rare slip",
    Form.SPELLING: "another spelling",
    Form.SHORT: "a short form",
    Form.INITIALS: "initials",
    Form.LOOSE: "a short form or spelling, with the surname or its letter",
    Form.NAME: "one part of the name",
    Form.LETTERS: "first name and surname's letters",
    Form.WHOLE: "whole name",
}


@lru_cache(4096)
def parts_of(name: str) -> tuple[str, ...]:
    """The folded parts of a name: `Dânia Bowne-Lo'Re` is `dania`, `bowne`, `lore`."""
    return tuple(re.findall(r"[a-z0-9]+\.?", fold(name).replace("'", "")))


def form_of(written: str, name: str) -> Form:
    """The strongest form of the full name `name` that `written` can be."""
    tokens, parts = parts_of(written), tuple(part.rstrip(".") for part in parts_of(name))
    if not tokens or not parts:
        return Form.NONE
    bare = tuple(token.rstrip(".") for token in tokens)
    if sorted(bare) == sorted(parts):
        return Form.WHOLE if len(parts) > 1 else Form.NAME
    if "".join(bare) == "".join(parts):
        return Form.WHOLE  # as in an id: `annakeller`; a person without a page has only that
    if bare != parts[:1] and "".join(bare) in _initials(parts) and _capitals(written):
        return Form.INITIALS
    if len(bare) == 1:
        return _form_of_one(bare[0], parts)
    return _form_of_many(tokens, parts)


def sounds_like(written: str, name: str) -> bool:
    """Whether the consonants of the first name begin with those of a written name: `Chris` and Krzysztof."""
    tokens, parts = parts_of(written), parts_of(name)
    if len(tokens) != 1 or not parts:
        return False
    short, whole = _consonants(tokens[0]), _consonants(parts[0])
    return len(short) >= 3 and whole.startswith(short) and not _is_another_name(tokens[0], parts[0])


def may_be(written: str, name: str) -> bool:
    """Whether a first name can be this person's in any short form, spelling or sound: `Danny` and Dan."""
    tokens, parts = parts_of(written), parts_of(name)
    if len(tokens) != 1 or not parts:
        return False
    shared = _canonicals(tokens[0]) & (_canonicals(parts[0]) | {parts[0]})
    return form_of(written, name) is not Form.NONE or bool(shared) or sounds_like(written, name)


def _form_of_one(token: str, parts: tuple[str, ...]) -> Form:
    if token == parts[0] or (len(token) >= 3 and token in parts):
        return Form.NAME
    if len(parts) == 1 and len(parts[0]) >= len(token) + 3 and parts[0].startswith(token) and len(token) >= 3:
        return Form.SHORT  # of an id
    return max(_form_of_part(token, parts[0], first=True), *(_form_of_part(token, p, first=False) for p in parts))


def _form_of_many(tokens: tuple[str, ...], parts: tuple[str, ...]) -> Form:
    """The form if each token fits a part, in order; a middle name may be added."""
    bare = [token.rstrip(".") for token in tokens]
    if bare[0] == parts[0] and bare[-1] == parts[-1] and 1 < len(bare) <= _MOST_PARTS and len(parts) > 1:
        return Form.WHOLE
    forms: list[Form] = []
    rest = list(parts)
    for token in tokens:
        fits = [_form_of_token(token, part, first=not forms and len(rest) == len(parts)) for part in rest]
        at = next((i for i, form in enumerate(fits) if form), None)
        if at is None:
            return Form.NONE
        forms.append(fits[at])
        rest = rest[at + 1 :]
    if all(form is Form.NAME for form in forms):
        return Form.NAME
    if Form.NAME in forms and set(forms) <= {Form.NAME, Form.LETTERS}:
        return Form.LETTERS
    return Form.LOOSE if any(form is not Form.LETTERS for form in forms) else Form.NONE


def _form_of_token(token: str, part: str, *, first: bool) -> Form:
    bare = token.rstrip(".")
    if bare == part:
        return Form.NAME
    if len(bare) == 1 or (len(bare) <= 3 and (token != bare or not first)):
        return Form.LETTERS if part.startswith(bare) else Form.NONE
    return _form_of_part(bare, part, first=first)


@lru_cache(4096)
def _form_of_part(token: str, part: str, *, first: bool) -> Form:
    """Whether a token is a short form (of a first name), another spelling, or no form of one part of a name."""
    if min(len(token), len(part)) < _SHORTEST_PREFIX:
        return Form.NONE
    if len(token) > len(part) + 1 and token.startswith(part) and part.endswith(token[len(part) :]):
        return Form.SHORT  # a repeated ending: "Adityaitya"
    if _is_another_name(token, part):
        return Form.NONE
    distance = _distance(token, part)
    if first and distance > 2 and (part.startswith(token) or token in _nicknames(part)):
        return Form.SHORT
    if token[0] != part[0]:
        return Form.NONE
    longest = max(len(token), len(part))
    if first and part.startswith(token):
        return Form.SPELLING  # all but one or two letters: "Jessi", "Josh"
    if longest < _SHORTEST_SPELLING or distance > 2:
        return Form.NONE
    return Form.SPELLING if distance == 1 or longest >= _LONG_NAME else Form.SLIP


def is_same_sound(written: str, name: str) -> bool:
    """Whether long names differ only inside, or by a doubled letter, so that they mean one person: `Theofiolos`."""
    tokens = parts_of(written)
    return len(tokens) == 1 and any(_differ_inside(tokens[0], part) for part in parts_of(name))


def _differ_inside(one: str, other: str) -> bool:
    if _distance(one, other) > 2:
        return False
    shorter = min(len(one), len(other))
    undoubled = _undoubled(one) == _undoubled(other) and shorter >= _SHORTEST_SPELLING
    return undoubled or (shorter >= _LONG_NAME - 1 and one[0] == other[0] and one[-1] == other[-1])


def _undoubled(word: str) -> str:
    return "".join(c for i, c in enumerate(word) if not i or word[i - 1] != c)


def _is_another_name(one: str, other: str) -> bool:
    """Whether similar first names are different names: Johan and Johanna, Mario and Maria, Maria and Marianna."""
    short, long = sorted((one, other), key=len)
    if long.startswith(short):
        if short[-1] == "a" and len(long) > len(short) + 1:
            return True
        return short[-1] not in _VOWELS and long[len(short) :] in _ENDINGS
    if _distance(one, other) > 2:
        return False
    ends = {one[-1], other[-1]}
    return (len(ends) == 2 and ends <= set("aeo")) or (len(ends & set("aeo")) == 1 and len(ends - set(_VOWELS)) == 1)


def _initials(parts: tuple[str, ...]) -> set[str]:
    letters = "".join(part[0] for part in parts)
    return {letters, letters[0] + letters[-1]} if len(letters) > 1 else set()


def _capitals(written: str) -> bool:
    letters = [c for c in clean(written) if c.isalpha()]
    return all(c.isupper() for c in letters)


@lru_cache(4096)
def _nicknames(part: str) -> frozenset[str]:
    return frozenset(_namer().nicknames_of(part))


@lru_cache(4096)
def _canonicals(part: str) -> frozenset[str]:
    return frozenset(_namer().canonicals_of(part))


@lru_cache(4096)
def _namer() -> NickNamer:
    return NickNamer()


def _consonants(word: str) -> str:
    sound = word.replace("ch", "k").replace("ph", "f").translate(_SOUNDS)
    kept = [c for c in sound if c not in "aeiouyh"]
    return _undoubled("".join(kept))


def _distance(one: str, other: str) -> int:
    """Number of letters to add, drop, change or swap with the next one (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, c in enumerate(one, 1):
        previous, row, older = row, [i], before
        for j, d in enumerate(other, 1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (c != d))
            if i > 1 and j > 1 and c == other[j - 2] and one[i - 2] == d:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        before = previous
    return row[-1]
