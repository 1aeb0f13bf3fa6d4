"""Text -> words with a key: forms of a word share one, numbers stand in digits, contractions are taken apart.

Nothing here judges: `app.support.align` lines words up, `app.support.contrast` looks at what differs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from app.language.lexicon import LEXICON
from ingest.text import STOP_WORDS, stem

_TOKEN = re.compile(
    r"\d+(?:[.,]\d+)*(?=\s?%)|\d+(?:[.,]\d+)*(?:k|m|bn|x)?(?![^\W_])|[^\W_]+(?:['’][^\W_]+)*|%|[.,;:!?…()\u2013\u2014]",
    re.IGNORECASE,
)
_CLAUSE_ENDS = frozenset(".,;:!?…()\u2013\u2014")
_SENTENCE_ENDS = frozenset(".:!?…")

_FUNCTION = STOP_WORDS | LEXICON.words("words.function")
_COMMON = LEXICON.words("words.common")
IRREGULAR = LEXICON.mapping("words.irregular")
_CONTRACTED = LEXICON.mapping("words.contracted")
_UNITS = {word: number for number, word in enumerate(LEXICON.text("numbers.units").split())}
_TENS = {word: 10 * place for place, word in enumerate(LEXICON.text("numbers.tens").split(), start=2)}
_SCALES = {word: int(scale) for word, scale in LEXICON.mapping("numbers.scales").items()}
_SUFFIXES = {suffix: int(scale) for suffix, scale in LEXICON.mapping("numbers.suffixes").items()}


class Token(NamedTuple):
    """One word: its key, its text in lower case, where it stands, its clause, and what it is."""

    key: str
    raw: str
    start: int
    end: int
    clause: int
    content: bool
    number: bool
    capital: bool

    @property
    def weight(self) -> float:
        """How much a content word says, 0 for function words."""
        if not self.content:
            return 0.0
        if self.number or self.capital:
            return 1.5
        return 0.5 if self.raw in _COMMON or self.key in _COMMON else 1.0


def key_of(word: str) -> str:
    """What the forms of a lower-cased word have in common."""
    word = IRREGULAR.get(word, word)
    if word in _FUNCTION or len(word) < 4 or any(char.isdigit() for char in word):
        return word
    for ending in ("ization", "isation", "ize", "ise", "izing", "ising", "ized", "ised"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)] + "iz"
    bare = stem(word)
    if bare == word and len(word) < 8:
        bare = next((word[: -len(end)] for end in ("ing", "ed", "e") if _is_form(word, end)), word)
    if len(bare) > 3 and bare != word and bare[-1] == bare[-2] and bare[-1] not in "aeiouls":
        bare = bare[:-1]
    return bare[:-1] if len(bare) > 3 and bare[-1] in "ey" else bare


def _is_form(word: str, ending: str) -> bool:
    """Whether a short word is another one with this ending: firing, but not string or speed."""
    bare = word[: -len(ending)]
    return word.endswith(ending) and len(bare) >= 3 and not word.endswith("eed") and any(c in "aeiouy" for c in bare)


def tokens(text: str) -> tuple[Token, ...]:
    """The words of a text, in order."""
    found: list[Token] = []
    clause = 0
    opening = True
    for match in _TOKEN.finditer(text):
        raw = match.group()
        if raw in _CLAUSE_ENDS:
            clause += 1
            opening = opening or raw in _SENTENCE_ENDS
            continue
        found.extend(_words_of(raw, match.start(), match.end(), clause, opening))
        opening = False
    return tuple(_with_numbers(found))


def places_of(words: Sequence[Token]) -> dict[str, list[int]]:
    """Where the words of each key stand."""
    places: dict[str, list[int]] = {}
    for place, token in enumerate(words):
        places.setdefault(token.key, []).append(place)
    return places


def _words_of(raw: str, start: int, end: int, clause: int, opening: bool) -> list[Token]:
    """A word and the `not` that it may contain. The first word of a sentence says little by its capital."""
    low = raw.lower().replace("’", "'")
    if low == "%":
        return [Token("percent", "percent", start, end, clause, True, False, False)]
    if low[0].isdigit() and (value := _digits(low)) is not None:
        return [Token(value, low, start, end, clause, True, True, False)]
    negated = low.endswith("n't") or low == "cannot"
    base = low[:-3] if low.endswith("n't") else ("can" if low == "cannot" else low.split("'")[0])
    base = _CONTRACTED.get(base, base) if negated else base
    capital = any(char.isupper() for char in (raw[1:] if opening else raw))
    content = base not in _FUNCTION and (len(base) > 1 or base.isdigit())
    result = [Token(key_of(base), base, start, end, clause, content, False, capital and content)]
    if negated:
        result.append(Token("not", "not", start, end, clause, False, False, False))
    return result


def _digits(text: str) -> str | None:
    """A number in digits without separators; None for what is none (`3d`)."""
    match = re.fullmatch(r"(\d+(?:[.,]\d+)*)(k|m|bn|x)?", text)
    if not match:
        return None
    bare = re.sub(r",(?=\d{3}\b)", "", match[1]).replace(",", ".")
    try:
        value = float(bare) * _SUFFIXES.get(match[2] or "", 1)
    except ValueError:  # 1.2.3
        return match[1]
    return f"{value:.10g}" if value < 1e10 else str(int(value))


def _with_numbers(found: list[Token]) -> list[Token]:
    """Number words as digits, `two hundred thousand` as one number."""
    result: list[Token] = []
    at = 0
    while at < len(found):
        value, used = _number_at(found, at)
        if not used:
            result.append(found[at])
            at += 1
            continue
        first, last = found[at], found[at + used - 1]
        # "one" is mostly a pronoun.
        alone = used == 1 and first.raw == "one"
        key = f"{value:.10g}"
        result.append(Token(key, first.raw, first.start, last.end, first.clause, not alone, not alone, False))
        at += used
    return result


def _number_at(found: list[Token], at: int) -> tuple[float, int]:
    """The number that begins here, and how many words it takes."""
    total, current, used = 0.0, 0.0, 0
    for token in found[at:]:
        if used and token.clause != found[at].clause:
            break
        raw = token.raw
        if token.number and not used:
            try:
                current = float(token.key)
            except ValueError:
                return 0.0, 0
        elif raw in _UNITS and (not used or 20 <= current % 100 < 100):
            current += _UNITS[raw]
        elif raw in _TENS and current % 100 == 0:
            current += _TENS[raw]
        elif raw in _SCALES and used:
            scale = _SCALES[raw]
            if scale == 100:
                current = max(1.0, current) * scale
            else:
                total, current = total + max(1.0, current) * scale, 0.0
        else:
            break
        used += 1
    return total + current, used
