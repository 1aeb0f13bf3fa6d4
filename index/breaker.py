"""Blocks calls to a server for a while after several failures in a row, then tries it once (a circuit breaker)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Closed; after `failures` in a row open for `rest` seconds; then half open: one trial decides. Thread-safe."""

    def __init__(self, failures: int = 3, rest: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._rest, self._clock = failures, rest, clock
        self._lock = threading.Lock()
        self._failed = 0
        self._until = 0.0
        self._trying = False

    def enter(self) -> float:
        """0 if a call may start, else seconds to wait. Report its end with `succeeded`, `failed` or `left`."""
        with self._lock:
            if self._failed < self._limit:
                return 0.0
            left = self._until - self._clock()
            if left > 0 or self._trying:
                return max(left, 1.0)
            self._trying = True
            return 0.0

    def succeeded(self) -> None:
        """Report that the server worked."""
        with self._lock:
            self._failed, self._trying = 0, False

    def failed(self) -> None:
        """Report that the server was not reachable, broke off, or was too slow."""
        with self._lock:
            self._failed += 1
            self._trying = False
            self._until = self._clock() + self._rest

    def left(self) -> None:
        """Report a call that says nothing about the server: it was cancelled, or the request was wrong."""
        with self._lock:
            self._trying = False
