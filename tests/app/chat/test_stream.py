"""An answer that is written while the visitor watches: what is told when, and that nobody writes for nobody."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Any, cast

import gradio as gr
import pytest
from chat_fake import BILL, BILL_AGAIN, SAME_NUMBERS, TWO_TEAMS, WRITTEN, FakeAnswerer, answer, refusal
from chat_markup import NOTHING, Markup, heard

from app.chat import status
from app.chat.events import Chat
from app.chat.session import Session
from app.types import Citation, Event, Found, Passed
from app.web import relay
from app.web.relay import relayed

FOUND = tuple(Citation(number, item) for number, item in enumerate((TWO_TEAMS, SAME_NUMBERS, BILL, BILL_AGAIN), 1))


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


@pytest.fixture
def fake() -> FakeAnswerer:
    return FakeAnswerer()


@pytest.fixture
def chat(fake: FakeAnswerer) -> Chat:
    return Chat(cast(Any, fake), ThreadPoolExecutor(1))


def asking(chat: Chat, question: str) -> Session:
    """The session after the first step."""
    _, _, session = chat.start(question, Session(history=("before",)), *NOTHING)
    assert session.pending is not None
    return session


def ended(fake: FakeAnswerer, question: str) -> bool:
    """Whether the thread that answers the question comes to its end."""
    for _ in range(500):
        if question in fake.ended:
            return True
        threading.Event().wait(0.01)
    return False


# ---- relay ----


def batches(pool: ThreadPoolExecutor, work: Callable[[threading.Event], Generator[int]]) -> list[list[int]]:
    async def main() -> list[list[int]]:
        return [batch async for batch in relayed(pool, work)]

    return asyncio.run(main())


def test_what_is_done_at_once_comes_at_once(pool: ThreadPoolExecutor) -> None:
    def work(_: threading.Event) -> Generator[int]:
        yield from range(5)

    assert batches(pool, work) == [[0, 1, 2, 3, 4]]
    assert batches(pool, lambda _: (number for number in range(0))) == []


def test_what_takes_its_time_comes_as_it_is_made(pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "SETTLE", 0.01)
    monkeypatch.setattr(relay, "QUIET", 0.05)

    def work(_: threading.Event) -> Generator[int]:
        for number in range(3):
            yield number
            threading.Event().wait(0.2)

    found = batches(pool, work)
    assert [batch for batch in found if batch] == [[0], [1], [2]]
    assert found.count([]) > 3, "a reader that has gone is noticed meanwhile"


def test_a_fault_comes_after_what_was_made_before(pool: ThreadPoolExecutor) -> None:
    def work(_: threading.Event) -> Generator[int]:
        yield 1
        raise ValueError("no more")

    async def main() -> None:
        results = relayed(pool, work)
        assert await anext(results) == [1]
        await anext(results)

    with pytest.raises(ValueError, match="no more"):
        asyncio.run(main())


def test_work_is_closed_when_nobody_reads_on(pool: ThreadPoolExecutor) -> None:
    closed, begun = threading.Event(), []

    def work(stop: threading.Event) -> Generator[int]:
        begun.append(1)
        try:
            yield 1
            assert stop.wait(10)
            yield 2
        finally:
            closed.set()

    async def main() -> None:
        async with aclosing(relayed(pool, work)) as first, aclosing(relayed(pool, work)) as second:
            assert await anext(first) == [1]
            waiting = asyncio.ensure_future(anext(second))
            await asyncio.sleep(0.05)
            waiting.cancel()
            await asyncio.wait([waiting])

    asyncio.run(main())
    assert closed.wait(10)
    pool.shutdown()
    assert begun == [1], "what was stopped before its turn is not begun"


# ---- a question's changes ----


def test_evidence_first_then_each_sentence_then_the_whole(chat: Chat, fake: FakeAnswerer) -> None:
    async def main() -> None:
        async with aclosing(chat.answer(asking(chat, "stepwise prose"))) as told:
            change, session = await anext(told)
            assert change["state"] == "pending"
            assert session == gr.skip(), "the question stays under way"
            assert change["status"] == "Reading 4 quotes by Ilva Nadrostek and Hjalmar Veskild"
            assert change["status"] in change["html"]
            assert 'class="sentence"' not in change["html"]
            reading = re.findall(r'class="chip" data-source="[^"]+"', change["html"])
            assert len(reading) == 4, "where the panel is out of sight the quotes can be gone to"
            panel = change["sources"]
            assert panel.count('class="source"') == 4
            for count in range(1, 5):
                fake.step.release()
                change, _ = await changed(told, change)
                assert change["html"].count('class="sentence"') == count
                assert 'class="reading"' not in change["html"]
                assert WRITTEN[count - 1].text.split()[0] in change["html"]
                assert (change["status"], change["sources"]) == (status.WRITING, panel)
            fake.step.release(2)
            change, session = await last(told)
            assert change["state"] == "answered"
            assert change["status"] == "The answer is there: 5 sentences from 3 sources."
            assert "1 sentence was left out" in Markup(change["html"]).text
            assert session == Session(history=("before", "stepwise prose"))

    asyncio.run(main())


Told = AsyncGenerator[tuple[dict[str, Any], Any]]


async def changed(told: Told, before: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """The next change that is another."""
    async for change, session in told:
        if change is not before:
            return change, session
    raise AssertionError("nothing more was told")


async def last(told: Told) -> tuple[dict[str, Any], Any]:
    return [one async for one in told][-1]


@pytest.mark.parametrize("question", ["quotes", "refuse", "prose"])
def test_what_is_there_at_once_is_told_once(chat: Chat, question: str) -> None:
    changes, session = heard(chat, asking(chat, question))
    assert [change["state"] for change in changes] == ["refused" if question == "refuse" else "answered"]
    assert session.history == ("before", question)


def test_while_nothing_comes_the_same_is_told_again(
    chat: Chat, fake: FakeAnswerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "QUIET", 0.02)

    async def main() -> None:
        async with aclosing(chat.answer(asking(chat, "slow"))) as told:
            first, _ = await anext(told)
            second, session = await anext(told)
            assert first["status"] == status.SEARCHING
            assert second is first
            assert session == gr.skip()
            fake.release.set()
            assert (await last(told))[0]["state"] == "answered"

    asyncio.run(main())


def test_what_has_passed_stays_when_the_rest_fails(
    chat: Chat, fake: FakeAnswerer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        changes, session = heard(chat, asking(chat, "prose that breaks"))
    change = changes[-1]
    assert change["state"] == "failed"
    assert change["status"] == status.BROKE_OFF
    text = Markup(change["html"]).text
    assert text.index(WRITTEN[0].text) < text.index(status.BROKE_OFF)
    assert "secret" not in text
    assert "secret detail of the machine" in caplog.text
    assert change["sources"].count('class="source"') == 4
    assert session == Session(history=("before",))
    assert heard(chat, asking(chat, "and now"))[0][-1]["state"] == "answered", "the chat lives on"


def test_an_answer_that_never_ends_is_a_fault(chat: Chat, fake: FakeAnswerer, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: Any, **__: Any) -> Generator[Event]:
        yield Found("q", FOUND, 0.8)
        yield Passed(WRITTEN[0])

    monkeypatch.setattr(fake, "stream", endless)
    changes, session = heard(chat, asking(chat, "q"))
    assert changes[-1]["state"] == "failed"
    assert session.pending is None


def test_closing_or_cancelling_ends_the_thread(chat: Chat, fake: FakeAnswerer) -> None:
    async def close() -> None:
        told = chat.answer(asking(chat, "stepwise one"))
        await anext(told)
        await told.aclose()

    async def cancel() -> None:
        told = chat.answer(asking(chat, "stepwise two"))
        await anext(told)
        waiting = asyncio.ensure_future(anext(told))
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled()

    asyncio.run(close())
    assert ended(fake, "stepwise one")
    asyncio.run(cancel())
    assert ended(fake, "stepwise two")
    assert heard(chat, asking(chat, "next"))[0][-1]["state"] == "answered", "its one thread is free again"


def test_stopping_leaves_what_is_shown(chat: Chat) -> None:
    change, session = chat.stop(asking(chat, "q"))
    assert change["kind"] == "end"
    assert change["status"] == "Stopped."
    assert "You asked" not in change["html"], "only what goes below"
    assert session == Session(history=("before",))


def test_a_status_says_what_is_read_and_what_came_out() -> None:
    assert status.reading(FOUND[:1]) == "Reading 1 quote by Ilva Nadrostek"
    many = [Citation(number, item) for number, item in enumerate([TWO_TEAMS, BILL] * 3, 1)]
    assert status.reading(many) == "Reading 6 quotes by Ilva Nadrostek and Hjalmar Veskild"
    assert status.finished(refusal("q")) == "The archive does not answer this question."
    assert status.finished(answer("q", [BILL])) == "The answer is there: 1 sentence from 1 source."
