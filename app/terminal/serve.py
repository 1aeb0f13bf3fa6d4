"""Runs `citecast serve`: the chat and the API, until it is stopped."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from app.compose import open_answerer
from app.llm.engine import EngineError
from app.server import run
from app.terminal.options import DataOption, ModelOption, RerankerOption, friendly, notes, settings_of


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    model: ModelOption = None,
    reranker: RerankerOption = None,
    data: DataOption = None,
) -> None:
    """Serve the chat, the JSON API and its OpenAPI description from one process."""
    with friendly():
        settings = settings_of(host=host, port=port, model=model, reranker=reranker, data=data)
        answerer = open_answerer(settings)
        catalog = answerer.catalog
        notes.print(
            f"{catalog.passages:,} passages of {len(catalog.episodes)} episodes"
            + (" of the made-up SAMPLE archive" if catalog.sample else "")
            + f"; loading the model ({answerer.model})"
        )
        try:
            answerer.warm_up()
        except EngineError as error:  # a server may come later
            notes.print(f"{escape(str(error))} Until it answers, answers are made of quotes.", soft_wrap=True)
        run(answerer, settings, lambda url: notes.print(f"Citecast is at {url} (stop it with Ctrl+C)"), open_page)
