"""Serves the embed kit: `/embed.js` with `/embed-answer.js`, `/embed` for frames, `/demo`, and the example questions.

The pages hold the element alone; what it asks goes to `app.web.api`. Their policy allows no inline script or style but
those whose hashes it names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.embed.script import STATIC, Script, answer_script, embed_script
from app.render.html import PALETTE, environment, inline
from app.web.origins import Origins, Players, player_sources
from ingest.settings import Settings

_TEMPLATES = environment(Path(__file__).with_name("templates"))
_Short = Annotated[str, Field(max_length=300)]


class ExamplesModel(BaseModel):
    """Questions that the archive in use answers."""

    questions: list[str]


class FrameRequest(BaseModel):
    """The element's attributes, as parameters of the page for frames; others are refused, as they would do nothing."""

    model_config = ConfigDict(extra="forbid")

    theme: _Short = ""
    accent: _Short = ""
    lang: _Short = ""
    heading: _Short = ""
    questions: Annotated[str, Field(max_length=4000)] = ""
    episode: _Short = ""
    guest: _Short = ""
    topic: _Short = ""
    player: _Short = ""

    @property
    def attributes(self) -> dict[str, str]:
        """Those that are given."""
        return {name: value for name, value in self.model_dump().items() if value}


def embed_router(settings: Settings, examples: Sequence[str], players: Callable[[], Players]) -> APIRouter:
    """The routes, with the server's example questions and what plays recordings."""
    router, origins = APIRouter(), Origins(settings.origins)
    script, of_answers = Script(embed_script()), Script(answer_script())

    @router.get("/embed.js", include_in_schema=False)
    def embed_js(request: Request) -> Response:
        return script.response(request)

    @router.get("/embed-answer.js", include_in_schema=False)
    def embed_answer_js(request: Request) -> Response:
        return of_answers.response(request)

    @router.get("/embed", include_in_schema=False)
    def embed(request: Request, asked: Annotated[FrameRequest, Query()]) -> Response:
        # The frame tells what happens in it to the page around it, if that is listed. The browser then delivers it to
        # this origin alone.
        around = _origin_of(request.headers.get("referer", ""))
        tell = around if origins.allow(around) or around == _origin_of(str(request.base_url)) else ""
        return _page("frame.html", "frame.css", "frame.js", players(), attributes=asked.attributes, tell=tell)

    @router.get("/demo", include_in_schema=False)
    def demo(request: Request) -> Response:
        return _page("demo.html", "demo.css", "demo.js", players(), server=str(request.base_url))

    @router.get("/api/examples", response_model=ExamplesModel, summary="Questions to begin with")
    def told() -> ExamplesModel:
        return ExamplesModel(questions=list(examples))

    return router


def install(app: FastAPI, settings: Settings, examples: Sequence[str], players: Callable[[], Players]) -> None:
    """Add the embed kit to an app."""
    app.include_router(embed_router(settings, examples, players))


def _page(template: str, style: str, script: str, players: Players, **values: object) -> Response:
    """A page whose style and script are within it, named by their hashes in its policy."""
    css, js = inline(PALETTE, STATIC / style), inline(STATIC / script)
    html = _TEMPLATES.get_template(template).render(style=css.text, script=js.text, **values)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {js.source}",
            f"style-src {css.source}",
            "connect-src 'self'",
            *player_sources(players, "'self'"),
            "img-src 'self' data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache", "Vary": "Referer"}
    return Response(html, headers=headers, media_type="text/html")


def _origin_of(address: str) -> str:
    """The origin of an address; empty if it has none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else ""
