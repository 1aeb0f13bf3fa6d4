"""Blocking work in a few threads: its results in the event loop, how many run at once, how long each may take.

Nothing here knows what the work is; `app.web.api`, its routes and `app.web.relay` do.
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

    def __init__(
        self,
        threads: Executor,
        work: Callable[[threading.Event], Generator[_Result]],
        ended: Callable[[], None] = lambda: None,
        stop: threading.Event | None = None,
    ) -> None:
        """`ended` is called in the event loop when the work has ended, whether anybody still waits or not.

        `stop` is the event that the work looks at, for who shares it.
        """
        self._loop, self._stop = asyncio.get_running_loop(), stop or threading.Event()
        self._results: asyncio.Queue[_Result | End] = asyncio.Queue()
        self._ended = ended
        self._begun = threads.submit(self._run, work)

    def __enter__(self) -> Running[_Result]:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self, end: End | None = None) -> None:
        """Tell the work to stop; `end` is told to who waits for its results."""
        self._stop.set()
        if end:
            self._results.put_nowait(end)
        # What still waits for a thread makes room at once.
        if self._begun.cancel():
            self._finish(End())

    async def next(self) -> _Result | End:
        """The next result, or the end; not to be called after that."""
        return await self._results.get()

    def _run(self, work: Callable[[threading.Event], Generator[_Result]]) -> None:
        end = End()
        try:
            with contextlib.closing(work(self._stop)) as results:
                for result in results:
                    if self._stop.is_set():
                        break
                    self._in_loop(self._results.put_nowait, result)
        except Exception as error:  # raised again where it is awaited
            end = End(error)
        finally:
            self._in_loop(self._finish, end)

    def _finish(self, end: End) -> None:
        self._results.put_nowait(end)
        self._ended()

    def _in_loop(self, call: Callable[..., None], *values: object) -> None:
        # The loop may be closed by now: then nobody waits.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call, *values)


class Workers:
    """Runs blocking work for requests."""

    def __init__(self, settings: Settings) -> None:
        # Its own few threads: work that ran out of time runs on until it looks up, and must not make room before.
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
        """What blocking work yields, as it does. Closing this tells the work to stop. Raises as `run`.

        A place is taken until the work has ended: neither longer, however slowly its results are fetched, nor shorter.
        """
        if self._waiting >= MAX_WAITING:
            raise HTTPException(503, "too many questions at once; try again in a moment", {"Retry-After": "5"})
        self._waiting += 1

        def out_of_time() -> None:
            running.stop(End(HTTPException(504, f"no answer within {self._seconds:g} seconds")))

        def ended() -> None:
            self._waiting -= 1
            limit.cancel()

        limit = asyncio.get_running_loop().call_later(self._seconds, out_of_time)
        with Running(self._threads, work, ended) as running:
            while not isinstance(result := await running.next(), End):
                yield result
        if result.error:
            raise result.error
