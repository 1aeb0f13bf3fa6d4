"""Serves `/a/ID`: a shared answer as a page of its own, drawn by the chat's renderer, without Gradio.

Style and script are within the page, named by their hashes in its policy. Nothing is loaded from another host before
a click on "Play here"; without scripts, the page can be read whole.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from markupsafe import Markup

from app.answering.pipeline import Answerer
from app.chat.page import STATIC as CHAT
from app.chat.state import Asked
from app.chat.view import NOTHING, sources, turn
from app.keeping.keeper import Keeper, Shared
from app.keeping.stored import answer_of
from app.render.answer import Prose, shown
from app.render.html import PALETTE, environment, inline
from app.sharing.api import Id, found, keeping_router
from app.types import EXTRACTIVE, Answer
from app.web.origins import Players, player_sources
from app.web.streaming import Workers
from ingest.settings import Settings

STATIC = Path(__file__).with_name("static")
# Most characters of a preview; services cut longer ones.
_PREVIEW = 200

_TEMPLATES = environment(Path(__file__).with_name("templates"))
_STYLE = inline(PALETTE, CHAT / "page.css", STATIC / "shared.css")
_OF_CHAT = ("device.js", "recording.js", "moments.js", "sequence.js")
_SCRIPT = inline(*(CHAT / name for name in _OF_CHAT), STATIC / "shared.js")


def page_router(answerer: Answerer, keeper: Keeper, settings: Settings) -> APIRouter:
    """The route of the pages."""
    router = APIRouter()

    @router.get("/a/{id}", include_in_schema=False)
    def page(id: Id, request: Request) -> Response:
        try:
            shared = found(keeper, id)
        except HTTPException as error:
            told = str(error.detail)
            html = _TEMPLATES.get_template("missing.html").render(told=told, home=_home(settings), style=_STYLE.text)
            return _response(html, error.status_code, (), indexed=False)
        answer = answer_of(shared.stored, answerer.archive.index.episodes)
        html = _drawn(shared, answer, f"{str(request.base_url).rstrip('/')}/a/{shared.id}", settings)
        return _response(html, 200, answerer.catalog.players, indexed=settings.share_indexed)

    return router


def install(app: FastAPI, answerer: Answerer, keeper: Keeper, workers: Workers, settings: Settings) -> None:
    """Add shared answers and feedback to an app."""
    app.include_router(keeping_router(answerer, keeper, workers, settings.root_path))
    app.include_router(page_router(answerer, keeper, settings))


def _drawn(shared: Shared, answer: Answer, address: str, settings: Settings) -> str:
    asked = Asked(answer.question, narrowed=shared.stored.narrowed, id="shared")
    day = date.fromisoformat(shared.day)
    return _TEMPLATES.get_template("shared.html").render(
        question=answer.question,
        preview=preview(answer),
        address=address,
        indexed=settings.share_indexed,
        home=_home(settings),
        turn=_one_up(turn(asked, str(answer.outcome), answer, offers=NOTHING)),
        sources=_one_up(sources(asked.id, answer)),
        day=f"{day.day} {day:%B %Y}",
        iso_day=shared.day,
        version=shared.version,
        written="in guests’ own words" if answer.model == EXTRACTIVE else f"written by {answer.model}",
        style=_STYLE.text,
        script=_SCRIPT.text,
    )


def _one_up(html: str) -> Markup:
    """The chat's HTML for a page one level deeper: addresses of transcripts are relative to the server's root."""
    return Markup(html.replace('href="episodes/', 'href="../episodes/'))


def preview(answer: Answer) -> str:
    """The beginning of what the page shows, for those who show a preview of its address."""
    made = shown(answer)
    first = made.blocks[0] if made.blocks else None
    if isinstance(first, Prose):
        text = " ".join(said for said, _ in first.sentences)
    elif first:
        text = f"{first.speaker} in “{first.title}”: {first.said}"
    else:
        text = " ".join(said for _, said in made.told) or made.instead
    return text if len(text) <= _PREVIEW else f"{text[:_PREVIEW].rsplit(' ', 1)[0]} …"


def _response(html: str, status: int, players: Players, *, indexed: bool) -> Response:
    policy = (
        "default-src 'none'",
        f"style-src {_STYLE.source}",
        f"script-src {_SCRIPT.source}",
        "img-src data:",
        *player_sources(players),
        "base-uri 'none'",
        "form-action 'none'",
    )
    headers = {"Content-Security-Policy": "; ".join(policy), "Cache-Control": "no-store"}
    if not indexed:
        headers["X-Robots-Tag"] = "noindex"
    return Response(html, status, headers, media_type="text/html")


def _home(settings: Settings) -> str:
    return f"{settings.root_path}/"
