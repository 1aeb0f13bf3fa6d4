"""Limits the server's log: repeated problems are logged once a minute."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable

from ingest.sources.urls import harmless

PAUSE_S = 60.0
# Most problems that are remembered at the same time.
_MOST = 256


class OncePerMinute(logging.Filter):
    """Passes a repeated message once a minute, with the number of repetitions.

    Messages from the same line of code with the same type of exception are repetitions.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` returns seconds."""
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        # When each was last passed, and how often it was held back since.
        self._seen: dict[tuple[object, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write the record."""
        kind = record.exc_info[0] if record.exc_info else None
        key = (record.name, record.pathname, record.lineno, record.msg if record.lineno == 0 else "", kind)
        with self._lock:
            now = self._clock()
            last, held_back = self._seen.get(key, (float("-inf"), 0))
            if now - last < PAUSE_S:
                self._seen[key] = (last, held_back + 1)
                return False
            if len(self._seen) >= _MOST:
                self._seen = {key: value for key, value in self._seen.items() if now - value[0] < PAUSE_S}
            if len(self._seen) < _MOST:
                self._seen[key] = (now, 0)
        if held_back:
            # Its values are filled in later, where errors in them are caught.
            record.msg = f"{record.msg} (and {held_back:,} times more since)"
        return True


class _Harmless(logging.Formatter):
    """Hides passwords in URLs and control characters, in messages and tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as the logging module formats it, made harmless."""
        return harmless(super().format(record))


def to_stderr() -> None:
    """From now on, write the process's warnings and errors to standard error, each problem once a minute."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(_Harmless("%(levelname)s: %(name)s: %(message)s"))
    handler.addFilter(OncePerMinute())
    root = logging.getLogger()
    for old in [old for old in root.handlers if any(isinstance(f, OncePerMinute) for f in old.filters)]:
        root.removeHandler(old)
    root.addHandler(handler)
