"""A few threads for questions: how many run at once, how many wait, how long each may take.

Nothing here knows what a question is; `app.api` and its routes do.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import TypeVar

from fastapi import HTTPException

from ingest.settings import Settings

# Requests that may wait for a worker; the next one is told to come back.
MAX_WAITING = 32
_Result = TypeVar("_Result")


class Workers:
    """Runs blocking work for requests."""

    def __init__(self, settings: Settings) -> None:
        # Its own few threads: work that ran out of time runs on to its end, and must not make room for more before.
        self._threads = ThreadPoolExecutor(settings.workers, thread_name_prefix="api")
        self._seconds = settings.request_seconds
        self._waiting = 0

    async def run(self, work: Callable[[threading.Event], _Result]) -> _Result:
        """The result of blocking work, which is told by the event when nobody waits any more.

        Raises `HTTPException` 503 or 504, and what the work raises.
        """
        async with aclosing(self.stream(lambda stop: iter((work(stop),)))) as results:
            async for result in results:
                return result
        raise AssertionError("the work gave no result")

    async def stream(self, work: Callable[[threading.Event], Iterator[_Result]]) -> AsyncGenerator[_Result]:
        """What blocking work yields, as it does. Closing this tells the work to stop. Raises as `run`."""
        if self._waiting >= MAX_WAITING:
            raise HTTPException(503, "too many questions at once; try again in a moment", {"Retry-After": "5"})
        self._waiting += 1
        loop, stop = asyncio.get_running_loop(), threading.Event()
        queue: asyncio.Queue[_Result | _End] = asyncio.Queue()

        def run() -> None:
            end = _End()
            try:
                results = work(stop) if not stop.is_set() else iter(())
                while not stop.is_set() and not isinstance(result := next(results, end), _End):
                    loop.call_soon_threadsafe(queue.put_nowait, result)
                if isinstance(results, Generator):
                    results.close()
            except Exception as error:  # raised again where it is awaited
                end = _End(error)
            finally:
                loop.call_soon_threadsafe(queue.put_nowait, end)

        deadline = loop.time() + self._seconds
        loop.run_in_executor(self._threads, run)
        try:
            while not isinstance(result := await asyncio.wait_for(queue.get(), deadline - loop.time()), _End):
                yield result
            if result.error:
                raise result.error
        except TimeoutError as error:
            raise HTTPException(504, f"no answer within {self._seconds:g} seconds") from error
        finally:
            stop.set()
            self._waiting -= 1


class _End:
    """The work is done, or broke off."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
