"""Tests how shared answers and feedback are kept and let go: on request, after their time, when taken down."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from chat_fake import BILL, DRIFT, STORE, TWO_TEAMS, FakeAnswerer
from kept_fake import Kept

from app.keeping import keeper as keeping
from app.keeping import removal, unanswered
from app.keeping.gaps import feedback_in
from app.keeping.keeper import Feedback, FullShelf, Keeper, Verdict, id_of
from app.keeping.removal import Removed, expire, forget, forget_before, take_down
from app.keeping.stored import WITHDRAWN
from app.keeping.unanswered import UnansweredHandler
from app.observe.answer_log import record_of
from app.types import Outcome

SAID = Feedback("Who was Zorblatt?", "Who was Zorblatt?", Outcome.REFUSED, Verdict.DOWN, "Episode 12 has him.")
OnDisk = Callable[[str], bool]


def shared(keeper: Keeper, question: str = "quotes") -> str:
    return keeper.share(keeper.pack(FakeAnswerer().ask(question)))


def on(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (keeping, removal, unanswered):
        monkeypatch.setattr(module, "today", lambda: day)


def test_nothing_is_stored_before_it_is_shared_and_then_only_the_answer(kept: Kept) -> None:
    keeper = kept.keeper()
    keeper.start()
    packed = keeper.pack(FakeAnswerer().ask("quotes"), "season 3")
    assert list(kept.folder.iterdir()) == []
    found = keeper.shared(keeper.share(packed))
    assert found
    assert found.stored.narrowed == "season 3"
    assert found.version == kept.index.manifest.version
    with kept.state.reading() as state:
        columns = [row[1] for row in state.execute("PRAGMA table_info(answers)")]
    assert columns == ["id", "day", "version", "stored"]


def test_ids_cannot_be_guessed_and_are_safe_in_addresses(kept: Kept) -> None:
    keeper = kept.keeper()
    ids = {shared(keeper) for _ in range(20)}
    assert len(ids) == 20
    assert all(id.isalnum() and len(id) == 12 for id in ids)
    assert all(id_of(f"https://pods.example.org/x/a/{id}/") == id_of(id) == id for id in ids)


@pytest.mark.parametrize("id", ["", "../state.sqlite", "a" * 13, "a" * 11, "' OR 1=1 --ab", "<b>aaaaaaaaa", "é" * 12])
def test_what_is_no_id_finds_nothing(kept: Kept, id: str) -> None:
    keeper = kept.keeper()
    shared(keeper)
    assert keeper.shared(id) is None


def test_an_episode_that_is_not_in_the_index_disappears_and_comes_back(kept: Kept) -> None:
    keeper = kept.keeper()
    id = shared(keeper)
    kept.take_away(STORE.slug)
    found = keeper.shared(id)
    assert found
    assert TWO_TEAMS.text not in found.stored.model_dump_json()
    assert WITHDRAWN in found.stored.model_dump_json()
    kept.take_away()
    again = keeper.shared(id)
    assert again
    assert TWO_TEAMS.text in again.stored.model_dump_json()


def test_an_episode_that_went_between_answer_and_share_is_not_stored(kept: Kept, on_disk: OnDisk) -> None:
    keeper = kept.keeper()
    packed = keeper.pack(FakeAnswerer().ask("quotes"))
    kept.take_away(STORE.slug)
    keeper.share(packed)
    assert on_disk(BILL.text)
    assert not on_disk(TWO_TEAMS.text)


def test_words_that_were_taken_down_are_removed_from_the_file(kept: Kept, on_disk: OnDisk) -> None:
    keeper = kept.keeper()
    ids = [shared(keeper), shared(keeper, "near it")]
    assert on_disk(TWO_TEAMS.text)
    assert take_down(kept.state, ["another"]) == 0
    assert take_down(kept.state, [STORE.slug, "another"]) == 2
    assert not any(on_disk(text) for text in (TWO_TEAMS.text, STORE.title, STORE.guests[0], STORE.slug))
    assert on_disk(BILL.text)
    kept.take_away(STORE.slug)
    assert all(WITHDRAWN in str(keeper.shared(id)) for id in ids)
    assert take_down(kept.state, [STORE.slug]) == 0, "nothing is left to remove"


def test_a_start_removes_what_the_last_ingest_reports(kept: Kept, on_disk: OnDisk, tmp_path: Path) -> None:
    shared(kept.keeper())
    generation = tmp_path / "generation"
    generation.mkdir()
    (generation / "report.json").write_text(json.dumps({"taken_down": [STORE.slug]}))
    object.__setattr__(kept.index, "folder", generation)
    kept.keeper().start()
    generation.joinpath("report.json").unlink()
    generation.rmdir()
    assert not on_disk(TWO_TEAMS.text)
    assert on_disk(BILL.text)


def test_answers_expire_after_their_days_and_are_deleted(
    kept: Kept, on_disk: OnDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    on("2026-01-01", monkeypatch)
    id = shared(kept.keeper(share_days=30))
    on("2026-01-31", monkeypatch)
    assert kept.keeper(share_days=30).shared(id)
    assert expire(kept.state, 0) == 0
    on("2026-02-01", monkeypatch)
    assert kept.keeper(share_days=0).shared(id)
    assert kept.keeper(share_days=30).shared(id) is None
    assert kept.keeper(share_days=0).shared(id) is None, "it is deleted, not only hidden"
    assert not on_disk(BILL.text)


def test_answers_are_forgotten_by_id_by_day_and_all(
    kept: Kept, on_disk: OnDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = kept.keeper()
    first, second = shared(keeper), shared(keeper)
    assert forget(kept.state, [first, "nothing"]) == Removed(answers=1)
    assert keeper.shared(first) is None
    assert keeper.shared(second)
    keeper.judge(SAID)
    on("2031-01-01", monkeypatch)
    keeper.judge(SAID)
    shared(keeper)
    assert forget_before(kept.state, "2031-01-01") == Removed(1, 1, 0)
    assert forget_before(kept.state, None) == Removed(1, 1, 0)
    assert not on_disk(BILL.text)
    assert not on_disk(SAID.note)


def test_strangers_cannot_fill_the_disk(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_KEPT", 1)
    keeper = kept.keeper()
    shared(keeper)
    keeper.judge(SAID)
    with pytest.raises(FullShelf, match="citecast forget --before DAY"):
        shared(keeper)
    with pytest.raises(FullShelf, match="citecast forget --before DAY"):
        keeper.judge(SAID)


def test_feedback_is_kept_as_it_was_said(kept: Kept) -> None:
    kept.keeper().judge(SAID)
    (found,) = feedback_in(kept.state)
    assert (found.question, found.outcome, found.verdict, found.note) == (
        SAID.question, SAID.outcome, SAID.verdict, SAID.note
    )  # fmt: skip


@pytest.mark.parametrize(
    ("question", "with_question", "stays"),
    [("refuse it", True, True), ("near it", True, True), ("unclear", True, True), ("quotes", True, False),
     ("refuse it", False, False)],
)  # fmt: skip
def test_unanswered_questions_are_kept_only_where_the_log_holds_them(
    kept: Kept, question: str, with_question: bool, stays: bool
) -> None:
    made = record_of(FakeAnswerer().ask(question), index_version="1", cached=False, with_question=with_question)
    handler = UnansweredHandler(kept.state)
    for _ in range(3):
        handler.emit(logging.makeLogRecord({"msg": "%s", "args": (json.dumps(made),)}))
    with kept.state.reading() as state:
        rows = state.execute("SELECT question, times FROM unanswered").fetchall()
    assert rows == ([(question, 3)] if stays else [])


def test_a_question_that_cannot_be_kept_is_a_warning(kept: Kept, caplog: pytest.LogCaptureFixture) -> None:
    (kept.folder / "state.sqlite").write_bytes(b"damaged" * 500)
    record = {"msg": "%s", "args": (json.dumps({"question": "q", "outcome": "refused"}),)}
    UnansweredHandler(kept.state).emit(logging.makeLogRecord(record))
    assert "a question was not kept" in caplog.text


def test_both_episodes_can_be_gone(kept: Kept) -> None:
    keeper = kept.keeper()
    id = shared(keeper)
    kept.take_away(STORE.slug, DRIFT.slug)
    found = keeper.shared(id)
    assert found
    assert [one["text"] for one in found.stored.answer["sentences"]] == [WITHDRAWN]
