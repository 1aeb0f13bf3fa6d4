"""One process: the API, its documentation and the chat."""

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
from fastapi.responses import HTMLResponse
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from app.answering.examples import examples_for
from app.answering.pipeline import Answerer
from app.chat.page import mount_chat
from app.observe import answer_log as records
from app.observe import log_filter as quiet
from app.observe import tracing
from app.verification.verifier import Verifier
from app.web import api
from app.web.apidocs import docs_page
from app.web.door import Door
from app.web.serving import WebServer
from ingest.settings import Settings, SettingsError

DESCRIPTION = (
    "Answers questions from a podcast archive. Every sentence names the episode, the speaker and the second. "
    "Times are seconds."
)


class Site(FastAPI):
    """An app with a door around all that it answers, its own errors included."""

    def __init__(self, settings: Settings, **more: Any) -> None:
        super().__init__(**more)
        self._settings = settings
        self._own: tuple[BaseRoute, ...] = ()

    def hold_methods(self) -> None:
        """Refuse wrong methods of the routes there are now, which would go on to what is mounted behind them."""
        self._own = tuple(self.routes)

    def build_middleware_stack(self) -> ASGIApp:
        """As FastAPI does, with the door in front."""
        return Door(super().build_middleware_stack(), self._settings, self._own)


def create_app(answerer: Answerer, verifier: Verifier, settings: Settings, examples: Sequence[str]) -> FastAPI:
    """The whole web app; the chat is at `/`, the API under `/api`, its documentation at `/docs`."""
    app = Site(settings, title="Citecast", description=DESCRIPTION, version="1", docs_url=None, redoc_url=None)
    api.install(app, answerer, verifier, settings)

    @app.get("/docs", include_in_schema=False, response_class=HTMLResponse)
    async def docs() -> str:
        return docs_page(app.openapi())

    app.hold_methods()
    return mount_chat(
        app, answerer, verifier, examples, path="/", workers=settings.workers, root_path=settings.root_path
    )


def run(answerer: Answerer, settings: Settings, say: Callable[[str], None], open_page: bool = False) -> None:
    """Serve until stopped; `say` hears the address once it answers. Raises `SettingsError` where it cannot listen."""
    listener = _listen(settings.host, settings.port)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # where it listens -> where it is
    url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}/"
    app = create_app(answerer, Verifier(answerer.archive), settings, examples_for(answerer))
    # From here on: the examples that were tried are nobody's questions.
    records.to_stderr()
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
    # The index is there until the end: to look through its millions of objects for garbage, again and again and
    # once more at the exit, takes seconds and finds none.
    gc.collect()
    gc.freeze()
    # At the exit the workers' threads have ended: nothing is asked of the store any more.
    atexit.register(answerer.close)
    server.run()


def most_connections(asked: int) -> int:
    """So many connections that half of the files which the process may open are left to everything else."""
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
    except (OSError, TypeError, UnicodeError) as error:  # the last two: a host that cannot be a name
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(
            f"cannot listen on {host!r}, port {port}: {reason}. Give another port: "
            "`citecast serve --port 0` takes a free one"
        ) from error
    return listener
