"""Judges the answers of a finished run with LlamaIndex's evaluators and a language model of ours.

    run.json -> answered questions -> LlamaIndex's prompts -> the judge -> scores, or failures, under "evaluators"

Their scores are kept apart from ours, on their own scales:

- `faithfulness`, `relevancy`: 1 or 0, whether the quotes support the answer, and whether both match the question;
- `answer-relevancy`, `context-relevancy`: 0 to 1, whether the answer, or the quotes, are about the question;
- `correctness`: 1 to 5, the answer against the suite's facts.

A failure of the judge is not a verdict. LlamaIndex counts any text without "yes" as a no,
and any digit as a score; here a judge that says neither yes nor no, leaves the scale, or
breaks off has failed: failures are counted, kept with the judge's words, and in no mean.
Refusals are not judged, and `correctness` needs facts.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from llama_index.core.evaluation import (
    AnswerRelevancyEvaluator,
    BaseEvaluator,
    ContextRelevancyEvaluator,
    CorrectnessEvaluator,
    EvaluationResult,
    FaithfulnessEvaluator,
    RelevancyEvaluator,
)

from app.llamaindex import EngineLLM
from app.llm.choose import load_engine
from app.llm.engine import Engine, EngineError
from eval.comparing.export import ragas
from eval.run_file import records
from eval.running.judges import JudgeError
from eval.statistics import bootstrap_interval
from index.building.progress import Progress
from ingest.settings import Settings

KEY = "evaluators"
_WORDS = 300
_VERDICT = re.compile(r"\b(yes|no)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Kind:
    """One of LlamaIndex's evaluators. `bounds`: its scale, None for yes or no; `passing`: the least score for a yes."""

    make: type[Any]
    bounds: tuple[float, float] | None = None
    needs_reference: bool = False
    passing: float = 0.5


KINDS = {
    "faithfulness": Kind(FaithfulnessEvaluator),
    "relevancy": Kind(RelevancyEvaluator),
    "answer-relevancy": Kind(AnswerRelevancyEvaluator, (0, 1)),
    "context-relevancy": Kind(ContextRelevancyEvaluator, (0, 1)),
    "correctness": Kind(CorrectnessEvaluator, (1, 5), needs_reference=True, passing=4),
}


class _Unclear(Exception):
    """The judge's words are no verdict."""


def kind_named(name: str) -> Kind:
    """An evaluator by its name; raises `JudgeError`."""
    if name not in KINDS:
        raise JudgeError(f"there is no evaluator {name!r}; there are: {', '.join(KINDS)}")
    return KINDS[name]


def open_judge(settings: Settings, model: str) -> Engine:
    """The language model that judges, loaded and warm; raises `JudgeError`, and `SettingsError` for its name."""
    try:
        engine = load_engine(settings.model_copy(update={"model": model}))
        if engine is None:
            raise JudgeError(f"evaluators need a language model, and {model!r} is none: give --judge-model MODEL")
        engine.warm_up()
    except EngineError as error:
        raise JudgeError(f"the judge cannot be had: {error}") from error
    return engine


def judge_run(run: dict[str, Any], names: Sequence[str], engine: Engine, progress: Progress) -> dict[str, Any]:
    """Store the evaluators' verdicts on each answer in the run, under `KEY`, and return them.

    Earlier verdicts of the same judge stay; its failures are tried again. After an interruption
    the run holds the verdicts so far. Raises `JudgeError` for an unknown evaluator and `RunError`
    if it is not a run.
    """
    kinds = {name: kind_named(name) for name in names}
    cases = _cases(run)
    found: dict[str, Any] = run.setdefault(KEY, {})
    for name, kind in kinds.items():
        known = found[name]["suites"] if found.get(name, {}).get("judge") == engine.name else {}
        verdicts: dict[str, dict[str, Any]] = {suite: dict(known.get(suite, {})) for suite in cases}
        found[name] = {"judge": engine.name, "suites": verdicts}
        evaluator = kind.make(llm=EngineLLM(engine))
        progress.start(f"{engine.name}: {name}", sum(map(len, cases.values())))
        try:
            for suite, key, case in ((suite, *item) for suite, own in cases.items() for item in own.items()):
                open_case = "score" not in verdicts[suite].get(key, {})
                if open_case and (case["reference"] or not kind.needs_reference):
                    verdicts[suite][key] = _verdict(evaluator, kind, case)
                progress.advance(1)
        finally:
            found[name]["aggregates"] = {suite: _aggregate(list(own.values())) for suite, own in verdicts.items()}
    return found


def _cases(run: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """Suite -> question's id -> its sample, for answered questions."""
    samples = iter(ragas(run))
    return {
        suite: {row.id: sample for row, sample in ((row, next(samples)) for row in rows) if row.answered}
        for suite, rows in records(run).items()
    }


def _verdict(evaluator: BaseEvaluator, kind: Kind, case: Mapping[str, Any]) -> dict[str, Any]:
    """`{"score", "feedback"}`, or `{"failure"}`."""
    reference = {"reference": case["reference"]} if kind.needs_reference else {}
    try:
        # Not `evaluate`: it treats every `RuntimeError`, also a model's, as a nested event loop.
        work = evaluator.aevaluate(
            query=case["user_input"], response=case["response"], contexts=case["retrieved_contexts"], **reference
        )
        result = asyncio.run(work)
        return {"score": _score(kind, result), "feedback": (result.feedback or "")[:_WORDS]}
    # LlamaIndex's parsers raise various errors for unexpected words.
    except Exception as error:
        return {"failure": f"{type(error).__name__}: {error}"[:_WORDS]}


def _score(kind: Kind, result: EvaluationResult) -> float:
    """The evaluator's score if the judge's words confirm it; raises `_Unclear`."""
    words = result.feedback or ""
    if kind.bounds is None:
        said = _VERDICT.search(words)
        if said is None or (said[1].lower() == "yes") is not result.passing:
            raise _Unclear(f"neither yes nor no: {words!r}")
        return float(bool(result.passing))
    low, high = kind.bounds
    if result.invalid_result or result.score is None or not low <= result.score <= high:
        raise _Unclear(f"no score from {low:g} to {high:g}: {words!r}")
    return float(result.score)


def _aggregate(verdicts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    scores = [verdict["score"] for verdict in verdicts if "score" in verdict]
    found: dict[str, Any] = {"judged": len(scores), "failures": len(verdicts) - len(scores)}
    if scores:
        found |= {"mean": fmean(scores), "interval": list(bootstrap_interval(scores))}
    return found
