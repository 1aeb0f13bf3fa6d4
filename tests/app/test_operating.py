"""Tests cache, records, metrics and spans of real answers on the sample index, as the server's operator sees them."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from builds import Built, answerer_of
from chat_fake import FakeAnswerer, FakeVerifier
from fakes import settings_for
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
    assert events[0][:-1] == events[1][:-1]
    assert [type(event) for event in events[1][:2]] == [Found, Passed]
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
    first, again = answerer.ask(QUESTION), answerer.ask(f"  {QUESTION} ")
    assert len(model.requests) == 1
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
    assert len(list(answerer.stream(OTHER))) == 1
    assert again.nearest
    assert [json.loads(line)["outcome"] for line in lines] == ["refused"] * 3
    assert samples(answerer.metrics)[("answers_total", "extractive", "refused")] == 3


def test_an_answer_in_which_the_model_broke_off_is_not_kept(sample_built: Built, lines: list[str]) -> None:
    faults: list[str | Exception] = [EngineTimeout("too slow")] * 2
    model = ScriptedEngine(lambda _: [faults.pop() if faults else "Prompt caching is a purple bicycle [1]."])
    answerer = answerer_of(sample_built.settings, sample_built.embedder, model)
    for _ in range(3):
        answerer.ask(QUESTION)
    records = [json.loads(line) for line in lines]
    assert not any(record["cached"] for record in records)
    assert [record["fault"] for record in records] == ["timeout", "timeout", ""]
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
        response = client.get("/metrics")
        # An answer is counted as done just after its last byte.
        deadline = time.monotonic() + 5
        while "citecast_answers_in_progress 0.0" not in response.text and time.monotonic() < deadline:
            response = client.get("/metrics")
    assert (response.status_code, response.headers["content-type"].partition("=")[0]) == (200, "text/plain; version")
    shown = response.text
    assert 'citecast_cache_requests_total{cache="answer",result="hit"} 1.0' in shown
    assert "citecast_answers_in_progress 0.0" in shown
    assert "prompt caching" not in shown
    assert all(line.startswith(("citecast_", "process_", "#")) for line in shown.splitlines())


def test_metrics_can_be_turned_off(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, metrics=False)
    with TestClient(create_app(cast(Any, FakeAnswerer()), cast(Any, FakeVerifier()), settings, [])) as client:
        assert client.get("/metrics").status_code == 404
