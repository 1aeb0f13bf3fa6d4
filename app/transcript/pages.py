"""Serves `GET /episodes/SLUG?from=SECOND&to=SECOND`: a transcript as a page that needs no script.

The page can be opened in a frame of the chat. Its policy allows nothing but its own style; a browser that has it asks
whether it changed, and gets it again only with a new index.
"""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field

from app.answering.pipeline import Answerer
from app.render.html import PALETTE, environment, inline
from app.render.moment import NO_RECORDING
from app.transcript.address import CITED
from app.transcript.reading import reading
from app.web.episodes import NoEpisode, episode_of
from app.web.streaming import Workers
from ingest.models import Episode

_FOLDER = Path(__file__).parent
_TEMPLATES = environment(_FOLDER / "templates")
_TEMPLATES.globals |= {"no_recording": NO_RECORDING, "cited_id": CITED}
_STYLE = inline(PALETTE, _FOLDER / "static" / "transcript.css")
_TEMPLATE = (_FOLDER / "templates" / "transcript.html").read_bytes()
_POLICY = f"default-src 'none'; style-src {_STYLE.source}; img-src data:; base-uri 'none'; form-action 'none'"
# The hardest compression costs three times as much for 2 % less.
_LEVEL = 5

_Second = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class ReadingRequest(BaseModel):
    """Which words are cited, in seconds of the recording, and the page's colours; without `theme`, the system's."""

    model_config = ConfigDict(extra="ignore")

    start: Annotated[_Second | None, Field(alias="from")] = None
    end: Annotated[_Second | None, Field(alias="to")] = None
    theme: Literal["light", "dark", ""] = ""


def transcript_router(answerer: Answerer) -> APIRouter:
    """The route. It is not async, because a new index may have to be opened."""
    router = APIRouter()

    @router.get("/episodes/{slug}", include_in_schema=False)
    def page(
        request: Request, slug: Annotated[str, InPath(max_length=300)], asked: Annotated[ReadingRequest, Query()]
    ) -> Response:
        version = answerer.archive.index.catalog.version
        try:
            episode = episode_of(answerer.archive, slug)
        except NoEpisode as error:
            near = [answerer.archive.index.episodes[one] for one in error.near]
            html = _TEMPLATES.get_template("missing.html").render(
                style=_STYLE.text, slug=slug, near=near, theme=asked.theme
            )
            return _sent(request, html, 404, {"Cache-Control": "no-store"})
        return _page(request, episode, asked, version)

    return router


def install(app: FastAPI, answerer: Answerer, workers: Workers) -> None:
    """Add the page to an app; it counts for a visitor's limits."""
    app.include_router(transcript_router(answerer), dependencies=[Depends(workers.admit)])


def _page(request: Request, episode: Episode, asked: ReadingRequest, version: str) -> Response:
    """The page; 304 for a browser that has it as it is in this version of the archive."""
    shown = repr((version, episode.slug, asked, _STYLE.source)).encode() + _TEMPLATE
    headers = {"Cache-Control": "no-cache", "ETag": f'"{hashlib.sha256(shown).hexdigest()[:20]}"'}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers | {"Vary": "Accept-Encoding"})
    html = _TEMPLATES.get_template("transcript.html").render(
        style=_STYLE.text, theme=asked.theme, shown=reading(episode, asked.start, asked.end)
    )
    return _sent(request, html, 200, headers)


def _sent(request: Request, html: str, status: int, headers: dict[str, str]) -> Response:
    """A page with its policy, compressed for those who take that."""
    headers = headers | {"Content-Security-Policy": _POLICY, "Vary": "Accept-Encoding"}
    body = html.encode()
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, _LEVEL, mtime=0), "gzip"
    return Response(body, status, headers, media_type="text/html")
