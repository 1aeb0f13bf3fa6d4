"""The server's log: what goes wrong again and again stands there once a minute."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable

from ingest.sources.urls import harmless

PAUSE_S = 60.0
# Kinds of trouble that are remembered; more at once than this are a fault of their own.
_MOST = 256


class OncePerMinute(logging.Filter):
    """Lets the same trouble through once a minute, and says then how often it came meanwhile.

    The same is what comes from the same line with the same kind of exception, whatever the words.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        # When it was last let through, and how often it was not since then.
        self._seen: dict[tuple[object, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is to be written."""
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
            # Its values are filled in later, where a fault of theirs is caught.
            record.msg = f"{record.msg} (and {held_back:,} times more since)"
        return True


class _Harmless(logging.Formatter):
    """Lines, and what led to an exception, without passwords of URLs and control characters of others' words."""

    def format(self, record: logging.LogRecord) -> str:
        """As the logging module's, made harmless."""
        return harmless(super().format(record))


def to_stderr() -> None:
    """From now on, write warnings and errors of the whole process to standard error, each trouble once a minute."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(_Harmless("%(levelname)s: %(name)s: %(message)s"))
    handler.addFilter(OncePerMinute())
    root = logging.getLogger()
    for old in [old for old in root.handlers if any(isinstance(f, OncePerMinute) for f in old.filters)]:
        root.removeHandler(old)
    root.addHandler(handler)
