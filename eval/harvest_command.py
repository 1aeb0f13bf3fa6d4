"""Runs `citecast eval harvest`: turns feedback into a suite of questions that a person labels."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from app.keeping.database import Database
from app.keeping.gaps import feedback_in
from app.keeping.keeper import Feedback, Verdict
from app.terminal.options import DataOption, complain, friendly, notes, settings_of
from ingest.text import fold


def harvest(
    out: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="The new suite.")],
    data: DataOption = None,
) -> None:
    """Turn visitors' feedback into a suite of questions to be labelled."""
    with friendly():
        said = feedback_in(Database(settings_of(data=data).data))
        lines = [json.dumps(item, ensure_ascii=False) + "\n" for item in suite_of(said)]
        if not lines:
            notes.print("There is no feedback yet; no file was written.")
            return
        try:
            with out.open("x", encoding="utf-8") as file:
                file.writelines(lines)
        except FileExistsError as error:
            complain(f"{out} exists already: labels in it may be a person's work. Give a new file")
            raise typer.Exit(1) from error
        except OSError as error:
            complain(f"{out} cannot be written: {error.strerror}")
            raise typer.Exit(1) from error
    typer.echo(f"{len(lines):,} questions to be labelled in {out}")


def suite_of(feedback: Sequence[Feedback]) -> Iterator[dict[str, Any]]:
    """One entry for each question, as it was understood; those with the most thumbs down first.

    `gold` is empty and `answerable` is true until a person labels them. `feedback` has what visitors said; no measure
    reads it.
    """
    by_question: dict[str, list[Feedback]] = {}
    for one in feedback:
        by_question.setdefault(fold(one.standalone), []).append(one)
    for own in sorted(by_question.values(), key=lambda own: -sum(one.verdict is Verdict.DOWN for one in own)):
        last = own[-1]
        verdicts, outcomes = Counter(str(one.verdict) for one in own), Counter(str(one.outcome) for one in own)
        yield {
            "id": f"feedback-{hashlib.sha256(fold(last.standalone).encode()).hexdigest()[:10]}",
            "question": last.standalone,
            "answerable": True,
            "gold": [],
            "to_label": True,
            "feedback": {
                **verdicts,
                "outcomes": dict(outcomes),
                "notes": [one.note for one in own if one.note],
                "days": sorted({one.day for one in own}),
            },
        }
