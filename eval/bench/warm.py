"""Measures search and extractive answers in a warm process; prints one JSON line.

    python -m eval.bench.warm DATA SUITE ROUNDS

`make bench` runs this as a separate process, so that the measuring process stays small.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import typer

from app.compose import open_answerer, open_archive
from eval.bench.figures import spread
from eval.bench.stages import suite_questions
from index.archive import ArchiveView
from index.embedder import Embedder
from ingest.settings import load_settings


def main(data: Path, suite: Path, rounds: int) -> None:
    """Search and answer a suite's questions, each asked once before it is timed.

    `first_pass` is the time of that first search, which reads the episodes' token
    files from disk.
    """
    asked = suite_questions(suite)
    settings = load_settings({"data": data, "answer_cache": 0})
    archive = open_archive(settings, Embedder.of(settings, remember=0))
    answerer = open_answerer(settings, archive)
    view = archive.view()
    view.search(asked[0])
    first = [_search_ms(view, question)[0] for question in asked]
    searched = [_search_ms(view, question) for _ in range(rounds) for question in asked]
    answers = [answerer.ask(question) for _ in range(rounds + 1) for question in asked][len(asked) :]
    # A refusal has no first sentence; if all were refused (a tiny archive), the refusals are timed.
    said = [answer for answer in answers if answer.answered] or answers
    result = {
        "questions": len(asked),
        "rounds": rounds,
        "answered": sum(answer.answered for answer in answers),
        "first_pass": spread(first),
        "search": spread([whole for whole, _ in searched]),
        **{part: spread([timings[part] for _, timings in searched]) for part in ("embed", "store", "order")},
        "first_sentence": spread([answer.timings_ms["first_sentence"] for answer in said]),
    }
    typer.echo(json.dumps(result))


def _search_ms(view: ArchiveView, question: str) -> tuple[float, dict[str, float]]:
    """Milliseconds of a search, and of its parts."""
    clock = time.perf_counter()
    ranking = view.search(question)
    return (time.perf_counter() - clock) * 1000, ranking.timings_ms


if __name__ == "__main__":
    typer.run(main)
