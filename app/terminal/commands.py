"""Defines the `citecast` program: the names of its commands, and the module of each.

A command's module is imported when the command is called: `citecast --help` needs none of them. Every command reads the
settings once and turns known errors into one line on standard error and exit status 1 (2 for a wrong call). Standard
output gets only results; progress and notes go to standard error.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from app.terminal.output import guarded
from ingest.sources.urls import one_line


class LazyCommand(TyperCommand):
    """A command that is imported when it is called; before that, only its name and help are known."""

    def __init__(self, function: str, help: str) -> None:
        """`function` is the command's function as `MODULE:NAME`; the command has the same name."""
        self._module, _, self._function = function.partition(":")
        super().__init__(self._function, help=help)

    def loaded(self) -> Any:
        """The command itself, with its options."""
        alone = typer.Typer(add_completion=False)
        alone.command()(getattr(import_module(self._module), self._function))
        return get_command(alone)

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Parse the arguments with the command itself."""
        return self.loaded().make_context(*args, **extra)


class LazyGroup(TyperGroup):
    """A group of commands that are imported when they are called."""

    # `MODULE:NAME` of each command's function, and the help that the group shows for it.
    lazy: ClassVar[Mapping[str, str]] = {}

    def __init__(self, *, commands: Mapping[str, Any], **more: Any) -> None:
        """`commands` are already imported ones."""
        own = [LazyCommand(function, help) for function, help in self.lazy.items()]
        super().__init__(commands={**{str(one.name): one for one in own}, **commands}, **more)


class Commands(LazyGroup):
    """The program's commands; error messages show control characters as escapes."""

    lazy: ClassVar = {
        "app.terminal.ingest:ingest": "Read the archive and bring the index up to date. Only what changed is embedded.",
        "app.terminal.ask:ask": "Answer a question from the archive, with citations.",
        "app.terminal.search:search": "Rank the passages of the archive, without writing an answer.",
        "app.terminal.serve:serve": "Serve the chat, the JSON API and its OpenAPI description from one process.",
        "app.terminal.doctor:doctor": "Say what is installed and used, what is wrong, and the command that fixes it.",
        "app.terminal.check:check": (
            "Say of sentences whether the quotes they cite support them: a verdict a line, as JSON."
        ),
        "app.terminal.mcp:mcp": (
            "Offer the archive to a program that speaks MCP on standard input and output, until it hangs up."
        ),
        "app.terminal.keeping:forget": "Delete shared answers, or all that was stored before a day.",
        "app.terminal.keeping:backup": "Copy shared answers and feedback into a new file, while the server runs.",
        "app.terminal.keeping:gaps": "List what could not be answered, grouped by likeness, with counts.",
        "app.terminal.verify:verify": "Say whether the archive supports a statement, and where; or check a wiki.",
        "app.terminal.wiki:page": (
            "Write a wiki's page on a topic, of checked sentences; without a language model, a draft of quotes."
        ),
        "app.terminal.wiki:worksheet": "Propose an editors' worksheet for one episode.",
    }

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


app = typer.Typer(name="citecast", cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def citecast() -> None:
    """Ask a podcast archive; every sentence of an answer names the episode, the speaker and the second."""


def main() -> None:
    """Run the program."""
    # Progress bars and advice of libraries are not this program's output.
    for name in ("httpx", "huggingface_hub", "sentence_transformers", "transformers"):
        logging.getLogger(name).setLevel(logging.ERROR)
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    with guarded():
        app()
