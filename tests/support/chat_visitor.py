"""Serves the chat page with fakes on a loopback port, and opens a visitor's browser, for the tests in `browser`."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from chat_fake import EXAMPLES, FakeAnswerer, FakeVerifier
from fastapi import FastAPI

from app.chat.page import mount_chat
from app.web.serving import WebServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

TEXT = "#cc-text textarea"


class Site:
    """The page on a free loopback port, in a thread."""

    def __init__(self, fake: FakeAnswerer) -> None:
        self.fake = fake
        self.verifier = FakeVerifier()
        app = FastAPI(openapi_url=None)
        mount_chat(app, cast(Any, fake), self.verifier, EXAMPLES)
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self._server = WebServer(app, self._socket, connections=256)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._server.started.wait(60)

    def stop(self) -> None:
        self.fake.release.set()
        self.verifier.release.set()
        self._server.stop()
        self._thread.join(20)


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
