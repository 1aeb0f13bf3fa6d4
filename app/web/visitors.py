"""Says who asks, and how many questions a visitor, and all together, may ask in a time.

A visitor is an IPv4 address, a /64 network of IPv6 (one household has a whole one), or one of the keys of the setting
`keys`. Behind a proxy the address is the visitor's own only if the proxy is named (`app.web.hosts`). Addresses are
held in memory for as long as a limit needs them, and never written down.
"""

from __future__ import annotations

import hmac
import math
import time
from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.types import Scope

from app.web.hosts import address_of
from app.web.turns import Refused
from ingest.settings import Settings

UNKNOWN = "unknown"
# Bits of an IPv6 address that name a household.
_HOUSEHOLD = 64


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: `name` is what is counted, `keyed` says that it is one of the server's keys."""

    name: str
    keyed: bool = False


# Whose request the current task serves; nobody's in programs that are no server, which have no limits.
_serving: ContextVar[Visitor | None] = ContextVar("visitor", default=None)


def visitor() -> Visitor | None:
    """Whose request the current task serves."""
    return _serving.get()


def network_of(address: str) -> str:
    """What an address is counted under."""
    parsed = address_of(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((int(parsed), _HOUSEHOLD), strict=False))
    return str(parsed) if parsed else UNKNOWN


class Visitors:
    """Knows visitors by address and key."""

    def __init__(self, keys: Iterable[SecretStr]) -> None:
        self._keys = [_digest(key.get_secret_value()) for key in keys]

    def of(self, scope: Scope) -> Visitor:
        """Who sends a request. An unknown key counts as none: OpenAI's clients always send one."""
        scheme, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
        if self._keys and scheme.lower() == "bearer":
            sent = _digest(key.strip())
            # All are compared, so that the time says nothing.
            known = [number for number, own in enumerate(self._keys, start=1) if hmac.compare_digest(sent, own)]
            if known:
                return Visitor(f"key {known[0]}", keyed=True)
        return Visitor(network_of((scope.get("client") or ("",))[0]))

    def serve(self, scope: Scope) -> Visitor:
        """Who sends a request; from here on, the current task serves it."""
        asking = self.of(scope)
        _serving.set(asking)
        return asking


def _digest(key: str) -> bytes:
    return sha256(key.encode()).digest()


class Shares:
    """Counts the requests of each visitor that are open at once: at most `most`, or any number if that is 0.

    Use it only in the event loop.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    @contextmanager
    def one(self, asking: Visitor) -> Generator[bool]:
        """Whether there is room for one more, which is open until the block ends."""
        room = not self._most or self._open[asking.name] < self._most
        self._open[asking.name] += 1
        try:
            yield room
        finally:
            self._open[asking.name] -= 1
            if not self._open[asking.name]:
                del self._open[asking.name]


class Rates:
    """Counts questions, each visitor's and all; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._visitor, self._keyed = _items(settings.visitor_rate), _items(settings.key_rate)
        self._total = _items(settings.total_rate)

    def count(self, asking: Visitor) -> None:
        """Count a question; raises `Refused`: 429 if it is one too many of the visitor's, 503 if of all."""
        own = self._keyed if asking.keyed else self._visitor
        if spent := self._spent(own, asking.name):
            said = f"you have asked {_told(spent)}, the most that one visitor may ask; try again in a moment"
            raise Refused(429, "visitor", said, self._wait(spent, asking.name))
        if spent := self._spent(self._total, ""):
            said = f"all visitors together have asked {_told(spent)}, the most that this server takes"
            raise Refused(503, "total", said, self._wait(spent, ""))
        for item in own:
            self._limiter.hit(item, asking.name)
        for item in self._total:
            self._limiter.hit(item, "")

    def _spent(self, items: list[RateLimitItem], name: str) -> RateLimitItem | None:
        return next((item for item in items if not self._limiter.test(item, name)), None)

    def _wait(self, item: RateLimitItem, name: str) -> int:
        """Seconds until one more question is possible."""
        until = self._limiter.get_window_stats(item, name).reset_time - time.time()
        return max(1, min(math.ceil(until), item.get_expiry()))


def _items(rates: str) -> list[RateLimitItem]:
    return parse_many(rates) if rates else []


def _told(item: RateLimitItem) -> str:
    unit = item.GRANULARITY.name
    return f"{item.amount} question{'s' if item.amount > 1 else ''} within {'an' if unit == 'hour' else 'a'} {unit}"
