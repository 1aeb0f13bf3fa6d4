"""Finds what judges say of a run's answers, to be held against its readers.

- the run's own verdicts by gold: whether an answer cites a gold range, whether a refusal was right;
- the system's confidence: a score without a verdict;
- each of LlamaIndex's evaluators that judged the run (`eval.running.llamaindex_evaluators`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eval.reading.answers import by_id
from eval.reading.asked import ANSWERED, CITED, REFUSED, Asked
from eval.reading.labels import Answer
from eval.run_file import Record, records
from eval.running.llamaindex_evaluators import KEY, kind_named

# Of the verdicts of `eval.run_file.VERDICTS`: those on answers and those on refusals, and whether each is good.
_ON_ANSWERS = {"cited": True, "beside": False, "invented": False}
_ON_REFUSALS = {"refused": True, "withheld": False}
# The evaluator that judges whether quotes support the answer; the others judge whether it answers the question.
_OF_SUPPORT = "faithfulness"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judge says of answers, on one thing that readers are asked as well.

    `verdicts`: 1 for yes and 0 for no; None for a judge that only scores. `scores` are empty for one without scores.
    """

    name: str
    asked: Asked
    verdicts: dict[Answer, int] | None = None
    scores: dict[Answer, float] = field(default_factory=dict)


def judges_of(runs: Sequence[Mapping[str, Any]]) -> list[Judged]:
    """The judges of some runs; one that judged several runs is one judge. Raises `RunError`."""
    rows = [
        ((key, suite, row.id), row)
        for key, run in by_id(runs).items()
        for suite, found in records(run).items()
        for row in found
    ]
    sure = {answer: row.confidence for answer, row in rows if row.answered and row.confidence is not None}
    return [
        Judged("citation_hit", ANSWERED, dict(_verdicts(rows, _ON_ANSWERS))),
        Judged("refusal by gold", REFUSED, dict(_verdicts(rows, _ON_REFUSALS))),
        Judged("confidence", ANSWERED, scores=sure),
        *_evaluators(runs),
    ]


def _verdicts(rows: Sequence[tuple[Answer, Record]], good: Mapping[str, bool]) -> Iterator[tuple[Answer, int]]:
    return ((answer, int(good[row.verdict])) for answer, row in rows if row.verdict in good)


def _evaluators(runs: Sequence[Mapping[str, Any]]) -> Iterator[Judged]:
    """LlamaIndex's evaluators; on what a judge failed, it has no verdict."""
    scores: defaultdict[tuple[str, str], dict[Answer, float]] = defaultdict(dict)
    for key, run in by_id(runs).items():
        for evaluator, own in (run.get(KEY) or {}).items():
            for suite, verdicts in own["suites"].items():
                found = {(key, suite, id): float(one["score"]) for id, one in verdicts.items() if "score" in one}
                scores[evaluator, own["judge"]].update(found)
    for (evaluator, judge), own_scores in scores.items():
        asked, passing = CITED if evaluator == _OF_SUPPORT else ANSWERED, kind_named(evaluator).passing
        passed = {answer: int(score >= passing) for answer, score in own_scores.items()}
        yield Judged(f"{evaluator} ({judge})", asked, passed, own_scores)
