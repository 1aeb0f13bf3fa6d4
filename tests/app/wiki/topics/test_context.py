"""Tests what a statement loses of the sentence that it is taken from, and what it points at."""

from __future__ import annotations

import pytest
from app_fixtures import GUEST, HOST, Line, episode_of

from app.types import Evidence
from app.wiki.topics.context import lost
from app.wiki.worksheet.candidates import Candidate, sentences_of

LIMIT = "leaves out what limits it"
SUBJECT = "its subject stands in an earlier sentence"
POINTS = "points at a sentence that is not there"
TIME = "holds only at a time that is not named"
BROKEN = "no single whole sentence"


def said(*texts: str) -> list[Candidate]:
    """The sentences of a moment."""
    episode = episode_of([Line(HOST, "How do kilns work?"), Line(GUEST, " ".join(texts))], slug="kilns")
    text = " ".join(texts)
    return sentences_of(Evidence(episode, episode.chapters[0], GUEST, 1.0, 2.0, text, text, "", 0.9))


@pytest.mark.parametrize(
    ("text", "source", "following", "reason"),
    [
        ("Gas kilns are clean.", "Gas kilns are clean, but they need a chimney.", "", LIMIT),
        ("Gas kilns are clean.", "Gas kilns are clean.", "But the chimney is dear.", LIMIT),
        ("Gas kilns are clean.", "Although few agree, gas kilns are clean.", "", LIMIT),
        ("Gas kilns are clean.", "Gas kilns are clean if the wind is low.", "", LIMIT),
        ("Gas kilns are clean.", "Gas kilns are also clean.", "", LIMIT),
        ("Gas kilns are clean.", "I know little of wood, but gas kilns are clean.", "", ""),
        ("Gas kilns are clean, but dear.", "Gas kilns are clean, but dear.", "And loud.", ""),
        ("Clay and glaze are stored dry.", "It is all about keeping clay and glaze stored dry.", "", SUBJECT),
        ("Clay is stored dry.", "As the name says, it's all about clay that is stored dry.", "", SUBJECT),
        ("The kiln hands it to a potter, who glazes it.", "The kiln hands it to a potter, who glazes it.", "", POINTS),
        ("A kiln makes it possible to glaze.", "A kiln makes it possible to glaze.", "", ""),
        ("Potters talk about this.", "Potters talk about this.", "", POINTS),
        ("Potters learn these methods.", "Potters learn these methods.", "", POINTS),
        ("Potters with kilns love these kilns.", "Potters with kilns love these kilns.", "", ""),
        ("For example, a kiln cracks.", "For example, a kiln cracks.", "", POINTS),
        ("A kiln also cracks.", "A kiln also cracks.", "", POINTS),
        ("Another kiln is hot.", "Another kiln is hot.", "", POINTS),
        ("All fire with the same gas.", "All fire with the same gas.", "", POINTS),
        ("All potters fire with gas.", "All potters fire with gas.", "", ""),
        ("Kilns were heated with wood.", "Kilns were heated with wood.", "", TIME),
        ("Kilns were heated with wood in 1950.", "Kilns were heated with wood in 1950.", "", ""),
        ("Potters wanted gas.", "Potters wanted gas.", "", TIME),
        ("Kilns are cheap nowadays.", "Kilns are cheap nowadays.", "", TIME),
        ("A shift to gas kilns coming up.", "There is a shift to gas kilns coming up.", "", BROKEN),
        ("Potters build a kiln for dev.", "Potters build a kiln for development.", "", BROKEN),
    ],
)
def test_a_statement_keeps_what_its_source_says_around_it(text: str, source: str, following: str, reason: str) -> None:
    first, *_ = said(source, *filter(None, [following]))
    assert lost(text, first, []) == reason


def test_a_sentence_does_not_go_on_with_one_before_it() -> None:
    first, second, third = said("Gas kilns are clean.", "They need a chimney.", "They need a fan.")
    assert lost(second.statement, second, [first.statement]) == SUBJECT
    assert lost(third.statement, third, [first.statement]) == SUBJECT


def test_sentences_of_a_moment_know_what_stands_around_them() -> None:
    first, second = said("Gas kilns are clean.", "They need a chimney.")
    assert (first.before, first.after, second.before, second.after) == ("", second.text, first.text, "")
    assert [one.place for one in (first, second)] == [0, 1]
