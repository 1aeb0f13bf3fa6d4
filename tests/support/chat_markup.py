"""What the chat's handlers give, and a reader of its HTML."""

from __future__ import annotations

import asyncio
from html.parser import HTMLParser
from typing import Any

from app.chat.handlers import Chat, Verifying
from app.chat.state import Session

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


def heard(tab: Chat | Verifying, session: Session) -> list[dict[str, Any]]:
    """Every change that the queued step makes."""

    async def main() -> list[dict[str, Any]]:
        return [change async for change in tab.answer(session)]

    return asyncio.run(main())
