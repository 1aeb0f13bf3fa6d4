"""Answers every fault under `/v1/` in OpenAI's form, which its clients turn into their exceptions.

    {"detail": …} of any layer -> {"error": {"message", "type", "param", "code"}}

A 422 becomes a 400, as OpenAI's server has it. Nothing here depends on what is asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX = "/v1/"
# Type and code of an error, by its status; others by their class.
_KINDS: Mapping[int, tuple[str, str | None]] = {
    401: ("authentication_error", "invalid_api_key"),
    403: ("permission_error", None),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    503: ("server_error", "overloaded"),
    504: ("server_error", "timeout"),
}


class ErrorModel(BaseModel):
    """What is wrong: `type` and `code` for programs, `param` names the field."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorReply(BaseModel):
    """An error in OpenAI's form."""

    error: ErrorModel


class ChatFault(Exception):
    """A request of the OpenAI protocol that cannot be served."""

    def __init__(self, status: int, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.reply = reply_of(status, message, param, code)


def reply_of(status: int, message: str, param: str | None = None, code: str | None = None) -> ErrorReply:
    """The error of a status."""
    kind, usual = _KINDS.get(status, ("invalid_request_error" if status < 500 else "server_error", None))
    return ErrorReply(error=ErrorModel(message=message, type=kind, param=param, code=code or usual))


async def refused(_: Request, error: Exception) -> JSONResponse:
    """The response to a `ChatFault`."""
    assert isinstance(error, ChatFault)
    return JSONResponse(error.reply.model_dump(), error.status)


class OpenAIErrors:
    """ASGI middleware around a whole app; `root_path` is the prefix under which a proxy shows it."""

    def __init__(self, app: ASGIApp, root_path: str = "") -> None:
        self._app, self._root = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        # The response to a HEAD has no body.
        told = scope["type"] == "http" and scope["method"] != "HEAD"
        if told and scope["path"].removeprefix(self._root).startswith(PREFIX):
            send = _Translated(f"{scope['method']} {scope['path']}", send).send
        await self._app(scope, receive, send)


class _Translated:
    """A response on its way to the client; that of an error is held until it is whole."""

    def __init__(self, called: str, send: Send) -> None:
        self._called, self._send = called, send
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= 400:
            self._start = message
        elif self._start is None:
            await self._send(message)
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        status = 400 if start["status"] == 422 else start["status"]
        body = json.dumps(_translated(status, self._body, self._called), ensure_ascii=False).encode()
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["content-type"], headers["content-length"] = "application/json", str(len(body))
        await self._send({**start, "status": status, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})


def _translated(status: int, body: bytes, called: str) -> Any:
    try:
        found = json.loads(body)
    except ValueError:  # an unknown address, for example
        found = None
    if isinstance(found, dict) and "error" in found:
        return found
    detail = found.get("detail") if isinstance(found, dict) else None
    if isinstance(detail, list) and detail:
        places = [".".join(str(part) for part in fault["loc"][1:]) for fault in detail]
        said = "; ".join(f"{place or 'body'}: {fault['msg']}" for place, fault in zip(places, detail, strict=True))
        return reply_of(status, said, places[0] or None).model_dump()
    if status == 404 and detail in (None, "Not Found"):
        return reply_of(status, f"unknown address: {called}", code="unknown_url").model_dump()
    return reply_of(status, str(detail or "something went wrong")).model_dump()
