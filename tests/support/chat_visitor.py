"""Serves the chat page with fakes on a loopback port, and opens a visitor's browser, for the tests in `browser`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from chat_fake import EXAMPLES, FakeAnswerer, FakeVerifier
from fakes import settings_for
from fastapi import FastAPI
from http_fake import web_server

from app.chat.page import mount_chat
from app.server import create_app
from app.types import EXTRACTIVE
from app.web.streaming import Workers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

TEXT = "#cc-text textarea"


@dataclass(frozen=True)
class Site:
    """The page on a free loopback port, and the fakes behind it."""

    url: str
    fake: FakeAnswerer
    verifier: FakeVerifier
    folder: Path = Path()


@contextmanager
def chat_site(model: str = EXTRACTIVE, *, whole: bool = False) -> Iterator[Site]:
    """The page, served until the block ends; `whole`: with all that the program serves; it keeps things in `folder`."""
    fake, verifier = FakeAnswerer(model=model), FakeVerifier()
    with tempfile.TemporaryDirectory() as name:
        folder, fakes = Path(name), (cast(Any, fake), cast(Any, verifier))
        if whole:
            app = create_app(*fakes, settings_for(folder), EXAMPLES)
        else:
            app = mount_chat(FastAPI(openapi_url=None), *fakes, EXAMPLES, Workers(settings_for(folder)))
        with web_server(app, connections=256) as url:
            yield Site(url, fake, verifier, folder)
            fake.release.set()
            verifier.release.set()


class Visitor:
    """One browser context with the page open; records requests to other hosts."""

    def __init__(self, browser: Browser, site: Site, **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(**options)
        self.foreign: list[str] = []
        self.errors: list[str] = []
        # Requests to other hosts are recorded and blocked.
        self.context.route(lambda url: not url.startswith(site.url), self._elsewhere)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.set_default_timeout(20_000)
        self.page.goto(site.url)
        self.page.wait_for_selector(TEXT)

    def _elsewhere(self, route: Any) -> None:
        self.foreign.append(route.request.url)
        route.abort()

    def ask(self, question: str, state: str = "answered") -> Any:
        """Type the question, press Enter and wait for the result; returns the turn."""
        count = self.page.locator(".turn").count()
        self.page.fill(TEXT, question)
        self.page.press(TEXT, "Enter")
        self.wait_state(count, state)
        return self.page.locator(".turn").nth(count)

    def wait_state(self, place: int, state: str) -> None:
        self.page.wait_for_function(
            "([place, state]) => document.querySelectorAll('.turn')[place]?.dataset.state === state", arg=[place, state]
        )


def until(page: Page, done: Callable[[], bool]) -> None:
    """Wait for it, at most 20 seconds. The page continues meanwhile."""
    limit = time.monotonic() + 20
    while not done():
        assert time.monotonic() < limit
        page.wait_for_timeout(50)


def focused(page: Page) -> str:
    """The id of the focused element, or of the nearest one around it that has an id."""
    return str(page.evaluate("document.activeElement.closest('[id]').id"))
