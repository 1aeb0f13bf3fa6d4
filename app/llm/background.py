"""Streams results of work that runs elsewhere, in a thread or on an event loop, to a synchronous reader.

    work puts pieces -> Outlet -> `stream_from` yields them, until the end, an error, a stop or the time limit

However the reader ends, the work is cancelled. At the interpreter's exit, running threads
are cancelled and waited for: a thread that is killed inside native code can crash the
process.
"""

from __future__ import annotations

import asyncio
import atexit
import queue
import threading
import time
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Generic, TypeVar

from app.llm.engine import EngineTimeout

T = TypeVar("T")
# Starts the work and returns a function that cancels it.
Start = Callable[["Outlet[T]"], Callable[[], None]]

# Seconds until a stop is noticed while no piece comes. Pieces are never delayed.
_POLL = 0.05
_EXIT = 5.0


class Outlet(Generic[T]):
    """The queue of the work's pieces; safe to use from any thread."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[T | None, BaseException | None, bool]] = queue.SimpleQueue()

    def put(self, piece: T) -> None:
        """Add one piece."""
        self._queue.put((piece, None, False))

    def end(self, error: BaseException | None = None) -> None:
        """Mark the end, with the error if the work failed."""
        self._queue.put((None, error, True))

    def take(self, seconds: float) -> tuple[T | None, BaseException | None, bool]:
        """The next piece, the error, or the end; raises `queue.Empty` after `seconds`."""
        return self._queue.get(timeout=seconds)


def stream_from(
    start: Start[T], *, seconds: float, stop: threading.Event | None = None, waiting_for: str = "the model"
) -> Iterator[T]:
    """Yield the pieces of the work, which starts when the first piece is requested.

    Ends without an error when `stop` is set; raises `EngineTimeout` after `seconds`, and the work's own error.
    """
    outlet: Outlet[T] = Outlet()
    deadline = time.monotonic() + seconds
    cancel = start(outlet)
    try:
        while stop is None or not stop.is_set():
            left = deadline - time.monotonic()
            if left <= 0:
                raise too_slow(waiting_for, seconds)
            try:
                piece, error, ended = outlet.take(min(left, _POLL))
            except queue.Empty:
                continue
            if error is not None:
                raise error
            if ended:
                return
            yield piece  # type: ignore[misc]
    finally:
        cancel()


def too_slow(who: str, seconds: float) -> EngineTimeout:
    """The error for a model that took longer than it may."""
    return EngineTimeout(
        f"{who} took longer than {seconds:g} s. Ask again, or allow more: export CITECAST_MODEL_SECONDS=…"
    )


def in_thread(work: Callable[[Outlet[T], threading.Event], None]) -> Start[T]:
    """Work that runs in its own thread; it must end soon after its event is set."""

    def start(outlet: Outlet[T]) -> Callable[[], None]:
        cancelled = threading.Event()

        def run() -> None:
            try:
                work(outlet, cancelled)
                outlet.end()
            except BaseException as error:
                outlet.end(error)

        thread = threading.Thread(target=run, name="generation", daemon=True)
        _running[thread] = cancelled
        thread.start()
        return cancelled.set

    return start


_running: weakref.WeakKeyDictionary[threading.Thread, threading.Event] = weakref.WeakKeyDictionary()


@atexit.register
def _end_all() -> None:
    for thread, cancelled in list(_running.items()):
        cancelled.set()
        thread.join(_EXIT)


class Cancellation:
    """Lets a reader cancel work on the event loop.

    It moves the work's time limit forward, so the work is cancelled only once: an HTTP client that is cancelled
    twice (by the limit and by a reader) leaves its connection open.
    """

    def __init__(self) -> None:
        self.cancelled = False
        self._limit: asyncio.Timeout | None = None

    @asynccontextmanager
    async def limit(self, seconds: float | None) -> AsyncIterator[None]:
        """Raises `TimeoutError` when the time is up or the work is cancelled."""
        async with asyncio.timeout(0 if self.cancelled else seconds) as self._limit:
            yield

    def cancel(self) -> None:
        """Cancel the work; call it on the event loop."""
        self.cancelled = True
        if self._limit:
            with suppress(RuntimeError):  # the work has ended or is ending
                self._limit.reschedule(asyncio.get_running_loop().time())


def on_loop(work: Callable[[Outlet[T], Cancellation], Awaitable[None]]) -> Start[T]:
    """Work that runs on the one event loop of all servers' requests."""

    async def run(outlet: Outlet[T], cancellation: Cancellation) -> None:
        try:
            await work(outlet, cancellation)
        except Exception as error:
            outlet.end(error)
        else:
            outlet.end()

    def start(outlet: Outlet[T]) -> Callable[[], None]:
        loop, cancellation = _loop(), Cancellation()
        # The cancelling function keeps the future: the loop itself does not hold its tasks.
        going = asyncio.run_coroutine_threadsafe(run(outlet, cancellation), loop)

        def cancel() -> None:
            if not going.done():
                loop.call_soon_threadsafe(cancellation.cancel)

        return cancel

    return start


_lock = threading.Lock()
_loops: list[asyncio.AbstractEventLoop] = []


def _loop() -> asyncio.AbstractEventLoop:
    """The event loop, started when it is first needed."""
    with _lock:
        if not _loops:
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="model servers", daemon=True).start()
            _loops.append(loop)
        return _loops[0]
