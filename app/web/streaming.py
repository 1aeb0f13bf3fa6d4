"""Runs blocking work in a few threads and passes its results to the event loop, with limits of number and time.

The API takes results one by one (`Workers.stream`), the chat in batches (`Workers.batches`); both share the threads and
the queue. Whose turn it is: `app.web.turns`; who has asked too much: `app.web.visitors`. Nothing here depends on the
work.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import HTTPException

from app.observe.prometheus import QueueMetrics
from app.web.turns import Refused, Turn, Turns, Waiting
from app.web.visitors import Rates, Visitor, visitor
from ingest.settings import Settings

# Work that ends within this many seconds of its first result comes in one batch: nothing flickers.
SETTLE = 0.15
# Seconds without a result after which an empty batch is yielded; only then a lost reader is noticed.
QUIET = 1.0
# The visitor of a program without visitors, whose questions nobody counts.
NOBODY = "nobody"
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class End:
    """The work is done, or failed with `error`."""

    error: Exception | None = None


class Running(Generic[_Result]):
    """Work in a thread, whose results are awaited; it begins with `begin`.

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
        self._results: asyncio.Queue[_Result | Waiting | End] = asyncio.Queue()
        self._threads, self._work, self._ended = threads, work, ended
        self._begun: Future[None] | None = None
        self._over = False

    def __enter__(self) -> Running[_Result]:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def begin(self) -> None:
        """Begin the work as soon as a thread is free."""
        self._begun = self._threads.submit(self._run)

    def tell(self, waiting: Waiting) -> None:
        """Pass a place in line to the reader of the results."""
        self._results.put_nowait(waiting)

    def stop(self, end: End | None = None) -> None:
        """Tell the work to stop; `end` is passed to the reader of its results."""
        self._stop.set()
        if end:
            self._results.put_nowait(end)
        # Work that still waits for its turn or for a thread makes room at once.
        if self._begun is None or self._begun.cancel():
            self._finish(End())

    async def next(self) -> _Result | Waiting | End:
        """The next result, or the end; do not call it after that."""
        return await self._results.get()

    def _run(self) -> None:
        end = End()
        try:
            with contextlib.closing(self._work(self._stop)) as results:
                for result in results:
                    if self._stop.is_set():
                        break
                    self._in_loop(self._results.put_nowait, result)
        except Exception as error:  # raised again for the reader
            end = End(error)
        finally:
            self._in_loop(self._finish, end)

    def _finish(self, end: End) -> None:
        if self._over:
            return
        self._over = True
        self._results.put_nowait(end)
        self._ended()

    def _in_loop(self, call: Callable[..., None], *values: object) -> None:
        # The loop may be closed by now: then nobody waits.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call, *values)


class Workers:
    """Runs blocking work for visitors, in fair turns.

    Whoever asks is the visitor whose request the current task serves, if none is given; outside of a server nobody,
    who has no limits. Each method raises `HTTPException`: 429 for a visitor who asks too much, 503 when too many wait,
    504 when the time is over; and what the work raises.
    """

    def __init__(self, settings: Settings) -> None:
        # Own threads: work that ran out of time runs on until its next check, and must not make room before.
        self._threads = ThreadPoolExecutor(settings.workers, thread_name_prefix="worker")
        self._seconds, self._model_seconds = settings.request_seconds, settings.model_seconds
        self._rates = Rates(settings)
        self._turns = Turns(settings.workers, settings.queue)
        # Half of the queue stays for others than the owner of a key.
        self._share = settings.visitor_share or math.inf
        self._keyed_share = max(self._share, settings.queue // 2)
        self.metrics = QueueMetrics(lambda: self._turns.waiting)

    async def admit(self) -> None:
        """Count a request that needs no worker."""
        with self._counted():
            if asking := visitor():
                self._rates.count(asking)

    async def run(self, work: Callable[[threading.Event], _Result]) -> _Result:
        """The result of blocking work, whose event is set when the client has gone."""

        def once(stop: threading.Event) -> Generator[_Result]:
            yield work(stop)

        async with aclosing(self.stream(once)) as results:
            async for result in results:
                return result
        raise AssertionError("the work gave no result")

    async def stream(self, work: Callable[[threading.Event], Generator[_Result]]) -> AsyncGenerator[_Result]:
        """The results of blocking work, as they come. Closing this tells the work to stop."""
        async with aclosing(self.queued(work)) as results:
            async for result in results:
                if not isinstance(result, Waiting):
                    yield result

    async def queued(self, work: Callable[[threading.Event], Generator[_Result]]) -> AsyncGenerator[_Result | Waiting]:
        """As `stream`, with the place in line before the results, as it changes.

        A place is occupied until the work has ended, not until its results are read.
        """
        with self._enter(work, visitor(), self._seconds) as running:
            while not isinstance(result := await running.next(), End):
                yield result
        if result.error:
            raise result.error

    async def batches(
        self,
        work: Callable[[threading.Event], Generator[_Result]],
        asking: Visitor | None,
        stop: threading.Event | None = None,
    ) -> AsyncGenerator[list[_Result | Waiting]]:
        """Batches of results in order: all since the batch before, an empty one if nothing came for `QUIET`.

        Closing this sets `stop`, the event that the work checks, and does not wait. Others with that event can also
        stop the work. Raises after the results.
        """
        settle = SETTLE
        end: End | None = None
        with self._enter(work, asking, self._seconds + self._model_seconds, stop) as running:
            while end is None:
                batch = await _arrived(running, QUIET, most=1)
                if batch and not isinstance(batch[-1], (End, Waiting)):
                    batch += await _arrived(running, settle)
                    settle = 0
                if batch and isinstance(batch[-1], End):
                    end = batch.pop()
                if batch or end is None:
                    yield batch
        if end.error:
            raise end.error

    def _enter(
        self,
        work: Callable[[threading.Event], Generator[_Result]],
        asking: Visitor | None,
        seconds: float,
        stop: threading.Event | None = None,
    ) -> Running[_Result]:
        """Work in the queue, or begun."""

        def out_of_time() -> None:
            late: HTTPException = HTTPException(504, f"no answer within {seconds:g} seconds")
            if turn.begun is None:
                late = self._turns.full("late", "your turn did not come in time; try again in a moment")
                self.metrics.refused("late")
            running.stop(End(late))

        def ended() -> None:
            limit.cancel()
            self._turns.leave(turn)

        running = Running(self._threads, work, ended, stop)
        share = math.inf if asking is None else self._keyed_share if asking.keyed else self._share
        turn = Turn(asking.name if asking else NOBODY, running.begin, running.tell, share)
        with self._counted():
            self._turns.check(turn)
            if asking:
                self._rates.count(asking)
        limit = asyncio.get_running_loop().call_later(seconds, out_of_time)
        self._turns.enter(turn)
        return running

    @contextlib.contextmanager
    def _counted(self) -> Generator[None]:
        try:
            yield
        except Refused as refused:
            self.metrics.refused(refused.reason)
            raise


async def _arrived(running: Running[Any], seconds: float, most: int = 0) -> list[Any]:
    """The results that come within `seconds`, until the work ends or `most` have come; an `End` is the last."""
    found: list[Any] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not (found and (isinstance(found[-1], End) or len(found) == most)):
                found.append(await running.next())
    return found
