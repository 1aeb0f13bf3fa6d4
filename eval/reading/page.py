"""Writes the page on which somebody reads answers blind and labels them: one HTML file that works offline.

`eval.reading.answers` prepares the answers; `templates/read.html` turns them into HTML, in the frame and with the
colours of the report (`eval.report.offline`); `read.js` keeps the labels in the reader's browser. Nothing is sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.render.html import inline
from eval.reading.answers import BlindQuestion, blind_questions, digest
from eval.report.figure_sections import plural
from eval.report.offline import offline_templates, style_of

_HERE = Path(__file__).parent
_TEMPLATES = offline_templates(_HERE / "templates")


def reading_page(runs: Sequence[Mapping[str, Any]], *, seed: int, limit: int | None = None) -> str:
    """The whole page, with at most `limit` questions; raises `eval.run_file.RunError`."""
    questions = blind_questions(runs, seed=seed, limit=limit)
    answers = sum(len(question.answers) for question in questions)
    return _TEMPLATES.get_template("read.html").render(
        style=style_of(_HERE / "static" / "read.css"),
        script=inline(_HERE / "static" / "read.js"),
        page=_page_id(questions),
        questions=questions,
        answers=answers,
        about=f"{plural(len(questions), 'question')} with {plural(answers, 'answer')}",
    )


def _page_id(questions: Sequence[BlindQuestion]) -> str:
    """A hash of the answers and of their order: the labels of another page are kept apart."""
    return digest(json.dumps([one.key for question in questions for one in question.answers]))
