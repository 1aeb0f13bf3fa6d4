"""Calls of the command line."""

from __future__ import annotations

from typer.testing import CliRunner, Result

from app.terminal.commands import app


def call(*args: str, **environ: str) -> Result:
    return CliRunner().invoke(app, args, env=environ)


def refused(result: Result) -> str:
    """What a failed call says: one line on standard error, nothing on standard output, no stack trace."""
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.exception is None or isinstance(result.exception, SystemExit)
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("citecast: ")
    return line
