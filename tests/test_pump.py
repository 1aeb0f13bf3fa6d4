"""Work heard piece by piece: its end, its errors, a stop, the time limit; the work is told to end each time."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from app.generators.errors import EngineTimeout
from app.generators.pump import Lane, Outlet, in_thread, pump


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
    assert list(pump(in_thread(Work("a", "b", "c")), seconds=5)) == ["a", "b", "c"]


def test_nothing_starts_before_the_first_piece_is_asked_for() -> None:
    work = Work("a")
    pump(in_thread(work), seconds=5)
    assert not work.ended.wait(0.1)


def test_an_error_comes_after_what_was_put_before_it() -> None:
    pieces = pump(in_thread(Work("a", error=ValueError("broken"))), seconds=5)
    assert next(pieces) == "a"
    with pytest.raises(ValueError, match="broken"):
        next(pieces)


def test_closing_cancels_the_work() -> None:
    work = Work("a", wait=True)
    pieces = pump(in_thread(work), seconds=5)
    assert next(pieces) == "a"
    pieces.close()  # type: ignore[attr-defined]
    assert work.ended.wait(2)


def test_a_stop_ends_in_silence_though_no_piece_comes() -> None:
    work, stop = Work("a", wait=True), threading.Event()
    pieces = pump(in_thread(work), seconds=5, stop=stop)
    assert next(pieces) == "a"
    threading.Timer(0.1, stop.set).start()
    began = time.monotonic()
    assert list(pieces) == []
    assert time.monotonic() - began < 1
    assert work.ended.wait(2)


def test_the_time_limit_names_who_was_too_slow_and_the_setting() -> None:
    work = Work(wait=True)
    with pytest.raises(EngineTimeout, match=r"the tortoise took longer than 0.1 s.*CITECAST_MODEL_SECONDS"):
        list(pump(in_thread(work), seconds=0.1, waiting_for="the tortoise"))
    assert work.ended.wait(2)


def test_many_at_once_do_not_mix() -> None:
    found: dict[int, list[str]] = {}

    def listen(i: int) -> None:
        found[i] = list(pump(in_thread(Work(*(f"{i}.{j}" for j in range(50)))), seconds=10))

    threads = [threading.Thread(target=listen, args=(i,)) for i in range(8)]
    run_all(threads)
    assert found == {i: [f"{i}.{j}" for j in range(50)] for i in range(8)}


def run_all(threads: list[threading.Thread]) -> None:
    steps: list[Callable[[threading.Thread], None]] = [threading.Thread.start, threading.Thread.join]
    for step in steps:
        for thread in threads:
            step(thread)


def test_a_lane_does_one_work_after_the_other_in_one_thread() -> None:
    lane, threads, at_once = Lane(), set[int](), list[int]()
    going = 0

    def work(outlet: Outlet[str], cancelled: threading.Event) -> None:
        nonlocal going
        going += 1
        at_once.append(going)
        threads.add(threading.get_ident())
        time.sleep(0.01)
        going -= 1

    run_all([threading.Thread(target=lambda: list(pump(lane.run(work), seconds=5))) for _ in range(8)])
    assert at_once == [1] * 8
    assert len(threads) == 1


def test_what_is_cancelled_before_its_turn_is_not_begun_and_the_next_is() -> None:
    lane, first, second = Lane(), Work("a", wait=True), Work("b")
    begun = pump(lane.run(first), seconds=5)
    assert next(begun) == "a"
    with pytest.raises(EngineTimeout):
        list(pump(lane.run(second), seconds=0.05))
    begun.close()  # type: ignore[attr-defined]
    assert list(pump(lane.run(Work("c")), seconds=5)) == ["c"]
    assert first.ended.is_set()
    assert not second.ended.is_set()


def test_an_error_in_a_lane_does_not_stop_the_next_work() -> None:
    lane = Lane()
    with pytest.raises(ValueError, match="broken"):
        list(pump(lane.run(Work(error=ValueError("broken"))), seconds=5))
    assert list(pump(lane.run(Work("a")), seconds=5)) == ["a"]


def test_a_lanes_thread_ends_with_it() -> None:
    lane, found = Lane(), list[threading.Thread]()
    list(pump(lane.run(lambda _outlet, _cancelled: found.append(threading.current_thread())), seconds=5))
    del lane
    found[0].join(5)
    assert not found[0].is_alive()


@pytest.mark.parametrize("begin", ["in_thread", "Lane().run"])
def test_work_that_goes_on_at_exit_is_ended(begin: str) -> None:
    """Else a thread inside native code would be cut off, or hold the program up."""
    program = (
        "from app.generators.pump import *\n"
        "def work(outlet, cancelled):\n"
        "    outlet.put('begun'); cancelled.wait(60); print('ended', flush=True)\n"
        f"pieces = pump({begin}(work), seconds=60); print(next(pieces), flush=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["begun", "ended"]
