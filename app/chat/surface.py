"""The door in front of Gradio: lets through what the chat page needs and nothing else.

A Gradio app answers on dozens of addresses: uploads to its disk, a proxy, run history,
deep links, API pages. The chat uses a handful. All others are "not found" here, request
bodies are bounded, and pages carry a content security policy, so that even markup which slipped
through the escaping could load nothing from elsewhere. Who may put the page into a frame
is not decided here: the community site embeds it.
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PLAYER = "https://www.youtube-nocookie.com"
# A question and four boxes of filters, or a statement; a conversation is never sent back.
MAX_BODY = 64 * 1024

_GET = re.compile(
    r"/|/config/?|/theme\.css|/favicon\.ico|/robots\.txt|/manifest\.json|/pwa_icon(?:/\d+)?"
    r"|/(?:assets|static|svelte)/.+"
    r"|/gradio_api/(?:app_id/?|startup-events|theme\.css|heartbeat/\w+|queue/data)"
)
_POST = re.compile(r"/gradio_api/(?:queue/join/?|run/\w+/?|cancel|reset/?)")

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
    """ASGI middleware around the mounted Gradio app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if (refused := _refusal(scope)) is not None:
            await refused(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _protect(MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, guarded)


def _refusal(scope: Scope) -> PlainTextResponse | None:
    path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
    if scope["method"] in ("GET", "HEAD"):
        return None if _GET.fullmatch(path) else PlainTextResponse("Not found", 404)
    if scope["method"] != "POST" or not _POST.fullmatch(path):
        return PlainTextResponse("Not found", 404)
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
