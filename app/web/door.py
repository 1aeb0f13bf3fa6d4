"""Applies rules to every request and response of the web app, as its outermost layer.

1. The Host header must name the server (`app.web.hosts`); others get 421.
2. The path is read under a proxy's prefix (`root_path`), whether or not the proxy removed it.
3. A HEAD is answered like the GET, without a body; a wrong method of a known path with 405.
4. Pages of other origins may use the server only if they are listed (`app.web.origins`); others get no CORS header, and
   403 for a request that does work.
5. The request is known as a visitor's (`app.web.visitors`) from here on; nobody may have too many open at once.
6. Every response has the same plain headers, and every page a policy that says who may frame it.
7. A client that reads too slowly is disconnected, and so are all clients when the server stops.

Nothing here depends on what is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.hosts import Hosts, Proxies
from app.web.origins import Origins
from app.web.visitors import Shares, Visitors
from ingest.settings import Settings

# Services of recordings need the origin as referrer: without one, some players refuse to play.
PLAIN_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin"}
# Seconds that sending one piece of a response may take.
SEND_SECONDS = 20.0
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Door:
    """ASGI middleware around a whole app."""

    def __init__(self, app: ASGIApp, settings: Settings, routes: Sequence[BaseRoute] = ()) -> None:
        """Methods are checked for `routes` only; the rest of the app checks its own."""
        self._app = app
        self._hosts, self._proxies = Hosts.of(settings), Proxies(settings.trusted_proxies)
        self._origins = Origins(settings.origins)
        self._visitors = Visitors(settings.keys)
        # A quarter of the connections; a page of the chat holds two.
        self._shares = Shares(max(16, settings.connections // 4) if settings.visitor_share else 0)
        self._root = settings.root_path
        self._routes = tuple(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        scope = _under(self._root, self._proxies.seen(scope))
        if head:
            scope["method"] = "GET"
        with self._shares.one(self._visitors.serve(scope)) as room:
            app = self._refusal(scope) or (self._app if room else _crowded())
            answer = _Answer(send, head, lambda headers: self._origins.carry(scope, headers))
            await answer.given_by(app(scope, receive, answer.send))

    def _refusal(self, scope: Scope) -> Response | None:
        named = Headers(scope=scope).getlist("host")
        # Without a name (the server passes it as an empty one): HTTP/1.0, which no browser uses.
        unnamed = not "".join(named).strip()
        if len(named) > 1 or (unnamed and scope["http_version"] not in ("1", "1.0")):
            return JSONResponse({"detail": "a request names its host, once"}, 400)
        if not unnamed and not self._hosts.know(named[0]):
            return JSONResponse({"detail": _unknown(named[0])}, 421)
        if refused := self._origins.refusal(scope):
            return refused
        allowed = [] if self._match(scope, scope["method"]) else [m for m in _METHODS if self._match(scope, m)]
        if allowed:
            also_head = ["HEAD"] if "GET" in allowed else []
            return JSONResponse({"detail": "method not allowed"}, 405, {"Allow": ", ".join(allowed + also_head)})
        return None

    def _match(self, scope: Scope, method: str) -> bool:
        return any(route.matches({**scope, "method": method})[0] is Match.FULL for route in self._routes)


class _Answer:
    """One response on its way to the client."""

    def __init__(self, send: Send, head: bool, carry: Callable[[MutableHeaders], None]) -> None:
        self._send, self._head, self._carry = send, head, carry
        self._giving: asyncio.Future[None] | None = None
        self._left = False

    async def given_by(self, giving: Awaitable[None]) -> None:
        """Run the app until the response is complete or the client has gone."""
        # In its own task, which can be cancelled without cancelling the caller.
        self._giving = asyncio.ensure_future(giving)
        try:
            await self._giving
        except asyncio.CancelledError:
            if not self._left:
                raise

    async def send(self, message: Message) -> None:
        """Send a part of the response, with the headers of every response."""
        if self._left:
            await asyncio.sleep(0)  # lets the cancellation reach an app that does nothing but send
            return
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(PLAIN_HEADERS)
            self._carry(headers)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send(message)
                if self._head and message["type"] == "http.response.start":
                    await self._send({"type": "http.response.body", "body": b""})
                    self._leave()
        except TimeoutError:
            self._leave()

    def _leave(self) -> None:
        self._left = True
        if self._giving:
            self._giving.cancel()


def _under(root: str, scope: Scope) -> Scope:
    """The request with its whole path, as if no proxy had removed the prefix."""
    if not root:
        return scope
    path, raw = scope["path"], scope.get("raw_path") or b""
    if path != root and not path.startswith(f"{root}/"):
        path, raw = root + path, root.encode() + raw
    return {**scope, "root_path": root, "path": path, "raw_path": raw}


def _crowded() -> Response:
    said = "too many of your requests are open, as many as one visitor may have at once; try again in a moment"
    return JSONResponse({"detail": said}, 429, {"Retry-After": "5"})


def _unknown(host: str) -> str:
    return (
        f"this server does not answer to the name {host[:100]!r}; whoever runs it can add the name to its setting "
        "`allowed_hosts` (CITECAST_ALLOWED_HOSTS)"
    )
