"""Tests what the chat stores when a visitor shares an answer or judges it: after the click, what was shown, once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from chat_fake import FakeAnswerer
from chat_markup import NOTHING, heard
from fakes import settings_for
from kept_fake import Kept

from app.chat.handlers import Chat
from app.chat.state import HISTORY, Session
from app.keeping.database import StateFull
from app.keeping.gaps import feedback_in
from app.keeping.keeper import MAX_NOTE, Keeper
from app.keeping.stored import answer_of
from app.render.markdown import answer_markdown
from app.web.streaming import Workers


def now(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def event(**data: Any) -> Any:
    return cast(Any, SimpleNamespace(_data=data))


class Talk:
    """A visitor's conversation with a chat that keeps."""

    def __init__(self, folder: Path, root_path: str = "", **settings: Any) -> None:
        self.kept = Kept(folder)
        self.keeper = self.kept.keeper(**settings)
        self.fake, self.session = FakeAnswerer(), Session()
        self.chat = Chat(cast(Any, self.fake), Workers(settings_for(folder, workers=1)), self.keeper, root_path)

    def ask(self, question: str) -> tuple[str, str]:
        """The turn's id and its HTML."""
        now(self.chat.start(question, self.session, *NOTHING))
        change = heard(self.chat, self.session)[-1]
        return change["id"], change["html"]

    def share(self, turn: object) -> dict[str, Any]:
        return cast(dict[str, Any], now(self.chat.share(self.session, event(turn=turn))))

    def judge(self, turn: object, verdict: object = "down", note: object = "") -> dict[str, Any]:
        return cast(dict[str, Any], now(self.chat.judge(self.session, event(turn=turn, verdict=verdict, note=note))))


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    return Talk(tmp_path, "/pods")


def test_the_answer_that_was_shown_is_stored_and_only_on_request(talk: Talk) -> None:
    turn, html = talk.ask("prose")
    talk.ask("quotes")
    assert "Store it and get the address" in html
    assert "your question: “prose”" in html
    assert list(talk.kept.folder.iterdir()) == []
    calls = len(talk.fake.calls)
    change = talk.share(turn)
    assert (change["kind"], change["id"], change["what"], change["error"]) == ("kept", turn, "share", "")
    assert change["path"].startswith("/pods/a/")
    assert len(talk.fake.calls) == calls, "nothing is asked again"
    found = talk.keeper.shared(change["path"].rpartition("/")[2])
    assert found
    made = answer_of(found.stored, talk.kept.index.episodes)
    assert answer_markdown(made) == answer_markdown(talk.fake.ask("prose"))


def test_a_verdict_is_stored_with_its_question_and_nothing_that_the_browser_says_of_it(talk: Talk) -> None:
    turn, _ = talk.ask("refuse it")
    assert talk.judge(turn, "down", "  <b>missing</b>\n")["error"] == ""
    (said,) = feedback_in(talk.kept.state)
    assert (said.question, said.outcome, said.verdict, said.note) == ("refuse it", "refused", "down", "<b>missing</b>")


@pytest.mark.parametrize(
    ("turn", "verdict", "note"),
    [
        ("another", "up", ""), (None, "up", ""), ({"$ne": 1}, "up", ""), ("own", "sideways", ""), ("own", None, ""),
        ("own", "up", None), ("own", "up", "x" * (MAX_NOTE + 1)),
    ],
)  # fmt: skip
def test_what_no_page_of_ours_sends_stores_nothing(talk: Talk, turn: object, verdict: object, note: object) -> None:
    own, _ = talk.ask("quotes")
    assert talk.judge(own if turn == "own" else turn, verdict, note)["error"]
    if turn != "own":
        assert talk.share(turn)["error"]
    assert feedback_in(talk.kept.state) == []


def test_only_the_last_answers_are_at_hand_and_none_after_clearing(talk: Talk) -> None:
    turns = [talk.ask(f"question {n}")[0] for n in range(HISTORY + 1)]
    assert "ask again" in talk.share(turns[0])["error"]
    assert talk.share(turns[1])["error"] == ""
    now(talk.chat.clear(talk.session))
    assert "ask again" in talk.share(turns[-1])["error"]


def test_a_full_disk_is_told_and_the_answer_stays(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    turn, _ = talk.ask("quotes")

    def full(*_: object) -> str:
        raise StateFull(f"the disk that holds {talk.kept.folder} is full")

    monkeypatch.setattr(Keeper, "share", full)
    monkeypatch.setattr(Keeper, "judge", full)
    for change in (talk.share(turn), talk.judge(turn)):
        assert change["error"] == "Nothing can be stored: the server's disk is full. The answer is still here"
    monkeypatch.undo()
    assert talk.share(turn)["error"] == "", "it can be stored when there is room again"


@pytest.mark.parametrize(
    ("settings", "offered"),
    [
        ({}, [True, True]),
        ({"share": False}, [False, True]),
        ({"feedback": False}, [True, False]),
        ({"share": False, "feedback": False}, [False, False]),
    ],
)
def test_only_what_is_switched_on_is_offered(tmp_path: Path, settings: dict[str, Any], offered: list[bool]) -> None:
    talk = Talk(tmp_path, **settings)
    turn, html = talk.ask("quotes")
    assert ["share-box" in html, "judge-box" in html] == offered
    assert [not change["error"] for change in (talk.share(turn), talk.judge(turn))] == offered


def test_the_visitor_is_told_how_long_it_stays(tmp_path: Path) -> None:
    assert "It is deleted after 30 days." in Talk(tmp_path, share_days=30).ask("quotes")[1]
    assert "It stays until" in Talk(tmp_path).ask("quotes")[1]
