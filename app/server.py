"""Serves the API and the chat from one process."""

from __future__ import annotations

import atexit
import contextlib
import gc
import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence
from typing import Any

from fastapi import FastAPI
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from app.answering.examples import examples_for
from app.answering.pipeline import Answerer
from app.chat.page import mount_chat
from app.embed import pages
from app.embed.drawing import drawing
from app.keeping.database import Database
from app.keeping.keeper import Keeper
from app.keeping.unanswered import UnansweredHandler
from app.observe import answer_log as records
from app.observe import log_filter as quiet
from app.observe import tracing
from app.protocols import mcp_http, openai_chat
from app.protocols.mcp_tools import mcp_server
from app.protocols.openai_faults import OpenAIErrors
from app.sharing import page
from app.transcript import pages as transcripts
from app.verification.verifier import Verifier
from app.web import api
from app.web.door import Door
from app.web.serving import WebServer
from ingest.settings import Settings, SettingsError

DESCRIPTION = (
    "Answers questions from a podcast archive. Every sentence names the episode, the speaker and the second. "
    "Times are seconds."
)


class Site(FastAPI):
    """A FastAPI app with `Door` as the outermost middleware, also around error responses."""

    def __init__(self, settings: Settings, **more: Any) -> None:
        super().__init__(**more)
        self._settings = settings
        self._own: tuple[BaseRoute, ...] = ()

    def hold_methods(self) -> None:
        """Answer 405 for wrong methods of the routes so far; otherwise they would reach the mounted chat."""
        self._own = tuple(self.routes)

    def build_middleware_stack(self) -> ASGIApp:
        """The middleware of FastAPI, with the door in front."""
        door = Door(super().build_middleware_stack(), self._settings, self._own)
        return OpenAIErrors(door, self._settings.root_path)


def create_app(answerer: Answerer, verifier: Verifier, settings: Settings, examples: Sequence[str]) -> FastAPI:
    """The whole web app: the chat at `/`, the API under `/api`, OpenAI's protocol under `/v1`, MCP at `/mcp`.

    Transcripts are at `/episodes/SLUG`, the embed kit at `/embed.js`, `/embed` and `/demo`, shared answers at `/a/ID`.
    `/openapi.json` describes what has JSON, but MCP. Raises `StateError` if the file of shared answers cannot be used.
    """
    keeper = Keeper(Database(settings.data), settings, lambda: answerer.archive.index, answerer.metrics)
    keeper.start()
    app = Site(settings, title="Citecast", description=DESCRIPTION, version="1", docs_url=None, redoc_url=None)
    workers = api.install(app, answerer, verifier, settings, drawing(answerer, keeper))
    openai_chat.install(app, answerer, workers)
    mcp_http.install(app, mcp_server(answerer, verifier, workers))
    transcripts.install(app, answerer, workers)
    pages.install(app, settings, examples, lambda: answerer.catalog.players)
    page.install(app, answerer, keeper, workers, settings)
    app.hold_methods()
    return mount_chat(app, answerer, verifier, examples, workers, path="/", root_path=settings.root_path, keeper=keeper)


def run(answerer: Answerer, settings: Settings, say: Callable[[str], None], open_page: bool = False) -> None:
    """Serve until stopped; call `say` with the address when ready. Raises `SettingsError` if it cannot listen."""
    listener = _listen(settings.host, settings.port)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # for a browser
    url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}/"
    app = create_app(answerer, Verifier(answerer.archive), settings, examples_for(answerer))
    # Only from here on: the example questions tried before are not visitors' questions.
    records.to_stderr()
    records.log.addHandler(UnansweredHandler(Database(settings.data)))
    tracing.listen()
    quiet.to_stderr()
    server = WebServer(app, listener, most_connections(settings.connections))

    def announce() -> None:
        server.started.wait()
        say(url)
        if open_page:
            with contextlib.suppress(webbrowser.Error):
                webbrowser.open(url)

    threading.Thread(target=announce, daemon=True).start()
    # The index stays until the end, so its millions of objects are excluded from garbage collection, which would
    # take seconds each time and find nothing.
    gc.collect()
    gc.freeze()
    # At the exit the workers' threads have ended, so nothing uses the store any more.
    atexit.register(answerer.close)
    server.run()


def most_connections(asked: int) -> int:
    """The number of connections, at most half of the files that the process may open."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return asked
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return asked if soft == resource.RLIM_INFINITY else max(1, min(asked, soft // 2))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, TypeError, UnicodeError) as error:  # the last two: an invalid host name
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(
            f"cannot listen on {host!r}, port {port}: {reason}. Give another port: "
            "`citecast serve --port 0` takes a free one"
        ) from error
    return listener
