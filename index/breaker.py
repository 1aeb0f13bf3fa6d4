"""A circuit breaker: a server that failed several times in a row is left alone for a while, then tried once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Closed; after `failures` in a row open for `rest` seconds; then half open: one trial decides. Safe to share."""

    def __init__(self, failures: int = 3, rest: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._rest, self._clock = failures, rest, clock
        self._lock = threading.Lock()
        self._failed = 0
        self._until = 0.0
        self._trying = False

    def enter(self) -> float:
        """Ask to call: 0 for yes, else the seconds to wait. A caller who may call has to say how the call ended."""
        with self._lock:
            if self._failed < self._limit:
                return 0.0
            left = self._until - self._clock()
            if left > 0 or self._trying:
                return max(left, 1.0)
            self._trying = True
            return 0.0

    def succeeded(self) -> None:
        """The server did its work."""
        with self._lock:
            self._failed, self._trying = 0, False

    def failed(self) -> None:
        """The server was not there, broke off, or was too slow."""
        with self._lock:
            self._failed += 1
            self._trying = False
            self._until = self._clock() + self._rest

    def left(self) -> None:
        """The call says nothing about the server: its caller went away, or the request was a wrong one."""
        with self._lock:
            self._trying = False
