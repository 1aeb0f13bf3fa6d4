"""Verifies whether the archive supports a statement, and where.

    statement -> what may support it (`app.verification.candidates`)
        -> what agrees and what differs (`app.verification.score`)
        -> score and verdict, with the excerpts of guests' words that support it (`app.verification.citations`)

1. The score is the probability that the archive supports the whole statement.
2. A statement is not found if the archive, or the guest that it names, hardly covers it;
   supported if the score is high; partly supported in between: something in it is not said,
   or is said differently.
3. Each sentence has a score of its own.

No language model is used: instructions in a statement have no effect, and nothing is written.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

from app.answering.finding import NEAREST
from app.evidence.stretches import chatter
from app.language.detect import ONLY_ENGLISH, other_language
from app.language.smalltalk import small_talk
from app.language.tokens import tokens
from app.question import QuestionError
from app.types import Citation, Sentence, Verdict, Verified, numbered
from app.verification.candidates import MOST_SENTENCES, Looked, look_up
from app.verification.citations import cited, nearest, overlap
from app.verification.score import Measured, measure
from index.archive import Archive, ArchiveView
from ingest.text import clean, sentences

MAX_STATEMENT = 2000
# Chosen with `python -m eval.fitting.verification`: docs/figures.md.
LEAST_SPOKEN_OF = 0.45
LEAST_SUPPORTED = 0.5
# Least lead (MaxSim) at which another guest's words are mentioned.
_ELSEWHERE = 0.05


class Verifier:
    """Verifies statements against the index in use; safe to share between threads."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def verify(self, statement: str, stop: threading.Event | None = None) -> Verified:
        """Verify one statement, of one sentence or several.

        Raises `QuestionError` for one that cannot be verified, `Stopped` once `stop` is set.
        """
        clock = time.perf_counter()
        text = check_statement(statement)
        if other_language(text):
            return _in_another_language(text, clock)
        return self._archive.using(lambda archive: self._verified(text, archive, clock), stop)

    def _verified(self, text: str, archive: ArchiveView, clock: float) -> Verified:
        looked = look_up(text, archive)
        found = time.perf_counter()
        whole, parts = measure(text, looked, archive)
        archive.check_going()
        verdict = verdict_of(whole)
        runs = cited(looked, parts, archive.index) if verdict is not Verdict.NOT_FOUND else []
        near = nearest(looked, archive.index, NEAREST) if verdict is Verdict.NOT_FOUND else []
        citations = numbered(runs)
        return Verified(
            statement=text,
            verdict=verdict,
            score=whole.score,
            citations=citations,
            nearest=numbered(near),
            sentences=tuple(_sentence(part, citations) for part in parts),
            notes=(*looked.ranking.notes, *_notes(text, looked, whole, verdict)),
            timings_ms={"find": (found - clock) * 1000, "total": (time.perf_counter() - clock) * 1000},
        )


def _in_another_language(statement: str, clock: float) -> Verified:
    """The result for a statement in another language: it was not looked up."""
    spent = (time.perf_counter() - clock) * 1000
    parts = tuple(Sentence(text, (), 0.0) for text in sentences(statement))
    return Verified(
        statement,
        Verdict.NOT_FOUND,
        0.0,
        (),
        (),
        parts,
        (ONLY_ENGLISH,),
        {"find": spent, "total": spent},
        understood=False,
    )


def verdict_of(whole: Measured) -> Verdict:
    """The verdict that follows from the measured statement."""
    if whole.spoken_of < LEAST_SPOKEN_OF:
        return Verdict.NOT_FOUND
    return Verdict.SUPPORTED if whole.score >= LEAST_SUPPORTED else Verdict.PARTLY


def check_statement(statement: str) -> str:
    """The statement as one clean line; raises `QuestionError` if it makes no claim."""
    text = clean(statement)
    if len(text) > MAX_STATEMENT:
        raise QuestionError(f"The statement has {len(text):,} characters; the limit is {MAX_STATEMENT:,}.")
    if not _says_something(text):
        raise QuestionError("The statement is empty. Give something that the archive may support, in a sentence.")
    return text


def _says_something(text: str) -> bool:
    """Whether the text makes a claim: "yes", "2021", "data" and "that is right" do not."""
    content = [token for token in tokens(text) if token.content and token.raw != "percent"]
    named = any(not token.number for token in content)
    # Some other scripts write sentences without spaces.
    return named and (len(content) > 1 or not text.isascii()) and not chatter(text) and not small_talk(text)


def _sentence(part: Measured, citations: Sequence[Citation]) -> Sentence:
    numbers = tuple(item.id for item in citations if part.run and overlap(item.evidence, part.run))
    return Sentence(part.text, numbers, part.score)


def _notes(statement: str, looked: Looked, whole: Measured, verdict: Verdict) -> Iterator[str]:
    """Notes for the reader about the verdict."""
    scope = looked.scope
    for name in scope.strangers:
        yield f"“{name}” is not a guest of the archive."
    if scope.conflict:
        yield f"{' and '.join(scope.guests)} speaks in no episode of that title."
    if looked.others and looked.elsewhere > _ELSEWHERE and not scope.strangers:
        best = max(looked.others, key=lambda run: run.score)
        yield f"The words of {best.speaker} in “{best.episode.title}” come nearer than those of whom it names."
    if verdict is not Verdict.NOT_FOUND:
        yield from whole.faults
    if verdict is Verdict.PARTLY and not whole.faults:
        yield "The archive speaks of it; whether these words say so is for you to read."
    if (count := len(sentences(statement))) > MOST_SENTENCES:
        yield f"Of its {count} sentences the first {MOST_SENTENCES} were looked up one by one."
