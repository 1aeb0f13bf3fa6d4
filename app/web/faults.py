"""Answers faulty requests: the JSON of an error, and the status of each fault.

Nothing here depends on what is asked.
"""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app.answering.filtering import FilterError
from app.question import QuestionError
from ingest.text import clean

UNEXPECTED = "something went wrong; the server's log has more"
# Most errors reported for one request: thousands of wrong values are usually one mistake.
_MOST_FAULTS = 10
log = logging.getLogger("citecast.api")


class FieldFault(BaseModel):
    """A wrong field: where it is, and what is wrong."""

    loc: list[str | int]
    msg: str


class FaultModel(BaseModel):
    """An error: one line, or the wrong fields."""

    detail: str | list[FieldFault]


# For OpenAPI. The statuses are in the documents: each layer of the server has its own.
FAULTS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": FaultModel, "description": "The request cannot be answered; `detail` says why"},
    "5XX": {"model": FaultModel, "description": "The server cannot answer now; `detail` says why"},
}


async def invalid(_: Request, error: Exception) -> JSONResponse:
    """422 with the errors of a request, without its values: JSON cannot hold NaN or a lone surrogate."""
    assert isinstance(error, RequestValidationError)
    faults = [
        {"loc": [clean(part) if isinstance(part, str) else part for part in fault["loc"]], "msg": fault["msg"]}
        for fault in error.errors()[:_MOST_FAULTS]
    ]
    return JSONResponse({"detail": faults}, 422)


async def unaskable(_: Request, error: Exception) -> JSONResponse:
    """422 for a question or a filter that cannot be used."""
    return JSONResponse({"detail": str(error)}, 422)


async def unexpected(_: Request, error: Exception) -> JSONResponse:
    """500 for any other error: logged in full; the client gets a short message."""
    log.error("a request failed", exc_info=error)
    return JSONResponse({"detail": UNEXPECTED}, 500)


def install_faults(app: FastAPI) -> None:
    """Answer the faults of all routes of an app."""
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(QuestionError, unaskable)
    app.add_exception_handler(FilterError, unaskable)
    app.add_exception_handler(Exception, unexpected)
