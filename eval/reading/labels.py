"""Reads the labels that the page of `citecast eval read` exports, and finds the answer that each is of.

    {"run": hash, "suite", "id", "answers": 2 | 1 | 0, "clear": bool, "wrong_citation": bool, "note", "reader"}

`answers`: the grade of an answer (2 answers, 1 touches, 0 beside); of a refusal 2 if it was right to refuse, else 0.
`clear`: whether each quote is understandable alone. `wrong_citation`: whether a quote does not say what the sentence
says that cites it. What a reader left open is null.

Every line is checked; the first bad one is an error that names file, line and reason. Nothing here counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from eval.jsonl import checked, read_items
from eval.metrics import ANSWERS, BESIDE, TOUCHES
from eval.reading.answers import by_id
from eval.run_file import Record, records

_Text = Annotated[str, Field(pattern=r"\S")]
Answer = tuple[str, str, str]


class LabelError(ValueError):
    """Labels cannot be used; the message names file, line and reason."""


class Label(BaseModel):
    """What one reader says of one answer."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    run: _Text
    suite: str
    id: _Text
    # Not a `Literal`: that takes true for 1.
    answers: Annotated[int, Field(ge=BESIDE, le=ANSWERS)] | None
    clear: bool | None
    wrong_citation: bool | None
    note: str = ""
    reader: _Text


@dataclass(frozen=True, slots=True)
class Read:
    """A label with the answer that it is of. `system` is the name of the run, now that it is known."""

    label: Label
    record: Record
    system: str

    @property
    def answer(self) -> Answer:
        """Run, suite and question."""
        return self.label.run, self.label.suite, self.label.id


@dataclass(frozen=True, slots=True)
class _Line:
    label: Label
    number: int

    @property
    def id(self) -> str:
        """What may occur once in a file."""
        one = self.label
        return f"{one.id} of {one.suite}, run {one.run}, by {one.reader}"


def systems(runs: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The name of each run by its hash; runs with the same name have their hash in it. Raises `RunError`."""
    names = {key: str(run.get("system") or "unnamed system") for key, run in by_id(runs).items()}
    several = [name for name in names.values() if list(names.values()).count(name) > 1]
    return {key: f"{name} ({key})" if name in several else name for key, name in names.items()}


def read_labels(files: Sequence[Path], runs: Sequence[Mapping[str, Any]]) -> list[Read]:
    """The labels of some files, of answers in `runs`; raises `LabelError` and `RunError`."""
    names = systems(runs)
    answers = {
        (key, suite, row.id): row
        for key, run in by_id(runs).items()
        for suite, rows in records(run).items()
        for row in rows
    }
    found: list[Read] = []
    first: dict[str, str] = {}
    for file in files:
        lines = read_items(file, lambda line, number: _Line(checked(Label, line, LabelError), number), LabelError)
        if not lines:
            raise LabelError(f"{file}: holds no label")
        for line in lines:
            where = f"{file}:{line.number}"
            if line.id in first:
                raise LabelError(f"{where}: {line.label.reader} labelled {line.label.id} already in {first[line.id]}")
            first[line.id] = where
            found.append(_read(where, line.label, answers, names))
    return found


def _read(where: str, label: Label, answers: Mapping[Answer, Record], names: Mapping[str, str]) -> Read:
    if label.run not in names:
        given = ", ".join(f"{key} ({name})" for key, name in names.items())
        raise LabelError(f"{where}: is of run {label.run}, given is {given}: give the runs that the page was made from")
    row = answers.get((label.run, label.suite, label.id))
    if row is None or row.answered is None:
        raise LabelError(f"{where}: the run has no answer to {label.id!r} of suite {label.suite!r}")
    if label.answers == TOUCHES and not row.answered:
        raise LabelError(
            f"{where}: {label.id} was refused: `answers` has to be {ANSWERS} (right) or {BESIDE} (wrong), not 1"
        )
    return Read(label, row, names[label.run])
