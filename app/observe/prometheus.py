"""Counts and times answers for Prometheus, in a separate registry.

Labels hold stages, outcomes, reasons and the model's name, and nothing of a visitor; their
number is limited. `app.web.api` serves the metrics.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Protocol

from prometheus_client import CONTENT_TYPE_LATEST as CONTENT_TYPE
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.types import Answer, Writing

__all__ = ["CONTENT_TYPE", "Asking", "CacheCounts", "Metrics", "QueueMetrics"]

STAGES = ("retrieve", "first_sentence", "total")
# From a quote in a small index to a long answer on a slow processor.
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0)


class CacheCounts(Protocol):
    """Statistics of a cache, as `functools.lru_cache` and `app.answering.cache` give them."""

    @property
    def hits(self) -> int:
        """Number of hits."""

    @property
    def misses(self) -> int:
        """Number of misses."""

    @property
    def currsize(self) -> int:
        """Current number of entries."""


class Asking:
    """One question that is being answered."""

    def __init__(self) -> None:
        self.answer: Answer | None = None
        self.cached = False

    def finished(self, answer: Answer, *, cached: bool = False) -> None:
        """Record the whole answer before it is returned; `cached`: it came from the cache."""
        self.answer, self.cached = answer, cached


class Metrics:
    """Metrics of one answerer; safe to share between threads."""

    def __init__(self, caches: Mapping[str, Callable[[], CacheCounts]] | None = None) -> None:
        """`caches` are read whenever the metrics are."""
        self._registry = own = CollectorRegistry()
        own.register(_Caches(dict(caches or {})))
        ProcessCollector(registry=own)
        self._answers = Counter("citecast_answers", "Questions by how they ended.", ("model", "outcome"), registry=own)
        self._in_progress = Gauge("citecast_answers_in_progress", "Questions being answered now.", registry=own)
        self._seconds = Histogram(
            "citecast_stage_seconds",
            "Time from the question to the end of a stage, of answers that no cache held.",
            ("stage",),
            buckets=_SECONDS,
            registry=own,
        )
        self._sentences = Counter(
            "citecast_sentences",
            "What became of sentences that a language model wrote.",
            ("fate", "reason"),
            registry=own,
        )
        self._tokens = Counter(
            "citecast_tokens", "Tokens that a language model read and wrote.", ("kind",), registry=own
        )
        self._faults = Counter(
            "citecast_engine_faults", "Answers in which the language model broke off.", ("kind",), registry=own
        )

        self._stored = Counter("citecast_stored", "What visitors had stored.", ("kind",), registry=own)

    def stored(self, kind: str) -> None:
        """Count what a visitor had stored: an `answer`, or a thumb `up` or `down`."""
        self._stored.labels(kind).inc()

    @contextmanager
    def asking(self, model: str) -> Generator[Asking]:
        """Count one question, however it ends: `finished`, by an exception (`error`), or neither (`stopped`)."""
        asking = Asking()
        failed = False
        self._in_progress.inc()
        try:
            yield asking
        except Exception:
            failed = True
            raise
        finally:
            self._in_progress.dec()
            if asking.answer:
                self._count(asking.answer, asking.cached)
            else:
                self._answers.labels(model, "error" if failed else "stopped").inc()

    def exposition(self) -> bytes:
        """All of it in Prometheus' text format; see `CONTENT_TYPE`."""
        return generate_latest(self._registry)

    def _count(self, answer: Answer, cached: bool) -> None:
        self._answers.labels(answer.model, str(answer.outcome)).inc()
        if cached:
            return
        for stage in STAGES:
            if stage in answer.timings_ms:
                self._seconds.labels(stage).observe(answer.timings_ms[stage] / 1000)
        if answer.writing:
            self._count_writing(answer.writing)

    def _count_writing(self, writing: Writing) -> None:
        self._sentences.labels("shown", "").inc(writing.shown)
        self._sentences.labels("replaced", "").inc(writing.replaced)
        for reasons in writing.dropped:
            self._sentences.labels("dropped", str(reasons[0].kind)).inc()
        self._tokens.labels("prompt").inc(writing.prompt_tokens)
        self._tokens.labels("output").inc(writing.output_tokens)
        if writing.fault:
            self._faults.labels(writing.fault).inc()


class QueueMetrics:
    """Metrics of a server's queue, in a separate registry."""

    def __init__(self, waiting: Callable[[], int]) -> None:
        """`waiting` says how many questions wait; it is called whenever the metrics are read."""
        self._registry = own = CollectorRegistry()
        Gauge("citecast_waiting", "Questions that wait for their turn.", registry=own).set_function(waiting)
        self._refused = Counter("citecast_refused", "Questions that were not taken.", ("reason",), registry=own)

    def refused(self, reason: str) -> None:
        """Count a refusal."""
        self._refused.labels(reason).inc()

    def exposition(self) -> bytes:
        """All of it in Prometheus' text format; see `CONTENT_TYPE`."""
        return generate_latest(self._registry)


class _Caches(Collector):
    """Collects cache statistics on demand, so that caches need not use metrics."""

    def __init__(self, caches: Mapping[str, Callable[[], CacheCounts]]) -> None:
        self._caches = caches

    def collect(self) -> Iterable[Metric]:
        """Requests and sizes."""
        requests = CounterMetricFamily(
            "citecast_cache_requests", "Questions put to a cache.", labels=("cache", "result")
        )
        entries = GaugeMetricFamily("citecast_cache_entries", "Entries in a cache.", labels=("cache",))
        for name, read in self._caches.items():
            counts = read()
            requests.add_metric((name, "hit"), counts.hits)
            requests.add_metric((name, "miss"), counts.misses)
            entries.add_metric((name,), counts.currsize)
        return requests, entries
