"""Spans of an answer, through LlamaIndex's instrumentation; to OpenTelemetry where that is configured.

    with span("retrieve", filters=2) as found: ...; found.set(passages=12)

Spans go to LlamaIndex's dispatcher, as those of its models do, and cost next to
nothing until a handler listens there. `listen` attaches ours: it makes OpenTelemetry
spans of Citecast's own and of language models' calls, with the tokens that these
count. No text of a question, a prompt or an answer goes into any of them, which is
why `llama-index-observability-otel` is not used: it sends each event with all its messages.
"""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Mapping
from types import TracebackType
from uuid import uuid4

from llama_index.core.instrumentation import get_dispatcher  # type: ignore[attr-defined]
from llama_index.core.instrumentation.span import active_span_id
from llama_index.core.instrumentation.span_handlers import NullSpanHandler

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PREFIX = "citecast."
Value = str | bool | int | float | None
_NO_ARGUMENTS = inspect.signature(lambda: None).bind()
dispatcher = get_dispatcher("citecast")
log = logging.getLogger("citecast.tracing")


class Span:
    """A stretch of work, from `with` to its end; what is called within it are its children."""

    def __init__(self, name: str, attributes: Mapping[str, Value]) -> None:
        self._id = f"{PREFIX}{name}-{uuid4()}"
        self._attributes = dict(attributes)

    def set(self, **attributes: Value) -> None:
        """Add what is known only by now."""
        self._attributes |= attributes

    def __enter__(self) -> Span:
        self._token = active_span_id.set(self._id)
        before = self._token.old_value
        parent = before if isinstance(before, str) else None
        dispatcher.span_enter(self._id, _NO_ARGUMENTS, parent_id=parent)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            active_span_id.reset(self._token)
        except ValueError:
            # A generator that is closed in another thread than it ran in; there the name is not set.
            log.debug("%s ended in another context than it began in", self._id)
        # A generator that is closed early has not failed.
        if error is None or isinstance(error, GeneratorExit):
            dispatcher.span_exit(self._id, _NO_ARGUMENTS, result=self._attributes)
        else:
            dispatcher.span_drop(self._id, _NO_ARGUMENTS, err=error, result=self._attributes)


class _Nothing(Span):
    """What stands for a span while nobody listens."""

    def __init__(self) -> None:
        pass

    def set(self, **attributes: Value) -> None:
        """Forget them."""

    def __enter__(self) -> Span:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


_NOTHING = _Nothing()


def span(name: str, **attributes: Value) -> Span:
    """A span to work `with`; an attribute that is None is left out. Text of visitors belongs into none of them."""
    handlers = (*dispatcher.span_handlers, *dispatcher.root.span_handlers)
    if all(isinstance(handler, NullSpanHandler) for handler in handlers):
        return _NOTHING
    return Span(name, attributes)


def listen(environ: Mapping[str, str] = os.environ) -> bool:
    """Send spans to the OTLP endpoint that the standard variables name, if they do; whether they are sent."""
    named = next((name for name in ENDPOINTS if environ.get(name)), None)
    if not named or environ.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    try:
        from app.observe.otel import attach, otlp_provider
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("opentelemetry"):
            raise
        log.warning("%s is set, but traces need the extra `otel`: run `pip install 'citecast[otel]'`", named)
        return False
    attach(otlp_provider())
    return True
