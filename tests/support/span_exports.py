"""Reads spans from OpenTelemetry's in-memory exporter."""

from __future__ import annotations

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


def spans(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {one.name: one for one in exporter.get_finished_spans()}


def above(one: ReadableSpan, exporter: InMemorySpanExporter) -> str:
    """The name of a span's parent."""
    names = {each.context.span_id: each.name for each in exporter.get_finished_spans()}
    return names[one.parent.span_id] if one.parent else ""


def attributes(one: ReadableSpan) -> dict[str, object]:
    return dict(one.attributes or {})
