"""Runs one piece of blocking work in a thread, passes its results to the event loop, and limits its time.

Nothing here depends on the work, nor on who waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.web.turns import Waiting

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


class Limit:
    """A limit of time, which can be replaced by another one. Use it only in the event loop."""

    _handle: asyncio.TimerHandle | None = None

    def __init__(self, seconds: float, over: Callable[[], None]) -> None:
        self.set(seconds, over)

    def set(self, seconds: float, over: Callable[[], None]) -> None:
        """Call `over` after some seconds, in place of what was to be called."""
        self.cancel()
        self._handle = asyncio.get_running_loop().call_later(seconds, over)

    def cancel(self) -> None:
        """Call nothing any more."""
        if self._handle:
            self._handle.cancel()
