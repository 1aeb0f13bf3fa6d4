"""Opens spans of an answer with OpenTelemetry's API; without a provider they are dropped and cost almost nothing.

    with span("retrieve", filters=2) as found: ...; found.set(passages=12)

`listen` sets a provider that sends them to the endpoint of the standard variables. Spans of
model calls follow OpenTelemetry's conventions for generative AI, with the models' token counts.
No span holds text of a prompt or an answer; a question only with `log_questions`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from opentelemetry import trace

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
Value = str | bool | int | float | None
tracer = trace.get_tracer("citecast")
log = logging.getLogger("citecast.tracing")
# Not OpenTelemetry's own context, which logs an error if a generator is closed in another thread than it ran in.
# Here an ended span remains in that case; it is never used as a parent.
_above: ContextVar[trace.Span] = ContextVar("span", default=trace.INVALID_SPAN)


class Span:
    """An open span, to which attributes can be added."""

    def __init__(self, otel: trace.Span) -> None:
        self._otel = otel

    def set(self, **attributes: Value) -> None:
        """Add attributes, without those that are None."""
        self._otel.set_attributes({f"citecast.{key}": value for key, value in attributes.items() if value is not None})


@contextmanager
def span(name: str, **attributes: Value) -> Iterator[Span]:
    """Open a span; spans within it are its children. Attributes hold a visitor's text only with `log_questions`."""
    with _open(f"citecast.{name}") as otel:
        opened = Span(otel)
        opened.set(**attributes)
        token = _above.set(otel)
        try:
            yield opened
        finally:
            with suppress(ValueError):  # closed in another thread
                _above.reset(token)


@contextmanager
def model_call(engine: str) -> Iterator[trace.Span]:
    """The span of one generation by an engine, `llama:some-model`. It has no children."""
    provider, _, model = engine.partition(":")
    about = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": provider, "gen_ai.request.model": model}
    with _open(f"chat {model}", trace.SpanKind.CLIENT) as otel:
        otel.set_attributes(about)
        yield otel


@contextmanager
def _open(name: str, kind: trace.SpanKind = trace.SpanKind.INTERNAL) -> Iterator[trace.Span]:
    above = _above.get()
    context = trace.set_span_in_context(above) if above.is_recording() else None
    otel = tracer.start_span(name, context, kind)
    try:
        yield otel
    except GeneratorExit:  # the reader stopped: not an error
        raise
    except BaseException as error:
        # The error's message may hold words of a question.
        otel.set_attribute("error.type", type(error).__name__)
        otel.set_status(trace.StatusCode.ERROR, type(error).__name__)
        raise
    finally:
        otel.end()


def listen(environ: Mapping[str, str] = os.environ) -> bool:
    """Send spans to the OTLP endpoint of the standard variables; returns whether one is set and usable."""
    named = next((name for name in ENDPOINTS if environ.get(name)), None)
    if not named or environ.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError:
        log.warning("%s is set, but traces need the extra `otel`: run `pip install 'citecast[otel]'`", named)
        return False
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        is_named = "OTEL_SERVICE_NAME" in environ or f"{SERVICE_NAME}=" in environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
        provider = TracerProvider(resource=Resource.create({} if is_named else {SERVICE_NAME: "citecast"}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        trace.set_tracer_provider(provider)
    return True
