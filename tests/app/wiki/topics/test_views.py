"""Tests which views differ, and how they are named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from app_fixtures import GUEST, HOST, OTHER, Line, episode_of
from builds import Built

from app.types import Evidence
from app.wiki.topics.parts import Paragraph, Section
from app.wiki.topics.views import HEADING, with_views
from index.archive import ArchiveView
from index.opened import Index

ASKED = "Who should run the kilns of a pottery?"


@pytest.fixture(scope="module")
def view(sample_built: Built, sample_index: Index) -> ArchiveView:
    return ArchiveView(sample_index, sample_built.embedder)


def paragraph(speaker: str, *sentences: str, asked: str = "") -> Paragraph:
    episode = episode_of([Line(HOST, "Who?"), Line(speaker, "One.")], slug=f"kilns-{speaker.split()[0].lower()}")
    moment = Evidence(episode, episode.chapters[0], speaker, 1.0, 2.0, "One.", "One.", asked, 0.9)
    return Paragraph(moment, sentences)


CENTRAL = paragraph(GUEST, "A central kiln team is cheaper.", "It buys clay in bulk.")
SPREAD = paragraph(OTHER, "Kilns can be distributed over all workshops.")
REST = paragraph(GUEST, "Ash is a glaze.")


def test_opposite_words_of_two_guests_become_views_named_by_their_subject(view: ArchiveView) -> None:
    first, second = with_views(view, [Section("Kiln Teams", (CENTRAL, SPREAD, REST))])
    assert first.heading == HEADING
    assert [one.sentences[0] for one in first.paragraphs] == [
        "One view starts with a central kiln team: A central kiln team is cheaper.",
        "Another view starts with kilns: Kilns can be distributed over all workshops.",
    ]
    assert first.paragraphs[0].sentences[1:] == CENTRAL.sentences[1:]
    assert second.paragraphs == (REST,)


@pytest.mark.parametrize(
    "paragraphs",
    [
        (CENTRAL, SPREAD),  # nothing would be left
        (CENTRAL, paragraph(GUEST, *SPREAD.sentences), REST),  # one guest
        (CENTRAL, paragraph(OTHER, "Kilns are hot."), REST),  # no opposites
        (CENTRAL, paragraph(OTHER, "Where kilns of many workshops stand is distributed."), REST),  # no name
    ],
)
def test_other_paragraphs_stay_where_they_are(view: ArchiveView, paragraphs: tuple[Paragraph, ...]) -> None:
    section = Section("Kiln Teams", paragraphs)
    assert with_views(view, [section]) == [section]


def test_two_guests_whom_hosts_asked_the_same_have_views(view: ArchiveView) -> None:
    asked = (paragraph(GUEST, asked=ASKED), paragraph(OTHER, asked=ASKED.replace("should run", "runs")), REST)
    first, _ = with_views(view, [Section("Kiln Teams", asked)])
    assert first.paragraphs == asked[:2]
    other = replace(asked[1], moment=replace(asked[1].moment, asked="Which cat sleeps longest?"))
    assert len(with_views(view, [Section("Kiln Teams", (asked[0], other, REST))])) == 1
