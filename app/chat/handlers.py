"""Handles the page's events: a visitor asks, verifies, stops, clears or filters.

A question, or a statement, takes two steps, so that it is shown at once even when others are waiting:

1. `start` (not queued) checks the text and shows the question in the conversation as pending;
2. `answer` (queued) reads the answerer's events and yields the new state of the turn for each: its
   evidence first, then each sentence that passed, then the whole answer.

Gradio closes `answer` when the visitor has left, and closing it stops the answerer. Stopping and clearing end the
question in the visitor's `Session` and set the event that the answerer checks. (Gradio can cancel an event, but finds
it by its kind: a late cancellation would end the next question.) Sentences shown so far stay in the page.

All handlers run in the event loop. The server sends changes, one turn each; page.js applies them, so older turns,
opened details and a playing recording stay as they are. Components: `app.chat.page`. HTML: `app.chat.view`.
"""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import gradio as gr
from fastapi import HTTPException

from app.answering.filtering import FilterError, filters_of
from app.chat.keeping import Keeping
from app.chat.state import Asked, Change, Session, clear_change, narrowed, say_change
from app.chat.turn import Result, Turn
from app.chat.view import COPY, Offers
from app.keeping.keeper import Keeper
from app.question import MAX_QUESTION, QuestionError
from app.types import EXTRACTIVE, Event, Verified
from app.verification.verifier import check_statement
from app.web.streaming import Workers
from app.web.turns import Waiting
from app.web.visitors import Visitor, network_of
from index.filters import Filters

if TYPE_CHECKING:
    from index.opened import Catalog

log = logging.getLogger(__name__)

FULL = "Too many questions are waiting right now. Please ask again in a moment."
STOPPED = "Stopped."
# A component's new value for Gradio: the value, an update or a skip.
Update = Any
_Heard = TypeVar("_Heard")
_Heard_contra = TypeVar("_Heard_contra", contravariant=True)


class Answerer(Protocol):
    """The part of `app.answering.pipeline.Answerer` that the page uses."""

    def stream(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters = ...,
        stop: threading.Event | None = None,
    ) -> Generator[Event]:
        """Answer or refuse a question; raises `QuestionError` with a message for the visitor."""

    @property
    def catalog(self) -> Catalog:
        """The episodes, guests, topics and seasons of the archive."""

    @property
    def model(self) -> str:
        """Name of the writer: `extractive` or a model."""


class Verifies(Protocol):
    """The part of `app.verification.verifier.Verifier` that the page uses."""

    def verify(self, statement: str, stop: threading.Event | None = None) -> Verified:
        """Verify one statement; raises `QuestionError` with a message for the visitor."""


class Shows(Protocol[_Heard_contra]):
    """Turns results into changes of the page: a `Turn` or a `Result`."""

    done: bool

    def heard(self, events: Sequence[_Heard_contra | Waiting]) -> Change:
        """The change after these events."""

    def pending(self) -> Change:
        """The change while more is to come."""

    def failed(self, text: str = "") -> Change:
        """The change after an error."""

    def ended(self, text: str, state: str) -> Change:
        """The change when the visitor or the queue ended it."""


class _Tab(ABC, Generic[_Heard]):
    """Base of both tabs: works on one question or statement, which ends by itself, by an error or by the visitor."""

    def __init__(self, workers: Workers, show: Callable[[Asked], Shows[_Heard]]) -> None:
        self._workers = workers
        self._show = show

    @abstractmethod
    def _work(self, asked: Asked, history: Sequence[str]) -> Generator[_Heard]:
        """Blocking work that yields results; it ends when `asked.stop` is set."""

    async def answer(self, session: Session, request: gr.Request) -> AsyncGenerator[Update]:
        """Work on the pending question or statement, for whoever sent the request, and yield changes of the page.

        Never raises: errors are logged and shown as a message. Yields nothing after the visitor has ended it:
        `stop` and `clear` have already changed the page.
        """
        asked, history = session.take(), session.history
        if asked is None:
            yield gr.skip()
            return
        shown = self._show(asked)
        try:
            batches = self._workers.batches(lambda _: self._work(asked, history), _sender(request), asked.stop)
            async with aclosing(batches):
                async for batch in batches:
                    change = shown.heard(batch)
                    if session.pending is not asked:
                        break
                    if shown.done:
                        session.end(asked, answered=True)
                        self._finished(session, asked, shown)
                    yield change
            if session.pending is asked:
                raise RuntimeError("the work ended without a result")
        except (QuestionError, HTTPException) as error:  # the latter: too much, or too late
            if session.end(asked):
                yield shown.failed(error.detail if isinstance(error, HTTPException) else str(error))
        except Exception:
            if session.end(asked):
                log.exception("a question or a statement in the chat failed")
                yield shown.failed()
        finally:
            session.end(asked)

    def _finished(self, session: Session, asked: Asked, shown: Shows[_Heard]) -> None:
        """Called when a result is whole."""
        return

    async def full(self, session: Session) -> Update:
        """The queue is full: show a message."""
        return self._ended(session, FULL, "failed")

    async def stop(self, session: Session) -> Update:
        """Stop the current question or statement; sentences shown so far stay."""
        return self._ended(session, STOPPED, "stopped")

    def _ended(self, session: Session, text: str, state: str) -> Update:
        asked = session.pending
        return self._show(asked).ended(text, state) if asked and session.end(asked) else gr.skip()


class Chat(_Tab[Event]):
    """The tab for questions. Shared by all visitors; keeps no data of theirs."""

    def __init__(self, answerer: Answerer, workers: Workers, keeper: Keeper | None = None, root_path: str = "") -> None:
        # Whether a model writes: then its sentences have their sources beside them.
        self.panel = answerer.model != EXTRACTIVE
        offers = Offers.of(keeper) if keeper else COPY
        super().__init__(workers, partial(Turn, panel=self.panel, offers=offers))
        self._answerer = answerer
        self._keeping = Keeping(keeper, root_path) if keeper else None

    async def start(self, text: str | None, session: Session, *boxes: Any) -> tuple[Change, Update]:
        """Show the question as pending and empty the text box; or say why it cannot be asked."""
        question = (text or "").strip()
        if session.pending is not None:
            return say_change("One question at a time: stop the one under way first."), gr.skip()
        if not question:
            return say_change("Type a question first."), gr.skip()
        if len(question) > MAX_QUESTION:
            return say_change(f"A question can have {MAX_QUESTION:,} characters at most."), gr.skip()
        guests, topics, seasons, episodes = boxes
        catalog = self._answerer.catalog
        try:  # a page from before the last build may offer choices that no longer exist
            filters = filters_of(catalog, episodes, guests, topics, seasons)
        except FilterError as error:
            return say_change(f"{error} Load the page again for the choices of today."), gr.skip()
        asked = Asked(question, filters, narrowed(filters, dict(catalog.episodes)))
        session.begin(asked)
        return self._show(asked).pending(), ""

    async def start_example(
        self, session: Session, guests: Any, topics: Any, seasons: Any, episodes: Any, event: gr.EventData
    ) -> Change:
        """As `start`, with the question of an example's or a choice's button; does not change the text box."""
        question = event._data.get("question") if isinstance(event._data, dict) else None
        text = question if isinstance(question, str) else ""
        change, _ = await self.start(text, session, guests, topics, seasons, episodes)
        return change

    def _work(self, asked: Asked, history: Sequence[str]) -> Generator[Event]:
        return self._answerer.stream(asked.text, history=history, filters=asked.filters, stop=asked.stop)

    def _finished(self, session: Session, asked: Asked, shown: Shows[Event]) -> None:
        if self._keeping and isinstance(shown, Turn) and shown.answer:
            self._keeping.hold(session, asked, shown.answer)

    async def share(self, session: Session, event: gr.EventData) -> Update:
        """Store the answer of a turn; the visitor has seen what is stored."""
        return await self._keeping.share(session, event._data) if self._keeping else gr.skip()

    async def judge(self, session: Session, event: gr.EventData) -> Update:
        """Store what the visitor thinks of a turn's answer."""
        return await self._keeping.judge(session, event._data) if self._keeping else gr.skip()

    async def clear(self, session: Session) -> Change:
        """Empty the conversation and its history."""
        session.end(session.pending)
        session.forget()
        return clear_change()

    async def choices(self) -> list[Update]:
        """The filters' choices from the current index."""
        return [gr.update(choices=choices) for choices in filter_choices(self._answerer.catalog).values()]


class Verifying(_Tab[Verified]):
    """The tab for statements. No language model is used; the next result replaces the last one."""

    def __init__(self, verifier: Verifies, workers: Workers) -> None:
        super().__init__(workers, Result)
        self._verifier = verifier

    async def start(self, text: str | None, session: Session) -> Update:
        """Show the statement as pending; or say why it cannot be verified."""
        if session.pending is not None:
            return gr.skip()
        try:
            asked = Asked(check_statement(text or ""))
        except QuestionError as error:
            return Result(Asked("")).failed(str(error))
        session.begin(asked)
        return Result(asked).pending()

    def _work(self, asked: Asked, history: Sequence[str]) -> Generator[Verified]:
        yield self._verifier.verify(asked.text, asked.stop)


def _sender(request: gr.Request) -> Visitor:
    """Whose event it is; Gradio works on it in a task of its own, which serves no request."""
    return Visitor(network_of(request.client.host if request.client else ""))


def filter_choices(catalog: Catalog) -> dict[str, list[tuple[str, Any]]]:
    """The choices of each filter, as name and value, in the order of the boxes."""
    return {
        "Guest": [(guest, guest) for guest in catalog.guests],
        "Topic": [(topic, topic) for topic in catalog.topics],
        "Season": [(f"Season {season}", season) for season in catalog.seasons],
        "Episode": [(title, slug) for slug, title in catalog.episodes],
    }


def filters_label(*boxes: Any) -> Update:
    """The label of the filter accordion, with the number of filters set."""
    count = sum(len(box or ()) for box in boxes)
    return gr.update(label=f"Filters · {count} set" if count else "Filters")
