"""The JSON API: `POST /api/ask`, `GET /api/search`, `/healthz`.

Requests are checked here, once: their size, their fields, the time they may
take and how many run at once. Answers are the contract's objects, the same as
the terminal's. Nothing here knows of the chat.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.answer import MAX_QUESTION, Answerer, QuestionError
from app.condense import MOST_TURNS
from app.search import search_json
from index.filters import Filters
from ingest.settings import Settings
from ingest.text import clean

MAX_BODY = 64 * 1024
# Requests that may wait for a worker; the next one is told to come back.
MAX_WAITING = 32
# Faults of one request that are told: thousands of wrong values are one mistake.
_MOST_FAULTS = 10
_Result = TypeVar("_Result")
log = logging.getLogger("citecast.api")

Name = Annotated[str, Field(min_length=1, max_length=300)]
Season = Annotated[int, Field(ge=0, le=1_000_000)]


class FilterModel(BaseModel):
    """Narrow the search; within a field any of the values will do."""

    model_config = ConfigDict(extra="forbid")

    episodes: Annotated[list[Name], Field(max_length=50, description="slugs")] = []
    guests: Annotated[list[Name], Field(max_length=50, description="full names")] = []
    topics: Annotated[list[Name], Field(max_length=50)] = []
    seasons: Annotated[list[Season], Field(max_length=50)] = []

    def filters(self) -> Filters:
        """The filters as the index has them."""
        return Filters(tuple(self.episodes), tuple(self.guests), tuple(self.topics), tuple(self.seasons))


class AskRequest(BaseModel):
    """A question, with the visitor's earlier questions if it follows on from them."""

    model_config = ConfigDict(extra="forbid")

    question: Annotated[
        str, Field(max_length=MAX_QUESTION, examples=["Why do teams leave the cloud for their own GPUs?"])
    ]
    history: Annotated[
        list[Annotated[str, Field(max_length=MAX_QUESTION)]],
        Field(max_length=MOST_TURNS, description="earlier questions, oldest first"),
    ] = []
    filters: FilterModel = FilterModel()


class CitationModel(BaseModel):
    """Where something was said: from `start` to `end`, in seconds; `url` plays it from there."""

    id: int
    episode: str
    title: str
    guests: list[str]
    speaker: str
    chapter: str
    start: float
    end: float
    quote: str
    url: str
    page: str
    key: str
    asked: str
    estimated: bool


class SentenceModel(BaseModel):
    """A sentence, the citations it rests on, and how well they support it (0 to 1)."""

    text: str
    citations: list[int]
    support: float


class AnswerModel(BaseModel):
    """Checked sentences with citations, or a refusal with the nearest chapters."""

    question: str
    standalone_question: str
    answered: bool
    sentences: list[SentenceModel]
    citations: list[CitationModel]
    nearest: list[CitationModel] = []
    model: str
    confidence: float
    notes: list[str]
    timings_ms: dict[str, float]


class PassageModel(BaseModel):
    """A ranked passage."""

    rank: int
    score: float
    episode: str
    title: str
    chapter: str
    start: float
    end: float
    speaker: str
    text: str
    url: str


class SearchModel(BaseModel):
    """Ranked passages, best first."""

    query: str
    passages: list[PassageModel]
    timings_ms: dict[str, float]


class HealthModel(BaseModel):
    """What is being served."""

    status: str
    version: str
    passages: int
    sample: bool


class Gate:
    """Bounds how many questions run at once, how many wait, and how long each may take."""

    def __init__(self, settings: Settings) -> None:
        # Its own few threads: work that ran out of time runs on to its end, and must not make room for more before.
        self._threads = ThreadPoolExecutor(settings.workers, thread_name_prefix="api")
        self._seconds = settings.request_seconds
        self._waiting = 0

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """Run blocking work in a thread; raises `HTTPException` 422, 503 or 504."""
        if self._waiting >= MAX_WAITING:
            raise HTTPException(503, "too many questions at once; try again in a moment", {"Retry-After": "5"})
        self._waiting += 1
        try:
            return await asyncio.wait_for(
                asyncio.get_running_loop().run_in_executor(self._threads, work), self._seconds
            )
        except TimeoutError as error:
            raise HTTPException(504, f"no answer within {self._seconds:g} seconds") from error
        except QuestionError as error:
            raise HTTPException(422, str(error)) from error
        finally:
            self._waiting -= 1


def api_router(answerer: Answerer, settings: Settings) -> APIRouter:
    """The routes, over one answerer."""
    router = APIRouter()
    gate = Gate(settings)

    @router.post("/api/ask", response_model=AnswerModel, response_model_exclude_unset=True, summary="Ask the archive")
    async def ask(request: AskRequest) -> dict[str, Any]:
        answer = await gate.run(
            lambda: answerer.ask(request.question, history=request.history, filters=request.filters.filters())
        )
        return answer.to_json()

    @router.get("/api/search", response_model=SearchModel, summary="Rank passages")
    async def search(
        q: Annotated[str, Query(max_length=MAX_QUESTION, description="what to look for")],
        k: Annotated[int, Query(ge=1, le=50)] = 10,
        episode: Annotated[list[str], Query(max_length=50)] = [],  # noqa: B006 - FastAPI copies it
        guest: Annotated[list[str], Query(max_length=50)] = [],  # noqa: B006
        topic: Annotated[list[str], Query(max_length=50)] = [],  # noqa: B006
        season: Annotated[list[Season], Query(max_length=50)] = [],  # noqa: B006
    ) -> dict[str, Any]:
        filters = Filters(tuple(episode), tuple(guest), tuple(topic), tuple(season))
        return await gate.run(lambda: search_json(answerer, q, k, filters))

    @router.get("/healthz", response_model=HealthModel, summary="Is it alive?")
    def healthz() -> dict[str, Any]:  # not async: a new index may have to be opened
        catalog = answerer.catalog
        return {"status": "ok", "version": catalog.version, "passages": catalog.passages, "sample": catalog.sample}

    return router


async def invalid(_: Request, error: Exception) -> JSONResponse:
    """What is wrong with a request, without its values: no answer can hold NaN or half a character."""
    assert isinstance(error, RequestValidationError)
    faults = [
        {"loc": [clean(part) if isinstance(part, str) else part for part in fault["loc"]], "msg": fault["msg"]}
        for fault in error.errors()[:_MOST_FAULTS]
    ]
    return JSONResponse({"detail": faults}, 422)


async def unexpected(_: Request, error: Exception) -> JSONResponse:
    """Anything else that goes wrong: logged in full, told in short."""
    log.error("a request failed", exc_info=error)
    return JSONResponse({"detail": "something went wrong; the server's log has more"}, 500)


class BodyLimit:
    """Refuses request bodies on the API's paths that are over `MAX_BODY` bytes, announced or not, or take too long."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        try:
            body = await asyncio.wait_for(_body(receive), self._seconds)
        except TimeoutError:
            response = JSONResponse({"detail": f"the request took over {self._seconds:g} seconds to arrive"}, 408)
            await response(scope, receive, send)
            return
        if body is None:
            return
        if len(body) > MAX_BODY:
            response = JSONResponse({"detail": f"the request is over {MAX_BODY:,} bytes"}, 413)
            await response(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)


async def _body(receive: Receive) -> bytes | None:
    """A request's body, or as much of it as shows that it is too long; None where the client has gone."""
    body = b""
    more = True
    while more and len(body) <= MAX_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _replay(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    """A receiver that hands out the body that was read, then whatever follows."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return messages.pop() if messages else await receive()

    return next_message


def install(app: FastAPI, answerer: Answerer, settings: Settings) -> None:
    """Add the API to an app."""
    app.include_router(api_router(answerer, settings))
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, unexpected)
    app.add_middleware(BodyLimit, seconds=settings.request_seconds)
