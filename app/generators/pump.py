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
from typing import Any, Generic, TypeVar

from app.generators.errors import EngineTimeout

T = TypeVar("T")

# How soon a stop is noticed while no piece comes, in seconds. Pieces themselves are never waited for.
_POLL = 0.05
_EXIT = 5.0
# Names of threads, for whoever looks at the process: with work, and waiting for some.
_BUSY, _IDLE = "generation", "no generation"


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
        job = _Job(work, outlet)
        threading.Thread(target=job.run, name=_BUSY, daemon=True).start()
        return job.cancelled.set

    return start


class Lane:
    """One thread that does one work after the other, in the order in which they came.

    For native code that keeps a pool of its own for each thread that calls it, as OpenMP
    does: a new thread for each work would have to make it anew.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._begin = threading.Lock()
        self._begun = False
        # The thread holds the queue and not the lane: it ends with it.
        weakref.finalize(self, self._jobs.put, None)

    def run(self, work: Callable[[Outlet[T], threading.Event], None]) -> Callable[[Outlet[T]], Callable[[], None]]:
        """Work for `pump`, as `in_thread` takes it; what is cancelled before its turn is not begun."""

        def start(outlet: Outlet[T]) -> Callable[[], None]:
            job = _Job(work, outlet)
            self._jobs.put(job)
            with self._begin:
                if not self._begun:
                    self._begun = True
                    threading.Thread(target=_each, args=(self._jobs,), name=_IDLE, daemon=True).start()
            return job.cancelled.set

        return start


class _Job(Generic[T]):
    """One work with its outlet, and the event that tells it to end."""

    def __init__(self, work: Callable[[Outlet[T], threading.Event], None], outlet: Outlet[T]) -> None:
        self._work, self._outlet = work, outlet
        self.cancelled, self.done = threading.Event(), threading.Event()
        _open.add(self)

    def run(self) -> None:
        """Do it, and tell the listener how it ended."""
        try:
            if not self.cancelled.is_set():
                self._work(self._outlet, self.cancelled)
            self._outlet.end()
        except BaseException as error:
            self._outlet.end(error)
        finally:
            _open.discard(self)
            self.done.set()


def _each(jobs: queue.SimpleQueue[_Job[Any] | None]) -> None:
    thread = threading.current_thread()
    while (job := jobs.get()) is not None:
        thread.name = _BUSY
        job.run()
        thread.name = _IDLE


# What is waiting or going on; sets change in one step under the interpreter's lock.
_open: set[_Job[Any]] = set()


@atexit.register
def _end_all() -> None:
    jobs = list(_open)
    for job in jobs:
        job.cancelled.set()
    for job in jobs:
        job.done.wait(_EXIT)
