"""Decides which pages of other origins may use the server: the setting `origins`, for `app.web.door`.

One list decides on everything: who may read answers (CORS), who may send requests that do work, and who may show our
pages in a frame (`frame-ancestors`). The server's own pages always may. Cookies are never involved: there are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from ingest.models import Player

ANY = "*"
# For pages that bring no policy of their own.
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'"
_READING = ("GET", "HEAD", "OPTIONS")
_METHODS = "GET, POST, DELETE"
# Of the response's headers, scripts of other origins see only a few and these.
_EXPOSED = "Retry-After, Mcp-Session-Id"
# Seconds for which a browser may keep the answer to a preflight.
_KEPT = "600"
_NAMES = re.compile(r"[\w-]+(?: *, *[\w-]+)*")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


# Kind and origin of what plays recordings in our pages, after a click (`index.opened.Catalog.players`).
Players = Iterable[tuple[Player, str]]


def player_sources(players: Players, *frames: str) -> tuple[str, str]:
    """The directives of a content security policy for players, and for other `frames`."""
    allowed = {Player.FRAME: [*frames], Player.AUDIO: []}
    for kind, origin in players:
        allowed[kind].append(origin)
    framed, heard = (" ".join(allowed[kind]) or "'none'" for kind in (Player.FRAME, Player.AUDIO))
    return f"frame-src {framed}", f"media-src {heard}"


class Origins:
    """The origins of one server; `listed` as `ingest.checks.origins` returns them."""

    def __init__(self, listed: tuple[str, ...]) -> None:
        self._any = ANY in listed
        self._listed = frozenset(listed)
        below = (origin.split("*", 1) for origin in listed if "://*." in origin)
        self._below = [re.compile(rf"{re.escape(scheme)}[a-z0-9_.-]+{re.escape(end)}") for scheme, end in below]
        # A policy cannot name IPv6 addresses; browsers would ignore them.
        named = [ANY] if self._any else ["'self'", *(origin for origin in listed if "[" not in origin)]
        self._ancestors = f"frame-ancestors {' '.join(named)}"

    def allow(self, origin: str) -> bool:
        """Whether pages of this origin, as a browser sends it, are listed. `null` never is."""
        if not origin or origin == "null":
            return False
        return self._any or origin in self._listed or any(known.fullmatch(origin) for known in self._below)

    def refusal(self, scope: Scope) -> Response | None:
        """The answer to a preflight, or the refusal of work for a page of a foreign origin; None to go on."""
        headers = Headers(scope=scope)
        origin = _origin(headers)
        if not origin or self.allow(origin):
            return Response(status_code=204) if origin and _preflight(scope, headers) else None
        if scope["method"] in _READING or _own(origin, scope, headers):
            return None
        return JSONResponse({"detail": _foreign(origin)}, 403)

    def carry(self, scope: Scope, headers: MutableHeaders) -> None:
        """Set what a response says of other origins, in place of what the app says (Gradio has rules of its own)."""
        for name in [name for name in headers if name.lower().startswith("access-control-")]:
            del headers[name]
        if "origin" not in headers.get("vary", "").lower():
            headers.add_vary_header("Origin")
        headers.update(self._permission(scope))
        if headers.get("content-type", "").startswith("text/html"):
            policy = headers.get("content-security-policy", _NOTHING)
            headers["Content-Security-Policy"] = f"{policy}; {self._ancestors}"
            if not self._listed:
                headers["X-Frame-Options"] = "SAMEORIGIN"

    def _permission(self, scope: Scope) -> dict[str, str]:
        """The CORS headers of a response; a preflight of a listed origin may send the headers that it names."""
        asked = Headers(scope=scope)
        origin = _origin(asked)
        if not self.allow(origin):
            return {}
        permission = {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED}
        if _preflight(scope, asked):
            permission |= {"Access-Control-Allow-Methods": _METHODS, "Access-Control-Max-Age": _KEPT}
            if _NAMES.fullmatch(names := asked.get("access-control-request-headers", "")):
                permission["Access-Control-Allow-Headers"] = names
        return permission


def _origin(headers: Headers) -> str:
    """Whose page sends the request; empty if no page of another origin does. Two are as good as an unknown one."""
    named = headers.getlist("origin")
    return named[0] if len(named) == 1 else "null" if named else ""


def _preflight(scope: Scope, headers: Headers) -> bool:
    return scope["method"] == "OPTIONS" and "access-control-request-method" in headers


def _own(origin: str, scope: Scope, headers: Headers) -> bool:
    """Whether a request comes from a page of this server.

    The browser says so, except to servers without TLS; then the names are compared, without the scheme, which a proxy
    may have changed.
    """
    if headers.get("sec-fetch-site") == "same-origin":
        return True
    scheme, _, name = origin.partition("://")
    port = _DEFAULT_PORTS.get(scheme, "")
    return bool(name) and name.removesuffix(port) == headers.get("host", "").strip().lower().removesuffix(port)


def _foreign(origin: str) -> str:
    return (
        f"this server takes no requests from pages at {origin[:100]!r}; whoever runs it can add the origin to its "
        "setting `origins` (CITECAST_ORIGINS)"
    )
