"""Defines what is asked of an answer's reader, as one value for each label.

A label grades an answer and judges a refusal in the same field; here they are different things. Nothing here counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from eval.metrics import ANSWERS, BESIDE, TOUCHES
from eval.reading.labels import Answer, Read


@dataclass(frozen=True, slots=True)
class Asked:
    """Something a reader says of an answer. `value`: a grade, or 1 and 0 for yes and no; None if it was not said."""

    words: str
    value: Callable[[Read], int | None]
    grades: tuple[int, ...] = (0, 1)


def _graded(read: Read) -> int | None:
    return read.label.answers if read.record.answered else None


def _answers(read: Read) -> int | None:
    return _yes(None if (grade := _graded(read)) is None else grade == ANSWERS)


def _rightly_refused(read: Read) -> int | None:
    refused = not read.record.answered and read.label.answers is not None
    return _yes(read.label.answers == ANSWERS) if refused else None


def _holds(read: Read) -> int | None:
    wrong = read.label.wrong_citation
    return _yes(None if wrong is None else not wrong)


def _yes(said: bool | None) -> int | None:
    return None if said is None else int(said)


GRADE = Asked("grade of the answer", _graded, (BESIDE, TOUCHES, ANSWERS))
ANSWERED = Asked("answers", _answers)
TOUCHED = Asked("answers or touches", lambda read: _yes(None if (grade := _graded(read)) is None else grade >= TOUCHES))
REFUSED = Asked("refusal is right", _rightly_refused)
CLEAR = Asked("quotes are clear", lambda read: _yes(read.label.clear))
CITED = Asked("citations are right", _holds)
# What readers are compared on, and what shares are given of.
BETWEEN_READERS = (GRADE, ANSWERED, REFUSED, CLEAR, CITED)
SHARES = (ANSWERED, TOUCHED, REFUSED, CLEAR, CITED)


def by_reader(reads: Iterable[Read]) -> dict[str, list[Read]]:
    """The labels of each reader, readers in order of their names."""
    found: defaultdict[str, list[Read]] = defaultdict(list)
    for read in reads:
        found[read.label.reader].append(read)
    return {reader: found[reader] for reader in sorted(found)}


def values(asked: Asked, reads: Iterable[Read]) -> dict[Answer, int]:
    """What one reader said, by answer; without what was not asked or left open."""
    return {read.answer: value for read in reads if (value := asked.value(read)) is not None}
