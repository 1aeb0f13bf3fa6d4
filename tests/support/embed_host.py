"""Serves pages of a site that embeds the chat, at origins of their own, and the server that they embed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, cast

import httpx
from chat_fake import EXAMPLES, FakeAnswerer, FakeVerifier
from fakes import settings_for
from http_fake import served, web_server

from app.server import create_app

# What docs/embed.md asks for, and nothing else. Trusted Types are the strictest that a page can be.
POLICY = (
    "default-src 'none'; script-src {server}; connect-src {server}; "
    "frame-src https://www.youtube-nocookie.com {server}; "
    "require-trusted-types-for 'script'; trusted-types citecast"
)
HEAD = '<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>Site</title>'


@dataclass
class Hosting:
    """The embedded server at `server`, and one site under two names: only `listed` is in the server's setting.

    What visitors have stored is in `folder`.
    """

    server: str
    listed: str
    stranger: str
    fake: FakeAnswerer
    folder: Path
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)

    def page(self, body: str, *, strict: bool = False) -> str:
        """The path of a page with this body; a `strict` one has the policy of the documents."""
        policy = POLICY.format(server=self.server.rstrip("/")) if strict else ""
        path = f"/{len(self.pages)}"
        script = f'<script src="{self.server}embed.js" defer></script>'
        self.pages[path] = (f"{HEAD}{script}</head><body><main><h1>Site</h1>{body}</main></body></html>", policy)
        return path


@contextmanager
def hosting(model: str = "qwen2.5-1.5b") -> Iterator[Hosting]:
    """Both servers, until the block ends; `/demo` of the site is the server's page as a file."""
    pages: dict[str, tuple[str, str]] = {}

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            html, policy = pages.get(self.path, ("", ""))
            self.send_response(200 if html else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with served(Site) as site, tempfile.TemporaryDirectory() as folder:
        fake, listed = FakeAnswerer(model=model), f"http://{site}"
        settings = settings_for(Path(folder), origins=listed)
        app = create_app(cast(Any, fake), cast(Any, FakeVerifier()), settings, EXAMPLES)
        with web_server(app, connections=256) as server:
            pages["/demo"] = (httpx.get(f"{server}demo").text, "")
            yield Hosting(server, listed, listed.replace("127.0.0.1", "localhost"), fake, Path(folder), pages)
            fake.release.set()
