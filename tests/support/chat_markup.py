"""Collects the changes of the chat's handlers, and reads HTML."""

from __future__ import annotations

import asyncio
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

from app.chat.handlers import Chat, Verifying
from app.chat.state import Session

VOID = {"img", "br", "input", "meta", "link"}
# A visitor's event, from an address of the documentation's range.
SENT: Any = SimpleNamespace(client=SimpleNamespace(host="203.0.113.5"))
NOTHING: tuple[None, ...] = (None, None, None, None)


class Markup(HTMLParser):
    """Reads the elements, attributes and shown text of HTML, and checks that tags close in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.pieces: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, self._open

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]

    @property
    def attributes(self) -> list[tuple[str, str]]:
        return [pair for _, attributes in self.elements for pair in attributes.items()]

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def flat(self) -> str:
        """The text in one line."""
        return " ".join(self.text.split())

    @property
    def words(self) -> str:
        """The text in one line, with a space between elements."""
        return " ".join(" ".join(self.pieces).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of each element of this kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self._open):
            self.pieces.append(data)


def heard(tab: Chat | Verifying, session: Session) -> list[dict[str, Any]]:
    """Every change that the queued step makes."""

    async def main() -> list[dict[str, Any]]:
        return [change async for change in tab.answer(session, SENT)]

    return asyncio.run(main())
