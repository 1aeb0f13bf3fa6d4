"""Work on an event loop that ends when its time is up or nobody waits any more, and is cancelled once for either."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Asker:
    """Who waits for work on the event loop, and may leave.

    Leaving brings the time limit forward: whatever ends the work then cancels it once. Cancelled twice, by its
    limit and by who leaves a moment later, httpx would leave the connection open.
    """

    def __init__(self) -> None:
        self.gone = False
        self._limit: asyncio.Timeout | None = None

    @asynccontextmanager
    async def limit(self, seconds: float | None) -> AsyncIterator[None]:
        """Raises `TimeoutError` where the time is up or the asker leaves."""
        async with asyncio.timeout(0 if self.gone else seconds) as self._limit:
            yield

    def leave(self) -> None:
        """Nobody waits any more; to be called on the event loop."""
        self.gone = True
        if self._limit:
            with suppress(RuntimeError):  # it is over already, or being ended
                self._limit.reschedule(asyncio.get_running_loop().time())
