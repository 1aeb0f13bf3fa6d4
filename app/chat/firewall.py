"""The door in front of Gradio: lets through what the chat page needs and nothing else.

A Gradio app answers on dozens of addresses: uploads to its disk, a proxy, run history,
deep links, API pages. The chat uses a handful. All others are "not found" here, request
bodies are bounded, and pages carry a content security policy, so that even markup which slipped
through the escaping could load nothing from elsewhere. Who may put the page into a frame
is not decided here: the community site embeds it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.bodies import MAX_BODY, read_body, replayed

PLAYER = "https://www.youtube-nocookie.com"

log = logging.getLogger("citecast.chat")

_GET = re.compile(
    r"/|/config/?|/theme\.css|/favicon\.ico|/robots\.txt|/manifest\.json|/pwa_icon(?:/\d+)?"
    r"|/(?:assets|static|svelte)/.+"
    r"|/gradio_api/(?:app_id/?|startup-events|theme\.css|heartbeat/\w+|queue/data)"
)
_POST = re.compile(r"/gradio_api/(?:queue/join/?|run/\w+/?|cancel|reset/?)")
_CALLS = re.compile(r"/gradio_api/(?:queue/join|run/\w+)/?")
_STREAM = "/gradio_api/queue/data"

# Gradio compiles its templates in the browser, hence 'unsafe-eval'.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        f"frame-src {PLAYER}",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)


class Surface:
    """ASGI middleware around the mounted Gradio app.

    `check` says what is wrong with the body of a call, and `open_session` whether events wait for a session:
    Gradio answers both with a 500 and a page of its own code in the log.
    """

    def __init__(self, app: ASGIApp, check: Callable[[bytes], str], open_session: Callable[[str], bool]) -> None:
        self._app = app
        self._check = check
        self._open_session = open_session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = _path(scope)
        refused = _refusal(scope, path)
        if refused is None and path == _STREAM and not self._known(scope):
            refused = PlainTextResponse("There is no such session", 404)
        if refused is None and scope["method"] == "POST" and _CALLS.fullmatch(path):
            body = await read_body(receive)
            if body is None:
                return
            receive = replayed(body, receive)
            if fault := self._check(body):
                refused = PlainTextResponse(fault, 422)
        if refused is not None:
            await refused(scope, receive, send)
            return
        await self._pass(scope, path, receive, send)

    def _known(self, scope: Scope) -> bool:
        return self._open_session(QueryParams(scope["query_string"]).get("session_hash", ""))

    async def _pass(self, scope: Scope, path: str, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _protect(MutableHeaders(scope=message))
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception as error:
            if path != _STREAM:
                raise
            # Two streams of one session: the one that ends first takes the other's events away.
            log.warning("a stream of events ended early: %s", type(error).__name__)


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def _refusal(scope: Scope, path: str) -> PlainTextResponse | None:
    allowed = [*(("GET", "HEAD") if _GET.fullmatch(path) else ()), *(("POST",) if _POST.fullmatch(path) else ())]
    if not allowed:
        return PlainTextResponse("Not found", 404)
    if scope["method"] not in allowed:
        return PlainTextResponse("Method not allowed", 405, {"Allow": ", ".join(allowed)})
    if scope["method"] != "POST":
        return None
    length = Headers(scope=scope).get("content-length", "")
    # Browsers name the length; a body of unknown length is not read at all.
    if not length.isdigit():
        return PlainTextResponse("Length required", 411)
    return PlainTextResponse("Too large", 413) if int(length) > MAX_BODY else None


def _protect(headers: MutableHeaders) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    if headers.get("content-type", "").startswith("text/html"):
        headers["Content-Security-Policy"] = POLICY
        headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
