"""Checks one question of a suite: its keys, its ranges against the passages of an index, and its grades.

Each check is a generator of findings. An error makes a figure wrong or undefined; a warning is worth a look and may be
meant so. Ranges that are no ranges, or lie outside the index, are found before (`eval.running.suites`,
`eval.running.gold`) and are not seen here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from eval.linting.copies import copied_run, folded_words
from eval.metrics import ANSWERS, Graded, Span, grades_of
from eval.running.gold import Shelf
from eval.running.suites import Item
from ingest.models import Episode

_KEYS = ("id", "question", "turns", "answerable", "gold", "facts", "type", "graded", "style")
_RANGE_KEYS = ("episode", "start", "end")
# How similar an unknown key is to a known one that it is taken for a slip: `fact` and `golds` are, `kind` is not.
_SIMILAR = 0.8
# A passage has about a minute: who finds anything within more than five of them has not found the answer.
_LONGEST_GOLD_S = 300.0


class Level(StrEnum):
    """How bad a finding is; only errors make the command fail."""

    ERROR = "error"
    WARNING = "warning"


class Finding(NamedTuple):
    """What one check found."""

    level: Level
    what: str


def item_findings(item: Item, shelf: Shelf) -> Iterator[Finding]:
    """Everything that the checks find in one question."""
    yield from _keys(item)
    yield from _refused(item)
    yield from _gold(item, shelf)
    yield from _graded(item, shelf)
    yield from _against_gold(item)
    yield from _copies(item, shelf)


def unscored(item: Item) -> str:
    """Which figures a question cannot have, or cannot have right, for want of gold or grades; empty if none."""
    if not item.answerable:
        return ""
    # Ranges that were left out as wrong count here: they are reported already.
    if not item.raw.get("gold") and not item.raw.get("graded"):
        return "answerable, without gold and graded passages: no ranking is scored"
    if item.graded and not _answered(item):
        return f"answerable, but no graded passage has grade {ANSWERS}: answers@k and p@5 are 0 whatever is found"
    return ""


def _answered(item: Item) -> bool:
    return any(one.grade == ANSWERS for one in item.graded)


def _keys(item: Item) -> Iterator[Finding]:
    yield from _slips(item.raw, _KEYS, "")
    for name, known in (("gold", _RANGE_KEYS), ("graded", (*_RANGE_KEYS, "grade"))):
        ranges = item.raw.get(name)
        for value in ranges if isinstance(ranges, list) else ():
            if isinstance(value, dict):
                yield from _slips(value, known, f" of a {name} range")


def _slips(raw: Mapping[str, Any], known: Sequence[str], where: str) -> Iterator[Finding]:
    """Unknown keys that look like a known one that is missing."""
    missing = [key for key in known if key not in raw]
    for key in raw:
        if key not in known and (near := difflib.get_close_matches(key.lower(), missing, n=1, cutoff=_SIMILAR)):
            yield Finding(Level.WARNING, f"`{key}`{where} is no known key; did you mean `{near[0]}`?")


def _refused(item: Item) -> Iterator[Finding]:
    """Answers to a question that is said to have none."""
    for one in item.graded if not item.answerable else ():
        if one.grade == ANSWERS:
            yield Finding(Level.ERROR, f"not answerable, yet graded {ANSWERS}: {_told(one.span)}")


def _gold(item: Item, shelf: Shelf) -> Iterator[Finding]:
    for span in item.gold:
        if not any(span.overlaps(passage) for passage in shelf.passages[span.episode].values()):
            yield Finding(Level.ERROR, f"no passage of the index overlaps the gold range {_told(span)}")
        if (seconds := span.end - span.start) > _LONGEST_GOLD_S:
            yield Finding(Level.WARNING, f"the gold range {_told(span)} has {seconds:.0f} seconds: name the moments")


def _graded(item: Item, shelf: Shelf) -> Iterator[Finding]:
    grades: dict[Span, int] = {}
    for one in item.graded:
        if (before := grades.setdefault(one.span, one.grade)) != one.grade:
            yield Finding(Level.ERROR, f"graded both {before} and {one.grade}: {_told(one.span)}")
        passages = list(shelf.passages[one.span.episode].values())
        if not any(grade is not None for grade in grades_of(passages, [one])):
            what = f"no passage of the index shares half of the shorter one with the graded passage {_told(one.span)}"
            yield Finding(Level.WARNING, what)


def _against_gold(item: Item) -> Iterator[Finding]:
    """Gold says that these passages answer, and their grades that none does."""
    gold = [Graded(span, ANSWERS) for span in item.gold]
    answering = grades_of([one.span for one in item.graded], gold)
    inside = [one for one, grade in zip(item.graded, answering, strict=True) if grade == ANSWERS]
    if inside and not _answered(item):
        what = f"these lie in gold, but nothing is graded {ANSWERS}: {_listed(inside)}"
        yield Finding(Level.WARNING, what)


def _copies(item: Item, shelf: Shelf) -> Iterator[Finding]:
    """A copied question is found by its words alone, and a copied fact makes an archive's text public."""
    if shelf.manifest.sample:  # its words were made up for the suites that quote them
        return
    said = [_words_in(shelf.episodes[span.episode], span) for span in item.gold]
    texts = [("question", turn) for turn in item.turns] + [("fact", fact) for fact in item.facts]
    for name, text in texts:
        if run := copied_run(text, said):
            yield Finding(Level.WARNING, f"the {name} copies {len(run)} words of the transcript: {' '.join(run)}")


def _words_in(episode: Episode, span: Span) -> list[str]:
    """The words of all paragraphs that a range touches."""
    touched = (one.text for one in episode.segments if one.start < span.end and span.start < one.end)
    return folded_words(" ".join(touched))


def _listed(graded: Sequence[Graded]) -> str:
    return ", ".join(f"{_told(one.span)} ({one.grade})" for one in graded)


def _told(span: Span) -> str:
    return f"{span.start:g}-{span.end:g} of {span.episode}"
