"""Serves OpenAI's protocol: `POST /v1/chat/completions` and `GET /v1/models`, so that its clients can ask unchanged.

A question takes the way of `POST /api/ask`: the same workers, limits and answers that are kept.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, HTTPException, Path
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse

from app.answering.pipeline import Answerer
from app.protocols.openai_faults import ChatFault, ErrorReply, refused, reply_of
from app.protocols.openai_replies import ChatCompletion, Completion, Served, ServedList
from app.protocols.openai_requests import MODEL, ChatRequest, no_model
from app.types import Answer, Event, Finished, Found, Passed
from app.web.api import EVENTS, UNBUFFERED, events_described
from app.web.faults import UNEXPECTED
from app.web.streaming import Workers

_FAULTS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorReply, "description": "The request cannot be answered"},
    "5XX": {"model": ErrorReply, "description": "The server cannot answer now"},
}
log = logging.getLogger("citecast.api")


def openai_router(answerer: Answerer, workers: Workers) -> APIRouter:
    """The routes, with the answerer and the workers of the API."""
    router = APIRouter(prefix="/v1")

    @router.post(
        "/chat/completions",
        response_model=ChatCompletion,
        summary="Ask, in OpenAI's protocol",
        responses={200: events_described("message"), **_FAULTS},
    )
    async def completions(asked: ChatRequest) -> Any:
        """The answer to the last message of the user; the earlier ones are its history. System messages are ignored."""
        question, history = asked.asked()
        filters = await run_in_threadpool(lambda: asked.narrowed(answerer.catalog))
        events = workers.stream(lambda stop: answerer.stream(question, history=history, filters=filters, stop=stop))
        completion = Completion(" ".join([*history, question]), asked.with_usage)
        if asked.stream:
            # A refusal needs a status, so the first event is awaited before the response begins.
            told = _told(question, completion, await anext(events), events)
            return StreamingResponse(told, media_type=EVENTS, headers=UNBUFFERED)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Finished):
                    # As it is: FastAPI would add the keys that a citation does not have.
                    return JSONResponse(completion.whole(event.answer))
        raise HTTPException(503, "the server is stopping")

    @router.get("/models", response_model=ServedList, summary="The one model, in OpenAI's protocol", responses=_FAULTS)
    def models() -> ServedList:
        return ServedList(data=[Served(id=MODEL, created=0)])

    @router.get("/models/{model}", response_model=Served, summary="A model", responses=_FAULTS)
    def model(model: Annotated[str, Path(max_length=300)]) -> Served:
        if model != MODEL:
            raise no_model(model)
        return Served(id=MODEL, created=0)

    return router


async def _told(
    question: str, completion: Completion, first: Event, rest: AsyncGenerator[Event]
) -> AsyncIterator[bytes]:
    """The chunks of an answer as server-sent events; a later error is the last one."""
    try:
        async with aclosing(rest):
            yield _data(completion.opening())
            async for chunk in _chunks(question, completion, first, rest):
                yield _data(chunk)
        yield b"data: [DONE]\n\n"
    except HTTPException as error:
        yield _data(reply_of(error.status_code, str(error.detail)).model_dump())
    except Exception:
        log.exception("an answer broke off")
        yield _data(reply_of(500, UNEXPECTED).model_dump())


async def _chunks(
    question: str, completion: Completion, first: Event, rest: AsyncGenerator[Event]
) -> AsyncIterator[dict[str, Any]]:
    answer: Answer | None = None
    async for event in _joined(first, rest):
        if isinstance(event, Found):
            answer = Answer.begun(question, event)
        elif isinstance(event, Passed) and answer:
            answer = answer.with_sentence(event.sentence)
            for chunk in completion.written(answer):
                yield chunk
        elif isinstance(event, Finished):
            for chunk in completion.closing(event.answer):
                yield chunk


async def _joined(first: Event, rest: AsyncGenerator[Event]) -> AsyncIterator[Event]:
    yield first
    async for event in rest:
        yield event


def _data(value: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


def install(app: FastAPI, answerer: Answerer, workers: Workers) -> None:
    """Add the protocol to an app; `OpenAIErrors` around it gives every fault its form."""
    app.include_router(openai_router(answerer, workers))
    app.add_exception_handler(ChatFault, refused)
