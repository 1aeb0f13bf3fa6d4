"""Builds labels in the shape that the page of `citecast eval read` exports, and files of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.reading.answers import run_id


def label(run: Mapping[str, Any], id: str, answers: int | None = 2, reader: str = "ada", **more: Any) -> dict[str, Any]:
    """A label of an answer in the run's first suite, unless `suite` is given."""
    suite = next(iter(run["suites"]))
    said = {"answers": answers, "clear": True, "wrong_citation": False, "note": "", "reader": reader}
    return {"run": run_id(run), "suite": suite, "id": id, **said, **more}


def graded(run: Mapping[str, Any], grades: Mapping[str, int | None], reader: str = "ada") -> list[dict[str, Any]]:
    """A label for each answer, by id."""
    return [label(run, id, grade, reader) for id, grade in grades.items()]


def label_file(path: Path, labels: Sequence[Mapping[str, Any]]) -> Path:
    """The labels as JSON Lines."""
    path.write_text("".join(json.dumps(one) + "\n" for one in labels), encoding="utf-8")
    return path
