"""Prepares the answers of runs for somebody who reads them blind, as plain data.

1. A run is known by the hash of its content (`run_id`), so that labels find it again.
2. Questions are shuffled over all suites, since a suite's name and place say what is expected.
3. Several answers to one question stand together, in an order of their own. What several systems answered alike is
   read once, and its label is of all of them.

The data holds nothing that tells a system or a judgement: no name, model, confidence, score, gold, verdict or note.
Nothing here writes HTML.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eval.report.sources import Source, choices_of, instead_of, nearest_title, prose_of, source_of
from eval.run_file import Record, RunError, records

# What makes a run this run. The verdicts of LlamaIndex's evaluators are added later and change no answer.
_IDENTITY = ("system", "model", "settings", "suites")
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class BlindAnswer:
    """An answer, or what is shown instead of one; `runs`, `suite` and `id` are for the labels and are not shown.

    `sentences`: texts, each with the numbers of its citations; a whole quote is shown only among the `sources`.
    `sources`: the moments cited, or what came nearest to a question that was not answered, under `sources_title`.
    """

    runs: tuple[str, ...]
    suite: str
    id: str
    answered: bool
    instead: str
    sentences: list[tuple[str, list[str]]]
    choices: list[str]
    sources: list[Source]
    sources_title: str

    @property
    def key(self) -> tuple[str, ...]:
        """What its labels name."""
        return self.suite, self.id, *self.runs


@dataclass(frozen=True, slots=True)
class BlindQuestion:
    """A question, the ones asked before it, and its answers."""

    earlier: tuple[str, ...]
    text: str
    answers: list[BlindAnswer]


def run_id(run: Mapping[str, Any]) -> str:
    """A hash of a run's answers and settings; it stays the same when a judge's verdicts are added."""
    return digest(json.dumps([run.get(part) for part in _IDENTITY], sort_keys=True))


def blind_questions(runs: Sequence[Mapping[str, Any]], *, seed: int, limit: int | None = None) -> list[BlindQuestion]:
    """The answered and refused questions of some runs, in random order; at most `limit` questions.

    A smaller limit gives the first of the same questions, and the order of `runs` changes nothing. Raises `RunError`
    for a run without answers, and for a run that is given twice.
    """
    found: dict[tuple[str, str, tuple[str, ...]], list[BlindAnswer]] = {}
    for name, run in by_id(runs).items():
        linked = not (run.get("manifest") or {}).get("sample")
        for suite, row in _answers_of(run):
            found.setdefault((suite, row.id, row.turns), []).append(_blind(name, suite, row, linked=linked))
    shuffled = sorted(found, key=lambda key: _drawn(seed, *key[:2], *key[2]))
    return [
        BlindQuestion(key[2][:-1], key[2][-1], sorted(_once(found[key]), key=lambda one: _drawn(seed, *one.key)))
        for key in shuffled[:limit]
    ]


def by_id(runs: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The runs by their hash; raises `RunError` if one is given twice."""
    found = {run_id(run): run for run in runs}
    if len(found) < len(runs):
        raise RunError("the same run is given twice: give each run once")
    return found


def _answers_of(run: Mapping[str, Any]) -> list[tuple[str, Record]]:
    """Suite and question of each answer and refusal; raises `RunError` without any."""
    found = [(suite, row) for suite, rows in records(run).items() for row in rows if row.answered is not None]
    if not any(row.question for _, row in found):
        name = run.get("system") or "unnamed system"
        raise RunError(f"the run of {name} holds no answers to read: give the run.json of a system that answers")
    return found


def _once(answers: Sequence[BlindAnswer]) -> list[BlindAnswer]:
    """The answers of several systems, equal ones as one."""
    found: list[BlindAnswer] = []
    for one in sorted(answers, key=lambda answer: answer.runs):
        same = next((place for place, other in enumerate(found) if replace(other, runs=one.runs) == one), None)
        if same is None:
            found.append(one)
        else:
            found[same] = replace(one, runs=found[same].runs + one.runs)
    return found


def _blind(run: str, suite: str, row: Record, *, linked: bool) -> BlindAnswer:
    shown = row.output.get("citations" if row.answered else "nearest") or []
    return BlindAnswer(
        runs=(run,),
        suite=suite,
        id=row.id,
        answered=bool(row.answered),
        instead=instead_of(row.output),
        sentences=[(text, cited) for text, cited, _ in prose_of(row.output)],
        choices=choices_of(row.output),
        sources=[source_of(citation, linked=linked) for citation in shown],
        sources_title="Quotes" if row.answered else nearest_title(row.output),
    )


def _drawn(seed: int, *parts: str) -> str:
    """A place in a random order. A hash, so that it depends on nothing but the seed and the thing itself."""
    return digest(json.dumps([seed, *parts]))


def digest(text: str) -> str:
    """A short hash."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
