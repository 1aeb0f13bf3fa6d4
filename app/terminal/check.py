"""Runs `citecast check [FILE]`: the gate on given sentences, exactly as for answers.

    lines {"sentence": str, "quotes": [str], "question": str?} -> lines {"support", "shown", "reasons"}

Needs no index. Each verdict is printed before the next line is read; the first bad line ends the run with its number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from app.support.check import Gate
from app.terminal.options import DataOption, complain, friendly, settings_of
from app.terminal.output import standard_input
from index.embedder import Embedder

_FORM = '{"sentence": str, "quotes": [str], "question": str?}'


class LineError(ValueError):
    """A line has the wrong form; the message names line and reason."""


class Asked(NamedTuple):
    """One line: a sentence, the texts that it cites, and the question that it answers (empty if none is given)."""

    sentence: str
    quotes: tuple[str, ...]
    question: str


def check(
    file: Annotated[
        Path | None, typer.Argument(help=f"JSON Lines: {_FORM}; standard input without a file or with -.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Say of sentences whether the quotes they cite support them: a verdict a line, as JSON."""
    with friendly():
        settings = settings_of(data=data)
        gate = Gate(Embedder.of(settings))
        try:
            with ExitStack() as stack:
                standard = file is None or str(file) == "-"
                lines = standard_input() if standard else stack.enter_context(Path(str(file)).open("rb"))
                for asked in read(lines):
                    verdict = gate.check(asked.sentence, asked.quotes, asked.question)
                    typer.echo(
                        json.dumps(
                            {
                                "support": round(verdict.support, 3),
                                "shown": verdict.shown,
                                "reasons": [str(reason) for reason in verdict.reasons],
                            },
                            ensure_ascii=False,
                        )
                    )
        except (LineError, OSError) as error:
            reason = error if isinstance(error, LineError) else f"{file or '-'}: {error.strerror}"
            complain(reason)
            raise typer.Exit(2) from error


def read(lines: Iterable[bytes]) -> Iterator[Asked]:
    """The lines that are not blank, checked; raises `LineError`."""
    for number, line in enumerate(lines, start=1):
        try:
            text = line.decode("utf-8-sig")
            if text.strip():
                yield _asked(json.loads(text))
        except (ValueError, RecursionError) as error:
            what = error if isinstance(error, LineError) else "not UTF-8 text" if _no_text(error) else "not JSON"
            raise LineError(f"line {number}: {what}; a line has to be {_FORM}") from error


def _no_text(error: Exception) -> bool:
    return isinstance(error, UnicodeDecodeError)


def _asked(row: Any) -> Asked:
    if not isinstance(row, dict):
        raise LineError(f"an object is wanted, this is {type(row).__name__}")
    sentence, quotes, question = row.get("sentence"), row.get("quotes"), row.get("question")
    if not isinstance(sentence, str):
        raise LineError("`sentence` has to be a text")
    if not isinstance(quotes, list) or not all(isinstance(quote, str) for quote in quotes):
        raise LineError("`quotes` has to be a list of texts")
    if question is not None and not isinstance(question, str):
        raise LineError("`question` has to be a text")
    return Asked(sentence, tuple(quotes), question or "")
