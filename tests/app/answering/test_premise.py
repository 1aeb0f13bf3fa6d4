"""Tests that a premise which a guest's words do not meet is told as such, on the sample archive with the real model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from builds import Built, answerer_of

from app.answering.notes import of_premise
from app.answering.pipeline import Answerer
from app.answering.premise import FITTED, Measures, Premise, premise_of
from app.types import Outcome
from index.archive import ArchiveView
from index.filters import Filters

GUEST = "Nandita Worrahl"
TRUE = f"Why does {GUEST} retrain every night?"
FALSE = f"Why does {GUEST} retrain her fraud models on a quantum computer in Singapore?"


@pytest.fixture(scope="module")
def answerer(sample_built: Built) -> Iterator[Answerer]:
    made = answerer_of(sample_built.settings, sample_built.embedder)
    yield made
    made.close()


def premise(view: ArchiveView, question: str, filters: Filters = Filters()) -> Premise | None:
    return premise_of(view, question, view.search(question, filters=filters))


def test_what_a_guest_says_is_met_and_what_nobody_says_is_not(answerer: Answerer) -> None:
    view = answerer.archive.view()
    true, false = premise(view, TRUE), premise(view, FALSE)
    assert true
    assert false
    assert true.guest == false.guest == GUEST
    assert not true.doubtful
    assert false.doubtful
    assert true.missing == ()
    assert {"quantum", "Singapore"} <= set(false.missing)


def test_what_another_guest_says_does_not_meet_it(answerer: Answerer) -> None:
    view = answerer.archive.view()
    own, other = premise(view, TRUE), premise(view, TRUE.replace(GUEST, "Bastien Quillerand"))
    assert own
    assert other
    assert other.measures.unmet > own.measures.unmet


def test_a_filter_of_the_visitor_is_not_questioned(answerer: Answerer) -> None:
    assert premise(answerer.archive.view(), FALSE, Filters(guests=(GUEST,))) is None


def test_a_question_without_a_guest_has_no_premise(answerer: Answerer) -> None:
    assert premise(answerer.archive.view(), "Why do teams retrain every night?") is None


def test_a_doubtful_premise_is_no_answer_and_the_note_says_why(answerer: Answerer) -> None:
    answer = answerer.ask(FALSE)
    assert answer.outcome in (Outcome.NEAREST, Outcome.REFUSED)
    assert any(note.startswith(f"{GUEST} was not found to say that.") for note in answer.notes)
    assert "“Singapore”" in " ".join(answer.notes)


def test_a_premise_that_holds_is_answered_without_a_note(answerer: Answerer) -> None:
    answer = answerer.ask(TRUE)
    assert answer.outcome is Outcome.ANSWERED
    assert not any("was not found" in note for note in answer.notes)


def test_the_note_names_no_word_that_is_shown(answerer: Answerer) -> None:
    shown = answerer.ask(TRUE).citations
    doubted = Premise(GUEST, Measures(9.0), ("night", "Singapore"))
    assert doubted.doubtful
    assert "night" in " ".join(item.evidence.text for item in shown)
    told = f"{GUEST} was not found to say that."
    assert of_premise(doubted, shown) == (f"{told} The moments shown do not mention “Singapore”.",)
    assert of_premise(Premise(GUEST, Measures(9.0), ("night",)), shown) == (told,)
    assert of_premise(None, shown) == of_premise(Premise(GUEST, Measures(0.0), ("night",)), shown) == ()


def test_the_fitted_file_has_the_measures() -> None:
    assert FITTED.weights.keys() == {"unmet"}
    assert FITTED.weights["unmet"] < 0
