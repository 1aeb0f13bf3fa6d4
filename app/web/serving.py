"""Runs the HTTP server granian inside this process, so that there is one model in memory.

granian itself closes connections with an unfinished header and idle ones (`IDLE_SECONDS`), and limits their number.
The kernel closes connections whose client does not read the response (`UNREAD_SECONDS`). `app.web.bodies` and
`app.web.door` limit the rest. Nothing here depends on what is served.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import threading
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.net import SocketHolder
from granian.server.embed import Server
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Longer than the five seconds for which HTTP libraries keep a connection for reuse: it must not be closed
# while a request is on its way.
IDLE_SECONDS = 7
# How long the kernel keeps data that a client does not acknowledge.
UNREAD_SECONDS = 10
# When the server stops: time for running requests to end by themselves, then time after they are cancelled.
GRACE_SECONDS, END_SECONDS = 1.0, 0.5
_BACKLOG = 1024
# hyper's minimum; a request's header must fit in.
_BUFFER = 64 * 1024
_HTTP1 = HTTP1Settings(header_read_timeout=IDLE_SECONDS * 1000, max_buffer_size=_BUFFER)
# granian warns that it is embedded, and whenever a client has gone.
_QUIET: dict[str, Any] = {"loggers": {"_granian": {"handlers": []}}}

log = logging.getLogger("citecast.server")


class WebServer:
    """Serves one ASGI app on a bound socket. It can run in any thread and be stopped from any."""

    def __init__(self, app: ASGIApp, listener: socket.socket, connections: int) -> None:
        """At most `connections` at the same time; more wait in the kernel."""
        self.started = threading.Event()
        self._app, self._listener, self._connections = app, listener, connections
        self._under_way: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None

    def run(self) -> None:
        """Serve until stopped; in the main thread also by SIGINT or SIGTERM."""
        asyncio.run(self._serve())

    def stop(self) -> None:
        """Accept no more requests, and end within some seconds."""
        if self._loop and self._stopping:
            with contextlib.suppress(RuntimeError):  # it has ended meanwhile
                self._loop.call_soon_threadsafe(self._stopping.set)

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        # From here on, connections are accepted; they wait in the kernel until the server is ready.
        self._listener.listen(_BACKLOG)
        server = _Granian(self._app_until_stopped, self._listener, self._connections)
        with _signals(self.stop):
            serving = asyncio.create_task(server.serve())
            stopping = asyncio.create_task(self._stopping.wait())
            await asyncio.sleep(0)
            self.started.set()
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            server.stop()
            await self._end(serving)

    async def _end(self, serving: asyncio.Task[None]) -> None:
        for seconds in (GRACE_SECONDS, END_SECONDS):
            if (await asyncio.wait({serving}, timeout=seconds))[0]:
                return serving.result()
            for task in self._under_way:
                task.cancel()
        return None

    async def _app_until_stopped(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the app; an error in it ends only its own request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Gradio's compression does not support the extension with which a server sends files itself.
        scope = {**scope, "extensions": {}}
        task = asyncio.current_task()
        assert task is not None
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        self._under_way.add(task)
        receiver = _Receiver(receive)
        try:
            await self._app(scope, receiver, sent)
        except asyncio.CancelledError:
            log.debug("a request was cut off at the end")
        except Exception:
            # The app logs an error that it answers itself.
            if not begun:
                log.exception("a request failed")
                await PlainTextResponse("Internal Server Error", 500)(scope, receive, send)
        finally:
            receiver.close()
            self._under_way.discard(task)


class _Receiver:
    """Waits for the next message in one task, shared by all readers.

    Starlette and Gradio both watch for a disconnect and cancel their wait; granian would take a cancelled wait
    for a disconnect, and report it to the other reader.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._waiting: asyncio.Task[Message] | None = None

    async def __call__(self) -> Message:
        if self._waiting is None:
            self._waiting = asyncio.ensure_future(self._next())
        waiting = self._waiting
        message = await asyncio.shield(waiting)
        if self._waiting is waiting and message["type"] != "http.disconnect":
            self._waiting = None
        return message

    async def _next(self) -> Message:
        return await self._receive()

    def close(self) -> None:
        """Wait no longer."""
        if self._waiting:
            self._waiting.cancel()


class _Granian(Server):  # type: ignore[misc]
    """granian's embedded server on an already bound socket."""

    def __init__(self, app: Any, listener: socket.socket, connections: int) -> None:
        super().__init__(
            app,
            interface=Interfaces.ASGI,
            http=HTTPModes.http1,
            websockets=False,
            backlog=_BACKLOG,
            backpressure=connections,
            http1_settings=_HTTP1,
            log_level=LogLevels.error,
            log_dictconfig=_QUIET,
        )
        self._listener = listener

    def _init_shared_socket(self) -> None:
        # Accepted connections inherit the listening socket's options.
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000)
        self._shd = SocketHolder(self._listener.detach(), False, _BACKLOG)  # it is closed there


@contextlib.contextmanager
def _signals(stop: Any) -> Any:
    """In the main thread, let SIGINT and SIGTERM stop it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: stop()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
