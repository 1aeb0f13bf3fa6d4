"""What blocking work yields, handed to the event loop: the work runs in a thread, its results come in batches.

Nothing here knows what is relayed, or what becomes of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, TypeVar

# Work that is done within this many seconds of its first result is told in one batch: nothing flickers.
SETTLE = 0.15
# So often a reader hears that there is nothing new; one that has gone shows only then.
QUIET = 1.0
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class _End:
    """The work is done, or broke off."""

    error: Exception | None = None


async def relayed(
    threads: Executor, work: Callable[[threading.Event], Generator[_Result]]
) -> AsyncGenerator[list[_Result]]:
    """Yield batches of results in order: all that came since the batch before, none where nothing came for `QUIET`.

    Closing this sets the work's event and does not wait: the thread closes the work as soon as
    it looks up. Raises what the work raises, after what it had yielded.
    """
    loop, stop = asyncio.get_running_loop(), threading.Event()
    queue: asyncio.Queue[_Result | _End] = asyncio.Queue()

    def run() -> None:
        end = _End()
        try:
            # Stopped while it waited for a thread: nothing is begun.
            if not stop.is_set():
                with contextlib.closing(work(stop)) as results:
                    for result in results:
                        if stop.is_set():
                            break
                        loop.call_soon_threadsafe(queue.put_nowait, result)
        except Exception as error:  # raised again where it is awaited
            end = _End(error)
        finally:
            # The loop may be closed by now: then nobody waits.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(queue.put_nowait, end)

    threads.submit(run)
    settle = SETTLE
    end: _End | None = None
    try:
        while end is None:
            batch = await _arrived(queue, QUIET, most=1)
            if batch and not isinstance(batch[-1], _End):
                batch += await _arrived(queue, settle)
                settle = 0
            if batch and isinstance(batch[-1], _End):
                end = batch.pop()
            if batch or end is None:
                yield batch
        if end.error:
            raise end.error
    finally:
        stop.set()


async def _arrived(queue: asyncio.Queue[_Result | _End], seconds: float, most: int = 0) -> list[Any]:
    """What arrives within so many seconds, until the work ends or `most` have come; an `_End` is the last."""
    found: list[Any] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not (found and (isinstance(found[-1], _End) or len(found) == most)):
                found.append(await queue.get())
    return found
