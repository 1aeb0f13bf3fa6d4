"""Tests contradictions between a sentence and an excerpt: negations, opposites; and what only looks like them."""

from __future__ import annotations

import pytest

from app.language.tokens import tokens
from app.verification.frame import read_frame
from app.verification.signs import Heard, denial, denied_there, holds_frame, opposite

RUN = "We keep the cache small because memory is expensive. We never clear the index before a release."


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The cache is kept small.", 0.0),
        ("They do not keep the cache small.", 1.0),
        ("The team doesn't keep a cache.", 1.0),
        ("They never clear the index.", 0.0),
        ("They do not own a dashboard.", 0.5),
        ("The cache is small, not a warehouse.", 0.0),
        ("It is a small cache rather than a warehouse.", 0.0),
        ("They keep a cache instead of a bigger memory.", 0.0),
        ("When memory is not cheap, they keep the cache small.", 0.0),
        ("Memory is not only expensive.", 0.0),
        ("", 0.0),
    ],
)
def test_denials_need_to_be_in_the_run_where_it_speaks_of_the_same(sentence: str, expected: float) -> None:
    assert denial(tokens(sentence), Heard(RUN)) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The index is cleared before a release.", True),
        ("They clear the index.", True),
        ("They never clear the index before a release.", False),
        ("They keep the cache small.", False),
        ("An index of memory is expensive, and small caches need keeping before long.", False),
        ("", False),
    ],
)
def test_a_run_may_deny_what_a_sentence_says(sentence: str, expected: bool) -> None:
    assert denied_there(tokens(sentence), Heard(RUN)) is expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("They keep a large cache because of memory.", ("small, not large", 1.0)),
        ("Memory is cheap.", ("expensive, not cheap", 1.0)),
        ("Memory is expensive.", ("", 0.0)),
        ("Memory is expensive and cheap.", ("", 0.0)),
        ("A dashboard is cheap.", ("expensive, not cheap", 0.5)),
        ("They clear it after a release.", ("before, not after", 1.0)),
        ("They work with a cache.", ("", 0.0)),
    ],
)
def test_an_opposite_is_a_word_that_the_run_lacks_and_whose_opposite_it_says(
    sentence: str, expected: tuple[str, float]
) -> None:
    assert opposite(tokens(sentence), Heard(RUN)) == expected


def test_what_stands_around_a_run_is_no_opposite() -> None:
    assert opposite(tokens("Memory is cheap."), Heard(RUN, around="Is memory cheap?")) == ("", 0.0)


def test_numbers_of_a_run_and_of_its_title_are_known_in_digits_and_words() -> None:
    heard = Heard("Two hundred people in 12 teams.", title="Careers in 2026")
    assert heard.numbers == {"200", "12"}
    assert heard.titled == {"2026"}
    assert heard.holds("peopl") is heard.holds("nobody") is False


@pytest.mark.parametrize(
    ("sentence", "nearest", "expected"),
    [
        ("Ilva denies that they clear the index before a release.", "We never clear the index before a release.", True),
        ("Ilva denies that they keep the cache small.", "We keep the cache small.", False),
        ("Ilva doubts that the cache is small.", "I doubt that the cache is small.", True),
        ("Ilva thinks it is a myth that the cache is small.", "A small cache is a myth.", True),
        ("Ilva wonders whether the cache is small.", "Is the cache small?", True),
        ("Ilva wonders whether the cache is small.", "The cache is small.", False),
        ("Ilva denies that the cache is small.", "I doubt that it rains.", False),
    ],
)
def test_a_frame_holds_where_the_quote_denies_the_claim_or_leaves_it_open_too(
    sentence: str, nearest: str, expected: bool
) -> None:
    frame = read_frame(sentence)
    assert frame is not None
    assert holds_frame(frame, tokens(frame.claim), Heard(RUN), nearest) is expected


def test_a_denial_of_what_is_denied_there_is_not_held() -> None:
    nearest = "I don't think that it is necessary to clear the index."
    heard = Heard(f"{nearest} Nobody asks for it.")
    for claim, held in (("you have to clear the index", True), ("you do not have to clear the index", False)):
        frame = read_frame(f"It is a myth that {claim}.")
        assert frame is not None
        assert holds_frame(frame, tokens(frame.claim), heard, nearest) is held
