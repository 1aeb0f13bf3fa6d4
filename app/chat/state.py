"""Keeps a visitor's session, and makes the messages that change the page.

A `Session` belongs to one tab of the page in one browser window. Gradio keeps it and passes it to each event; no
event returns it, so none can undo another's changes. It holds the visitor's last questions, and of their answers what
`app.keeping` would store if the visitor asks for that; it is gone with the window.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from index.filters import Filters

# Earlier questions that a follow-up may refer to.
HISTORY = 6

# A change to the page: see `change` in page.js for what each kind does, `show` in verify.js for a result.
Change = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A pending question or statement. `id` is its element's in the page; `narrowed` are the filters as text.

    `stop` is set when nobody waits for it any more.
    """

    text: str
    filters: Filters = field(default_factory=Filters)
    narrowed: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    stop: threading.Event = field(default_factory=threading.Event, compare=False)


class Session:
    """The last questions, oldest first, the pending one, and what could be stored of the last answers.

    Only one question is pending at a time. It ends as answered, failed, stopped or cleared; the first to end it
    decides, and later calls have no effect. Use it only in the event loop.
    """

    def __init__(self, history: tuple[str, ...] = ()) -> None:
        self.history = history
        self.pending: Asked | None = None
        self._taken = False
        self._packed: dict[str, bytes] = {}

    def begin(self, asked: Asked) -> None:
        """Set the pending question."""
        self.pending, self._taken = asked, False

    def take(self) -> Asked | None:
        """The pending question; each is returned only once."""
        if self._taken:
            return None
        self._taken = self.pending is not None
        return self.pending

    def end(self, asked: Asked | None, *, answered: bool = False) -> bool:
        """End this question and set its `stop`; False if it has ended before.

        `answered`: keep it for follow-ups; refused questions are kept, too.
        """
        if asked is None or self.pending is not asked:
            return False
        self.pending, self._taken = None, False
        asked.stop.set()
        if answered:
            self.history = (*self.history, asked.text)[-HISTORY:]
        return True

    def hold(self, turn: str, packed: bytes) -> None:
        """Keep at hand what could be stored of a turn's answer; only the last ones are."""
        self._packed[turn] = packed
        for old in list(self._packed)[:-HISTORY]:
            del self._packed[old]

    def held(self, turn: str) -> bytes | None:
        """What could be stored of a turn's answer; None if it is no longer at hand."""
        return self._packed.get(turn)

    def forget(self) -> None:
        """Drop the history and what is at hand."""
        self.history, self._packed = (), {}


def turn_change(asked: Asked, html: str, *, state: str, sources: str | None, status: str) -> Change:
    """Add or replace a turn of the conversation; `sources` go into the panel, empty if there are none to show.

    Without `sources` (None) the panel stays as it is.
    `status` is read by screen readers; the turn itself is not.
    """
    return _change("turn", id=asked.id, html=html, state=state, sources=sources, status=status)


def result_change(asked: Asked, html: str, *, state: str, status: str) -> Change:
    """Show a statement's result; `status` is read by screen readers."""
    return _change("result", id=asked.id, html=html, state=state, status=status)


def end_change(asked: Asked, html: str, *, state: str, status: str) -> Change:
    """End a pending turn: its content stays, with `html` below."""
    return _change("end", id=asked.id, html=html, state=state, status=status)


def kept_change(turn: str, kind: str, *, path: str = "", error: str = "") -> Change:
    """Say below a turn that it was stored (`kind`: "share", with its `path`, or "judge"), or why it was not."""
    return _change("kept", id=turn, what=kind, path=path, error=error)


def say_change(text: str) -> Change:
    """Show a message that belongs to no turn."""
    return _change("say", text=text)


def clear_change() -> Change:
    """Empty the conversation and the source panel."""
    return _change("clear")


def _change(kind: str, **values: Any) -> Change:
    # The page reacts when the value changes, so two equal messages in a row must differ.
    return {"kind": kind, "nonce": secrets.token_hex(4), **values}


def narrowed(filters: Filters, titles: Mapping[str, str]) -> str:
    """The filters as text for the visitor; empty without filters."""
    named = (
        ("guest", filters.guests),
        ("topic", filters.topics),
        ("season", tuple(str(season) for season in filters.seasons)),
        ("episode", tuple(titles.get(slug, slug) for slug in filters.episodes)),
    )
    return " · ".join(f"{name} {', '.join(values)}" for name, values in named if values)
