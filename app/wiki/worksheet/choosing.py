"""Chooses the statements of an episode that a worksheet proposes.

    candidates -> probability that an editor keeps each (`app.wiki.worksheet.reader`) -> the best, spread over chapters

At most two of a chapter, the second only if it is better than the first of others; none that says the same as another
or shares a sentence with it. Two sentences are taken where one alone is clearly less probable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.wiki.worksheet.candidates import Candidate
from app.wiki.worksheet.reader import Judged, Reader
from index.archive import ArchiveView
from index.embedder import Vectors

MOST_OF_CHAPTER = 2
# By how much less probable the second statement of a chapter counts.
_SECOND = 0.05
# By how much less probable one of two sentences counts: the second has to be worth its length.
LONGER = 0.1
# Two statements with a higher cosine say the same.
_SAME = 0.8
# Of the best statements so many times more are compared as are asked for.
_COMPARED = 10


@dataclass(frozen=True, slots=True)
class Chosen:
    """A candidate, what a reader would say of it, and the vector of its statement."""

    candidate: Candidate
    judged: Judged
    vector: Vectors


def choose(found: Sequence[Candidate], reader: Reader, archive: ArchiveView, most: int) -> list[Chosen]:
    """At most `most` statements, in the order of the episode."""
    ranked = sorted(zip(found, reader.judged(found), strict=True), key=lambda pair: -_value(*pair))
    best = ranked[: _COMPARED * most]
    vectors = archive.embed([one.statement for one, _ in best])
    able = [Chosen(one, judged, vector) for (one, judged), vector in zip(best, vectors, strict=True)]
    chosen: list[Chosen] = []
    while len(chosen) < most:
        free = [one for one in able if _new(one, chosen)]
        if not free:
            break
        chosen.append(max(free, key=lambda one: _value(one.candidate, one.judged) - _SECOND * _of_chapter(one, chosen)))
    order = {one: at for at, one in enumerate(found)}
    return sorted(chosen, key=lambda one: order[one.candidate])


def _value(one: Candidate, judged: Judged) -> float:
    return judged.keep_led - LONGER * (one.count - 1)


def _of_chapter(one: Chosen, chosen: Sequence[Chosen]) -> int:
    return sum(other.candidate.chapter is one.candidate.chapter for other in chosen)


def _new(one: Chosen, chosen: Sequence[Chosen]) -> bool:
    """Whether a statement may be added to those chosen."""
    if any(one.candidate.overlaps(other.candidate) or float(one.vector @ other.vector) > _SAME for other in chosen):
        return False
    return _of_chapter(one, chosen) < MOST_OF_CHAPTER
