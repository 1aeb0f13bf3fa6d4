"""Tests what is stored of an answer: it comes back whole, and nothing stays of episodes that are gone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chat_fake import BILL, DRIFT, SAME_NUMBERS, STORE, TWO_TEAMS, FakeAnswerer, answer

from app.keeping.stored import WITHDRAWN, StoredAnswer, answer_of, stored_of, without
from app.render.markdown import answer_markdown
from app.types import Answer, Outcome, Sentence

EPISODES = {STORE.slug: STORE, DRIFT.slug: DRIFT}
ASKED = ("quotes", "prose", "refuse it", "near it", "unclear", "markup")
GUEST = STORE.guests[0]


def stored(made: Answer, narrowed: str = "") -> StoredAnswer:
    """As it is after a time in the file."""
    return StoredAnswer.model_validate_json(stored_of(made, narrowed, EPISODES).model_dump_json())


@pytest.mark.parametrize("question", ASKED)
def test_an_answer_comes_back_as_it_was(question: str) -> None:
    made = FakeAnswerer().ask(question)
    assert answer_markdown(answer_of(stored(made), EPISODES)) == answer_markdown(made)


def test_title_and_day_stay_those_of_the_day_it_was_shared() -> None:
    made = FakeAnswerer().ask("quotes")
    renamed = {slug: replace(e, title="Another", recorded="2031-01-01") for slug, e in EPISODES.items()}
    assert answer_markdown(answer_of(stored(made), renamed)) == answer_markdown(made)


@pytest.mark.parametrize("question", ASKED)
def test_nothing_stays_of_an_episode_that_is_gone(question: str) -> None:
    made = replace(FakeAnswerer().ask(question), notes=(f"{GUEST} was named.", "Another note."))
    left = without(stored(made, f"episode {STORE.title}"), {STORE.slug})
    told = left.model_dump_json()
    parts = (STORE.title, STORE.slug, GUEST, TWO_TEAMS.text, SAME_NUMBERS.text, TWO_TEAMS.asked, "img src")
    assert [part for part in parts if part in told] == []
    assert STORE.slug not in left.episodes
    assert WITHDRAWN in told
    shown = answer_markdown(answer_of(left, {DRIFT.slug: DRIFT}))
    assert WITHDRAWN in shown
    assert "Another note" in shown
    assert without(left, {STORE.slug}) == left
    if question == "quotes":
        assert BILL.text in told, "other episodes stay"
        assert shown.count(WITHDRAWN) == 1, "one sentence says so"


def test_a_reply_from_the_catalogue_rests_on_the_episodes_that_it_names() -> None:
    said = ("There are two episodes:", f"“{STORE.title}”, with {GUEST}", f"“{DRIFT.title}”", f"{GUEST} is a guest.")
    sentences = tuple(Sentence(text, (), 1.0) for text in said)
    made = answer("Which episodes?", (), outcome=Outcome.ABOUT_ARCHIVE, sentences=sentences)
    left = without(stored(made), {STORE.slug})
    assert [s["text"] for s in left.answer["sentences"]] == [said[0], WITHDRAWN, said[2], WITHDRAWN]


def test_a_name_within_a_longer_word_names_nobody() -> None:
    short = replace(DRIFT, slug="short", title="Art", guests=())
    made = answer("q", (), outcome=Outcome.ABOUT_ARCHIVE, sentences=(Sentence("Artful starts.", (), 1.0),))
    assert stored_of(made, "", {"short": short}).episodes == set()
    assert stored_of(made, "topic Art", {"short": short}).episodes == {"short"}


def test_what_rests_on_other_episodes_stays_as_it_is() -> None:
    kept = stored(FakeAnswerer().ask("prose"))
    assert without(kept, {"another"}) is kept
