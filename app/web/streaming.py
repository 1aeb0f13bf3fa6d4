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
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Any, TypeVar

from fastapi import HTTPException

from app.observe.prometheus import QueueMetrics
from app.types import EXTRACTIVE
from app.web.running import End, Limit, Running
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


class Workers:
    """Runs blocking work for visitors, in fair turns.

    Whoever asks is the visitor whose request the current task serves, if none is given; outside of a server nobody,
    who has no limits. Each method raises `HTTPException`: 429 for a visitor who asks too much, 503 when too many wait,
    504 when the time is over; and what the work raises.
    """

    def __init__(self, settings: Settings) -> None:
        # Own threads: work that ran out of time runs on until its next check, and must not make room before.
        self._threads = ThreadPoolExecutor(settings.workers, thread_name_prefix="worker")
        # A model that hangs must not take away the time in which its answer is made of quotes.
        model_seconds = 0 if settings.model == EXTRACTIVE else settings.model_seconds
        self._patience, self._seconds = settings.request_seconds, settings.request_seconds + model_seconds
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
        with self._enter(work, visitor()) as running:
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
        with self._enter(work, asking, stop) as running:
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
        stop: threading.Event | None = None,
    ) -> Running[_Result]:
        """Work in the queue, or begun."""
        running = Running(self._threads, work, lambda: self._leave(turn, limit), stop)
        share = math.inf if asking is None else self._keyed_share if asking.keyed else self._share
        turn = Turn(asking.name if asking else NOBODY, lambda: self._begin(running, limit), running.tell, share)
        with self._counted():
            self._turns.check(turn)
            if asking:
                self._rates.count(asking)
        limit = Limit(self._patience, lambda: self._too_long(running))
        self._turns.enter(turn)
        return running

    def _begin(self, running: Running[_Result], limit: Limit) -> None:
        late = HTTPException(504, f"no answer within {self._seconds:g} seconds")
        limit.set(self._seconds, lambda: running.stop(End(late)))
        running.begin()

    def _too_long(self, running: Running[_Result]) -> None:
        self.metrics.refused("late")
        running.stop(End(self._turns.full("late", "your turn did not come in time; try again in a moment")))

    def _leave(self, turn: Turn, limit: Limit) -> None:
        limit.cancel()
        self._turns.leave(turn)

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
