"""Work on an event loop ends once, for its limit or for who leaves, and what it closes is closed whole."""

from __future__ import annotations

import asyncio

import pytest

from app.llm.asker import Asker


async def closing(asker: Asker, seconds: float | None, log: list[str]) -> None:
    """Work that goes on without end, and takes a while to close what it has open."""
    async with asker.limit(seconds):
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.1)
            log.append("closed")


@pytest.mark.parametrize(
    ("seconds", "leaves_after"),
    [(0.02, 0.06), (0.06, 0.02), (0.04, 0.04), (None, 0.02)],
    ids=["while its limit ends it", "before its limit, which comes while it closes", "at its limit", "without a limit"],
)
def test_who_leaves_breaks_off_no_closing(seconds: float | None, leaves_after: float) -> None:
    async def main() -> list[str]:
        asker, log = Asker(), list[str]()
        going = asyncio.create_task(closing(asker, seconds, log))
        await asyncio.sleep(leaves_after)
        asker.leave()
        with pytest.raises(TimeoutError):
            await going
        assert asker.gone
        return log

    assert asyncio.run(main()) == ["closed"]


def test_work_whose_asker_left_before_it_began_ends_at_its_first_wait() -> None:
    async def main() -> list[str]:
        asker, log = Asker(), list[str]()
        asker.leave()
        with pytest.raises(TimeoutError):
            await closing(asker, 60, log)
        return log

    assert asyncio.run(main()) == ["closed"]


def test_who_leaves_when_all_is_done_changes_nothing() -> None:
    async def main() -> None:
        asker = Asker()
        async with asker.limit(60):
            pass
        asker.leave()
        await asyncio.sleep(0)

    asyncio.run(main())
