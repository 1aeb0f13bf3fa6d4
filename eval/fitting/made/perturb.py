"""Makes a true statement false by a small change: another guest, another number, a negation, an opposite.

Changes are made by rules and a seeded random generator, so that `eval.fitting.verification` and tests get the same
ones again. Nothing here reads an archive or an index.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from app.language.lexicon import LEXICON
from ingest.text import sentence_spans

Change = Callable[[str, random.Random], str | None]

_VERBS = """
covers adds discusses makes starts describes gives names needs treats connects shows ties argues supports keeps includes
separates frames warns puts recommends prioritizes places explains compares says anchors defines applies uses owns
appears handles runs chooses standardizes narrows sets lays grows means contrasts stresses shifts marks draws stays fits
relies avoids consumes depends matters helps lets collects measures prefers thinks believes wants works teaches depends
improves reduces costs takes gets saves allows requires answers moves builds breaks beats fails becomes leads comes
""".split()
_PLURAL = """
appear need use cover work prepare show describe support connect build follow load add keep adopt rely balance separate
matter discover make help become depend belong measure train serve
""".split()
_BASE = {"ties": "tie", "discusses": "discuss", "stresses": "stress", "teaches": "teach", "relies": "rely"}
_MODAL = re.compile(r"\b(should|must|will|is|are|was|were|can)\b(?! not\b|n[’']t| only\b| also\b| no\b|[.,;?]| \w+n't)")
_SINGULAR = re.compile(rf"\b(also )?({'|'.join(_VERBS)})\b(?! not\b)")
_MANY = re.compile(rf"\b(also )?({'|'.join(_PLURAL)})\b")
# After one of these, a word of the lists is a verb.
_SUBJECT_BEFORE = re.compile(r"(?:\b(?:[Hh]e|[Ss]he|[Ii]t|[Ww]hich|then|team|episode|section)|[A-Z][\w’'-]+) $")
_MANY_BEFORE = re.compile(r"(?:\b(?:[Tt]hey|[Tt]eams|people|[Gg]uests|engineers|scientists|users|jobs)|[a-z]+s) $")
_DENIAL = re.compile(
    r"\b(should|could|would|must|is|are|was|were|can|will)(?:n[’']t| not)\b|\b(cannot|can[’']t)\b|"
    r"\b(?:does|did)(?:n[’']t| not) (\w+)|\bdo(?:n[’']t| not) (?=\w)|\b(never) (?=\w)"
)
_NUMBER_WORDS = "two three four five six seven eight nine ten eleven twelve".split()
_NUMBER = re.compile(rf"(?<![\w.-])(\d[\d,.]*\d|\d)(?!\w*-)|\b({'|'.join(_NUMBER_WORDS)}|half|twice)\b", re.IGNORECASE)
_OPPOSITES = LEXICON.opposites()
# Words that can be replaced by their opposite: the sentence becomes false, not odd.
_CLEAR = frozenset(
    """
    more less fewer higher lower cheap cheaper expensive costly easy easier hard harder difficult before after simple
    complex complicated always never often rarely usually internal external online offline batch streaming centralized
    decentralized manual manually automatic automatically automated public private better worse best worst most least
    large larger small smaller big bigger fast faster slow slower quick quickly slowly useful useless likely unlikely
    possible impossible important unimportant necessary unnecessary upstream downstream structured unstructured senior
    junior success failure increase increases reduce improve worsen short shorter long longer strong weak include
    exclude minimum maximum similar different heavy light clear unclear safe risky static dynamic specific general early
    earlier late later local global unable able
    """.split()
)


def negated(statement: str, rng: random.Random) -> str | None:
    """Negate one sentence or remove one negation; None if no rule fits."""
    removed = [(m.start(), m.end(), _undenied(m)) for m in _DENIAL.finditer(statement)]
    if removed and rng.random() < 0.7:
        return _put(statement, rng.choice(removed))
    added = [(m.start(), m.end(), "cannot" if m[1] == "can" else f"{m[1]} not") for m in _MODAL.finditer(statement)]
    added += [
        (m.start(), m.end(), f"does not {m[1] or ''}{_base(m[2])}")
        for m in _SINGULAR.finditer(statement)
        if _SUBJECT_BEFORE.search(statement[: m.start()])
    ]
    added += [
        (m.start(), m.end(), f"do not {m[1] or ''}{m[2]}")
        for m in _MANY.finditer(statement)
        if _MANY_BEFORE.search(statement[: m.start()])
    ]
    return _put(statement, rng.choice(added)) if added else None


def _undenied(match: re.Match[str]) -> str:
    if match[1] or match[2]:
        return match[1] or "can"
    if match[3]:
        verb = match[3]
        return verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "o")) else "s")
    return "always " if match[4] else ""


def _base(verb: str) -> str:
    return _BASE.get(verb, verb[:-3] + "y" if verb.endswith("ies") else verb[:-1])


def opposite(statement: str, rng: random.Random) -> str | None:
    """Replace one word by its opposite; None if no word has one."""
    found = []
    for match in re.finditer(r"[A-Za-z]+", statement):
        word = match.group().lower()
        others = sorted(_OPPOSITES.get(word, frozenset()) & _CLEAR)
        if others and word in _CLEAR and not _in_title(statement, match):
            other = rng.choice(others)
            found.append((match.start(), match.end(), other.capitalize() if match.group()[0].isupper() else other))
    return _put(statement, rng.choice(found)) if found else None


def renumbered(statement: str, rng: random.Random) -> str | None:
    """Replace one number by another; None if there is none."""
    found = [match for match in _NUMBER.finditer(statement) if not _in_title(statement, match)]
    if not found:
        return None
    match = rng.choice(found)
    return _put(statement, (match.start(), match.end(), _other_number(match.group(), rng)))


def _other_number(said: str, rng: random.Random) -> str:
    low = said.lower()
    if low in ("half", "twice"):
        return {"half": "a tenth", "twice": "five times"}[low]
    if low in _NUMBER_WORDS:
        word = rng.choice([word for word in _NUMBER_WORDS if word != low])
        return word.capitalize() if said[0].isupper() else word
    value = float(said.replace(",", ""))
    if 1990 <= value <= 2035 and value.is_integer():
        return str(int(value) + rng.choice((-4, -3, 3, 4)))
    other = value * rng.choice((0.2, 0.5, 3, 5))
    return f"{int(other):,}" if value.is_integer() and other >= 1 else f"{other + (other == value):g}"


def renamed(statement: str, guest: str, other: str) -> str | None:
    """Replace a guest by another one, full name, first name and surname; None if the guest is not named."""
    first, last = guest.split()[0], guest.split()[-1]
    swapped = re.sub(re.escape(guest), other, statement, flags=re.IGNORECASE)
    swapped = re.sub(rf"\b{re.escape(first)}\b", other.split()[0], swapped)
    swapped = re.sub(rf"\b{re.escape(last)}\b", other.split()[-1], swapped)
    return swapped if swapped != statement else None


def _in_title(statement: str, match: re.Match[str]) -> bool:
    """Whether a word is part of a capitalised name: a title or a product."""
    word = match.group()
    inside = word[:1].isupper() or word[:1].isdigit()
    before = re.search(r"[A-Z][\w’'-]* $", statement[: match.start()])
    return inside and bool(before or (word[:1].isupper() and match.start() not in set(_openings(statement))))


def _openings(statement: str) -> Iterator[int]:
    yield from (begin for begin, _ in sentence_spans(statement))


def _put(statement: str, change: tuple[int, int, str]) -> str:
    begin, end, text = change
    return " ".join(f"{statement[:begin]}{text}{statement[end:]}".split())
