"""Tests the Prometheus metrics: outcomes, stages, sentences, tokens, faults, caches; and where they are served."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
from chat_fake import BILL, TWO_TEAMS, answer
from fakes import FakeEmbedder
from metric_samples import samples

from app.answering.cache import AnswerCache, CacheKey
from app.observe.prometheus import Metrics
from app.reasons import Reason, ReasonKind
from app.types import Answer, Outcome, Writing
from index.filters import Filters

ANSWER = answer("Why?", [TWO_TEAMS, BILL])
WRITTEN = replace(
    ANSWER,
    model="server:some-model",
    writing=Writing(
        prompt_tokens=900, output_tokens=80, shown=3, replaced=1, fault="timeout",
        dropped=(
            (Reason(ReasonKind.NUMBER, "42"), Reason(ReasonKind.BREAKS_OFF)),
            (Reason(ReasonKind.NUMBER, "7"),),
            (Reason(ReasonKind.BREAKS_OFF),),
        ),
    ),
)  # fmt: skip


def measured(*answers: Answer, cached: bool = False) -> dict[tuple[str, ...], float]:
    """The samples after these answers."""
    metrics = Metrics()
    for made in answers:
        with metrics.asking(made.model) as asking:
            asking.finished(made, cached=cached)
    return samples(metrics)


def test_outcomes_are_counted_by_model() -> None:
    metrics = Metrics()
    for made in (ANSWER, ANSWER, WRITTEN, replace(ANSWER, outcome=Outcome.REFUSED, sentences=())):
        with metrics.asking(made.model) as asking:
            assert samples(metrics)[("answers_in_progress",)] == 1
            asking.finished(made)
    found = samples(metrics)
    assert found[("answers_total", "extractive", "answered")] == 2
    assert found[("answers_total", "server:some-model", "answered")] == 1
    assert found[("answers_total", "extractive", "refused")] == 1
    assert found[("answers_in_progress",)] == 0


def test_what_broke_off_is_an_error_and_what_nobody_waited_for_was_stopped() -> None:
    metrics = Metrics()
    with pytest.raises(RuntimeError, match="boom"), metrics.asking("m"):
        raise RuntimeError("boom")
    with metrics.asking("m"):
        pass

    def stream(finish: bool) -> Iterator[int]:
        with metrics.asking("m") as asking:
            yield 1
            if finish:
                asking.finished(replace(ANSWER, model="m"))
            yield 2

    left = iter(stream(False))
    next(left)
    cast(Any, left).close()
    done = iter(stream(True))
    next(done), next(done)
    cast(Any, done).close()
    found = samples(metrics)
    assert found[("answers_total", "m", "error")] == 1
    assert found[("answers_total", "m", "stopped")] == 2
    assert found[("answers_total", "m", "answered")] == 1
    assert found[("answers_in_progress",)] == 0


def test_stages_are_measured_in_seconds() -> None:
    found = measured(ANSWER)
    assert found[("stage_seconds_sum", "total")] == pytest.approx(0.412)
    assert found[("stage_seconds_count", "retrieve")] == 1
    assert found[("stage_seconds_bucket", "0.025", "first_sentence")] == 0
    assert found[("stage_seconds_bucket", "0.05", "first_sentence")] == 1


def test_a_model_is_counted_with_what_became_of_its_sentences() -> None:
    found = measured(WRITTEN)
    assert found[("sentences_total", "shown", "")] == 3
    assert found[("sentences_total", "replaced", "")] == 1
    assert found[("sentences_total", "dropped", "number is in no cited quote")] == 2
    assert found[("sentences_total", "dropped", "breaks off")] == 1
    assert (found[("tokens_total", "prompt")], found[("tokens_total", "output")]) == (900, 80)
    assert found[("engine_faults_total", "timeout")] == 1


def test_an_answer_from_the_cache_costs_nothing_again() -> None:
    found = measured(WRITTEN, cached=True)
    assert found[("answers_total", "server:some-model", "answered")] == 1
    assert not any(name[0].startswith(("stage_", "sentences_", "tokens_", "engine_")) for name in found)


def test_caches_are_read_when_the_metrics_are() -> None:
    answers, embedder = AnswerCache(4), FakeEmbedder(remember=8)
    metrics = Metrics({"answer": answers.info, "embedding": embedder.queries})
    assert samples(metrics)[("cache_requests_total", "answer", "miss")] == 0
    key = CacheKey("g", "m", "s", "Why?", Filters())
    answers.get(key)
    answers.put(key, ANSWER)
    answers.get(key)
    embedder.embed_query("Why?")
    found = samples(metrics)
    assert found[("cache_requests_total", "answer", "hit")] == found[("cache_requests_total", "answer", "miss")] == 1
    assert found[("cache_requests_total", "embedding", "miss")] == found[("cache_entries", "embedding")] == 1


def test_two_in_one_process_do_not_count_together() -> None:
    other = Metrics()
    measured(ANSWER)
    assert ("answers_total", "extractive", "answered") not in samples(other)
