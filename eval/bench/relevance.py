"""Measures whether a language model's reading of relevance would help the judge (`index.judging`); meant for a GPU.

    .venv/bin/python -m eval.bench.relevance --model MODEL [--suite SUITE]... [--limit N] [--out FILE] [--data FOLDER]

    question, first eight passages -> model: does a guest answer it there? -> log-odds of "yes" -> orders, compared

MODEL is a value of the setting `model`: a server that gives log-probabilities (vLLM, llama.cpp's server, Ollama), or
`transformers:NAME` in this process.

The passages of a question are ordered by the judge (as in the product), by the model alone, and by two logistic mixes
of both: `mix` has weights of the other questions of the same suite (five folds), `mix of people-tune` those of all of
that suite. The embedder was fitted on the questions of `people-tune`: the judge looks better there than elsewhere.

AUROC is the chance that a passage that answers stands above one that does not, of all questions together. It is about
the passages that a reader graded, and all those of a question without an answer. answers@k is the share of
questions with an answer that one of the first k passages answers; one that nobody graded does not answer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from scipy.special import logit

from app.compose import open_archive
from app.llm.engine import EngineRefused, Message
from app.terminal.options import DataOption, friendly, notes
from app.terminal.progress import BarProgress
from app.writing.prompt import harmless
from eval.bench.figures import spread, this_machine
from eval.bench.orders import JUDGE, TUNED_ON, Reading, figures, orders
from eval.bench.yes_no import Asker, Prompt, log_odds, open_asker
from eval.fitting.examples import passage_grades
from eval.running.suites import Item, Suite, SuiteError, check_names, find_suite, read_suite
from index.archive import ArchiveView
from index.opened import Index
from ingest.models import Passage, Role
from ingest.settings import SettingsError, load_settings

FIRST = 8
SUITES = (TUNED_ON, "people-test", "forum-test")
_CERTAIN = 1e-6
_FILE_COLUMNS = 110
_INSTRUCTIONS = (
    "You read a passage of a podcast and say whether a guest answers a question in it. A passage that is only about "
    "the same subject does not answer. Reply with one word: yes or no."
)
_SPEAKERS = {Role.HOST: "Host", Role.GUEST: "Guest"}


def prompt(question: str, passage: Passage, index: Index) -> Prompt:
    """The messages about one passage; the question comes first, so that a prefix cache has it for the others."""
    run = index.episodes[passage.episode].segments[passage.first : passage.last]
    said = [f"{_SPEAKERS.get(segment.role, 'Unknown')}: {harmless(segment.text)}" for segment in run]
    asked = [f"Question: {harmless(question)}", "", f"Passage ({harmless(passage.context)}):", *said, ""]
    asked.append("Does a guest answer the question in this passage? Reply yes or no.")
    return [Message("system", _INSTRUCTIONS), Message("user", "\n".join(asked))]


def read(view: ArchiveView, asker: Asker, items: Sequence[Item], advance: Callable[[], None]) -> list[Reading]:
    """Search each question and let the model read its first passages; raises `EngineError`."""
    found: list[Reading] = []
    for item in items:
        ranked = view.search(item.question, FIRST).passages
        prompts = [prompt(item.question, one.passage, view.index) for one in ranked]
        clock = time.perf_counter()
        odds = [log_odds(listed) for listed in asker.ask(prompts)]
        ms = (time.perf_counter() - clock) * 1000 / max(1, len(ranked))
        if prompts and not found and not any(one is not None for one in odds):
            raise EngineRefused(f"{asker.name} says neither yes nor no at first: a model that thinks cannot be read")
        judge = logit(np.clip([one.score for one in ranked], _CERTAIN, 1 - _CERTAIN))
        model = np.array([0.0 if one is None else one for one in odds], np.float64)
        grades = passage_grades(item, [one.passage for one in ranked])
        found.append(Reading(item, grades, judge, model, odds.count(None), ms))
        advance()
    return [one for one in found if one.grades]


def suite_reports(readings: Mapping[str, Sequence[Reading]]) -> dict[str, Any]:
    """The figures and readings of each suite."""
    suites = {}
    for name, found in readings.items():
        tune = readings.get(TUNED_ON, ()) if name != TUNED_ON else ()
        suites[name] = {
            "questions": len(found),
            "passages": sum(len(one.grades) for one in found),
            "answering": int(sum(one.true.sum() for one in found)),
            "unsaid": sum(one.unsaid for one in found),
            # The first question also warms the model up.
            "ms": spread([one.ms for one in found][1:] or [found[0].ms]),
            "orders": figures(found, orders(found, tune)),
            "readings": [one.to_json() for one in found],
        }
    return suites


def table(model: str, suites: Mapping[str, Mapping[str, Any]]) -> Table:
    """The figures as a table, an order in each row."""
    result = Table(title=f"Relevance as {model} reads it", title_justify="left", caption_justify="left")
    for heading in ("suite", "order", "AUROC", "answers@1", "answers@3", "change of answers@1"):
        result.add_column(heading, justify="left" if heading in ("suite", "order") else "right")
    for name, suite in suites.items():
        for order, own in suite["orders"].items():
            change = own.get("change@1")
            told = change and f"{change['difference']:+.2f} ({change['low']:+.2f} to {change['high']:+.2f})"
            shown = [_two(own[key]) for key in ("auroc", "answers@1", "answers@3")]
            result.add_row(name if order == JUDGE else "", order, *shown, told or "")
        result.add_section()
    lines = [
        f"{name}: {own['questions']} questions, {own['passages']} passages ({own['answering']} answer), "
        f"{own['ms']['p50']:.1f} ms per passage (p50), neither yes nor no: {own['unsaid']}"
        for name, own in suites.items()
    ]
    result.caption = "\n".join(lines)
    return result


def _two(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def main(
    model: Annotated[str | None, typer.Option(help="As the setting `model` takes it.")] = None,
    suite: Annotated[list[str] | None, typer.Option(help="A suite's name or file; repeatable.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Questions of each suite, evenly spread.")] = None,
    out: Annotated[Path, typer.Option(help="JSON file for figures and readings.")] = Path("out/relevance.json"),
    data: DataOption = None,
) -> None:
    """Measure whether a model's reading of relevance helps."""
    with friendly():
        # A reranker would put its own scores in the place of the judge's.
        settings = load_settings({"model": model, "data": data, "model_seconds": 600, "reranker": ""})
        suites = _suites(suite or SUITES)
        asker = open_asker(settings)
        view = open_archive(settings).view()
        readings = {}
        with BarProgress(notes) as progress:
            for one in suites:
                items = _spread_out(one.items, limit or len(one.items))
                progress.start(f"Reading passages of {one.name}", len(items))
                readings[one.name] = read(view, asker, items, lambda: progress.advance(1))
    reports = suite_reports({name: one for name, one in readings.items() if one})
    found = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": asker.name,
        "machine": asdict(this_machine()),
        "archive": view.index.manifest.version,
        "suites": reports,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, ensure_ascii=False) + "\n", encoding="utf-8")
    shown = Console(highlight=False)
    shown = shown if shown.is_terminal else Console(highlight=False, width=_FILE_COLUMNS)
    shown.print(table(asker.name, reports))


def _suites(names: Sequence[str]) -> list[Suite]:
    try:
        suites = [read_suite(find_suite(name)) for name in dict.fromkeys(names)]
        check_names(suites)
    except SuiteError as error:
        raise SettingsError(str(error)) from error
    return suites


def _spread_out(items: Sequence[Item], count: int) -> list[Item]:
    """Some of the items, evenly spread: neighbours in a suite are about the same episode."""
    count = min(count, len(items))
    return [items[at * len(items) // count] for at in range(count)]


if __name__ == "__main__":
    typer.run(main)
