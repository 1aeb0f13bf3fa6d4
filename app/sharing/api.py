"""Serves `POST /api/answers`, `GET /api/answers/ID` and `POST /api/feedback`.

An answer to share is asked anew: nothing that a client sends becomes an answer. A route whose setting is off says so.
"""

from __future__ import annotations

import logging
import threading
from typing import Annotated, NoReturn

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.answering.pipeline import Answerer
from app.chat.state import narrowed
from app.keeping.database import StateError
from app.keeping.keeper import MAX_NOTE, Feedback, Keeper, Shared, Verdict
from app.question import MAX_QUESTION, check_question
from app.served_contract import SharedModel
from app.types import Outcome
from app.web.faults import FAULTS
from app.web.requests import QuestionRequest
from app.web.streaming import Workers
from ingest.text import clean

NO_ANSWER = "there is no such answer: it was never shared, or it has expired or been deleted"

log = logging.getLogger("citecast.sharing")

Id = Annotated[str, Path(max_length=100, description="as in the address `/a/ID`")]


class FeedbackRequest(BaseModel):
    """What a visitor thinks of an answer."""

    model_config = ConfigDict(extra="forbid")

    question: Annotated[str, Field(max_length=MAX_QUESTION)]
    standalone_question: Annotated[str, Field(max_length=MAX_QUESTION, description="as the answer has it")] = ""
    outcome: Outcome
    verdict: Verdict
    note: Annotated[str, Field(max_length=MAX_NOTE)] = ""


def keeping_router(answerer: Answerer, keeper: Keeper, workers: Workers, root_path: str) -> APIRouter:
    """The routes; which origins may use them is for `app.web.origins`."""
    router = APIRouter()
    careful = [Depends(_careful)]

    @router.post(
        "/api/answers",
        status_code=201,
        response_model=SharedModel,
        response_model_exclude_unset=True,
        dependencies=careful,
        summary="Share an answer",
        responses=FAULTS,
    )
    async def share(asked: QuestionRequest, response: Response) -> SharedModel:
        """Ask, store the answer, and give it an address that everyone who has it can read."""
        _on(keeper.shares, "share")

        def kept(stop: threading.Event) -> SharedModel | None:
            filters = asked.filters.filters(answerer.catalog)
            answer = answerer.ask(asked.question, history=asked.history, filters=filters, stop=stop)
            words = narrowed(filters, dict(answerer.catalog.episodes))
            made = keeper.shared(keeper.share(keeper.pack(answer, words)))
            return shared_model(made, root_path) if made else None

        try:
            made = await workers.run(kept)
        except StateError as error:
            refuse(error)
        if made is None:
            raise HTTPException(404, NO_ANSWER)
        response.headers["Location"] = made.path
        return made

    @router.get(
        "/api/answers/{id}",
        response_model=SharedModel,
        response_model_exclude_unset=True,
        summary="Read a shared answer",
        responses=FAULTS,
    )
    def read(id: Id, response: Response) -> SharedModel:
        """The answer as it was stored; what came from an episode that is no longer in the archive is left out."""
        response.headers["Cache-Control"] = "no-store"  # what is deleted shall be gone
        return shared_model(found(keeper, id), root_path)

    @router.post(
        "/api/feedback",
        status_code=204,
        dependencies=[*careful, Depends(workers.admit)],
        summary="Say what you think of an answer",
        responses=FAULTS,
    )
    def judge(said: FeedbackRequest) -> None:
        _on(keeper.hears, "feedback")
        question = check_question(said.question)
        alone = clean(said.standalone_question) or question
        try:
            keeper.judge(Feedback(question, alone, said.outcome, said.verdict, clean(said.note)))
        except StateError as error:
            refuse(error)

    return router


def found(keeper: Keeper, id: str) -> Shared:
    """The shared answer with this id; raises `HTTPException`."""
    if not keeper.shares:
        raise HTTPException(404, NO_ANSWER)
    try:
        shared = keeper.shared(id)
    except StateError as error:
        refuse(error)
    if shared is None:
        raise HTTPException(404, NO_ANSWER)
    return shared


def shared_model(shared: Shared, root_path: str) -> SharedModel:
    """The JSON of a shared answer."""
    return SharedModel.model_validate(
        shared.stored.answer
        | {
            "id": shared.id,
            "path": f"{root_path}/a/{shared.id}",
            "shared": shared.day,
            "index_version": shared.version,
            "narrowed": shared.stored.narrowed,
        }
    )


def refuse(error: StateError) -> NoReturn:
    """Say what a visitor may know of a fault; the rest is for the log."""
    log.error("the state file cannot be used: %s", error)
    raise HTTPException(error.status, error.told) from error


def _careful(request: Request) -> None:
    """Refuse what a page of another site could send from a visitor's browser without its origin, or as a form."""
    if "origin" not in request.headers and request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise HTTPException(403, "pages of other sites cannot store anything here without naming their origin")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "send JSON, with the header Content-Type: application/json")


def _on(is_on: bool, setting: str) -> None:
    if not is_on:
        raise HTTPException(403, f"this server does not offer that (its setting `{setting}` is off)")
