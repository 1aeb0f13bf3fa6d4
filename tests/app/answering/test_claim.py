"""Tests what a question takes for granted about a guest."""

from __future__ import annotations

import pytest

from app.answering.claim import claim_of
from index.query.guest_names import GuestNames

NAMES = GuestNames(["Ada Lovelace", "Ben Stone"])


@pytest.mark.parametrize(
    ("question", "claimed"),
    [
        ("Why does Ada Lovelace want one repository?", "repository"),
        ("why doesnt ada lovelace use kafka", "doesnt use kafka"),
        ("How come Ada Lovelace rejects notebooks?", "rejects notebooks"),
        ("Ada Lovelace swears by notebooks. What for?", "swears notebooks"),
        ("Ada Lovelace also never tests notebooks, whats her reasoning", "tests notebooks"),
        ("When Ada Lovelace says tests are wasted, what does she mean?", "tests wasted"),
        ("Ada Lovelace insists that notebooks are slow - why?", "notebooks slow"),
        ("Why should teams avoid notebooks according to Ada Lovelace?", "teams avoid notebooks"),
    ],
)
def test_a_claim_is_what_remains_without_name_and_words_of_saying(question: str, claimed: str) -> None:
    claim = claim_of(question, NAMES)
    assert claim is not None
    assert claim.guest == "Ada Lovelace"
    found = [word.raw for word in claim.words]
    assert found == claimed.split()
    assert [question[word.start : word.end].lower() for word in claim.words] == found


@pytest.mark.parametrize(
    "question",
    [
        "What does Ada Lovelace think of notebooks?",
        "How does Ada Lovelace test notebooks?",
        "When did Ada Lovelace leave her job?",
        "Did Ada Lovelace say that notebooks are slow?",
        "Explain Ada Lovelace's view on notebooks",
        "Ada Lovelace on notebooks",
        "Why are notebooks slow?",
        "Why do Ada Lovelace and Ben Stone use notebooks?",
        "Why Ada Lovelace?",
    ],
)
def test_other_questions_take_nothing_for_granted_about_one_guest(question: str) -> None:
    assert claim_of(question, NAMES) is None
