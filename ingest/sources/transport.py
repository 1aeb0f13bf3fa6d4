"""Connects for `ingest.sources.fetch`: to checked addresses, until a deadline.

The name of a host is looked up here and the connection goes to the address that was checked, so a name server that
answers otherwise a second time changes nothing. Host header, SNI and certificate are still those of the name.
The lookup itself has the time limits of the operating system.
"""

from __future__ import annotations

import socket
import ssl
import time
import urllib.request
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import httpcore
import httpx

from ingest.sources.addresses import not_public
from ingest.sources.urls import on_this_machine

_CONNECT_S = 10.0


class PrivateAddress(Exception):
    """The host's address is not one of the public internet; the message is `ADDRESS (kind)`."""


class TooSlow(Exception):
    """The deadline has passed."""


class Deadline:
    """A moment after which nothing is waited for."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, most: float | None = None) -> float:
        """The seconds that are left, at most `most`; raises `TooSlow` if there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TooSlow
        return left if most is None else min(left, most)


class Transport(httpx.BaseTransport):
    """Sends httpx's requests, each over a connection of its own."""

    def __init__(self, deadline: Deadline, allow_private: bool) -> None:
        self._backend = _Backend(deadline, allow_private)
        # A proxy would look the name up and connect in our place, so it is used where nothing has to be checked.
        self._proxied = allow_private

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the response holds the connection until it is closed."""
        url = request.url
        pool = self._pool(url)
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        try:
            answer = pool.handle_request(httpcore.Request(request.method, target, headers=request.headers.raw))
        except BaseException:
            pool.close()
            raise
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer, pool))

    def _pool(self, url: httpx.URL) -> httpcore.ConnectionPool:
        options: dict[str, Any] = {"network_backend": self._backend, "max_connections": 1}
        if url.scheme == "https":
            options["ssl_context"] = _ssl_context()
        proxy = proxy_of(url) if self._proxied else ""
        if not proxy:
            return httpcore.ConnectionPool(**options)
        given = httpx.Proxy(proxy)
        place = httpcore.URL(scheme=given.url.raw_scheme, host=given.url.raw_host, port=given.url.port, target=b"/")
        return httpcore.HTTPProxy(place, proxy_auth=given.raw_auth, **options)


def proxy_of(url: httpx.URL) -> str:
    """The HTTP proxy that the environment names for an address; "" for none."""
    found = urllib.request.getproxies().get(url.scheme, "")
    if not found.startswith(("http://", "https://")) or on_this_machine(str(url)):
        return ""
    return "" if urllib.request.proxy_bypass(url.host) else found


@cache
def _ssl_context() -> ssl.SSLContext:
    """The certificates that are trusted; reading them takes 20 ms."""
    return httpx.create_ssl_context()


class _Body(httpx.SyncByteStream):
    """The bytes of a response as they come."""

    def __init__(self, answer: httpcore.Response, pool: httpcore.ConnectionPool) -> None:
        self._answer = answer
        self._pool = pool

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()
        self._pool.close()


class _Backend(httpcore.NetworkBackend):
    """Opens connections to checked addresses."""

    def __init__(self, deadline: Deadline, allow_private: bool) -> None:
        self._deadline = deadline
        self._allow_private = allow_private
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that answers; raises `PrivateAddress` before any connection."""
        last: Exception = httpcore.ConnectError("the name has no address")
        for address in self._addresses(host, port):
            left = self._deadline.left(_CONNECT_S)
            try:
                return _Stream(self._inner.connect_tcp(address, port, left, None, socket_options), self._deadline)
            except httpcore.ConnectTimeout:
                last = httpcore.ConnectError(f"no answer in {left:.0f} s")
            except httpcore.ConnectError as error:
                last = error
        raise last

    def _addresses(self, host: str, port: int) -> list[str]:
        """A host's addresses; one that is not public refuses all, since which one answers is left to chance."""
        try:
            found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name cannot be looked up: {error}") from error
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        for address in addresses:
            if not self._allow_private and (why := not_public(address)):
                raise PrivateAddress(f"{address} ({why})")
        return addresses


class _Stream(httpcore.NetworkStream):
    """A connection, each wait of which ends at the deadline: a server that sends a byte now and then is too slow."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
