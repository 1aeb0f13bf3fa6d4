"""Serves the JSON API: questions, searches, statements, whether the server is alive and ready, metrics for Prometheus.

Requests are limited and checked: their fields, the time they may take and how
many run at once. Episodes are in `app.web.episodes`. Answers are the models of `app.contract`, the same as the
terminal's; with `text/event-stream`, an answer comes as it is written. Nothing
here depends on the chat.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from app.answering.pipeline import Answerer
from app.answering.search import searched
from app.contract import (
    AnswerModel,
    CitationModel,
    DisplayModel,
    SearchModel,
    SentenceModel,
    VerifiedModel,
)
from app.observe.prometheus import CONTENT_TYPE
from app.question import QuestionError, check_question
from app.served_contract import HealthModel, ReadyModel
from app.types import Event, Finished, Found
from app.verification.verifier import Verifier
from app.web.bodies import BodyLimit
from app.web.episodes import episodes_router
from app.web.faults import FAULTS, UNEXPECTED, install_faults
from app.web.requests import AskRequest, SearchRequest, VerifyRequest
from app.web.streaming import Workers
from app.web.turns import Waiting
from index.archive import Unusable
from index.filters import Filters
from ingest.settings import Settings

EVENTS = "text/event-stream"
_JSON = "application/json"
log = logging.getLogger("citecast.api")

# What is shown of one question after each event of its answer.
Drawing = Callable[[Event], DisplayModel]
# Begins the drawing of a question with its filters.
Draw = Callable[[str, Filters], Drawing]


def no_drawing(question: str, filters: Filters) -> Drawing:
    """Refuse: an API without the chat has nobody to draw answers."""
    raise QuestionError("this server gives no `html`")


def events_described(*names: str) -> dict[str, Any]:
    """The description of a response of events in OpenAPI, whose data are JSON."""
    event = {"event": {"type": "string", "enum": names}, "data": {"type": "string", "contentMediaType": _JSON}}
    return {"content": {EVENTS: {"schema": {"type": "object", "properties": event, "required": ["data"]}}}}


def api_router(
    answerer: Answerer, verifier: Verifier, settings: Settings, workers: Workers, draw: Draw = no_drawing
) -> APIRouter:
    """The routes, with one answerer and its verifier; `draw` makes HTML for those who ask for it."""
    router = APIRouter()

    @router.post(
        "/api/ask",
        response_model=AnswerModel,
        response_model_exclude_unset=True,
        summary="Ask the archive",
        responses={200: events_described("waiting", "evidence", "sentence", "answer", "error"), **FAULTS},
    )
    async def ask(asked: AskRequest, request: Request) -> Any:
        """One answer; with `Accept: text/event-stream` the events `evidence`, `sentence` and `answer`, or `error`.

        Before them comes `waiting` with the place in line, if all workers are busy; 0 when the turn has come.
        """
        check_question(asked.question)
        filters = await run_in_threadpool(lambda: asked.filters.filters(answerer.catalog))  # a new index may be opened
        drawing = draw(asked.question, filters) if asked.html else None
        events = workers.queued(
            lambda stop: answerer.stream(asked.question, history=asked.history, filters=filters, stop=stop)
        )
        if EVENTS in request.headers.get("accept", ""):
            # A refusal needs a status, so the first event is awaited before the response begins.
            return StreamingResponse(_told(await anext(events), events, drawing), media_type=EVENTS, headers=UNBUFFERED)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Finished):
                    return AnswerModel.of(event.answer).model_copy(update=_drawn(drawing, event))
        raise HTTPException(503, "the server is stopping")

    @router.get("/api/search", response_model=SearchModel, summary="Rank passages", responses=FAULTS)
    async def search(asked: Annotated[SearchRequest, Query()]) -> SearchModel:
        def ranked(stop: threading.Event) -> SearchModel:
            return answerer.archive.using(
                lambda view: searched(view, asked.q, asked.k, asked.filters(view.index.catalog)), stop
            )

        return await workers.run(ranked)

    @router.post(
        "/api/verify",
        response_model=VerifiedModel,
        response_model_exclude_unset=True,
        summary="Verify a statement",
        responses=FAULTS,
    )
    async def verify(asked: VerifyRequest) -> VerifiedModel:
        """Whether the archive supports a statement of one sentence or several, and where."""
        return await workers.run(lambda stop: VerifiedModel.of(verifier.verify(asked.statement, stop)))

    @router.get("/healthz", response_model=HealthModel, summary="Is it alive?")
    def healthz() -> dict[str, Any]:  # not async: a new index may have to be opened
        catalog = answerer.catalog
        return {"status": "ok", "version": catalog.version, "passages": catalog.passages, "sample": catalog.sample}

    @router.get("/readyz", response_model=ReadyModel, summary="Can it answer?", responses=FAULTS)
    def readyz() -> ReadyModel:
        """Whether the index is open and the embedding model is loaded; else 503 with what helps."""
        try:
            version = answerer.catalog.version
        except Unusable as error:
            raise HTTPException(503, str(error)) from error
        if not answerer.archive.embedder.loaded:
            raise HTTPException(503, "the embedding model is not loaded yet; the first question loads it: ask one")
        return ReadyModel(status="ready", version=version, model=answerer.model)

    if settings.metrics:

        @router.get("/metrics", include_in_schema=False)
        def metrics() -> Response:
            return Response(answerer.metrics.exposition() + workers.metrics.exposition(), media_type=CONTENT_TYPE)

    return router


# A buffering proxy would hold back the first sentence.
UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


async def _told(
    first: Event | Waiting, rest: AsyncGenerator[Event | Waiting], drawing: Drawing | None
) -> AsyncIterator[bytes]:
    """An answer's events as server-sent events; a later error is the last one."""
    try:
        async with aclosing(rest):
            yield _event(first, drawing)
            async for event in rest:
                yield _event(event, drawing)
    except HTTPException as error:
        yield _sse("error", {"detail": error.detail})
    except Exception:
        log.exception("an answer broke off")
        yield _sse("error", {"detail": UNEXPECTED})


def _event(event: Event | Waiting, drawing: Drawing | None) -> bytes:
    if isinstance(event, Waiting):
        return _sse("waiting", {"place": event.place})
    display = {name: model.to_json() for name, model in _drawn(drawing, event).items()}
    if isinstance(event, Found):
        shown = [CitationModel.of(citation).to_json() for citation in event.citations]
        return _sse("evidence", {"standalone_question": event.standalone_question, "citations": shown} | display)
    if isinstance(event, Finished):
        return _sse("answer", AnswerModel.of(event.answer).to_json() | display)
    return _sse("sentence", SentenceModel.of(event.sentence).to_json() | display)


def _drawn(drawing: Drawing | None, event: Event) -> dict[str, DisplayModel]:
    """The key `display` for those who asked for it; empty for others."""
    return {"display": drawing(event)} if drawing else {}


def _sse(name: str, value: dict[str, Any]) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(value, ensure_ascii=False))


def install(
    app: FastAPI, answerer: Answerer, verifier: Verifier, settings: Settings, draw: Draw = no_drawing
) -> Workers:
    """Add the API to an app; returns the workers that answer its questions, for other protocols to share."""
    workers = Workers(settings)
    app.include_router(api_router(answerer, verifier, settings, workers, draw))
    app.include_router(episodes_router(answerer), dependencies=[Depends(workers.admit)])
    install_faults(app)
    app.add_middleware(BodyLimit, seconds=settings.request_seconds)
    return workers
