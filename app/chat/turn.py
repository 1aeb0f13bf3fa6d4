"""One question's way to its answer: events in, and what its turn and its sources look like now.

Each change holds the whole turn: the page may skip one where several come at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.chat import status, view
from app.chat.session import Asked, Change, turn_change
from app.chat.sources import sources
from app.types import Answer, Event, Finished, Found, Outcome, Passed


class Turn:
    """A question and what has been heard of it so far."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._answer: Answer | None = None
        self._shown: Change | None = None
        self.done = False

    def heard(self, events: Sequence[Event]) -> Change:
        """The turn after these events; the same change again where there were none."""
        if not events and self._shown:
            return self._shown
        for event in events:
            if isinstance(event, Found):
                self._answer = _begun(self._asked.question, event)
            elif isinstance(event, Passed) and self._answer:
                self._answer = replace(self._answer, sentences=(*self._answer.sentences, event.sentence))
            elif isinstance(event, Finished):
                self._answer, self.done = event.answer, True
        return self._whole(self._answer) if self.done and self._answer else self.pending()

    def pending(self) -> Change:
        """The turn while there is more to come."""
        answer = self._answer
        if answer is None:
            return self._turn(view.pending(status.SEARCHING), "pending", status.SEARCHING)
        told = status.WRITING if answer.sentences else status.reading(answer.citations)
        below = view.pending(told) + ("" if answer.sentences else view.reading(self._asked.id, answer.citations))
        return self._turn(view.so_far(self._asked.id, answer, below), "pending", told, self._sources())

    def failed(self, text: str = "") -> Change:
        """The turn when it came to nothing more: what has passed stays, with a message below."""
        answer = self._answer
        if answer is None or not answer.sentences:
            told = text or status.FAILED
            return self._turn(view.message(told), "failed", told, self._sources())
        told = text or status.BROKE_OFF
        body = view.so_far(self._asked.id, answer, view.message(told))
        return self._turn(body, "failed", told, self._sources())

    def _whole(self, answer: Answer) -> Change:
        body = view.outcome(self._asked.id, answer)
        return self._turn(body, str(answer.outcome), status.finished(answer), sources(self._asked.id, answer))

    def _sources(self) -> str:
        return sources(self._asked.id, self._answer, complete=False) if self._answer else ""

    def _turn(self, body: str, state: str, told: str, panel: str = "") -> Change:
        html = view.turn(self._asked, body, state)
        self._shown = turn_change(self._asked, html, state=state, sources=panel, status=told)
        return self._shown


def _begun(question: str, found: Found) -> Answer:
    """An answer of which only the evidence is known."""
    return Answer(
        question=question,
        standalone_question=found.standalone_question,
        outcome=Outcome.ANSWERED,
        sentences=(),
        citations=found.citations,
        nearest=(),
        model="",
        confidence=found.confidence,
    )
