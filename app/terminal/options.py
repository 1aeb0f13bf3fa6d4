"""Provides what the commands of `citecast` share: options, messages to the user, settings, errors in one line.

Untrusted text in messages is made harmless here, once for all commands.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from app.answering.filtering import FilterError
from app.keeping.database import StateError
from app.llm.engine import EngineError
from app.question import QuestionError
from app.terminal.output import Terminal
from index.archive import Unusable
from index.building.build import BuildError
from index.reranking.cross_encoder import RerankerError
from ingest.settings import Settings, SettingsError, load_settings
from ingest.sources.open import SourceError
from ingest.sources.urls import one_line

notes = Terminal(stderr=True, highlight=False)

DataOption = Annotated[Path | None, typer.Option("--data", help="Folder for the index and other state.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
EpisodeOption = Annotated[
    list[str] | None, typer.Option("--episode", help="Only this episode (its slug, or part of its title); repeatable.")
]
GuestOption = Annotated[
    list[str] | None, typer.Option("--guest", help="Only this guest (or part of the name); repeatable.")
]
TopicOption = Annotated[list[str] | None, typer.Option("--topic", help="Only this topic (or part of it); repeatable.")]
SeasonOption = Annotated[list[int] | None, typer.Option("--season", help="Only this season; repeatable.")]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", help="Only episodes of this day or later: 2023, 2023-05 or 2023-05-12."),
]
UntilOption = Annotated[str | None, typer.Option("--until", help="Only episodes of this day or earlier, as --since.")]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", help="Who writes: extractive, auto, or a language model by URL, hub name, folder or file."),
]
RerankerOption = Annotated[
    str | None, typer.Option("--reranker", help="What reorders the first passages: a hub name, a folder or a URL.")
]


@contextmanager
def friendly() -> Iterator[None]:
    """Turn known errors into one line and exit status 1."""
    known = (
        SettingsError, SourceError, BuildError, *Unusable, QuestionError, FilterError, RerankerError, EngineError,
        StateError,
    )  # fmt: skip
    try:
        yield
    except known as error:
        complain(error)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        notes.print("stopped")
        raise typer.Exit(130) from error


def complain(reason: object) -> None:
    """Print one line that says what went wrong."""
    notes.print(f"[red]citecast:[/red] {escape(one_line(str(reason)))}", soft_wrap=True)


def settings_of(**flags: Any) -> Settings:
    """The settings, with the given flags."""
    return load_settings(flags)
