"""Refuses requests that a page of another site makes a visitor's browser send, on routes that store something.

Browsers say where a request comes from, in `Sec-Fetch-Site` and `Origin`; a page cannot change either. Programs that
are no browsers send neither, and act for nobody else.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import HTTPException, Request

_OWN = ("", "same-origin", "none")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def nobody(origin: str) -> bool:
    """Allow no other origin."""
    return False


def own_pages(allow: Callable[[str], bool] = nobody) -> Callable[[Request], None]:
    """A dependency of routes: passes requests of this server's pages, and of pages whose origin `allow` accepts."""

    def check(request: Request) -> None:
        origins = request.headers.getlist("origin")
        site = request.headers.get("sec-fetch-site", "")
        if len(origins) == 1 and allow(origins[0]):
            return
        # Between http and https a proxy may stand, so names and ports are compared, and not the scheme.
        if site in _OWN and (not origins or (len(origins) == 1 and _same(origins[0], request.headers.get("host", "")))):
            return
        raise HTTPException(403, "pages of other sites cannot store anything here")

    return check


def _same(origin: str, host: str) -> bool:
    scheme, _, name = origin.partition("://")
    port = _DEFAULT_PORTS.get(scheme, "")
    return bool(name) and name.removesuffix(port) == host.strip().lower().removesuffix(port)
