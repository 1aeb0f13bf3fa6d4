"""What blocking work yields, in batches: what is done at once is told at once, what takes its time as it comes.

Nothing here knows what is relayed, or what becomes of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Executor
from typing import Any, TypeVar

from app.web.streaming import End, Running

# Work that is done within this many seconds of its first result is told in one batch: nothing flickers.
SETTLE = 0.15
# So often a reader hears that there is nothing new; one that has gone shows only then.
QUIET = 1.0
_Result = TypeVar("_Result")


async def relayed(
    threads: Executor, work: Callable[[threading.Event], Generator[_Result]], stop: threading.Event | None = None
) -> AsyncGenerator[list[_Result]]:
    """Yield batches of results in order: all that came since the batch before, none where nothing came for `QUIET`.

    Closing this sets `stop`, the event that the work looks at, and does not wait. Who else has that event may stop the
    work, too. Raises what the work raises, after what it had yielded.
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
    """What arrives within so many seconds, until the work ends or `most` have come; an `End` is the last."""
    found: list[Any] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not (found and (isinstance(found[-1], End) or len(found) == most)):
                found.append(await running.next())
    return found
