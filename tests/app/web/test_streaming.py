"""Tests blocking work: slots and time limits for the API, batches for the chat; unwanted work stops."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from contextlib import aclosing
from pathlib import Path

import pytest
from fakes import settings_for
from fastapi import HTTPException

from app.web.streaming import Workers


def workers(tmp_path: Path, seconds: float = 5, count: int = 1) -> Workers:
    return Workers(settings_for(tmp_path, request_seconds=seconds, workers=count))


def test_a_place_is_free_when_its_work_ends_however_slowly_it_is_read(tmp_path: Path) -> None:
    async def main() -> None:
        pool = workers(tmp_path, count=2)
        slow = [pool.stream(lambda _: iter_of(1, 2, 3)) for _ in range(20)]
        assert [await anext(one) for one in slow] == [1] * 20
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


def test_work_is_closed_when_nobody_reads_on(tmp_path: Path) -> None:
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
        pool = workers(tmp_path)
        async with aclosing(pool.batches(work, None)) as first, aclosing(pool.batches(work, None)) as second:
            assert await anext(first) == [1]
            waiting = asyncio.ensure_future(anext(second))
            await asyncio.sleep(0.05)
            waiting.cancel()
            await asyncio.wait([waiting])

    asyncio.run(main())
    assert closed.wait(10)
    assert begun == [1], "what was stopped before its turn is not begun"
