"""What happens when a visitor asks, stops, clears or filters.

A question takes two steps, so that it shows at once even when others are waiting:

1. `start` (not queued): checks the text, puts the question into the conversation as under way;
2. `answer` (queued): hears the answerer's events and tells each time how the turn looks now: its
   evidence first, then each sentence that passed, then the whole.

Gradio closes `answer` where the visitor stops it, clears the conversation or has left, and
closing it stops the answerer. What had passed by then stays in the page.

The server sends changes, one turn each; page.js applies them, so older turns, opened
details and a playing recording stay as they are. Components and layout are `app.chat.page`'s
business, looks are `app.chat.view`'s.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncGenerator, Generator, Sequence
from concurrent.futures import Executor
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Protocol

import gradio as gr

from app.answering.filtering import FilterError, filters_of
from app.chat import status, view
from app.chat.session import Asked, Change, Session, clear_change, end_change, narrowed, say_change
from app.chat.turn import Turn
from app.question import MAX_QUESTION, QuestionError
from app.types import Event
from app.web.relay import relayed
from index.filters import Filters

if TYPE_CHECKING:
    from index.opened import Catalog

log = logging.getLogger(__name__)

# What Gradio takes for a component's new value: the value, an update or a skip.
Update = Any


class Answerer(Protocol):
    """What the page needs of `app.answering.pipeline.Answerer`."""

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
        """What can be asked about and filtered by."""


class Chat:
    """The event handlers. Shared by all visitors: holds the answerer and nothing of theirs."""

    def __init__(self, answerer: Answerer, threads: Executor) -> None:
        self._answerer = answerer
        self._threads = threads

    def start(self, text: str | None, session: Session, *boxes: Any) -> tuple[Update, Update, Session]:
        """Show the question as under way, and empty the text box; or say why it cannot be asked."""
        question = (text or "").strip()
        if session.pending is not None:
            return say_change("One question at a time: stop the one under way first."), gr.skip(), session
        if not question:
            return say_change("Type a question first."), gr.skip(), session
        if len(question) > MAX_QUESTION:
            return say_change(f"A question can have {MAX_QUESTION:,} characters at most."), gr.skip(), session
        guests, topics, seasons, episodes = boxes
        catalog = self._answerer.catalog
        try:  # a page that was opened before the last build may hold what is gone
            filters = filters_of(catalog, episodes, guests, topics, seasons)
        except FilterError as error:
            return say_change(f"{error} Load the page again for the choices of today."), gr.skip(), session
        asked = Asked(question, filters, narrowed(filters, dict(catalog.episodes)))
        return Turn(asked).pending(), "", session.asking(asked)

    def start_example(
        self, session: Session, guests: Any, topics: Any, seasons: Any, episodes: Any, event: gr.EventData
    ) -> tuple[Update, Session]:
        """As `start`, with the question of an example's button; leaves the text box alone."""
        question = event._data.get("question") if isinstance(event._data, dict) else None
        text = question if isinstance(question, str) else ""
        change, _, session = self.start(text, session, guests, topics, seasons, episodes)
        return change, session

    async def answer(self, session: Session) -> AsyncGenerator[tuple[Update, Update]]:
        """Answer the question under way. Never raises: the page lives on, the log names the cause."""
        asked = session.pending
        if asked is None:
            yield gr.skip(), gr.skip()
            return
        turn = Turn(asked)
        try:
            async with aclosing(relayed(self._threads, lambda stop: self._events(asked, session, stop))) as batches:
                async for events in batches:
                    change = turn.heard(events)
                    # A session that was ended meanwhile is not to come back.
                    yield change, session.answered() if turn.done else gr.skip()
            if not turn.done:
                raise RuntimeError("the answerer ended without an answer")
        except QuestionError as error:
            yield turn.failed(str(error)), session.dropped()
        except Exception:
            log.exception("a question in the chat failed")
            yield turn.failed(), session.dropped()

    def _events(self, asked: Asked, session: Session, stop: threading.Event) -> Generator[Event]:
        return self._answerer.stream(asked.question, history=session.history, filters=asked.filters, stop=stop)

    def full(self, session: Session) -> tuple[Update, Session]:
        """The queue did not take the question under way."""
        return self._ended(session, status.FULL, "failed")

    def stop(self, session: Session) -> tuple[Update, Session]:
        """Wait no longer for the question under way; what has passed stays in the page."""
        return self._ended(session, status.STOPPED, "stopped")

    def _ended(self, session: Session, text: str, state: str) -> tuple[Update, Session]:
        if session.pending is None:
            return gr.skip(), session
        html = view.message(text, state)
        return end_change(session.pending, html, state=state, status=text), session.dropped()

    def clear(self) -> tuple[Change, Session]:
        """Start afresh: an empty conversation, and no earlier question to follow up on."""
        return clear_change(), Session()

    def choices(self) -> list[Update]:
        """The filters' choices, as the archive is now."""
        return [gr.update(choices=choices) for choices in filter_choices(self._answerer.catalog).values()]


def filter_choices(catalog: Catalog) -> dict[str, list[tuple[str, Any]]]:
    """What can be chosen in each filter, as name and value, in the order of the boxes."""
    return {
        "Guest": [(guest, guest) for guest in catalog.guests],
        "Topic": [(topic, topic) for topic in catalog.topics],
        "Season": [(f"Season {season}", season) for season in catalog.seasons],
        "Episode": [(title, slug) for slug, title in catalog.episodes],
    }


def filters_label(*boxes: Any) -> Update:
    """The label of the filters' fold: how many are set."""
    count = sum(len(box or ()) for box in boxes)
    return gr.update(label=f"Filters · {count} set" if count else "Filters")
