"""LlamaIndex's spans and events as OpenTelemetry spans; needs the extra `otel`.

`app.observe.tracing.listen` attaches it.

A span of Citecast becomes a span with its attributes; a language model's call one by
OpenTelemetry's conventions for generative AI, which ends when its stream does. Other spans of
LlamaIndex are left out, their children hang on what is above. Nothing here takes up a text.
"""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Mapping
from typing import Any

from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent
from llama_index.core.instrumentation.events.exception import ExceptionEvent
from llama_index.core.instrumentation.events.llm import (
    LLMChatEndEvent,
    LLMChatInProgressEvent,
    LLMCompletionEndEvent,
    LLMCompletionInProgressEvent,
)
from llama_index.core.instrumentation.span import BaseSpan
from llama_index.core.instrumentation.span_handlers import BaseSpanHandler
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from pydantic import PrivateAttr

from app.llm.request import EngineLLM
from app.observe.tracing import PREFIX, dispatcher

_CALLS = {"chat": "chat", "stream_chat": "chat", "complete": "text_completion", "stream_complete": "text_completion"}


class _Open(BaseSpan):
    """An open span: its own in OpenTelemetry, or (`alias`) the one above it, which stands for it."""

    otel: trace.Span
    alias: bool = False
    streams: bool = False
    begun: bool = False


class Spans(BaseSpanHandler[_Open]):
    """Opens and ends spans."""

    _tracer: trace.Tracer = PrivateAttr()

    def __init__(self, tracer: trace.Tracer) -> None:
        super().__init__()
        self._tracer = tracer
        self._lock = threading.Lock()

    @classmethod
    def class_name(cls) -> str:
        """The name that LlamaIndex knows it by."""
        return "CitecastSpans"

    def new_span(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any = None,
        parent_span_id: str | None = None,
        tags: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> _Open | None:
        """Open a span; None for one that is left out and has nothing above it."""
        parent = self.open_spans.get(parent_span_id or "")
        context = trace.set_span_in_context(parent.otel) if parent else None
        name = id_.partition("-")[0]
        operation = _CALLS.get(name.rpartition(".")[2])
        if id_.startswith(PREFIX):
            otel = self._tracer.start_span(name, context)
        elif operation and isinstance(instance, EngineLLM):
            engine, _, model = instance.label.partition(":")
            attributes = {
                "gen_ai.operation.name": operation,
                "gen_ai.provider.name": engine,
                "gen_ai.request.model": model,
            }
            otel = self._tracer.start_span(f"{operation} {model}", context, trace.SpanKind.CLIENT, attributes)
        elif parent:
            return _Open(id_=id_, parent_id=parent_span_id, otel=parent.otel, alias=True)
        else:
            return None
        return _Open(id_=id_, parent_id=parent_span_id, otel=otel)

    def prepare_to_exit_span(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any = None,
        result: Any = None,
        **kwargs: Any,
    ) -> _Open | None:
        """End a span; None for one that goes on, as a stream has just begun."""
        span = self.open_spans.get(id_)
        if span and inspect.isgenerator(result) and not span.alias:
            span.streams = True
            return None
        if span:
            self._end(span, result)
        return span

    def prepare_to_drop_span(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any = None,
        err: BaseException | None = None,
        **kwargs: Any,
    ) -> _Open | None:
        """End a span that failed."""
        span = self.open_spans.get(id_)
        if span:
            self._end(span, kwargs.get("result"), err)
        return span

    def end_stream(self, id_: str, error: BaseException | None = None) -> None:
        """End the span of a stream that has ended."""
        with self.lock:
            span = self.open_spans.pop(id_, None)
        if span:
            self._end(span, None, error)

    def _end(self, span: _Open, attributes: Any, error: BaseException | None = None) -> None:
        if span.alias:
            return
        # A stream that nobody began to read has no end of its own.
        for id_ in [id_ for id_, other in list(self.open_spans.items()) if other.parent_id == span.id_]:
            self.end_stream(id_)
        if isinstance(attributes, Mapping):
            span.otel.set_attributes(
                {f"{PREFIX}{key}": value for key, value in attributes.items() if value is not None}
            )
        if error is not None:
            # Its message may hold words of a question.
            span.otel.set_attribute("error.type", type(error).__name__)
            span.otel.set_status(trace.StatusCode.ERROR, type(error).__name__)
        span.otel.end()


class Events(BaseEventHandler):
    """Adds to a language model's span what its events tell, and ends it with its stream."""

    _spans: Spans = PrivateAttr()

    def __init__(self, spans: Spans) -> None:
        super().__init__()
        self._spans = spans

    @classmethod
    def class_name(cls) -> str:
        """The name that LlamaIndex knows it by."""
        return "CitecastEvents"

    def handle(self, event: BaseEvent, **kwargs: Any) -> None:
        """Take up one event."""
        span = self._spans.open_spans.get(event.span_id or "")
        if not span or span.alias:
            return
        if isinstance(event, LLMChatInProgressEvent | LLMCompletionInProgressEvent):
            if not span.begun:
                span.otel.add_event("first piece")
                span.begun = True
        elif isinstance(event, LLMChatEndEvent | LLMCompletionEndEvent):
            counts = event.response.additional_kwargs if event.response else {}
            for name, key in (("input", "prompt_tokens"), ("output", "completion_tokens")):
                if key in counts:
                    span.otel.set_attribute(f"gen_ai.usage.{name}_tokens", counts[key])
            if span.streams:
                self._spans.end_stream(span.id_)
        elif isinstance(event, ExceptionEvent) and span.streams:
            # A reader that has had enough closes the stream, which is no fault.
            closed = isinstance(event.exception, GeneratorExit)
            self._spans.end_stream(span.id_, None if closed else event.exception)


def otlp_provider() -> TracerProvider:
    """What sends spans to the endpoint that the standard variables name, from a thread of its own, and at the exit."""
    told = "OTEL_SERVICE_NAME" in os.environ or f"{SERVICE_NAME}=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    provider = TracerProvider(resource=Resource.create({} if told else {SERVICE_NAME: "citecast"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def attach(provider: TracerProvider) -> None:
    """Make OpenTelemetry spans from now on; once is enough, more often changes nothing."""
    root = dispatcher.root
    if not any(isinstance(handler, Spans) for handler in root.span_handlers):
        spans = Spans(provider.get_tracer("citecast"))
        root.add_span_handler(spans)
        root.add_event_handler(Events(spans))
