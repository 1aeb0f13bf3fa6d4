"""Writes a run in other formats: ragas' samples, trec_eval's run and qrels files, and Markdown.

Nothing here scores anything; ragas and trec_eval are not needed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Any

from app.render.answer import REFUSAL
from eval.report.markdown import markdown
from eval.run_file import GROUPINGS, Record, RunError, records
from ingest.text import clean


class Format(StrEnum):
    """Formats of a run."""

    RAGAS = "ragas"
    TREC_RUN = "trec-run"
    TREC_QRELS = "trec-qrels"
    MARKDOWN = "markdown"


def exported(run: Mapping[str, Any], form: Format, suite: str | None = None) -> str:
    """The text of a file in a format, of all suites or of one. ragas' samples are JSON Lines.

    Raises `RunError` for an unknown suite, for a baseline (it has nothing to export), and for a
    TREC file of suites that share a question's id.
    """
    run = run if suite is None else _only(run, suite)
    found = records(run)
    if not any(row.question for rows in found.values() for row in rows):
        raise RunError("no questions in it: give the run.json that `citecast eval SUITE --out DIR` wrote")
    if form is Format.MARKDOWN:
        return markdown(run)
    if form is Format.RAGAS:
        return "".join(json.dumps(sample, ensure_ascii=False) + "\n" for sample in ragas(run))
    held = Counter(row.id for rows in found.values() for row in rows)
    if twice := [name for name, count in held.items() if count > 1]:
        raise RunError(f"two suites have a question {twice[0]!r}: give one with --suite {' or '.join(found)}")
    one = trec_run if form is Format.TREC_RUN else trec_qrels
    return "".join(one(run, name) for name in found)


def _only(run: Mapping[str, Any], suite: str) -> dict[str, Any]:
    """The run without its other suites."""
    _suite(run, suite)
    parts = ("suites", "aggregates", "intervals", *GROUPINGS)
    return {**run, **{part: {suite: run[part][suite]} for part in parts if suite in (run.get(part) or {})}}


def ragas(run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The run's questions as ragas' single-turn samples, all suites in order.

    `response`: the answer's sentences, or the refusal text. `retrieved_contexts`: the quotes
    that the answer cites, or for a refusal those of the nearest chapters, as shown to the reader.
    `reference`: the suite's facts; for an unanswerable question the refusal. For a conversation,
    `user_input` is the standalone question.

    The two lists of ids name passages (ranked, relevant), so they are not parallel to the contexts.
    Gold is given as time ranges; the passages that overlap them are relevant. If the run does not
    name all of these (`relevant`), only ranked passages are used: recall over ids is then 1 by
    construction. A system that only ranks has an empty response and no contexts.
    """
    return [_sample(row) for rows in records(run).values() for row in rows]


def _sample(row: Record) -> dict[str, Any]:
    shown = row.output.get("citations" if row.answered else "nearest") or []
    sentences = " ".join(clean(str(sentence.get("text", ""))) for sentence in row.output.get("sentences") or [])
    return {
        "user_input": str(row.output.get("standalone_question") or row.question) if row.turns[1:] else row.question,
        "response": REFUSAL if row.answered is False and not sentences else sentences,
        "retrieved_contexts": [str(citation.get("quote", "")) for citation in shown],
        "reference": " ".join(row.facts) if row.answerable else REFUSAL,
        "retrieved_context_ids": [str(place["id"]) for place in row.ranking],
        "reference_context_ids": _relevant(row),
    }


def trec_run(run: Mapping[str, Any], suite: str) -> str:
    """A suite's rankings as a run file: `question Q0 passage rank score system`.

    trec_eval orders by score and breaks ties by name; it ignores the rank. If scores do not fall
    from rank to rank, 1 / rank replaces them, so that the order stays the same.
    Raises `RunError` for an unknown suite.
    """
    tag = _word(run.get("system") or "system")
    return "".join(
        f"{_word(row.id)} Q0 {_word(place['id'])} {rank} {score:.6f} {tag}\n"
        for row in _suite(run, suite)
        for rank, (place, score) in enumerate(zip(row.ranking, _falling(row), strict=True), start=1)
    )


def trec_qrels(run: Mapping[str, Any], suite: str) -> str:
    """Which passages are relevant, as a qrels file: `question 0 passage relevance`, the grade where one was given.

    A limitation: gold is given as time ranges, and the passages are those of this run. The file can
    judge only this system and others that rank the same passages. If the run does not name all
    `relevant` passages, only ranked ones that overlap gold are known: Success and RR are right
    then, recall and nDCG are too high, and another system's passages are not judged.

    Ranked passages outside gold are listed with 0, so a question without a relevant one counts as
    missed and not as absent. Questions without gold are left out. Raises `RunError` for an unknown suite.
    """
    return "".join(
        f"{_word(row.id)} 0 {_word(name)} {grades.get(name, 0)}\n"
        for row in _suite(run, suite)
        if row.gold or row.grades
        for grades in [row.grades or dict.fromkeys(_relevant(row), 1)]
        for name in dict.fromkeys([*(str(place["id"]) for place in row.ranking), *grades])
    )


def _relevant(row: Record) -> list[str]:
    """The ids of the passages that overlap gold: all of them if the run names them, else the ranked ones."""
    if row.relevant is not None:
        return list(row.relevant)
    return [str(place["id"]) for place in row.ranking if row.in_gold(place)]


def _suite(run: Mapping[str, Any], suite: str) -> list[Record]:
    found = records(run)
    if suite not in found:
        raise RunError(f"the run has no suite {suite}; it has: {', '.join(found) or 'none'}")
    return found[suite]


def _falling(row: Record) -> list[float]:
    """The ranking's scores if they fall from rank to rank as written, else 1 / rank."""
    scores = [round(float(place.get("score") or 0.0), 6) for place in row.ranking]
    falls = all(high > low for high, low in pairwise(scores))
    return scores if falls else [1.0 / rank for rank in range(1, len(scores) + 1)]


def _word(text: object) -> str:
    """An id as one column of a file that is split at white space.

    White space, invisible characters and `%` are percent-encoded, so that two texts never give the same word.
    """
    return "".join(c if c.isprintable() and not c.isspace() and c != "%" else _coded(c) for c in str(text)) or "%"


def _coded(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
