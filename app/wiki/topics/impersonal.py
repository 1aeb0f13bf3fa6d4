"""Says of teams what a guest says to "you": a wiki's page speaks of its topic, not to its reader.

    "If you're small, you don't need your own cluster." -> "If teams are small, they don't need their own cluster."

The verb of "you" is that of "they", so only pronouns change. A text stays as it is if it speaks of the guest ("we",
"I"), whose experience it would lose, and if its "you" is one person or thing ("as an owner, you"): teams are several.
Nothing here judges whether a statement can stand on a page.
"""

from __future__ import annotations

import re

from app.language.lexicon import LEXICON

_WHO = "teams"
_YOU = re.compile(r"\b(?:you(?P<verb>['’](?:re|ve|ll|d))?|your(?P<own>s|self|selves)?)\b(?!['’])", re.IGNORECASE)
_VERBS = {"re": " are", "ve": " have", "ll": " will", "d": " would"}
_OWN = {"s": "theirs", "self": "themselves", "selves": "themselves"}
# What makes "you" one person or thing.
_SINGLE = re.compile(r"\bas an?\b[^,.;]*,\s*you\b|\byou(?:['’]re| are) an?\b", re.IGNORECASE)
# Before a "you" that begins a clause.
_OPENING = re.compile(
    rf"(?:^|[,.;:!?…–—]|\b{LEXICON.either('grammar.conditions', 'grammar.clause_ends', 'questions.asking')}"
    r"|\b(?:but|or|that|then|than|once))\s*$",
    re.IGNORECASE,
)


def impersonal(text: str) -> str:
    """The text, said of teams; as it is, if that is impossible, or "your" comes first: whose, is not said yet."""
    first = _YOU.search(text)
    if first is None or first[0].lower().startswith("your") or _SINGLE.search(text):
        return text
    return _YOU.sub(lambda found: _said(found, found.start() == first.start(), text[: found.start()]), text)


def _said(found: re.Match[str], first: bool, before: str) -> str:
    if found[0].lower().startswith("your"):
        return _OWN[found["own"].lower()] if found["own"] else "their"
    # "Teams" is right as subject and object; "they" only where a clause begins.
    who = "they" if not first and _OPENING.search(before) else _WHO
    who = who.capitalize() if found[0][0].isupper() else who
    return who + _VERBS.get((found["verb"] or "")[1:].lower(), "")
