"""Runs `citecast verify`: says whether the archive supports a statement, or each of many.

Many statements come from a file or standard input, one on each line. Each result is printed before
the next line is read; the first bad line ends the run with its number. No language model is loaded. Pages of a wiki are
checked by `app.wiki`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from app.compose import open_archive, open_verifier
from app.contract import VerifiedModel
from app.question import QuestionError
from app.render.terminal import verified_text
from app.terminal.options import DataOption, complain, friendly, notes, settings_of
from app.terminal.output import standard_input
from app.terminal.progress import BarProgress
from app.types import Verified
from app.verification.verifier import Verifier, check_statement
from app.wiki.report import Format, written
from app.wiki.run import Wanted, WikiError, run
from ingest.settings import Settings


class LineError(ValueError):
    """A line cannot be verified; the message names it and the reason."""


def verify(
    statement: Annotated[str | None, typer.Argument(help="The statement, of one sentence or several.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="A file with a statement a line; - reads standard input.")
    ] = None,
    wiki: Annotated[
        Path | None, typer.Option("--wiki", help="Check the sentences of a wiki: a page, or a folder of pages.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="The form of the report on a wiki.")] = Format.TEXT,
    lint: Annotated[bool, typer.Option("--lint", help="Hold the pages of a wiki to its rules alone.")] = False,
    changed_since: Annotated[
        str | None, typer.Option("--changed-since", help="Only lines of the wiki that are new since this Git revision.")
    ] = None,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Look for a chip for each sentence of the wiki without one.")
    ] = False,
    data: DataOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object for each statement, a line each.")
    ] = False,
) -> None:
    """Say whether the archive supports a statement, and where; or check a wiki."""
    if sum(given is not None for given in (statement, file, wiki)) != 1:
        raise typer.BadParameter("give a statement, --file FILE with a statement a line, or --wiki FILE or FOLDER")
    if wiki is None and (lint or suggest or changed_since or form is not Format.TEXT):
        raise typer.BadParameter("--format, --lint, --changed-since and --suggest go with --wiki")
    with friendly():
        if wiki is not None:
            wanted = Wanted(check=not lint, since=changed_since, suggest=suggest)
            _wiki(wiki, wanted, Format.JSONL if as_json else form, settings_of(data=data))
            return
        if statement is not None:
            check_statement(statement)
        verifier = open_verifier(settings_of(data=data))
        if statement is not None:
            _print(verifier.verify(statement), as_json)
            return
        try:
            _all(verifier, str(file), as_json)
        except (LineError, OSError) as error:
            reason = f"{error}" if isinstance(error, LineError) else f"{file}: {error.strerror}"
            complain(reason)
            raise typer.Exit(2) from error


def _wiki(path: Path, wanted: Wanted, form: Format, settings: Settings) -> None:
    """Print the report on a wiki; exit status 3 if something has to be mended, 2 if it cannot be read."""
    try:
        with BarProgress(notes) as progress:
            report = run(path, wanted, lambda: open_archive(settings), progress)
    except WikiError as error:
        complain(error)
        raise typer.Exit(2) from error
    typer.echo(written(report, form), nl=False)
    if report.failed:
        raise typer.Exit(3)


def _all(verifier: Verifier, name: str, as_json: bool) -> None:
    with ExitStack() as stack:
        progress = stack.enter_context(BarProgress(notes))
        lines: Iterable[bytes] = standard_input() if name == "-" else Path(name).read_bytes().splitlines()
        if name != "-":
            assert isinstance(lines, list)
            progress.start("Verifying", len(lines))
        for statement in read(lines):
            _print(verifier.verify(statement), as_json)
            if name != "-":  # the number of lines of standard input is unknown
                progress.advance(1)


def read(lines: Iterable[bytes]) -> Iterator[str]:
    """The statements of the lines that are not blank, checked one by one; raises `LineError`."""
    for number, line in enumerate(lines, start=1):
        try:
            text = line.decode("utf-8-sig")
            if text.strip():
                yield check_statement(text)
        except UnicodeDecodeError as error:
            raise LineError(f"line {number}: not UTF-8 text; a line has to be a statement") from error
        except QuestionError as error:
            raise LineError(f"line {number}: {error}") from error


def _print(result: Verified, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(VerifiedModel.of(result).to_json(), ensure_ascii=False))
    else:
        typer.echo(verified_text(result, color=sys.stdout.isatty() and "NO_COLOR" not in os.environ))
    sys.stdout.flush()  # a program may read the results as they come
