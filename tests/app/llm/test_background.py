"""Tests streams of background work: end, errors, a stop, the time limit; the work is cancelled each time."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from app.llm.background import Outlet, in_thread, stream_from


class Work:
    """Work that puts pieces, then waits for its cancellation (if `wait`) and records it."""

    def __init__(self, *pieces: str, wait: bool = False, error: Exception | None = None) -> None:
        self._pieces, self._wait, self._error = pieces, wait, error
        self.ended = threading.Event()

    def __call__(self, outlet: Outlet[str], cancelled: threading.Event) -> None:
        for piece in self._pieces:
            outlet.put(piece)
        if self._wait:
            cancelled.wait(10)
        self.ended.set()
        if self._error:
            raise self._error


def test_nothing_starts_before_the_first_piece_is_asked_for() -> None:
    work = Work("a")
    stream_from(in_thread(work), seconds=5)
    assert not work.ended.wait(0.1)


def test_an_error_comes_after_what_was_put_before_it() -> None:
    pieces = stream_from(in_thread(Work("a", error=ValueError("broken"))), seconds=5)
    assert next(pieces) == "a"
    with pytest.raises(ValueError, match="broken"):
        next(pieces)


def test_work_that_goes_on_at_exit_is_ended() -> None:
    """Otherwise a thread inside native code would be killed, or block the program's exit."""
    program = (
        "from app.llm.background import *\n"
        "def work(outlet, cancelled):\n"
        "    outlet.put('begun'); cancelled.wait(60); print('ended', flush=True)\n"
        "pieces = stream_from(in_thread(work), seconds=60); print(next(pieces), flush=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["begun", "ended"]
