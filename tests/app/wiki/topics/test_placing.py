"""Tests where statements are placed: on a topic's page, in its opening, under a heading."""

from __future__ import annotations

import pytest
from builds import Built

from app.wiki.topics.placing import Said, Topic, Where, heading_features, opening, opening_features, under
from index.archive import ArchiveView
from index.opened import Index

TOPIC = "feature stores"
TITLES = ("Feature stores", "Why Features Are Shared", "Pipelines")
DEFINES = Said("A feature store keeps the features of models for training and serving.", TITLES[0], TITLES)
USES = Said("Two models that compute the same feature differ in production.", TITLES[1], TITLES)
BESIDE = Said(
    "A kiln is heated slowly, overnight, so that the clay does not crack.",
    "Firing Clay in a Kiln",
    ("Firing", "Glazes"),
)


@pytest.fixture(scope="module")
def view(sample_built: Built, sample_index: Index) -> ArchiveView:
    return ArchiveView(sample_index, sample_built.embedder)


def test_a_statement_on_the_topic_is_more_probable_than_one_beside_it(view: ArchiveView) -> None:
    defines, uses, beside = Topic(view.embed, TOPIC).holds([DEFINES, USES, BESIDE])
    assert min(defines, uses) > 0.3 > 0.1 > beside


def test_a_definition_opens_a_page(view: ArchiveView) -> None:
    defines, uses, beside = opening(view.embed, TOPIC, [DEFINES, USES, BESIDE])
    assert defines > 0.5 > max(uses, beside)
    # The share of the topic's words among the first ones of the statement.
    assert opening_features(view.embed, TOPIC, [DEFINES, BESIDE])[:, 1].tolist() == [1.0, 0.0]


def test_a_statement_fits_the_heading_that_says_what_it_says(view: ArchiveView) -> None:
    headings = [USES.title, BESIDE.title]
    found = under(view.embed, headings, [USES, BESIDE])
    assert found.shape == (2, len(headings))
    assert found.argmax(axis=1).tolist() == [0, 1]
    assert min(found[0, 0], found[1, 1]) > 0.3 > max(found[0, 1], found[1, 0])


def test_nothing_said_and_a_topic_without_words_are_no_fault(view: ArchiveView) -> None:
    assert Topic(view.embed, "the").holds([BESIDE])[0] < 0.3
    assert heading_features(view.embed, ["Firing"], [BESIDE]).shape == (1, 1, 2)
    # Words and title are nearer than those beside it, the topic is named, and one of three chapters names it.
    rows = Topic(view.embed, TOPIC).features([DEFINES, BESIDE])
    assert (rows[0] > rows[1]).all()
    assert rows[0, 2:].tolist()[::2] == [1.0, pytest.approx(1 / 3)]
    assert set(Where) == {"topic", "opening", "heading"}
