"""Runs `citecast ask`: shows the answer to a question as it is written."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated

import typer

from app.answering.filtering import filters_of
from app.compose import open_answerer
from app.contract import AnswerModel
from app.render.terminal import answer_text
from app.terminal.options import (
    DataOption,
    EpisodeOption,
    GuestOption,
    JsonOption,
    ModelOption,
    RerankerOption,
    SeasonOption,
    SinceOption,
    TopicOption,
    UntilOption,
    friendly,
    notes,
    settings_of,
)
from app.terminal.progress import follow


def ask(
    question: Annotated[str, typer.Argument(help="The question, in a sentence.")],
    episode: EpisodeOption = None,
    guest: GuestOption = None,
    topic: TopicOption = None,
    season: SeasonOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    after: Annotated[
        list[str] | None,
        typer.Option("--after", help="An earlier question of the conversation; repeatable, oldest first."),
    ] = None,
    model: ModelOption = None,
    reranker: RerankerOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the archive, with citations."""
    with friendly():
        answerer = open_answerer(settings_of(data=data, reranker=reranker, model=model))
        filters = filters_of(answerer.catalog, episode, guest, topic, season, since, until)
        answer = follow(answerer.stream(question, history=after or (), filters=filters), notes)
    if as_json:
        typer.echo(json.dumps(AnswerModel.of(answer).to_json(), ensure_ascii=False))
    else:
        typer.echo(answer_text(answer, color=sys.stdout.isatty() and "NO_COLOR" not in os.environ))
