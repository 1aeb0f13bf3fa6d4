"""What the chat's handlers give, and a reader of its HTML."""

from __future__ import annotations

import asyncio
from html.parser import HTMLParser
from typing import Any

from app.chat.events import Chat
from app.chat.session import Session

VOID = {"img", "br", "input", "meta", "link"}


NOTHING: tuple[None, ...] = (None, None, None, None)


class Markup(HTMLParser):
    """Reads HTML: which tags and attributes there are, the text, and that tags close in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def heard(chat: Chat, session: Session) -> tuple[list[dict[str, Any]], Session]:
    """Every change that the queued step makes, and the session that it leaves."""

    async def main() -> tuple[list[dict[str, Any]], Session]:
        changes, after = [], session
        async for change, update in chat.answer(session):
            changes.append(change)
            after = update if isinstance(update, Session) else after
        return changes, after

    return asyncio.run(main())
