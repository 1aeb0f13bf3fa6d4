"""Calls the command line."""

from __future__ import annotations

from typing import Any

from typer.main import get_command
from typer.testing import CliRunner, Result

from app.terminal.commands import LazyCommand, app


def commands(group: Any = None) -> dict[str, Any]:
    """The commands of a group (the program's, unless one is given) with their options, by name."""
    found: Any = group or get_command(app)
    return {name: one.loaded() if isinstance(one, LazyCommand) else one for name, one in found.commands.items()}


def call(*args: object, given: str | None = None, **environ: str) -> Result:
    """The program with these arguments, in this process; `given` is its standard input."""
    return CliRunner().invoke(app, [*map(str, args)], input=given, env=environ)


def refused(result: Result) -> str:
    """The message of a failed call: one line on standard error, nothing on standard output, no stack trace."""
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.exception is None or isinstance(result.exception, SystemExit)
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("citecast: ")
    return line
