"""Runs `citecast search`: ranks passages for a question. No language model is loaded."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from app.answering.filtering import filters_of
from app.answering.search import searched
from app.compose import open_archive
from app.terminal.options import (
    DataOption,
    EpisodeOption,
    GuestOption,
    JsonOption,
    RerankerOption,
    SeasonOption,
    SinceOption,
    TopicOption,
    UntilOption,
    friendly,
    settings_of,
)
from ingest.text import clock


def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="How many passages.")] = 10,
    episode: EpisodeOption = None,
    guest: GuestOption = None,
    topic: TopicOption = None,
    season: SeasonOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    reranker: RerankerOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank the passages of the archive, without writing an answer."""
    with friendly():
        view = open_archive(settings_of(data=data, reranker=reranker)).view()
        filters = filters_of(view.index.catalog, episode, guest, topic, season, since, until)
        result = searched(view, query, k, filters)
    if as_json:
        typer.echo(json.dumps(result.to_json(), ensure_ascii=False))
        return
    for item in result.passages:
        typer.echo(f"{item.rank:2d}. {item.title} | {item.chapter} | {item.speaker} at {clock(item.start)}")
        typer.echo(f"    {item.url}\n    {' '.join(item.text.split())[:240]}…\n")
