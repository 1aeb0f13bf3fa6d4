"""What the page keeps of a visitor, and the messages by which it changes what is shown.

A `Session` is that of one tab of the page in one browser window. Gradio keeps it and hands it to each event; no
event hands it back, so none can undo what another did meanwhile. It holds the visitor's last questions and nothing
of the answers; what was answered stays in the browser's page.
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
    """A question or a statement under way. `id` names its place in the page; `narrowed` says the filters in words.

    `stop` tells who works on it that nobody waits any more.
    """

    text: str
    filters: Filters = field(default_factory=Filters)
    narrowed: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    stop: threading.Event = field(default_factory=threading.Event, compare=False)


class Session:
    """The last questions, oldest first, and the one under way.

    One question is under way at a time. It can end as answered, failed, stopped or cleared away; whoever ends it
    first decides, and those who come later find that it is over. Used in the event loop alone.
    """

    def __init__(self, history: tuple[str, ...] = ()) -> None:
        self.history = history
        self.pending: Asked | None = None
        self._taken = False

    def begin(self, asked: Asked) -> None:
        """Put a question under way."""
        self.pending, self._taken = asked, False

    def take(self) -> Asked | None:
        """The question under way, for who works on it: each is given out once."""
        if self._taken:
            return None
        self._taken = self.pending is not None
        return self.pending

    def end(self, asked: Asked | None, *, answered: bool = False) -> bool:
        """End this question, and tell who works on it; False where it is over already.

        One that was answered counts for follow-ups.
        """
        if asked is None or self.pending is not asked:
            return False
        self.pending, self._taken = None, False
        asked.stop.set()
        if answered:
            self.history = (*self.history, asked.text)[-HISTORY:]
        return True


def turn_change(asked: Asked, html: str, *, state: str, sources: str, status: str) -> Change:
    """Put a turn into the conversation, in the place of what it showed before; `sources` go into the panel.

    `status` is what a screen reader hears of it; the turn itself is not read out.
    """
    return _change("turn", id=asked.id, html=html, state=state, sources=sources, status=status)


def result_change(asked: Asked, html: str, *, state: str, status: str) -> Change:
    """Put a statement's result into its place; `status` is what a screen reader hears of it."""
    return _change("result", id=asked.id, html=html, state=state, status=status)


def end_change(asked: Asked, html: str, *, state: str, status: str) -> Change:
    """End a turn that is under way: what it shows stays, with `html` below."""
    return _change("end", id=asked.id, html=html, state=state, status=status)


def say_change(text: str) -> Change:
    """Tell the visitor something that belongs to no turn."""
    return _change("say", text=text)


def clear_change() -> Change:
    """Empty the conversation and the source panel."""
    return _change("clear")


def _change(kind: str, **values: Any) -> Change:
    # The page acts on a change of the value: two equal messages in a row must differ.
    return {"kind": kind, "nonce": secrets.token_hex(4), **values}


def narrowed(filters: Filters, titles: Mapping[str, str]) -> str:
    """The filters in words, for the visitor; empty where nothing is narrowed."""
    named = (
        ("guest", filters.guests),
        ("topic", filters.topics),
        ("season", tuple(str(season) for season in filters.seasons)),
        ("episode", tuple(titles.get(slug, slug) for slug in filters.episodes)),
    )
    return " · ".join(f"{name} {', '.join(values)}" for name, values in named if values)
