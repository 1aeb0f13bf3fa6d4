"""Finds views that differ: two guests on the same matter who start from different things.

1. Two moments are on the same matter if they are of one section and the hosts asked nearly the same before them, or if
   what is stated of one holds a word whose opposite the other holds (central, distributed).
2. A view is named by what its first statement is about: the words before its verb ("Cloud infrastructure is ...").
   Without such words it has no name, and is left where it is.

Nobody is named, and no side is taken. Whether two views exclude each other is for the reader to judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from app.language.lexicon import LEXICON
from app.language.tokens import tokens
from app.support.contrast import OPPOSITES
from app.types import Evidence
from app.wiki.topics.parts import Paragraph, Section
from index.archive import ArchiveView

HEADING = "Where Views Differ"
# Most pairs of views.
_MOST = 2
# Least cosine of two hosts' questions that ask the same.
_SAME_QUESTION = 0.6
# Words that name a view.
_LONGEST_NAME = 4
_VERBS = LEXICON.words("grammar.verbs")
_NAMED = "{} view starts with {}: {}"


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two paragraphs of a section that differ; `value`: how surely."""

    section: int
    one: Paragraph
    other: Paragraph
    value: float


def with_views(archive: ArchiveView, sections: Sequence[Section]) -> list[Section]:
    """The sections, with the views that differ moved into one of their own, which comes first."""
    left = list(sections)
    moved: list[Paragraph] = []
    for pair in sorted(_pairs(archive, sections), key=lambda pair: -pair.value):
        kept = tuple(own for own in left[pair.section].paragraphs if own not in (pair.one, pair.other))
        whole = len(kept) == len(left[pair.section].paragraphs) - 2
        if len(moved) == 2 * _MOST or not kept or not whole:
            continue
        named = (_named("One", pair.one), _named("Another", pair.other))
        if named[0] and named[1]:
            moved += [named[0], named[1]]
            left[pair.section] = replace(left[pair.section], paragraphs=kept)
    return [Section(HEADING, tuple(moved)), *left] if moved else left


def _pairs(archive: ArchiveView, sections: Sequence[Section]) -> Iterator[_Pair]:
    for at, section in enumerate(sections):
        for one, other in combinations(section.paragraphs, 2):
            if one.moment.speaker != other.moment.speaker:
                value = _opposed(one, other) + _same_question(archive, one.moment, other.moment)
                if value:
                    yield _Pair(at, one, other, value)


def _opposed(one: Paragraph, other: Paragraph) -> float:
    """1 if a word of one has its opposite in the other, and neither has both."""
    here, there = ({token.key for text in own.sentences for token in tokens(text)} for own in (one, other))
    return float(any(OPPOSITES.get(key, frozenset()) & (there - here) for key in here - there))


def _same_question(archive: ArchiveView, one: Evidence, other: Evidence) -> float:
    """The cosine of the hosts' questions if they ask nearly the same, else 0."""
    if not one.asked or not other.asked:
        return 0.0
    vectors = archive.embed([one.asked, other.asked])
    cosine = float(np.dot(vectors[0], vectors[1]))
    return cosine if cosine >= _SAME_QUESTION else 0.0


def _named(which: str, paragraph: Paragraph) -> Paragraph | None:
    """The paragraph, its first sentence introduced as a view; a draft's stays as it is. None if it has no name."""
    if not paragraph.sentences:
        return paragraph
    first, *others = paragraph.sentences
    name = _subject(first)
    return replace(paragraph, sentences=(_NAMED.format(which, name, first), *others)) if name else None


def _subject(sentence: str) -> str:
    """The words before a sentence's verb, if they are few and plain; else empty."""
    said = tokens(sentence)
    end = next((at for at, token in enumerate(said) if token.raw in _VERBS), 0)
    subject = said[:end]
    plain = subject and len(subject) <= _LONGEST_NAME and subject[0].clause == subject[-1].clause
    if not plain or not any(token.content for token in subject):
        return ""
    words = sentence[subject[0].start : subject[-1].end]
    return words if subject[0].content and subject[0].capital else words[0].lower() + words[1:]
