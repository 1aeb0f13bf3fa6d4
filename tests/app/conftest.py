"""Spans, as they are exported while a test runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.observe.otel import attach
from app.observe.tracing import dispatcher


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    """What is exported while a test runs."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    root = dispatcher.root
    before = root.span_handlers, root.event_handlers
    root.span_handlers, root.event_handlers = list(before[0]), list(before[1])
    attach(provider)
    yield exporter
    assert all(not getattr(handler, "open_spans", None) for handler in root.span_handlers)
    root.span_handlers, root.event_handlers = before
