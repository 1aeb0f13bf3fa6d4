"""Makes statements to fit and measure `app.verification.verifier`: true, randomly changed, and unrelated ones.

    claims (a file outside the project) and eval/statements/numbers.jsonl
        -> unchanged; with another guest's name, a stranger's, another number, a negation, an opposite
    facts of the suites -> unchanged; as "GUEST says that ..."; and changed in the same ways
    eval/statements/foreign.jsonl: about subjects that are not in the archive -> unchanged
    eval/statements/beside.jsonl: claims on the archive's subjects that nobody makes
        -> unchanged; as words of a guest who speaks about the subject

A statement and its changes are one group: all of it is in the same fold.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.fitting.made.perturb import negated, opposite, renamed, renumbered
from eval.jsonl import objects
from index.opened import Index
from ingest.models import ScoredPassage

HERE = Path(__file__).parents[2]
NUMBERS = HERE / "statements" / "numbers.jsonl"
FOREIGN = HERE / "statements" / "foreign.jsonl"
BESIDE = HERE / "statements" / "beside.jsonl"
SUITES = ("infrastructure", "conversations")
CHANGES = ("name", "near name", "stranger", "number", "negation", "opposite")
# Names that nobody in the archive has.
STRANGERS = ("Ilse Marquardt", "Tobias Renfrow", "Yusra Belkacem", "Gordon Thackeray", "Mireille Desrosiers")

Search = Callable[[str], Sequence[ScoredPassage]]


@dataclass(frozen=True, slots=True)
class Made:
    """A statement; `kind` is `true`, `foreign`, `beside` or one of `CHANGES`, `source` the set it comes from."""

    group: str
    source: str
    kind: str
    text: str
    gold: tuple[tuple[str, float, float], ...] = ()

    @property
    def true(self) -> bool:
        """Whether the archive supports it."""
        return self.kind == "true"


def made(claims: Path | None, index: Index, search: Search) -> list[Made]:
    """All statements, the same on each call. `search` ranks passages for a text, to find guests of the same subject."""
    sources = [*(_read(claims, "claims", "question") if claims else ()), *_read(NUMBERS, "numbers", "statement")]
    sources += [*_facts(index)]
    rows: list[Made] = []
    for true in sources:
        rng = random.Random(true.text)
        rows.append(true)
        rows += [replace(true, kind=kind, text=text) for kind, text in _changed(true, index, search, rng)]
    for path in (FOREIGN, BESIDE):
        rows += [Made(row["id"], path.stem, path.stem, row["statement"]) for row in objects(path)]
    # The same claims as words of a guest who speaks about the subject.
    beside = [(row, _near(search(row.text), index, set())) for row in rows if row.kind == BESIDE.stem]
    return rows + [replace(row, source="told beside", text=_told(guest, row.text)) for row, guest in beside if guest]


def _read(path: Path, source: str, key: str) -> Iterator[Made]:
    for row in objects(path):
        yield Made(row["id"], source, "true", row[key], _gold(row))


def _gold(row: dict[str, Any]) -> tuple[tuple[str, float, float], ...]:
    return tuple((gold["episode"], gold["start"], gold["end"]) for gold in row["gold"])


def _facts(index: Index) -> Iterator[Made]:
    """The suites' facts; if only one guest answers the question, also as that guest's words."""
    for name in SUITES:
        for row in objects(HERE / "suites" / f"{name}.jsonl"):
            guests = _guests(index, _gold(row))
            for number, fact in enumerate(row.get("facts", ())):
                group = f"{row['id']}-{number}"
                yield Made(group, "facts", "true", fact, _gold(row))
                if len(guests) == 1 and re.match(r"(?:The|A|An|In|With|For|It|Some|Teams?|You|Most|Small)\b", fact):
                    yield Made(group, "told facts", "true", _told(next(iter(guests)), fact), _gold(row))


def _told(guest: str, claim: str) -> str:
    return f"{guest} says that {claim[0].lower()}{claim[1:]}"


def _changed(true: Made, index: Index, search: Search, rng: random.Random) -> Iterator[tuple[str, str]]:
    guests = index.guest_names.find(true.text)
    own = _guests(index, true.gold)
    named = [guest for guest in guests if guest in own]
    if named:
        others = [guest for guest in index.catalog.guests if guest not in own and len(guest.split()) > 1]
        near = _near(search(index.guest_names.without(true.text)), index, own) or rng.choice(others)
        for kind, other in zip(CHANGES[:3], (rng.choice(others), near, rng.choice(STRANGERS)), strict=True):
            if text := _all_renamed(true.text, named, other):
                yield kind, text
    for kind, change in zip(CHANGES[3:], (renumbered, negated, opposite), strict=True):
        if text := change(true.text, rng):
            yield kind, text


def _near(passages: Sequence[ScoredPassage], index: Index, own: set[str]) -> str | None:
    """Another guest who speaks about the same subject."""
    found = [guest for scored in passages for guest in index.episodes[scored.passage.episode].guests]
    return next((guest for guest in found if guest not in own and len(guest.split()) > 1), None)


def _all_renamed(text: str, named: Sequence[str], other: str) -> str | None:
    changed = renamed(text, named[0], other)
    return changed if changed and named[0] not in changed else None


def _guests(index: Index, gold: Sequence[tuple[str, float, float]]) -> set[str]:
    """The guests of the gold episodes. A duplicate episode is not in the index and is skipped."""
    return {guest for slug, _, _ in gold if slug in index.episodes for guest in index.episodes[slug].guests}
