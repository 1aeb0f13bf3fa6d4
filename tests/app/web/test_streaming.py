"""Tests blocking work: slots and time limits for the API, batches for the chat; unwanted work stops."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path

import pytest
from fakes import settings_for
from fastapi import HTTPException

from app.web import streaming
from app.web.streaming import MAX_WAITING, Workers, relayed


def workers(tmp_path: Path, seconds: float = 5, count: int = 1) -> Workers:
    return Workers(settings_for(tmp_path, request_seconds=seconds, workers=count))


def test_a_place_is_free_when_its_work_ends_however_slowly_it_is_read(tmp_path: Path) -> None:
    async def main() -> None:
        pool = workers(tmp_path, count=2)
        slow = [pool.stream(lambda _: iter_of(1, 2, 3)) for _ in range(MAX_WAITING)]
        assert [await anext(one) for one in slow] == [1] * MAX_WAITING
        await asyncio.sleep(0.2)
        assert await pool.run(lambda _: "taken") == "taken"
        for one in slow:
            assert [result async for result in one] == [2, 3]

    asyncio.run(main())


def test_what_was_done_in_time_is_told_however_late_it_is_read(tmp_path: Path) -> None:
    async def main() -> None:
        results = workers(tmp_path, seconds=0.2).stream(lambda _: iter_of(1, 2))
        assert await anext(results) == 1
        await asyncio.sleep(0.4)
        assert [result async for result in results] == [2]

    asyncio.run(main())


def test_work_whose_results_nobody_fetches_is_told_at_the_limit(tmp_path: Path) -> None:
    told = threading.Event()

    def work(stop: threading.Event) -> Generator[int]:
        yield 1
        if stop.wait(5):
            told.set()

    async def main() -> None:
        results = workers(tmp_path, seconds=0.2).stream(work)
        assert await anext(results) == 1
        assert await asyncio.to_thread(told.wait, 3)
        with pytest.raises(HTTPException) as raised:
            await anext(results)
        assert raised.value.status_code == 504

    asyncio.run(main())


def iter_of(*values: int) -> Generator[int]:
    yield from values


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


def batches(pool: ThreadPoolExecutor, work: Callable[[threading.Event], Generator[int]]) -> list[list[int]]:
    async def main() -> list[list[int]]:
        return [batch async for batch in relayed(pool, work)]

    return asyncio.run(main())


def test_what_is_done_at_once_comes_at_once(pool: ThreadPoolExecutor) -> None:
    def work(_: threading.Event) -> Generator[int]:
        yield from range(5)

    assert batches(pool, work) == [[0, 1, 2, 3, 4]]
    assert batches(pool, lambda _: (number for number in range(0))) == []


def test_what_takes_its_time_comes_as_it_is_made(pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "SETTLE", 0.01)
    monkeypatch.setattr(streaming, "QUIET", 0.05)

    def work(_: threading.Event) -> Generator[int]:
        for number in range(3):
            yield number
            threading.Event().wait(0.2)

    found = batches(pool, work)
    assert [batch for batch in found if batch] == [[0], [1], [2]]
    assert found.count([]) > 3, "a reader that has gone is noticed meanwhile"


def test_a_fault_comes_after_what_was_made_before(pool: ThreadPoolExecutor) -> None:
    def work(_: threading.Event) -> Generator[int]:
        yield 1
        raise ValueError("no more")

    async def main() -> None:
        results = relayed(pool, work)
        assert await anext(results) == [1]
        await anext(results)

    with pytest.raises(ValueError, match="no more"):
        asyncio.run(main())


def test_work_is_closed_when_nobody_reads_on(pool: ThreadPoolExecutor) -> None:
    closed, begun = threading.Event(), []

    def work(stop: threading.Event) -> Generator[int]:
        begun.append(1)
        try:
            yield 1
            assert stop.wait(10)
            yield 2
        finally:
            closed.set()

    async def main() -> None:
        async with aclosing(relayed(pool, work)) as first, aclosing(relayed(pool, work)) as second:
            assert await anext(first) == [1]
            waiting = asyncio.ensure_future(anext(second))
            await asyncio.sleep(0.05)
            waiting.cancel()
            await asyncio.wait([waiting])

    asyncio.run(main())
    assert closed.wait(10)
    pool.shutdown()
    assert begun == [1], "what was stopped before its turn is not begun"


def test_who_shares_the_event_can_stop_the_work(pool: ThreadPoolExecutor) -> None:
    stop = threading.Event()

    def work(told: threading.Event) -> Generator[int]:
        yield 1
        assert told is stop
        assert told.wait(10)

    async def main() -> list[list[int]]:
        found = []
        async for batch in relayed(pool, work, stop):
            found.append(batch)
            stop.set()
        return found

    assert asyncio.run(main())[0] == [1]
