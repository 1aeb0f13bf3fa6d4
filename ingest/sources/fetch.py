"""Fetches one file over HTTP, within limits of size and time, and from public addresses only.

    URL -> each redirect checked anew -> the bytes, unpacked as they come -> Fetched

Which addresses are public: `ingest.sources.addresses`; how they are connected to: `ingest.sources.transport`. A proxy
of the environment (`HTTPS_PROXY`) is used only where private addresses are allowed, as it would connect in our place.
Messages show addresses without user, password and values of queries.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

import httpcore
import httpx

from ingest.sources.transport import Deadline, PrivateAddress, TooSlow, Transport, proxy_of
from ingest.sources.urls import is_web, one_line, shown, whole, without_secrets

_HEADERS = {"User-Agent": "Citecast", "Accept": "*/*", "Accept-Encoding": "gzip"}
_MOVED = (301, 302, 303, 307, 308)
_GONE = 410


class FetchError(Exception):
    """The file cannot be fetched; the message names the address and says what to do.

    `gone`: it was taken down for good. `no_answer`: its server does not answer, which is so for its other files, too.
    """

    def __init__(self, reason: str, *, gone: bool = False, no_answer: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone
        self.no_answer = no_answer


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is taken: bytes (unpacked), seconds in all, and redirects."""

    size: int
    seconds: float = 60.0
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file. `media_type` is in lower case, without parameters; `etag` and `last_modified` are for the next time."""

    data: bytes
    media_type: str
    etag: str
    last_modified: str


class _Bad(Exception):
    """A response that is not taken, with the reason."""


def fetch_file(
    url: str, limits: Limits, *, allow_private: bool = False, etag: str = "", last_modified: str = ""
) -> Fetched | None:
    """Fetch a file by http or https; None if the server says that it is still that of last time; raises `FetchError`.

    `etag` and `last_modified` are what the last `Fetched` had.
    """
    address = whole(url)
    known = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    headers = _HEADERS | {name: value for name, value in known.items() if value and value.isascii()}
    deadline = Deadline(limits.seconds)
    try:
        if not is_web(address):
            raise httpx.InvalidURL("no web")
        with httpx.Client(transport=Transport(deadline, allow_private), trust_env=False, timeout=None) as client:
            request = client.build_request("GET", address, headers=headers)
            return _followed(client, request, limits, address)
    except PrivateAddress as error:
        raise _error(
            address, f"it leads to {error}, which is no public address. If it is yours, set allow_private_addresses"
        ) from error
    except (TooSlow, httpcore.TimeoutException) as error:
        raise _error(address, f"it took over {limits.seconds:g} s. Try again later", no_answer=True) from error
    except _Bad as error:
        raise _error(address, str(error)) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise _error(address, "it is no address of the web. Give one with http:// or https://") from error
    except (httpx.HTTPError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError) as error:
        raise _error(address, _unreachable(address, error, allow_private), no_answer=True) from error


def _error(address: str, reason: str, *, gone: bool = False, no_answer: bool = False) -> FetchError:
    """The error with the address; a reason may quote the server or the library, so its secrets are hidden."""
    text = one_line(f"{shown(address)}: {without_secrets(reason, address)}.")
    return FetchError(text, gone=gone, no_answer=no_answer)


def _unreachable(address: str, error: Exception, allow_private: bool) -> str:
    reason = f"the server cannot be reached: {error}"
    if not allow_private and proxy_of(httpx.URL(address)):
        return f"{reason}. The proxy of the environment is used only with allow_private_addresses"
    return f"{reason}. Check the address and the network"


def _followed(client: httpx.Client, request: httpx.Request, limits: Limits, address: str) -> Fetched | None:
    """Send a request, and those that its redirects ask for."""
    for _ in range(limits.redirects + 1):
        if not is_web(str(request.url)):
            raise _Bad(f"{shown(str(request.url))} is no address of the web. Give one with http:// or https://")
        response = client.send(request, stream=True)
        try:
            if response.status_code not in _MOVED or response.next_request is None:
                return _taken(response, limits, address)
            request = response.next_request
        finally:
            response.close()
    raise _Bad(f"it redirects over {limits.redirects} times. Give the address that it leads to")


def _taken(response: httpx.Response, limits: Limits, address: str) -> Fetched | None:
    """The file of a response; None if it is unchanged."""
    status = response.status_code
    asked = response.request.headers
    if status == HTTPStatus.NOT_MODIFIED and ("If-None-Match" in asked or "If-Modified-Since" in asked):
        return None
    if status != HTTPStatus.OK:
        known = status in set(HTTPStatus)
        reason = f"the server answers {status}{f' ({HTTPStatus(status).phrase})' if known else ''}{_advice(status)}"
        if str(response.url) != str(httpx.URL(address)):
            reason += f" (redirected to {shown(str(response.url))})"
        raise _error(address, reason, gone=status == _GONE)
    headers = response.headers
    length = headers.get("Content-Length", "")
    if length.isdecimal() and len(length) < 20 and int(length) > limits.size:
        raise _Bad(_too_large(limits, f"{int(length):,} bytes"))
    return Fetched(
        b"".join(_unpacked(response, limits)),
        headers.get("Content-Type", "").partition(";")[0].strip().casefold(),
        headers.get("ETag", ""),
        headers.get("Last-Modified", ""),
    )


def _advice(status: int) -> str:
    if status in (401, 403, 407):
        return ": it asks for a user and a password, or refuses programs"
    if status in (429, 503):
        return ": try again later"
    return ": it has no such file" if status in (404, _GONE) else ""


def _too_large(limits: Limits, size: str) -> str:
    return f"it is too large: {size}; the limit is {limits.size:,}"


def _unpacked(response: httpx.Response, limits: Limits) -> Iterator[bytes]:
    """The content piece by piece; stops at the limit of size, which a few bytes can unpack to."""
    packed = response.headers.get("Content-Encoding", "").strip().casefold()
    if packed not in ("", "identity", "gzip", "x-gzip"):
        raise _Bad(f"the server packs it as {packed!r:.40}, which was not asked for")
    left = limits.size
    pieces = response.iter_raw() if packed in ("", "identity") else _gunzipped(response.iter_raw(), limits.size)
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise _Bad(_too_large(limits, "more bytes than that"))
        yield piece


def _gunzipped(pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    """The content of gzip's members, one after another; a call yields at most `most` and one bytes."""
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        for piece in pieces:
            while piece:
                if member.eof:
                    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
                yield member.decompress(piece, most + 1)
                piece = member.unconsumed_tail or member.unused_data
    except zlib.error as error:
        raise _Bad(f"its gzip is broken ({error})") from error
    if not member.eof:
        raise _Bad("its gzip is cut off")
