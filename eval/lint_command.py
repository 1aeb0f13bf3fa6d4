"""Runs `citecast eval lint`: says what is wrong in suites of questions.

Only the index's files are read: no store is opened, and no model is loaded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from app.terminal.options import DataOption, JsonOption, complain, friendly, notes, settings_of
from eval.linting.checks import Level
from eval.linting.lint import Linted
from eval.linting.lint import lint as linted_of
from eval.running.gold import read_shelf
from eval.running.suites import SuiteError, find_suite
from ingest.sources.urls import one_line

SuitesArgument = Annotated[
    list[str], typer.Argument(metavar="SUITE", help="Path of a suite, or the name of one of the project's.")
]


def lint(suites: SuitesArgument, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Say what is wrong in suites; exits with status 1 if there is an error, not for warnings alone."""
    with friendly():
        try:
            paths = list(dict.fromkeys(find_suite(name) for name in suites))
            found = linted_of(paths, read_shelf(settings_of(data=data).data))
        except SuiteError as error:
            complain(error)
            raise typer.Exit(1) from error
    _print(found, paths, as_json=as_json)
    if found.count(Level.ERROR):
        raise typer.Exit(1)


def _print(found: Linted, paths: list[Path], *, as_json: bool) -> None:
    counts = {"questions": found.questions, "errors": found.count(Level.ERROR), "warnings": found.count(Level.WARNING)}
    if as_json:
        shown = {"suites": [str(path) for path in paths], **counts, "notes": [note.to_json() for note in found.notes]}
        typer.echo(json.dumps(shown, ensure_ascii=False))
        return
    for note in found.notes:
        typer.echo(one_line(str(note)))
    told = ", ".join(f"{count:,} {name if count != 1 else name.removesuffix('s')}" for name, count in counts.items())
    notes.print(told, markup=False)
