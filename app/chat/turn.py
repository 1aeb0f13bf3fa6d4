"""Turns the results of one question or statement into changes of the page.

Each change holds the whole turn, so the page may skip one if several come at once.
"""

from __future__ import annotations

from collections.abc import Sequence, Sized

from app.chat import view
from app.chat.state import Asked, Change, end_change, result_change, turn_change
from app.render.answer import shown
from app.types import Answer, Citation, Event, Finished, Found, Passed, Verified
from app.web.turns import Waiting
from ingest.text import clean

SEARCHING = "Searching the archive"
LOOKING = "Looking for it in the archive"
WRITING = "Writing and checking"
FAILED = "Something went wrong; the log names it. You can ask again."
BROKE_OFF = "The answer broke off: something went wrong, and the log names it. You can ask again."
# Most guests named in the status line while their quotes are read.
_MOST_GUESTS = 3


class Turn:
    """A question and its answer so far.

    With a `panel`, what a model's sentences cite is shown beside them; without one, answers are made of quotes alone.
    """

    def __init__(self, asked: Asked, *, panel: bool, offers: view.Offers = view.COPY) -> None:
        self._asked = asked
        self._panel = panel
        self._offers = offers
        self._answer: Answer | None = None
        self._change: Change | None = None
        self._place = 0
        self.done = False

    @property
    def answer(self) -> Answer | None:
        """The whole answer; None while more is to come."""
        return self._answer if self.done else None

    def heard(self, events: Sequence[Event | Waiting]) -> Change:
        """The change after these events; the last one again if there were none."""
        if not events and self._change:
            return self._change
        for event in events:
            if isinstance(event, Waiting):
                self._place = event.place
            elif isinstance(event, Found):
                self._answer = Answer.begun(self._asked.text, event)
            elif isinstance(event, Passed) and self._answer:
                self._answer = self._answer.with_sentence(event.sentence)
            elif isinstance(event, Finished):
                self._answer, self.done = event.answer, True
        return self._whole(self._answer) if self.done and self._answer else self.pending()

    def pending(self) -> Change:
        """The change while more is to come."""
        answer = self._answer
        begun = waiting(self._place) if self._place else SEARCHING
        status = begun if answer is None else WRITING if answer.sentences else reading(answer.citations)
        read = answer.citations if answer and not answer.sentences and self._panel else ()
        return self._changed("pending", view.turn(self._asked, "pending", answer, status=status, reading=read), status)

    def failed(self, text: str = "") -> Change:
        """The change after an error: sentences so far stay, with a message below."""
        broke_off = self._answer is not None and bool(self._answer.sentences)
        text = text or (BROKE_OFF if broke_off else FAILED)
        return self._changed("failed", view.turn(self._asked, "failed", self._answer, failure=text), text)

    def ended(self, text: str, state: str) -> Change:
        """The change when somebody ended it: the shown content stays."""
        return end_change(self._asked, view.message(text, state), state=state, status=text)

    def _whole(self, answer: Answer) -> Change:
        state = str(answer.outcome)
        html = view.turn(self._asked, state, answer, offers=self._offers)
        return self._changed(state, html, finished(answer), complete=True)

    def _changed(self, state: str, html: str, status: str, *, complete: bool = False) -> Change:
        cited = view.sources(self._asked.id, self._answer, complete=complete) if self._panel and self._answer else None
        self._change = turn_change(self._asked, html, state=state, sources=cited, status=status)
        return self._change


class Result:
    """A statement and its result."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._place = 0
        self.done = False

    def heard(self, results: Sequence[Verified | Waiting]) -> Change:
        """The change with the verdict; the pending one if there is none yet."""
        for result in results:
            if not isinstance(result, Waiting):
                self.done = True
                html = view.verified(self._asked.id, result.verdict, result)
                return result_change(self._asked, html, state=result.verdict, status=judged(result))
            self._place = result.place
        return self.pending()

    def pending(self) -> Change:
        """The change while there is no result."""
        return self.ended(waiting(self._place) if self._place else LOOKING, "pending")

    def failed(self, text: str = "") -> Change:
        """The change after an error: a message instead of the result."""
        return self.ended(text or FAILED, "failed")

    def ended(self, text: str, state: str) -> Change:
        """The change with a message instead of the result."""
        html = view.verified(self._asked.id, state, text=text)
        return result_change(self._asked, html, state=state, status=text)


def waiting(place: int) -> str:
    """The text while others are served first."""
    return f"Waiting for your turn, number {place} in line"


def reading(citations: Sequence[Citation]) -> str:
    """The text while sources are read: whose words they are."""
    guests = list(dict.fromkeys(clean(citation.evidence.speaker) for citation in citations))
    count = _count(citations, "quote")
    if len(guests) > _MOST_GUESTS:
        return f"Reading {count} by {len(guests)} guests"
    *others, last = guests
    return f"Reading {count} by {', '.join(others)}{' and ' if others else ''}{last}"


def finished(answer: Answer) -> str:
    """The answer in short, as text for screen readers."""
    made = shown(answer)
    if made.nearest:
        return f"Nobody answers this directly: {_count(made.nearest, 'moment')} near it."
    if made.choices:
        return f"{made.told[0][1]} {_count(made.choices, 'choice')}."
    if made.told:
        return f"About the archive: {made.told[0][1]}"
    if not answer.answered:
        return made.instead
    if not made.sources:
        return f"The answer is there: {_count(made.blocks, 'moment')}."
    cited = {number for sentence in answer.sentences for number in sentence.citations}
    return f"The answer is there: {_count(answer.sentences, 'sentence')} from {_count(cited, 'source')}."


def judged(result: Verified) -> str:
    """The verdict as text for screen readers."""
    quotes = f" {_count(result.citations, 'quote')}." if result.citations else ""
    return f"{result.said}, score {result.score:.2f}.{quotes}"


def _count(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'s' if len(things) != 1 else ''}"
