"""What the commands of `citecast` share: options, messages to the user, settings, and faults in one line.

What a message shows of the user's own words or of others' is made harmless here, once for all commands.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from typer.core import TyperGroup
from typer.exceptions import TyperException

from app.answering.filtering import FilterError
from app.llm.engine import EngineError
from app.question import QuestionError
from app.terminal.output import Terminal
from index.embedder import EmbedderError
from index.manifest import IndexMismatch, IndexMissing
from index.reranking.cross_encoder import RerankerError
from index.store.base import StoreError
from ingest.settings import Settings, SettingsError, load_settings
from ingest.sources.open import SourceError
from ingest.sources.urls import one_line

notes = Terminal(stderr=True, highlight=False)

DataOption = Annotated[Path | None, typer.Option("--data", help="Folder for the index and other state.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@contextmanager
def friendly() -> Iterator[None]:
    """Turn known faults into one line and exit status 1."""
    from index.building.build import BuildError

    known = (
        SettingsError, SourceError, BuildError, IndexMissing, IndexMismatch, StoreError, EmbedderError, QuestionError,
        FilterError, RerankerError, EngineError,
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
    """Say in one line what went wrong."""
    notes.print(f"[red]citecast:[/red] {escape(one_line(str(reason)))}", soft_wrap=True)


class Commands(TyperGroup):
    """The program's commands; of a wrong call, what was typed is shown with its control characters as escapes."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Read the arguments."""
        with _harmless():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        with _harmless():
            return super().invoke(ctx)


@contextmanager
def _harmless() -> Iterator[None]:
    try:
        yield
    except TyperException as error:
        text = one_line(error.format_message())
        setattr(error, "format_message", lambda: text)  # noqa: B010 - typer prints it so, whatever the class says
        raise


def settings_of(**flags: Any) -> Settings:
    """The settings, with the flags that were given."""
    return load_settings(flags)
