"""What the commands of `citecast` share: options, messages to the user, settings, and faults in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from app.filtering import FilterError
from app.generators.errors import EngineError
from app.question import QuestionError
from index.embedder import EmbedderError
from index.manifest import IndexMismatch, IndexMissing
from index.nli import NliError
from index.rerank import RerankerError
from index.store.base import StoreError
from ingest.settings import Settings, SettingsError, load_settings
from ingest.source import SourceError

notes = Console(stderr=True, highlight=False)

DataOption = Annotated[Path | None, typer.Option("--data", help="Folder for the index and other state.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@contextmanager
def friendly() -> Iterator[None]:
    """Turn known faults into one line and exit status 1."""
    from index.build import BuildError

    known = (
        SettingsError, SourceError, BuildError, IndexMissing, IndexMismatch, StoreError, EmbedderError, QuestionError,
        FilterError, RerankerError, NliError, EngineError,
    )  # fmt: skip
    try:
        yield
    except known as error:
        notes.print(f"[red]citecast:[/red] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        notes.print("stopped")
        raise typer.Exit(130) from error


def settings_of(**flags: Any) -> Settings:
    """The settings, with the flags that were given."""
    return load_settings(flags)
