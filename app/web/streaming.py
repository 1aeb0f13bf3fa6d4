"""Runs blocking work in a few threads and passes its results to the event loop, with limits of number and time.

The API takes results one by one (`Workers`), the chat in batches (`relayed`). Nothing here depends on the work.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import HTTPException

from ingest.settings import Settings

# Requests that may wait for a worker; the next one gets a 503.
MAX_WAITING = 32
# Work that ends within this many seconds of its first result comes in one batch: nothing flickers.
SETTLE = 0.15
# Seconds without a result after which an empty batch is yielded; only then a lost reader is noticed.
QUIET = 1.0
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class End:
    """The work is done, or failed with `error`."""

    error: Exception | None = None


class Running(Generic[_Result]):
    """Work in a thread, whose results are awaited.

    Leaving it sets the work's event and does not wait: the thread closes the work at its next check.
    """

    def __init__(
        self,
        threads: Executor,
        work: Callable[[threading.Event], Generator[_Result]],
        ended: Callable[[], None] = lambda: None,
        stop: threading.Event | None = None,
    ) -> None:
        """`ended` is called in the event loop when the work has ended, also if nobody waits any more.

        `stop` is the event that the work checks, if it is shared.
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
        """Tell the work to stop; `end` is passed to the reader of its results."""
        self._stop.set()
        if end:
            self._results.put_nowait(end)
        # Work that still waits for a thread makes room at once.
        if self._begun.cancel():
            self._finish(End())

    async def next(self) -> _Result | End:
        """The next result, or the end; do not call it after that."""
        return await self._results.get()

    def _run(self, work: Callable[[threading.Event], Generator[_Result]]) -> None:
        end = End()
        try:
            with contextlib.closing(work(self._stop)) as results:
                for result in results:
                    if self._stop.is_set():
                        break
                    self._in_loop(self._results.put_nowait, result)
        except Exception as error:  # raised again for the reader
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
        # Own threads: work that ran out of time runs on until its next check, and must not make room before.
        self._threads = ThreadPoolExecutor(settings.workers, thread_name_prefix="api")
        self._seconds = settings.request_seconds
        self._waiting = 0

    async def run(self, work: Callable[[threading.Event], _Result]) -> _Result:
        """The result of blocking work, whose event is set when the client has gone.

        Raises `HTTPException` 503 or 504, and what the work raises.
        """

        def once(stop: threading.Event) -> Generator[_Result]:
            yield work(stop)

        async with aclosing(self.stream(once)) as results:
            async for result in results:
                return result
        raise AssertionError("the work gave no result")

    async def stream(self, work: Callable[[threading.Event], Generator[_Result]]) -> AsyncGenerator[_Result]:
        """The results of blocking work, as they come. Closing this tells the work to stop. Raises as `run`.

        A slot is occupied until the work has ended, not until its results are read.
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


async def relayed(
    threads: Executor, work: Callable[[threading.Event], Generator[_Result]], stop: threading.Event | None = None
) -> AsyncGenerator[list[_Result]]:
    """Yield batches of results in order: all since the batch before, an empty one if nothing came for `QUIET`.

    Closing this sets `stop`, the event that the work checks, and does not wait. Others with that event can also stop
    the work. Raises what the work raises, after its results.
    """
    settle = SETTLE
    end: End | None = None
    with Running(threads, work, stop=stop) as running:
        while end is None:
            batch = await _arrived(running, QUIET, most=1)
            if batch and not isinstance(batch[-1], End):
                batch += await _arrived(running, settle)
                settle = 0
            if batch and isinstance(batch[-1], End):
                end = batch.pop()
            if batch or end is None:
                yield batch
    if end.error:
        raise end.error


async def _arrived(running: Running[_Result], seconds: float, most: int = 0) -> list[Any]:
    """The results that come within `seconds`, until the work ends or `most` have come; an `End` is the last."""
    found: list[Any] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not (found and (isinstance(found[-1], End) or len(found) == most)):
                found.append(await running.next())
    return found
