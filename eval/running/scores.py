"""Scores the outcome of each question.

A question has only the scores that are defined for it:

- ranking: answerable questions with gold ranges; `answers@*`, `p@5`, `unjudged@3` and nDCG with grades: those with
  graded passages.
- `citation_hit`: the same, for a system that answers; a refusal counts 0.
- `moment_answers*`: the same, with graded passages: a moment has the grade of the passage that it overlaps.
- other `citation_*` and `moments_beside`: the answered ones of these.
- `support_*`: every question that was answered, answerable or not.
- `facts_recall`: answerable questions with facts; a refusal counts 0.
- `*_tokens`: questions for which a writing model reports what it read and wrote.

Claims on which a judge failed are left out and counted separately. Averages are made
by `eval.running.aggregates`. Nothing here runs a system or writes a file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eval import metrics
from eval.metrics import Graded, SentenceSupport, Span
from eval.run_file import numbers
from eval.running.judges import Claim, Judge, verdicts
from eval.running.suites import Item
from eval.running.systems import Outcome, Ranked, place_id
from index.building.progress import Progress


@dataclass(slots=True)
class Row:
    """One question of a run: what was asked, the outcome, and its scores.

    `relevant`: ids of all the system's passages that overlap gold; None if these are not known.
    """

    item: Item
    outcome: Outcome
    relevant: list[str] | None
    grades: dict[str, int] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)

    @property
    def answers(self) -> bool:
        """Whether the system answers, and does not only rank."""
        return "answered" in self.outcome.output

    @property
    def answered(self) -> bool:
        """Whether the question was answered, not refused."""
        return bool(self.outcome.output.get("answered"))

    def to_json(self) -> dict[str, Any]:
        """The question's entry in `run.json`; keys that it has no value for are left out."""
        return {
            "id": self.item.id,
            "output": self.outcome.output,
            "ranking": [passage.to_json() for passage in self.outcome.ranking],
            **({} if self.relevant is None else {"relevant": self.relevant}),
            **({"grades": self.grades} if self.grades else {}),
            "scores": {key: round(value, 6) for key, value in self.scores.items()},
            "item": self.item.raw,
        }


class Relevance:
    """Finds a system's passages that overlap gold."""

    def __init__(self, spans: Mapping[str, Span]) -> None:
        self._by_episode: defaultdict[str, list[tuple[str, Span]]] = defaultdict(list)
        for id, span in spans.items():
            self._by_episode[span.episode].append((id, span))

    def of(self, gold: Sequence[Span]) -> list[str]:
        """The ids of the relevant passages."""
        return [id for id, span in self._near(gold) if any(span.overlaps(target) for target in gold)]

    def grades(self, graded: Sequence[Graded], gold: Sequence[Span] = ()) -> dict[str, int]:
        """The grade of each graded passage, and of those in gold, by id; empty if nobody graded any."""
        near = self._near([*(one.span for one in graded), *gold]) if graded else []
        found = zip(near, metrics.grades_of([span for _, span in near], graded, gold), strict=True)
        return {id: grade for (id, _), grade in found if grade is not None}

    def _near(self, spans: Sequence[Span]) -> list[tuple[str, Span]]:
        episodes = dict.fromkeys(span.episode for span in spans)
        return [pair for episode in episodes for pair in self._by_episode.get(episode, [])]


def grades_without_index(ranking: Sequence[Ranked], graded: Sequence[Graded]) -> dict[str, int]:
    """The grades of passages where only the ranked ones are known: theirs, and those of the graded ones besides."""
    found = Relevance({passage.id: passage.span for passage in ranking}).grades(graded)
    ranked = [Graded(passage.span, metrics.ANSWERS) for passage in ranking]
    same = metrics.grades_of([one.span for one in graded], ranked)
    return found | {place_id(one.span): one.grade for one, grade in zip(graded, same, strict=True) if grade is None}


def score_rows(rows: Sequence[Row], judge: Judge, progress: Progress, stage: str) -> int:
    """Fill in the scores of all rows; returns the number of claims on which the judge failed.

    All claims go to the judge in one call, so that it can work in batches; `progress` shows
    them under the name `stage`.
    """
    sentences = [_sentence_claims(row) for row in rows]
    facts = [_fact_claims(row) for row in rows]
    claims = [claim for row in sentences for sentence in row for claim in sentence.claims]
    claims += [claim for row in facts for claim in row]
    asked = list(dict.fromkeys(claims))
    progress.start(stage, len(asked))
    held = verdicts(judge, asked, progress.advance)
    for row, own, wanted in zip(rows, sentences, facts, strict=True):
        support = [sentence.judged(held) for sentence in own]
        found: dict[str, float | None] = ranking_scores(row) | citation_scores(row) | token_counts(row)
        found["support_recall"] = metrics.support_recall(support)
        found["support_precision"] = metrics.support_precision(support)
        found["facts_recall"] = metrics.facts_recall([held[claim] for claim in wanted])
        row.scores = {key: value for key, value in found.items() if value is not None}
    return sum(verdict is None for verdict in held.values())


def ranking_scores(row: Row) -> dict[str, float | None]:
    """Retrieval scores of one question; empty for one that the archive does not answer."""
    ranking = [passage.span for passage in row.outcome.ranking]
    return _by_gold(row, ranking) | _by_grades(row, ranking)


def _by_gold(row: Row, ranking: Sequence[Span]) -> dict[str, float | None]:
    gold = row.item.gold
    if not gold:
        return {}
    relevant = metrics.relevance(ranking, gold)
    return {
        "hit@1": metrics.hit_at(relevant, 1),
        "hit@5": metrics.hit_at(relevant, 5),
        "hit@10": metrics.hit_at(relevant, 10),
        "mrr@10": metrics.reciprocal_rank(relevant, 10),
        "ndcg@10": None if row.relevant is None else metrics.ndcg(relevant, [1.0] * len(row.relevant)),
        "coverage@5": metrics.coverage(ranking, gold, 5),
        "episode_hit@5": metrics.episode_hit(ranking, gold, 5),
    }


def _by_grades(row: Row, ranking: Sequence[Span]) -> dict[str, float | None]:
    if not row.item.graded or not row.item.answerable:
        return {}
    grades = metrics.grades_of(ranking, row.item.graded, row.item.gold)
    return {
        "answers@1": metrics.answers_at(grades, 1),
        "answers@3": metrics.answers_at(grades, 3),
        "p@5": metrics.precision_at(grades, 5),
        "unjudged@3": metrics.unjudged_at(grades, 3),
        "ndcg@10": metrics.ndcg([float(grade or 0) for grade in grades], map(float, row.grades.values())),
    }


def citation_scores(row: Row) -> dict[str, float | None]:
    """Citation scores of one question; empty without gold or for a system that only ranks."""
    gold = row.item.gold
    if not gold or not row.answers:
        return {}
    by_grades = bool(row.item.graded)
    if not row.answered:
        nothing: dict[str, float | None] = {"moment_answers@1": 0.0, "moment_answers": 0.0}
        return {"citation_hit": 0.0} | (nothing if by_grades else {})
    cited = [Span(c["episode"], float(c["start"]), float(c["end"])) for c in row.outcome.output["citations"]]
    grades = metrics.grades_of(cited, row.item.graded, gold)
    moments: dict[str, float | None] = {
        "moment_answers@1": metrics.answers_at(grades, 1),
        "moment_answers": metrics.answers_at(grades, len(grades)),
        "moments_beside": metrics.beside(grades),
    }
    return (moments if by_grades else {}) | {
        "citation_hit": metrics.citation_hit(cited, gold),
        "citation_precision": metrics.citation_precision(cited, gold),
        "citation_recall": metrics.citation_recall(cited, gold),
        "citation_iou": metrics.citation_iou(cited, gold),
        "citation_offset_s": metrics.citation_offset(cited, gold),
        "citation_length_s": metrics.citation_length(cited),
    }


def token_counts(row: Row) -> dict[str, float | None]:
    """Tokens that a writing model read and wrote, as it reports (`usage`); empty without a model."""
    counted = numbers(row.outcome.output.get("usage"))
    return {key: counted[key] for key in ("prompt_tokens", "output_tokens") if key in counted}


@dataclass(frozen=True, slots=True)
class _SentenceClaims:
    """What a judge is asked about one sentence: see `metrics.SentenceSupport`."""

    joint: Claim
    alone: tuple[Claim, ...]
    others: tuple[Claim, ...]

    @property
    def claims(self) -> tuple[Claim, ...]:
        return (self.joint, *self.alone, *self.others)

    def judged(self, held: Mapping[Claim, bool | None]) -> SentenceSupport:
        """The verdicts in the shape that the formulas take."""
        alone, others = (tuple(held[claim] for claim in claims) for claims in (self.alone, self.others))
        return SentenceSupport(held[self.joint], alone, others)


def _sentence_claims(row: Row) -> list[_SentenceClaims]:
    if not row.answered:
        return []
    quotes = {citation["id"]: str(citation["quote"]) for citation in row.outcome.output["citations"]}
    found: list[_SentenceClaims] = []
    for sentence in row.outcome.output["sentences"]:
        text, cited = sentence["text"], [quotes[id] for id in sentence["citations"] if id in quotes]
        alone = tuple(Claim(text, (quote,)) for quote in cited)
        others = tuple(Claim(text, (*cited[:i], *cited[i + 1 :])) for i in range(len(cited)))
        found.append(_SentenceClaims(Claim(text, tuple(cited)), alone, others))
    return found


def _fact_claims(row: Row) -> list[Claim]:
    """One claim for each fact, with all quotes shown; a refusal shows none."""
    if not row.item.answerable or not row.answers:
        return []
    shown = row.outcome.output["citations"] if row.answered else []
    quotes = tuple(str(citation["quote"]) for citation in shown)
    return [Claim(fact, quotes) for fact in row.item.facts]
