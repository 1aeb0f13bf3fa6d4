"""Tests cache, records, metrics and spans of real answers on the sample index, as the server's operator sees them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from builds import Built, answerer_of
from llm_fakes import ScriptedEngine
from metric_samples import samples
from span_exports import above, attributes, spans
from starlette.testclient import TestClient

from app.answering.pipeline import Answerer
from app.llm.engine import EngineTimeout
from app.observe.answer_log import log
from app.server import create_app
from app.types import Answer, Found, Passed
from app.verification.verifier import Verifier
from index.filters import Filters

QUESTION = "What does prompt caching save?"
OTHER = "Who won the chess world cup?"


@pytest.fixture
def answerer(sample_built: Built) -> Iterator[Answerer]:
    made = answerer_of(sample_built.settings, sample_built.embedder)
    yield made
    made.close()


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines of the records during a test."""
    kept: list[str] = []

    class Keeps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(record.getMessage())

    monkeypatch.setattr(log, "handlers", [Keeps()])
    caplog.set_level(logging.INFO, log.name)
    return kept


def without_times(answer: Answer) -> Answer:
    return replace(answer, timings_ms={})


def test_the_same_question_is_answered_once(answerer: Answerer, lines: list[str]) -> None:
    events = [list(answerer.stream(QUESTION)) for _ in range(2)]
    assert [type(event) for event in events[0]] == [type(event) for event in events[1]]
    assert isinstance(events[1][0], Found)
    assert isinstance(events[1][1], Passed)
    first, again = (each[-1].answer for each in events)  # type: ignore[union-attr]
    assert without_times(first) == without_times(again)
    assert again.timings_ms["total"] < first.timings_ms["total"]
    assert [json.loads(line)["cached"] for line in lines] == [False, True]
    found = samples(answerer.metrics)
    assert found[("cache_requests_total", "answer", "hit")] == found[("cache_requests_total", "answer", "miss")] == 1
    assert found[("answers_total", "extractive", "answered")] == 2
    assert found[("stage_seconds_count", "total")] == 1


def test_tokens_are_spent_once(sample_built: Built, lines: list[str]) -> None:
    model = ScriptedEngine(["Prompt caching is a purple bicycle [1]."])
    answerer = answerer_of(sample_built.settings, sample_built.embedder, model)
    first, again = answerer.ask(QUESTION), answerer.ask(QUESTION)
    assert first.writing is not None
    assert first.writing.output_tokens > 0
    assert again.writing == replace(first.writing, prompt_tokens=0, output_tokens=0)
    records = [json.loads(line) for line in lines]
    assert [record["cached"] for record in records] == [False, True]
    assert records[1]["tokens"] == {"prompt": 0, "output": 0}
    assert samples(answerer.metrics)[("tokens_total", "output")] == first.writing.output_tokens
    answerer.close()


def test_other_filters_are_another_question(answerer: Answerer, lines: list[str]) -> None:
    answerer.ask(QUESTION)
    answerer.ask(QUESTION, filters=Filters(seasons=(1,)))
    answerer.ask("prompt caching?", history=[QUESTION])
    assert [json.loads(line)["cached"] for line in lines] == [False, False, False]


def test_a_refusal_is_kept_and_recorded_too(answerer: Answerer, lines: list[str]) -> None:
    first, again = answerer.ask(OTHER), answerer.ask(OTHER)
    assert without_times(first) == without_times(again)
    assert again.nearest
    assert [json.loads(line)["outcome"] for line in lines] == ["refused", "refused"]
    assert samples(answerer.metrics)[("answers_total", "extractive", "refused")] == 2


def test_an_answer_in_which_the_model_broke_off_is_not_kept(sample_built: Built, lines: list[str]) -> None:
    model = ScriptedEngine([EngineTimeout("too slow")])
    answerer = answerer_of(sample_built.settings, sample_built.embedder, model)
    answerer.ask(QUESTION)
    answerer.ask(QUESTION)
    records = [json.loads(line) for line in lines]
    assert [(record["cached"], record["fault"]) for record in records] == [(False, "timeout")] * 2
    assert samples(answerer.metrics)[("engine_faults_total", "timeout")] == 2
    answerer.close()


def test_records_hold_the_question_only_when_told_to(sample_built: Built, lines: list[str]) -> None:
    for told in (False, True):
        settings = sample_built.settings.model_copy(update={"log_questions": told})
        answerer = answerer_of(settings, sample_built.embedder)
        answerer.ask(QUESTION)
        answerer.close()
    assert "prompt caching" not in lines[0]
    assert json.loads(lines[1])["question"] == QUESTION
    assert json.loads(lines[0])["index_version"] == sample_built.report.version


def test_an_answer_is_one_trace(answerer: Answerer, exported: Any) -> None:
    answerer.ask(QUESTION)
    found = spans(exported)
    assert above(found["citecast.ask"], exported) == ""
    assert above(found["citecast.retrieve"], exported) == above(found["citecast.evidence"], exported) == "citecast.ask"
    assert attributes(found["citecast.ask"])["citecast.cached"] is False
    assert "prompt caching" not in " ".join(one.to_json() for one in exported.get_finished_spans())


def test_the_server_shows_all_of_it(answerer: Answerer, sample_built: Built) -> None:
    with TestClient(create_app(answerer, Verifier(answerer.archive), sample_built.settings, [])) as client:
        for _ in range(2):
            assert client.post("/api/ask", json={"question": QUESTION}).json()["answered"]
        shown = client.get("/metrics").text
    assert 'citecast_cache_requests_total{cache="answer",result="hit"} 1.0' in shown
    assert "citecast_answers_in_progress 0.0" in shown
