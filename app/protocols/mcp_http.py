"""Serves MCP over streamable HTTP at `POST /mcp`: no sessions, each reply one JSON object.

Hosts are checked by `app.web.door`, like those of all requests, and bodies limited by `app.web.bodies`. Pages of other
origins cannot call it: its content type needs their browser's leave, which no response gives.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.web.bodies import MAX_BODY

PATH = "/mcp"


class _Endpoint:
    """The server as an ASGI app, which answers while it is running."""

    def __init__(self, server: MCPServer) -> None:
        self._server = server

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer requests until the block ends; it may be entered again later."""
        self._server.streamable_http_app(
            json_response=True,
            stateless_http=True,
            max_request_body_size=MAX_BODY,
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        async with self._server.session_manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        await self._server.session_manager.handle_request(scope, receive, send)


def install(app: FastAPI, server: MCPServer) -> None:
    """Add the route to an app; it answers while the app's lifespan runs."""
    endpoint = _Endpoint(server)
    # By GET a client would listen to messages of the server, of which there are none: 405 tells it so.
    app.router.routes.append(Route(PATH, endpoint, methods=["POST"], include_in_schema=False))
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(running: Any) -> AsyncIterator[Any]:
        async with endpoint.running(), inner(running) as state:
            yield state

    app.router.lifespan_context = lifespan
