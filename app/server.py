"""One process: the API, its documentation and the chat."""

from __future__ import annotations

import contextlib
import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence

import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from app import api, records, tracing
from app.answer import Answerer
from app.apidocs import docs_page
from app.chat.page import mount_chat
from app.examples import examples_for
from app.verify import Verifier
from ingest.settings import Settings, SettingsError

DESCRIPTION = (
    "Answers questions from a podcast archive. Every sentence names the episode, the speaker and the second. "
    "Times are seconds."
)


def create_app(answerer: Answerer, settings: Settings, examples: Sequence[str]) -> FastAPI:
    """The whole web app; the chat is at `/`, the API under `/api`, its documentation at `/docs`."""
    app = FastAPI(title="Citecast", description=DESCRIPTION, version="1", docs_url=None, redoc_url=None)
    verifier = Verifier(answerer)
    api.install(app, answerer, verifier, settings)

    @app.get("/docs", include_in_schema=False, response_class=HTMLResponse)
    async def docs() -> str:
        return docs_page(app.openapi())

    return mount_chat(app, answerer, verifier, examples, path="/", workers=settings.workers)


def run(answerer: Answerer, settings: Settings, say: Callable[[str], None], open_page: bool = False) -> None:
    """Serve until stopped; `say` hears the address once it answers. Raises `SettingsError` where it cannot listen."""
    listener = _listen(settings.host, settings.port)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # where it listens -> where it is
    url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}/"
    app = create_app(answerer, settings, examples_for(answerer))
    # From here on: the examples that were tried are nobody's questions.
    records.to_stderr()
    tracing.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=3))

    def announce() -> None:
        while not server.started and not server.should_exit:
            threading.Event().wait(0.05)
        if server.started:
            say(url)
            if open_page:
                with contextlib.suppress(webbrowser.Error):
                    webbrowser.open(url)

    threading.Thread(target=announce, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


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
