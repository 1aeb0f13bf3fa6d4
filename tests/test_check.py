"""A sentence is shown only if it cites what it was given, and that holds it word for word."""

from __future__ import annotations

import pytest
from chat_fake import BILL, TWO_TEAMS

from app.check import checked
from app.generators import extractive
from app.models import Citation, Sentence

CITATIONS = (Citation(1, TWO_TEAMS), Citation(2, BILL))


def test_the_extractive_writer_passes_whole() -> None:
    written = list(extractive.write(CITATIONS))
    assert checked(written, CITATIONS) == (written, 0)
    assert [sentence.citations for sentence in written] == [(1,), (2,)]


@pytest.mark.parametrize(
    "sentence",
    [
        Sentence(TWO_TEAMS.key, (), 1.0),
        Sentence(TWO_TEAMS.key, (2,), 1.0),
        Sentence(TWO_TEAMS.key, (3,), 1.0),
        Sentence(TWO_TEAMS.key, (1, 3), 1.0),
        Sentence("", (1,), 1.0),
        Sentence(" \n ", (1,), 1.0),
        Sentence("A feature store never pays off.", (1,), 1.0),
        Sentence(TWO_TEAMS.key.replace("second", "third"), (1,), 1.0),
        Sentence(f"{TWO_TEAMS.key} {BILL.key}", (1, 2), 1.0),
        Sentence("ature store starts to pay of", (1,), 1.0),
    ],
    ids=["none", "wrong", "unknown", "one-unknown", "empty", "blank", "made-up", "altered", "joined", "cut-words"],
)
def test_what_its_citation_does_not_hold_is_dropped_and_counted(sentence: Sentence) -> None:
    good = Sentence(BILL.key, (2,), 1.0)
    assert checked([sentence, good], CITATIONS) == ([good], 1)


def test_white_space_does_not_count() -> None:
    spaced = Sentence(TWO_TEAMS.key.replace(" ", "\n  "), (1,), 1.0)
    assert checked([spaced], CITATIONS) == ([spaced], 0)


def test_one_of_several_citations_has_to_hold_it() -> None:
    both = Sentence(BILL.key, (1, 2), 1.0)
    assert checked([both], CITATIONS) == ([both], 0)


def test_nothing_is_dropped_of_nothing() -> None:
    assert checked([], CITATIONS) == ([], 0)
    assert checked([], []) == ([], 0)
