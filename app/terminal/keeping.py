"""Runs `citecast forget`, `citecast backup` and `citecast gaps`: what visitors shared and said, for whoever runs it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from app.keeping.database import Database, StateError
from app.keeping.gaps import Gap, grouped, questions_in
from app.keeping.keeper import id_of
from app.keeping.removal import Removed, forget_before
from app.keeping.removal import forget as forget_answers
from app.terminal.options import DataOption, JsonOption, friendly, notes, settings_of
from index.embedder import Embedder
from ingest.settings import SettingsError
from ingest.sources.urls import one_line


def forget(
    answers: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Ids or addresses of shared answers.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Delete all shared answers, feedback and unanswered questions.")
    ] = False,
    before: Annotated[
        str | None, typer.Option("--before", metavar="DAY", help="Delete all of these before a day, as 2026-01-31.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Delete shared answers, or all that was stored before a day."""
    with friendly():
        if sum((bool(answers), everything, before is not None)) != 1:
            raise SettingsError("say what to forget: ids of shared answers, --all, or --before DAY")
        state = Database(settings_of(data=data).data)
        day = _day(before) if before is not None else None
        ids = [id_of(answer) for answer in answers or []]
        removed = Removed()
        if state.path.exists():
            removed = forget_answers(state, ids) if ids else forget_before(state, day)
        if ids and removed.answers < len(set(ids)):
            raise StateError(f"{len(set(ids)) - removed.answers} of {len(set(ids))} are no shared answers; {removed}")
    typer.echo(str(removed))


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new file.")],
    data: DataOption = None,
) -> None:
    """Copy shared answers and feedback into a new file, while the server runs."""
    with friendly():
        state = Database(settings_of(data=data).data)
        if not state.path.exists():
            raise StateError(f"there is no {state.path} yet: nothing was shared or said")
        state.copy_to(file)
    typer.echo(f"{state.path} is copied to {file}")


def gaps(data: DataOption = None, as_json: JsonOption = False) -> None:
    """List what could not be answered, grouped by likeness, with counts."""
    with friendly():
        settings = settings_of(data=data)
        found = questions_in(Database(settings.data))
        groups = grouped(found, Embedder.of(settings).embed_sentences)
    if as_json:
        typer.echo(json.dumps({"gaps": [gap.to_json() for gap in groups]}, ensure_ascii=False))
        return
    if not groups:
        notes.print(
            "Nothing yet. Gaps come from visitors' feedback, and from their questions where `log_questions` is on."
        )
    for gap in groups:
        typer.echo("\n".join(_lines(gap)))


def _lines(gap: Gap) -> list[str]:
    ends = ", ".join(f"{outcome} {count}" for outcome, count in gap.outcomes.most_common())
    down = f", thumbs down {gap.down}" if gap.down else ""
    head, *others = gap.questions
    return [
        f"{gap.count:>5}  {one_line(head.question)}  ({ends}{down})",
        *(f"       {one.count:>5}  {one_line(one.question)}" for one in others),
        *(f"         note: {one_line(note)}" for one in gap.questions for note in one.notes),
    ]


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise SettingsError(f"--before: {text!r:.40} is no day; give it as 2026-01-31") from error
