"""What the page keeps of a conversation, and the messages by which it changes what is shown.

A `Session` is one browser tab's: Gradio hands it in and takes it back, nothing here or in
`app.chat.page` keeps it anywhere else. It holds the visitor's last questions and nothing of
the answers; what was answered stays in the browser's page.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from index.filters import Filters

# Earlier questions that a follow-up may refer to.
HISTORY = 6

# A change to the page: see `change` in page.js for what each kind does, `show` in verify.js for a result.
Change = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question under way. `id` names its turn in the page; `narrowed` says the filters in words."""

    question: str
    filters: Filters = field(default_factory=Filters)
    narrowed: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(6))


@dataclass(frozen=True, slots=True)
class Session:
    """One tab's conversation: its last questions, oldest first, and the one under way."""

    history: tuple[str, ...] = ()
    pending: Asked | None = None

    def asking(self, asked: Asked) -> Session:
        """The session while `asked` is being answered."""
        return replace(self, pending=asked)

    def answered(self) -> Session:
        """The session when the question under way was answered: it counts for follow-ups."""
        if self.pending is None:
            return self
        return Session(history=(*self.history, self.pending.question)[-HISTORY:])

    def dropped(self) -> Session:
        """The session when the question under way came to nothing: it does not count."""
        return replace(self, pending=None)


def turn_change(asked: Asked, html: str, *, state: str, sources: str, status: str) -> Change:
    """Put a turn into the conversation, in the place of what it showed before; `sources` go into the panel.

    `status` is what a screen reader hears of it; the turn itself is not read out.
    """
    return _change("turn", id=asked.id, html=html, state=state, sources=sources, status=status)


def result_change(key: str, html: str, *, state: str, status: str) -> Change:
    """Put a statement's result into its place; `status` is what a screen reader hears of it."""
    return _change("result", id=key, html=html, state=state, status=status)


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
