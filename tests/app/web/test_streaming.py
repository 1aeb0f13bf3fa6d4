"""Workers: what the API's own tests cannot see: when results come, when a place is free, what is never begun."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from contextlib import aclosing
from pathlib import Path

import pytest
from fakes import settings_for
from fastapi import HTTPException

from app.web.streaming import MAX_WAITING, Workers


def workers(tmp_path: Path, seconds: float = 5, count: int = 1) -> Workers:
    return Workers(settings_for(tmp_path, request_seconds=seconds, workers=count))


def test_results_come_as_they_are_made(tmp_path: Path) -> None:
    go_on = threading.Event()

    def work(_: threading.Event) -> Generator[int]:
        yield 1
        assert go_on.wait(5)
        yield 2

    async def main() -> None:
        found = []
        async with aclosing(workers(tmp_path).stream(work)) as results:
            async for result in results:
                found.append(result)
                go_on.set()
        assert found == [1, 2]

    asyncio.run(main())


def test_work_that_waited_until_nobody_did_is_not_begun(tmp_path: Path) -> None:
    begun: list[int] = []

    async def main() -> None:
        pool = workers(tmp_path, count=1)
        go_on = threading.Event()
        first = asyncio.ensure_future(pool.run(lambda _: go_on.wait(5)))
        await asyncio.sleep(0.05)
        second = asyncio.ensure_future(pool.run(lambda _: begun.append(1)))
        await asyncio.sleep(0.05)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        go_on.set()
        await first
        await pool.run(lambda _: None)

    asyncio.run(main())
    assert begun == []


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
