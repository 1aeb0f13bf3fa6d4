"""Work that goes on elsewhere, heard piece by piece: a generation in a thread or on an event loop.

    work puts pieces -> Outlet -> `pump` yields them, until the end, an error, a stop or the time limit

However the listener leaves, the work is told to end. At the interpreter's exit
what is still going on is told to end and waited for, since a thread that is cut
off inside native code can take the process down with it.
"""

from __future__ import annotations

import atexit
import queue
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from app.llm.errors import EngineTimeout

T = TypeVar("T")

# How soon a stop is noticed while no piece comes, in seconds. Pieces themselves are never waited for.
_POLL = 0.05
_EXIT = 5.0


class Outlet(Generic[T]):
    """Where the work puts its pieces; safe from any thread."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[T | None, BaseException | None, bool]] = queue.SimpleQueue()

    def put(self, piece: T) -> None:
        """Give one piece to the listener."""
        self._queue.put((piece, None, False))

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing more comes, and why if it is an error."""
        self._queue.put((None, error, True))

    def take(self, seconds: float) -> tuple[T | None, BaseException | None, bool]:
        """The next piece, the error, or the end; raises `queue.Empty` after so many seconds."""
        return self._queue.get(timeout=seconds)


def pump(
    start: Callable[[Outlet[T]], Callable[[], None]],
    *,
    seconds: float,
    stop: threading.Event | None = None,
    waiting_for: str = "the model",
) -> Iterator[T]:
    """Yield what the started work puts out.

    `start` begins the work and returns how to cancel it. Ends in silence when
    `stop` is set; raises `EngineTimeout` after `seconds`, and the work's own error.
    """
    outlet: Outlet[T] = Outlet()
    deadline = time.monotonic() + seconds
    cancel = start(outlet)
    try:
        while stop is None or not stop.is_set():
            left = deadline - time.monotonic()
            if left <= 0:
                raise EngineTimeout(
                    f"{waiting_for} took longer than {seconds:g} s. Ask again, or allow more: "
                    "export CITECAST_MODEL_SECONDS=…"
                )
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


def in_thread(work: Callable[[Outlet[T], threading.Event], None]) -> Callable[[Outlet[T]], Callable[[], None]]:
    """Work for `pump` that runs in a thread of its own; it has to end soon after its event is set."""

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
