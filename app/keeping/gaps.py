"""Lists what could not be answered, from feedback and the questions that the log kept, grouped by likeness.

    rows of the state file -> questions with counts -> vectors -> groups, the most frequent first

Grouping is greedy: questions in the order of their counts, each into the group whose first question is most like it, if
it is like enough. So a group is about its first question, and does not drift.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.keeping.database import Database
from app.keeping.keeper import Feedback, Verdict
from app.keeping.unanswered import UNANSWERED
from app.types import Outcome
from index.embedder import Vectors
from ingest.text import fold

# From this cosine on, two questions ask about the same: paraphrases have some 0.7 to 0.9, others below 0.6.
ALIKE = 0.68


@dataclass(frozen=True, slots=True)
class Question:
    """One question that could not be answered: how often it ended how, how often a thumb was down, and the notes."""

    question: str
    outcomes: Counter[str] = field(default_factory=Counter)
    down: int = 0
    notes: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How often it was seen."""
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that ask about the same, the most frequent first."""

    questions: tuple[Question, ...]

    @property
    def count(self) -> int:
        """How often one of them was seen."""
        return sum(one.count for one in self.questions)

    @property
    def outcomes(self) -> Counter[str]:
        """How often they ended how."""
        return sum((one.outcomes for one in self.questions), Counter[str]())

    @property
    def down(self) -> int:
        """How often a thumb was down."""
        return sum(one.down for one in self.questions)

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        return {
            "question": self.questions[0].question,
            "count": self.count,
            "outcomes": dict(self.outcomes.most_common()),
            "down": self.down,
            "questions": [{"question": one.question, "count": one.count} for one in self.questions],
            "notes": [note for one in self.questions for note in one.notes],
        }


def feedback_in(database: Database) -> list[Feedback]:
    """All feedback, oldest first."""
    with database.reading() as state:
        rows = state.execute(
            "SELECT question, standalone, outcome, verdict, note, day FROM feedback ORDER BY id"
        ).fetchall()
    return [Feedback(row[0], row[1], Outcome(row[2]), Verdict(row[3]), row[4], row[5]) for row in rows]


def questions_in(database: Database) -> list[Question]:
    """The questions that could not be answered, the most frequent first; the same in other letters is one."""
    found: dict[str, Question] = {}
    for made in _seen(database):
        key = fold(made.question)
        held = found.get(key, replace(made, outcomes=Counter(), down=0, notes=()))
        found[key] = replace(
            held, outcomes=held.outcomes + made.outcomes, down=held.down + made.down, notes=held.notes + made.notes
        )
    return sorted(found.values(), key=lambda one: -one.count)


def _seen(database: Database) -> Iterator[Question]:
    for said in feedback_in(database):
        down = said.verdict is Verdict.DOWN
        if down or said.outcome in UNANSWERED:
            yield Question(said.standalone, Counter([str(said.outcome)]), int(down), (said.note,) if said.note else ())
    with database.reading() as state:
        rows = state.execute("SELECT question, outcome, sum(times) FROM unanswered GROUP BY 1, 2").fetchall()
    for question, outcome, times in rows:
        yield Question(question, Counter({outcome: times}))


def grouped(
    questions: Sequence[Question], embed: Callable[[Sequence[str]], Vectors], alike: float = ALIKE
) -> list[Gap]:
    """The questions in groups, the most frequent group first; `embed` gives unit vectors."""
    if not questions:
        return []
    vectors = embed([one.question for one in questions])
    groups: list[list[int]] = []
    for place in range(len(questions)):
        if groups:
            near = vectors[[group[0] for group in groups]] @ vectors[place]
            if near.max() >= alike:
                groups[int(near.argmax())].append(place)
                continue
        groups.append([place])
    gaps = [Gap(tuple(questions[place] for place in group)) for group in groups]
    return sorted(gaps, key=lambda gap: -gap.count)
