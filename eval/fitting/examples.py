"""Reads the graded questions of the project's suites as examples for fitting.

A question's passages are those of the index in use; each has the grade of the graded one that it is
(`eval.metrics.grades_of`). Where no graded passage answers, those that lie in the gold ranges do. Suites `*-tune` are
fitted on, `*-test` are not: their questions are about other episodes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from eval.fitting.embedder import Example
from eval.metrics import ANSWERS, Span, grades_of
from eval.running.suites import FOLDER, Item, read_suite
from ingest.models import Passage

TUNE = ("people-tune", "forum-tune")
# The judge also learns from questions without grades, whose gold ranges are known.
UNGRADED = ("infrastructure", "unanswerable")
TEST = ("people-test", "forum-test")


def suite_paths(names: Iterable[str]) -> list[Path]:
    """The files of the project's suites."""
    return [FOLDER / f"{name}.jsonl" for name in names]


def data_hash(paths: Iterable[Path]) -> str:
    """A hash of the files that something was fitted on."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def hashed(text: str) -> str:
    """What a file of labels keeps of a text of the archive."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def examples(items: Sequence[Item], passages: Mapping[str, Sequence[Passage]]) -> list[Example]:
    """The questions with an answering passage; `passages` by episode, without those kept apart for testing."""
    found: list[Example] = []
    for item in items:
        near = {one.span.episode for one in item.graded} | {span.episode for span in item.gold}
        own = [passage for episode in sorted(near) for passage in passages.get(episode, ())]
        grades = passage_grades(item, own)
        answering = tuple(p.embedded_text for p, grade in zip(own, grades, strict=True) if grade == ANSWERS)
        others = tuple(
            p.embedded_text for p, grade in zip(own, grades, strict=True) if grade is not None and grade < ANSWERS
        )
        if item.answerable and answering:
            found.append(Example(item.question, answering, others))
    return found


def passage_grades(item: Item, passages: Sequence[Passage]) -> list[int | None]:
    """The grade of each passage: a reader's, else 2 for one that shares half of the shorter with gold, else None."""
    spans = [Span(passage.episode, passage.start, passage.end) for passage in passages]
    return grades_of(spans, item.graded, item.gold)


def kept_apart() -> set[str]:
    """The episodes of the test suites: a question is in them if its first gold range is in one of these episodes."""
    return {item.gold[0].episode for item in read_items(TEST) if item.gold}


def read_items(names: Iterable[str]) -> list[Item]:
    """The items of the project's suites."""
    return [item for path in suite_paths(names) for item in read_suite(path).items]
