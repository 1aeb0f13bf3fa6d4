"""Tests streams of background work: end, errors, a stop, the time limit; the work is cancelled each time."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from app.llm.background import Outlet, in_thread, stream_from
from app.llm.engine import EngineTimeout


class Work:
    """Puts the pieces, waits until it is cancelled if it is told to, and notes that it was."""

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


def test_pieces_come_in_order_and_then_the_end() -> None:
    assert list(stream_from(in_thread(Work("a", "b", "c")), seconds=5)) == ["a", "b", "c"]


def test_nothing_starts_before_the_first_piece_is_asked_for() -> None:
    work = Work("a")
    stream_from(in_thread(work), seconds=5)
    assert not work.ended.wait(0.1)


def test_an_error_comes_after_what_was_put_before_it() -> None:
    pieces = stream_from(in_thread(Work("a", error=ValueError("broken"))), seconds=5)
    assert next(pieces) == "a"
    with pytest.raises(ValueError, match="broken"):
        next(pieces)


def test_closing_cancels_the_work() -> None:
    work = Work("a", wait=True)
    pieces = stream_from(in_thread(work), seconds=5)
    assert next(pieces) == "a"
    pieces.close()  # type: ignore[attr-defined]
    assert work.ended.wait(2)


def test_a_stop_ends_in_silence_though_no_piece_comes() -> None:
    work, stop = Work("a", wait=True), threading.Event()
    pieces = stream_from(in_thread(work), seconds=5, stop=stop)
    assert next(pieces) == "a"
    threading.Timer(0.1, stop.set).start()
    began = time.monotonic()
    assert list(pieces) == []
    assert time.monotonic() - began < 1
    assert work.ended.wait(2)


def test_the_time_limit_names_who_was_too_slow_and_the_setting() -> None:
    work = Work(wait=True)
    with pytest.raises(EngineTimeout, match=r"the tortoise took longer than 0.1 s.*CITECAST_MODEL_SECONDS"):
        list(stream_from(in_thread(work), seconds=0.1, waiting_for="the tortoise"))
    assert work.ended.wait(2)


def test_many_at_once_do_not_mix() -> None:
    found: dict[int, list[str]] = {}

    def listen(i: int) -> None:
        found[i] = list(stream_from(in_thread(Work(*(f"{i}.{j}" for j in range(50)))), seconds=10))

    threads = [threading.Thread(target=listen, args=(i,)) for i in range(8)]
    run_all(threads)
    assert found == {i: [f"{i}.{j}" for j in range(50)] for i in range(8)}


def run_all(threads: list[threading.Thread]) -> None:
    steps: list[Callable[[threading.Thread], None]] = [threading.Thread.start, threading.Thread.join]
    for step in steps:
        for thread in threads:
            step(thread)


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
