"""Runs a test's servers on a loopback port."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from starlette.types import ASGIApp

from app.web.serving import WebServer


@contextmanager
def served(
    handler: type[BaseHTTPRequestHandler], kind: type[ThreadingHTTPServer] = ThreadingHTTPServer, port: int = 0
) -> Iterator[str]:
    """`HOST:PORT` where the handler answers until the block ends; port 0 takes a free one."""
    server = kind(("127.0.0.1", port), handler)
    # It looks that often whether it should end: half a second, unless told, which each test would wait for.
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def web_server(app: ASGIApp, connections: int = 50) -> Iterator[str]:
    """`http://HOST:PORT/` where our web server serves the app until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"  # the server makes the socket its own
    server = WebServer(app, listener, connections)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert server.started.wait(60)
    try:
        yield url
    finally:
        server.stop()
        thread.join(20)
