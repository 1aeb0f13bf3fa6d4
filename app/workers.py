"""Blocking work in a few threads: its results in the event loop, how many run at once, how long each may take.

Nothing here knows what the work is; `app.api`, its routes and `app.chat.relay` do.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, TypeVar

from fastapi import HTTPException

from ingest.settings import Settings

# Requests that may wait for a worker; the next one is told to come back.
MAX_WAITING = 32
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class End:
    """The work is done, or broke off."""

    error: Exception | None = None


class Running(Generic[_Result]):
    """Work in a thread, whose results are awaited.

    Leaving it sets the work's event and does not wait: the thread closes the work as soon as it looks up.
    """

    def __init__(self, threads: Executor, work: Callable[[threading.Event], Generator[_Result]]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), threading.Event()
        self._results: asyncio.Queue[_Result | End] = asyncio.Queue()
        threads.submit(self._run, work)

    def __enter__(self) -> Running[_Result]:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    async def next(self) -> _Result | End:
        """The next result, or the end; not to be called after that."""
        return await self._results.get()

    def _run(self, work: Callable[[threading.Event], Generator[_Result]]) -> None:
        end = End()
        try:
            # Stopped while it waited for a thread: nothing is begun.
            if not self._stop.is_set():
                with contextlib.closing(work(self._stop)) as results:
                    for result in results:
                        if self._stop.is_set():
                            break
                        self._tell(result)
        except Exception as error:  # raised again where it is awaited
            end = End(error)
        finally:
            self._tell(end)

    def _tell(self, result: _Result | End) -> None:
        # The loop may be closed by now: then nobody waits.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._results.put_nowait, result)


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

        def once(stop: threading.Event) -> Generator[_Result]:
            yield work(stop)

        async with aclosing(self.stream(once)) as results:
            async for result in results:
                return result
        raise AssertionError("the work gave no result")

    async def stream(self, work: Callable[[threading.Event], Generator[_Result]]) -> AsyncGenerator[_Result]:
        """What blocking work yields, as it does. Closing this tells the work to stop. Raises as `run`."""
        if self._waiting >= MAX_WAITING:
            raise HTTPException(503, "too many questions at once; try again in a moment", {"Retry-After": "5"})
        self._waiting += 1
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._seconds
        try:
            with Running(self._threads, work) as running:
                while not isinstance(result := await asyncio.wait_for(running.next(), deadline - loop.time()), End):
                    yield result
            if result.error:
                raise result.error
        except TimeoutError as error:
            raise HTTPException(504, f"no answer within {self._seconds:g} seconds") from error
        finally:
            self._waiting -= 1
