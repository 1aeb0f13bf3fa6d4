"""Imports commands when they are called, so that `--help` and a wrong call answer at once."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command


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
