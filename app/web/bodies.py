"""Limits the size and the time of request bodies, on every route.

A body is read before the request is handled, so a body that never ends occupies only a connection.
"""

from __future__ import annotations

import asyncio

from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 64 * 1024
# OpenAI's clients send a whole conversation again, with its answers of some 3 kB, for each question.
MAX_CONVERSATION = 256 * 1024
_CONVERSATIONS = "/v1/chat/completions"
# For a whole body: enough for 64 kB on the slowest mobile networks.
BODY_SECONDS = 10.0


class BodyLimit:
    """Refuses request bodies that have too many bytes, announced or not, or take too long."""

    def __init__(self, app: ASGIApp, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._seconds = min(seconds, BODY_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = MAX_CONVERSATION if scope["path"].endswith(_CONVERSATIONS) else MAX_BODY
        try:
            body = await asyncio.wait_for(read_body(receive, most), self._seconds)
        except TimeoutError:
            response = JSONResponse({"detail": f"the request took over {self._seconds:g} seconds to arrive"}, 408)
            await response(scope, receive, send)
            return
        if body is None:  # the client has gone or sent no proper body; in the second case it gets this answer
            await JSONResponse({"detail": "the request broke off"}, 400)(scope, receive, send)
            return
        if len(body) > most:
            response = JSONResponse({"detail": f"the request is over {most:,} bytes"}, 413)
            await response(scope, receive, send)
            return
        await self._app(scope, replayed(body, receive), send)


async def read_body(receive: Receive, most: int = MAX_BODY) -> bytes | None:
    """A request's body, read up to just over `most` bytes; None if it does not come to its end."""
    body = b""
    more = True
    while more and len(body) <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def replayed(body: bytes, receive: Receive) -> Receive:
    """A receive function that returns the body again, then later messages."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return messages.pop() if messages else await receive()

    return next_message
