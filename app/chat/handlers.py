"""What happens when a visitor asks, has a statement verified, stops, clears or filters.

A question takes two steps, so that it shows at once even when others are waiting; a statement the same two:

1. `start` (not queued): checks the text, puts the question into the conversation as under way;
2. `answer` (queued): hears the answerer's events and yields each time how the turn looks now: its
   evidence first, then each sentence that passed, then the whole.

Gradio closes `answer` where the visitor has left, and closing it stops the answerer. Stopping and clearing end the
question in the visitor's `Session` and set the event that the answerer looks at. (Gradio can cancel an event, but
finds it by its kind: a cancelling that comes late ends the next question.) What had passed by then stays in the page.

All handlers run in the event loop. The server sends changes, one turn each; page.js applies them, so older turns,
opened details and a playing recording stay as they are. Components are `app.chat.page`'s, looks `app.chat.view`'s.
"""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from concurrent.futures import Executor
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import gradio as gr

from app.answering.filtering import FilterError, filters_of
from app.chat.state import Asked, Change, Session, clear_change, narrowed, say_change
from app.chat.turn import Result, Turn
from app.question import MAX_QUESTION, QuestionError
from app.types import Event, Verified
from app.verification.verifier import check_statement
from app.web.relay import relayed
from index.filters import Filters

if TYPE_CHECKING:
    from index.opened import Catalog

log = logging.getLogger(__name__)

FULL = "Too many questions are waiting right now. Please ask again in a moment."
STOPPED = "Stopped."
# What Gradio takes for a component's new value: the value, an update or a skip.
Update = Any
_Heard = TypeVar("_Heard")
_Heard_contra = TypeVar("_Heard_contra", contravariant=True)


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


class Verifies(Protocol):
    """What the page needs of `app.verification.verifier.Verifier`."""

    def verify(self, statement: str, stop: threading.Event | None = None) -> Verified:
        """Verify one statement; raises `QuestionError` with a message for the visitor."""


class Shows(Protocol[_Heard_contra]):
    """What shows how something under way looks: a `Turn` or a `Result`."""

    done: bool

    def heard(self, events: Sequence[_Heard_contra]) -> Change:
        """After these events."""

    def failed(self, text: str = "") -> Change:
        """When it came to nothing more."""

    def ended(self, text: str, state: str) -> Change:
        """When somebody ended it."""


class _Tab(ABC, Generic[_Heard]):
    """What both tabs share: one thing under way, which ends by itself, by a fault or by the visitor's will."""

    def __init__(self, threads: Executor, show: Callable[[Asked], Shows[_Heard]]) -> None:
        self._threads = threads
        self._show = show

    @abstractmethod
    def _work(self, asked: Asked, history: Sequence[str]) -> Generator[_Heard]:
        """Blocking work that yields what is heard; it looks at `asked.stop`."""

    async def answer(self, session: Session) -> AsyncGenerator[Update]:
        """Work on what is under way, and yield how it looks. Never raises: the page lives on, the log names the cause.

        Yields nothing more once the visitor has ended it: `stop` and `clear` have told the page.
        """
        asked, history = session.take(), session.history
        if asked is None:
            yield gr.skip()
            return
        shown = self._show(asked)
        try:
            async with aclosing(relayed(self._threads, lambda _: self._work(asked, history), asked.stop)) as batches:
                async for batch in batches:
                    change = shown.heard(batch)
                    if session.pending is not asked:
                        break
                    if shown.done:
                        session.end(asked, answered=True)
                    yield change
            if session.pending is asked:
                raise RuntimeError("the work ended without a result")
        except QuestionError as error:
            if session.end(asked):
                yield shown.failed(str(error))
        except Exception:
            if session.end(asked):
                log.exception("a question or a statement in the chat failed")
                yield shown.failed()
        finally:
            session.end(asked)

    async def full(self, session: Session) -> Update:
        """The queue did not take what is under way."""
        return self._ended(session, FULL, "failed")

    async def stop(self, session: Session) -> Update:
        """Wait no longer for what is under way; what has passed stays in the page."""
        return self._ended(session, STOPPED, "stopped")

    def _ended(self, session: Session, text: str, state: str) -> Update:
        asked = session.pending
        return self._show(asked).ended(text, state) if asked and session.end(asked) else gr.skip()


class Chat(_Tab[Event]):
    """The tab that asks. Shared by all visitors: holds the answerer and nothing of theirs."""

    def __init__(self, answerer: Answerer, threads: Executor) -> None:
        super().__init__(threads, Turn)
        self._answerer = answerer

    async def start(self, text: str | None, session: Session, *boxes: Any) -> tuple[Change, Update]:
        """Show the question as under way, and empty the text box; or say why it cannot be asked."""
        question = (text or "").strip()
        if session.pending is not None:
            return say_change("One question at a time: stop the one under way first."), gr.skip()
        if not question:
            return say_change("Type a question first."), gr.skip()
        if len(question) > MAX_QUESTION:
            return say_change(f"A question can have {MAX_QUESTION:,} characters at most."), gr.skip()
        guests, topics, seasons, episodes = boxes
        catalog = self._answerer.catalog
        try:  # a page that was opened before the last build may hold what is gone
            filters = filters_of(catalog, episodes, guests, topics, seasons)
        except FilterError as error:
            return say_change(f"{error} Load the page again for the choices of today."), gr.skip()
        asked = Asked(question, filters, narrowed(filters, dict(catalog.episodes)))
        session.begin(asked)
        return Turn(asked).pending(), ""

    async def start_example(
        self, session: Session, guests: Any, topics: Any, seasons: Any, episodes: Any, event: gr.EventData
    ) -> Change:
        """As `start`, with the question of an example's button; leaves the text box alone."""
        question = event._data.get("question") if isinstance(event._data, dict) else None
        text = question if isinstance(question, str) else ""
        change, _ = await self.start(text, session, guests, topics, seasons, episodes)
        return change

    def _work(self, asked: Asked, history: Sequence[str]) -> Generator[Event]:
        return self._answerer.stream(asked.text, history=history, filters=asked.filters, stop=asked.stop)

    async def clear(self, session: Session) -> Change:
        """Start afresh: an empty conversation, and no earlier question to follow up on."""
        session.end(session.pending)
        session.history = ()
        return clear_change()

    async def choices(self) -> list[Update]:
        """The filters' choices, as the archive is now."""
        return [gr.update(choices=choices) for choices in filter_choices(self._answerer.catalog).values()]


class Verifying(_Tab[Verified]):
    """The tab that verifies. No language model takes part; one result takes the place of another."""

    def __init__(self, verifier: Verifies, threads: Executor) -> None:
        super().__init__(threads, Result)
        self._verifier = verifier

    async def start(self, text: str | None, session: Session) -> Update:
        """Show the statement as under way; or say why it cannot be verified."""
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
