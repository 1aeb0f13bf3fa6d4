"""What `make bench` measures inside a process of its own; each command prints one JSON line.

`python -m eval.bench.worker ours ARCHIVE DATA` embeds and stores, from the loaded
model on; `python -m eval.bench.worker questions DATA SUITE ROUNDS` searches and
answers, warm.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import typer

from eval.bench.figures import spread

app = typer.Typer(pretty_exceptions_enable=False)


class Silent:
    """An `index.building.progress.Progress` that says nothing."""

    def start(self, stage: str, total: int) -> None:
        """Hear of a stage."""

    def advance(self, steps: int) -> None:
        """Hear of steps done."""


@app.command()
def ours(archive: Path, data: Path) -> None:
    """Build an index with a model that is loaded and warm.

    `seconds` are those from passages to the index in use, safe on disk: vectors,
    token codes, the cache's files, the store and the switch to it. Reading the
    archive is `read`: the baseline gets its passages ready-made.
    """
    from index.building.build import build_index
    from index.embedder import Embedder
    from ingest.settings import load_settings
    from ingest.sources.open import open_source

    settings = load_settings({"archive": str(archive), "data": data})
    embedder = Embedder(settings.embedder, threads=settings.threads)
    embedder.embed_passages(["A text to warm the model up, as long as a sentence may be."] * 10)
    report = build_index(open_source(settings.archive, data, lambda _: None), settings, embedder, Silent())
    seconds = report.seconds["embed"] + report.seconds["store"]
    result = {"passages": report.passages, "seconds": seconds, "read": report.seconds["read"]}
    typer.echo(json.dumps(result | {"device": embedder.device, "dtype": embedder.dtype}))


@app.command()
def questions(data: Path, suite: Path, rounds: int) -> None:
    """Search and answer a suite's questions, each asked once before it is timed.

    `first_pass` is that first time, when the episodes' token files are still to
    be read from disk.
    """
    from app.compose import open_answerer, open_archive
    from index.embedder import Embedder
    from ingest.settings import load_settings

    asked = suite_questions(suite)
    settings = load_settings({"data": data, "answer_cache": 0})
    embedder = Embedder(settings.embedder, threads=settings.threads, remember=0)
    archive = open_archive(settings, embedder)
    answerer = open_answerer(settings, archive)
    view = archive.view()
    view.search(asked[0])
    first = [_search_ms(view, question)[0] for question in asked]
    searched = [_search_ms(view, question) for _ in range(rounds) for question in asked]
    answers = [answerer.ask(question) for _ in range(rounds + 1) for question in asked][len(asked) :]
    # A refusal has no first sentence; where all were refused (a tiny archive), their time stands in.
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


def suite_questions(path: Path) -> list[str]:
    """The questions of a suite's file; its conversations are left out."""
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file if line.strip()]
    return [row["question"] for row in rows if "question" in row]


def _search_ms(view: Any, question: str) -> tuple[float, dict[str, float]]:
    """Milliseconds of a search, and of its parts."""
    clock = time.perf_counter()
    ranking = view.search(question)
    return (time.perf_counter() - clock) * 1000, ranking.timings_ms


if __name__ == "__main__":
    app()
