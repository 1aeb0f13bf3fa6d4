"""Tests a podcast that is known by its feed alone, from its file to an answer that plays, with the real embedder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from builds import answerer_of
from fakes import CountingProgress, settings_for
from podcasts import FEED

from app.answering.examples import examples_for
from app.answering.pipeline import Answerer
from app.render.moment import Moment
from app.types import Outcome
from index.building.build import build_index
from index.embedder import Embedder
from ingest.models import Player
from ingest.sources.open import open_sources


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory, minilm: Embedder) -> Iterator[Answerer]:
    data: Path = tmp_path_factory.mktemp("feed")
    settings = settings_for(data)
    build_index(open_sources([str(FEED)], data, print), settings, minilm, CountingProgress())
    answerer = answerer_of(settings, minilm)
    yield answerer
    answerer.close()


def test_a_question_is_answered_with_a_moment_that_plays(answerer: Answerer) -> None:
    answer = answerer.ask("How do I check whether old seeds still germinate?")
    assert answer.outcome is Outcome.ANSWERED
    moment = Moment.of(answer.citations[0])
    assert moment.text.startswith("Count ten of them onto a wet paper towel")
    assert (moment.speaker, moment.question) == (
        "Edmund Quillfeather", "How do I test old seeds before I use them?",
    )  # fmt: skip
    recording = f"https://example.org/hedge-and-hive/audio/night.mp3#t={int(moment.start)}"
    assert 5440 < moment.start < 5450
    assert (moment.url, moment.player, moment.plays) == (recording, recording, Player.AUDIO)
    assert (moment.called, moment.date) == ("example.org", "published 20 September 2025")


def test_what_nobody_said_is_refused(answerer: Answerer) -> None:
    answer = answerer.ask("Which hosting provider is the cheapest?")
    assert (answer.outcome, answer.citations) == (Outcome.REFUSED, ())


def test_example_questions_are_its_hosts_own_and_are_answered(answerer: Answerer) -> None:
    examples = examples_for(answerer)
    said = FEED.with_name("compost.srt").read_text()
    assert "When is compost finished?" in examples
    assert "When is compost finished?" in said
    assert all(answerer.answers(question) for question in examples)
