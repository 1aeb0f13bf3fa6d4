"""Tests what the page shows when a visitor asks, verifies, stops, clears or leaves, and that nothing hangs."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Coroutine, Generator
from contextlib import aclosing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import gradio as gr
import pytest
from chat_fake import BILL, EXAMPLES, STORE, TWO_TEAMS, WRITTEN, FakeAnswerer, FakeVerifier
from chat_markup import NOTHING, SENT, Markup, heard
from fakes import settings_for

from app.chat import turn
from app.chat.handlers import Chat, Verifying, filters_label
from app.chat.state import HISTORY, Session
from app.question import MAX_QUESTION
from app.types import Citation, Event, Found, Passed
from app.verification.verifier import MAX_STATEMENT
from app.web import streaming
from app.web.streaming import Workers
from index.filters import Filters

SAID = "A feature store pays off with a second team."
_Result = TypeVar("_Result")


def now(work: Coroutine[Any, Any, _Result]) -> _Result:
    return asyncio.run(work)


def asking(chat: Chat, question: str, *boxes: Any) -> Session:
    """A session with a pending question, and one question before it."""
    session = Session(("before",))
    now(chat.start(question, session, *(boxes or NOTHING)))
    assert session.pending
    return session


def verifies(verifying: Verifying, statement: str) -> Session:
    """A session with a pending statement."""
    session = Session()
    assert now(verifying.start(statement, session))["state"] == "pending"
    return session


def ended(fake: FakeAnswerer, question: str) -> bool:
    """Whether the thread that answers the question ends."""
    for _ in range(500):
        if question in fake.ended:
            return True
        threading.Event().wait(0.01)
    return False


# ---- asking ----


def test_follow_ups_get_the_last_questions(chat: Chat, fake: FakeAnswerer) -> None:
    session = Session()
    for count in range(HISTORY + 3):
        now(chat.start(f"question {count}", session, *NOTHING))
        assert heard(chat, session)[-1]["state"] == "answered"
    assert fake.calls[0][1] == ()
    assert fake.calls[-1][1] == tuple(f"question {count}" for count in range(2, HISTORY + 2))
    assert len(session.history) == HISTORY


def test_filters_reach_the_answerer_and_are_shown(chat: Chat, fake: FakeAnswerer) -> None:
    change = heard(chat, asking(chat, "q", ["Ilva Nadrostek"], [], [3], [STORE.slug]))[-1]
    assert fake.calls[0][2] == Filters(episodes=(STORE.slug,), guests=("Ilva Nadrostek",), seasons=(3,))
    shown = "Only guest Ilva Nadrostek · season 3 · episode Feature Stores Without the Hype"
    assert shown in Markup(change["html"]).text
    assert filters_label(["a"], [], None, ["b", "c"])["label"] == "Filters · 3 set"
    assert filters_label([], None, [], [])["label"] == "Filters"


@pytest.mark.parametrize(
    ("text", "said"), [("  ", "Type a question"), (None, "Type"), ("x" * (MAX_QUESTION + 1), "2,000")]
)
def test_what_is_no_question_is_not_asked(chat: Chat, fake: FakeAnswerer, text: str | None, said: str) -> None:
    session = Session()
    change, _ = now(chat.start(text, session, *NOTHING))
    assert said in change["text"]
    assert session.pending is None
    assert fake.calls == []


def test_one_question_at_a_time(chat: Chat, verifying: Verifying) -> None:
    session = asking(chat, "first")
    first = session.pending
    assert now(chat.start("second", session, *NOTHING))[0]["kind"] == "say"
    assert session.pending is first
    assert now(verifying.start("Another one.", verifies(verifying, SAID))) == gr.skip()


def test_an_example_is_asked_like_any_question(chat: Chat) -> None:
    def example(question: Any, session: Session) -> dict[str, Any]:
        event = cast(Any, SimpleNamespace(_data={"question": question}))
        return now(chat.start_example(session, None, None, None, None, event))

    session = Session()
    assert example(["x"], session)["kind"] == "say"
    assert example(EXAMPLES[0], session)["kind"] == "turn"
    assert session.pending
    assert session.pending.text == EXAMPLES[0]


Told = AsyncGenerator[Any]


async def changed(told: Told, before: dict[str, Any]) -> dict[str, Any]:
    """The next different change."""
    async for change in told:
        if change is not before:
            return cast(dict[str, Any], change)
    raise AssertionError("nothing more was told")


def test_evidence_first_then_each_sentence_then_the_whole(chat: Chat, fake: FakeAnswerer) -> None:
    session = asking(chat, "stepwise prose")

    async def main() -> None:
        async with aclosing(chat.answer(session, SENT)) as told:
            change = await anext(told)
            assert change["state"] == "pending"
            assert change["status"] == "Reading 4 quotes by Ilva Nadrostek and Hjalmar Veskild"
            assert change["status"] in change["html"]
            assert 'class="sentence"' not in change["html"]
            assert change["html"].count('class="chip"') == 4, "with the panel out of sight the quotes can be gone to"
            panel = change["sources"]
            assert panel.count('class="source"') == 4
            for count in range(1, 5):
                fake.step.release()
                change = await changed(told, change)
                assert change["html"].count('class="sentence"') == count
                assert 'class="reading"' not in change["html"]
                assert WRITTEN[count - 1].text.split()[0] in change["html"]
                assert (change["status"], change["sources"]) == (turn.WRITING, panel)
            fake.step.release(2)
            change = [one async for one in told][-1]
        assert change["state"] == "answered"
        assert change["status"] == "The answer is there: 5 sentences from 3 sources."
        assert "1 sentence was left out" in Markup(change["html"]).text

    now(main())
    assert (session.history, session.pending) == (("before", "stepwise prose"), None)


@pytest.mark.parametrize("question", ["quotes", "refuse", "prose"])
def test_what_is_there_at_once_is_told_once(chat: Chat, question: str) -> None:
    session = asking(chat, question)
    assert [change["state"] for change in heard(chat, session)] == ["refused" if question == "refuse" else "answered"]
    assert session.history == ("before", question)


def test_while_nothing_comes_the_same_is_told_again(
    chat: Chat, fake: FakeAnswerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "QUIET", 0.02)
    session = asking(chat, "slow")

    async def main() -> None:
        async with aclosing(chat.answer(session, SENT)) as told:
            first = await anext(told)
            assert first["status"] == turn.SEARCHING
            assert await anext(told) is first
            fake.release.set()
            assert [one async for one in told][-1]["state"] == "answered"

    now(main())


# ---- faults ----


def test_an_error_for_the_visitor_is_told(chat: Chat, verifying: Verifying) -> None:
    session = asking(chat, "nonsense")
    assert "That is not a question <i>yet</i>." in Markup(heard(chat, session)[-1]["html"]).text
    assert (session.history, session.pending) == (("before",), None), "it is no question to follow up on"
    change = heard(verifying, verifies(verifying, "Ovens talk nonsense."))[-1]
    assert "That is no <i>statement</i>." in Markup(change["html"]).text


def test_any_other_error_is_logged_and_not_told(
    chat: Chat, verifying: Verifying, caplog: pytest.LogCaptureFixture
) -> None:
    asked, stated = asking(chat, "boom"), verifies(verifying, "Ovens go boom.")
    for change, session in ((heard(chat, asked)[-1], asked), (heard(verifying, stated)[-1], stated)):
        assert change["status"] == turn.FAILED
        assert "secret" not in change["html"]
        assert session.pending is None
    assert caplog.text.count("RuntimeError: secret detail of the machine") == 2
    assert asked.history == ("before",)


def test_what_has_passed_stays_when_the_rest_fails(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    session = asking(chat, "prose that breaks")
    with caplog.at_level(logging.ERROR):
        change = heard(chat, session)[-1]
    assert (change["state"], change["status"]) == ("failed", turn.BROKE_OFF)
    text = Markup(change["html"]).text
    assert text.index(WRITTEN[0].text) < text.index(turn.BROKE_OFF)
    assert change["sources"].count('class="source"') == 4
    now(chat.start("and now", session, *NOTHING))
    assert heard(chat, session)[-1]["state"] == "answered", "the chat lives on"


def test_an_answer_that_never_ends_is_a_fault(chat: Chat, fake: FakeAnswerer, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: Any, **__: Any) -> Generator[Event]:
        yield Found("q", (Citation(1, TWO_TEAMS), Citation(2, BILL)), 0.8)
        yield Passed(WRITTEN[0])

    monkeypatch.setattr(fake, "stream", endless)
    session = asking(chat, "q")
    assert heard(chat, session)[-1]["state"] == "failed"
    assert session.pending is None


def test_the_chat_has_the_limits_of_the_api(fake: FakeAnswerer, verifier: FakeVerifier, tmp_path: Path) -> None:
    verifier.release.set()
    workers = Workers(settings_for(tmp_path, visitor_rate="2/minute"))
    chat, verifying = Chat(cast(Any, fake), workers), Verifying(verifier, workers)
    assert heard(chat, asking(chat, "first"))[-1]["state"] == "answered"
    assert heard(verifying, verifies(verifying, SAID))[-1]["state"] == "supported"
    for tab, session in ((chat, asking(chat, "again")), (verifying, verifies(verifying, SAID))):
        change = heard(tab, session)[-1]
        assert change["state"] == "failed"
        assert "2 questions within a minute" in change["html"]
        assert session.pending is None


def test_a_visitor_sees_the_place_in_line(fake: FakeAnswerer, tmp_path: Path) -> None:
    chat = Chat(cast(Any, fake), Workers(settings_for(tmp_path, workers=1)))
    first, second = asking(chat, "slow"), asking(chat, "second")

    async def main() -> None:
        async with aclosing(chat.answer(first, SENT)) as one, aclosing(chat.answer(second, SENT)) as other:
            begun = asyncio.ensure_future(anext(one))
            await asyncio.sleep(0.05)
            change = await anext(other)
            assert (change["state"], change["status"]) == ("pending", "Waiting for your turn, number 1 in line")
            assert change["status"] in change["html"]
            fake.release.set()
            assert (await begun)["state"] == "answered"
            assert (await anext(other))["status"] == turn.SEARCHING

    now(main())


# ---- stopping, clearing, leaving ----


def test_stopping_clearing_and_a_full_queue_end_the_question(chat: Chat, verifying: Verifying) -> None:
    for end, said in ((chat.stop, "Stopped."), (chat.full, "Too many questions")):
        session = asking(chat, "q")
        change = now(end(session))
        assert change["kind"] == "end"
        assert said in change["html"]
        assert "You asked" not in change["html"], "only what goes below"
        assert (session.history, session.pending) == (("before",), None)
        assert now(end(session)) == gr.skip(), "nothing is under way"
    for end, state in ((verifying.stop, "stopped"), (verifying.full, "failed")):
        session = verifies(verifying, SAID)
        assert now(end(session))["state"] == state
        assert session.pending is None
    session = asking(chat, "q")
    assert now(chat.clear(session))["kind"] == "clear"
    assert (session.history, session.pending) == ((), None)


@pytest.mark.parametrize("end", ["stop", "clear"])
def test_stopping_at_any_moment_leaves_the_next_question_free(chat: Chat, fake: FakeAnswerer, end: str) -> None:
    """Some ms after the last event: a stopped question is not kept, an answered one stays answered."""

    async def main(wait: float) -> None:
        session = Session()
        await chat.start("stepwise one", session, *NOTHING)
        answering = asyncio.ensure_future(changes(chat, session))
        await asyncio.sleep(0.02)
        fake.step.release(4)
        await asyncio.sleep(wait / 1000)
        ended = await getattr(chat, end)(session) != gr.skip()
        begun, _ = await chat.start("next", session, *NOTHING)
        assert begun["kind"] == "turn", "it is taken"
        told = await changes(chat, session)
        assert told[-1]["state"] == "answered"
        assert fake.calls[-1][:2] == ("next", () if ended else ("stepwise one",))
        if end == "stop":
            assert any(one.get("state") == "answered" for one in await answering) is not ended
        await answering
        assert session.pending is None
        while fake.step.acquire(blocking=False):
            pass

    for wait in range(0, 61, 3):
        now(main(wait))


async def changes(tab: Chat | Verifying, session: Session) -> list[dict[str, Any]]:
    return [change async for change in tab.answer(session, SENT)]


def test_an_event_left_over_from_a_stopped_question_does_no_harm(chat: Chat, fake: FakeAnswerer) -> None:
    session = asking(chat, "first")
    now(chat.stop(session))
    assert heard(chat, session) == [gr.skip()], "its turn in the queue comes with nothing to do"
    now(chat.start("second", session, *NOTHING))

    async def main() -> list[list[Any]]:
        return list(await asyncio.gather(changes(chat, session), changes(chat, session)))

    one, other = now(main())
    assert sorted([one[-1].get("state", ""), other[-1].get("state", "")]) == ["", "answered"]
    assert [call[0] for call in fake.calls] == ["second"], "each question is answered once"


def test_closing_or_cancelling_ends_the_thread(chat: Chat, verifying: Verifying, fake: FakeAnswerer) -> None:
    async def close(session: Session) -> None:
        told = chat.answer(session, SENT)
        await anext(told)
        await told.aclose()

    async def cancel(session: Session) -> None:
        told = chat.answer(session, SENT)
        await anext(told)
        waiting = asyncio.ensure_future(anext(told))
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled()

    async def main() -> None:
        for leave in (close, cancel):
            session, question = Session(), f"stepwise {leave.__name__}"
            await chat.start(question, session, *NOTHING)
            await leave(session)
            assert await asyncio.to_thread(ended, fake, question)
            assert session.pending is None
        await chat.start("next", session, *NOTHING)
        assert (await changes(chat, session))[-1]["state"] == "answered", "the threads are free again"

    now(main())


# ---- verifying ----


def test_a_statement_is_verified_in_two_steps(verifying: Verifying, verifier: FakeVerifier) -> None:
    (change,) = heard(verifying, verifies(verifying, f"  {SAID}\n"))
    assert verifier.calls == [SAID]
    assert (change["kind"], change["state"]) == ("result", "supported")
    assert change["status"] == "Supported by the archive, score 0.83. 2 quotes."


@pytest.mark.parametrize(
    ("text", "said"), [(None, "empty"), (" \n ", "empty"), ("?!", "empty"), ("x" * (MAX_STATEMENT + 1), "2,001")]
)
def test_what_is_no_statement_is_told_at_once(
    verifying: Verifying, verifier: FakeVerifier, text: str | None, said: str
) -> None:
    session = Session()
    change = now(verifying.start(text, session))
    assert change["state"] == "failed"
    assert said in Markup(change["html"]).text
    assert session.pending is None
    assert verifier.calls == []


def test_a_search_for_a_statement_can_be_stopped(verifying: Verifying, verifier: FakeVerifier) -> None:
    session = verifies(verifying, "A slow oven bakes.")

    async def main() -> None:
        verified = asyncio.ensure_future(changes(verifying, session))
        await asyncio.sleep(0.05)
        assert (await verifying.stop(session))["state"] == "stopped"
        assert await verified == [], "nothing more is told"

    now(main())
    assert verifier.stopped == ["A slow oven bakes."]
    assert heard(verifying, verifies(verifying, SAID))[-1]["state"] == "supported", "its one thread is free again"
