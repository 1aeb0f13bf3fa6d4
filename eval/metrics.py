"""Computes the metrics of the evaluation: each is a small pure function with its source.

A passage is relevant when it overlaps a gold range of its episode; where readers
graded passages, they have the graded one's grade. A function returns None if its figure is undefined (nothing to divide
by): such a value is left out of averages, never counted as 0. `eval.running.scores`
says which questions a figure is averaged over. Nothing here runs a model, reads a
file or depends on a system.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

# The grades of a passage: it answers the question, it touches it, or it only shares words or subject with it.
ANSWERS, TOUCHES, BESIDE = 2, 1, 0


class Span(NamedTuple):
    """A time range of an episode, in seconds."""

    episode: str
    start: float
    end: float

    def overlaps(self, other: Span) -> bool:
        """Whether both share time of one episode; touching ends do not count."""
        return self.episode == other.episode and self.start < other.end and other.start < self.end


class Graded(NamedTuple):
    """A passage that a reader graded for a question."""

    span: Span
    grade: int


def relevance(ranking: Sequence[Span], gold: Sequence[Span]) -> list[bool]:
    """For each ranked passage, best first, whether it overlaps some gold range."""
    return [any(passage.overlaps(span) for span in gold) for passage in ranking]


def grades_of(ranking: Sequence[Span], graded: Sequence[Graded], gold: Sequence[Span] = ()) -> list[int | None]:
    """The grade of each ranked passage; None for one that nobody graded.

    A passage is the graded one with which it shares most time, and at least half of the shorter of both: passages
    of another cutting of the same transcript can be scored too. One that no reader graded answers if it is a gold
    range in this sense: whoever wrote the question read it there.
    """
    written = [Graded(span, ANSWERS) for span in gold]
    read = ((_grade(passage, graded), passage) for passage in ranking)
    return [_grade(passage, written) if grade is None else grade for grade, passage in read]


def _grade(passage: Span, graded: Sequence[Graded]) -> int | None:
    shared = [
        (min(passage.end, one.span.end) - max(passage.start, one.span.start), one)
        for one in graded
        if passage.overlaps(one.span)
    ]
    same = [
        (seconds, one)
        for seconds, one in shared
        if 2 * seconds >= min(passage.end - passage.start, one.span.end - one.span.start)
    ]
    return max(same, key=lambda pair: pair[0])[1].grade if same else None


def answers_at(grades: Sequence[int | None], k: int) -> float:
    """1 if one of the first `k` answers the question (grade 2), else 0; a passage that nobody graded counts as 0."""
    return float(any(grade == ANSWERS for grade in grades[:k]))


def unjudged_at(grades: Sequence[int | None], k: int) -> float | None:
    """Share of the first `k` that nobody graded."""
    return _share(grade is None for grade in grades[:k])


def beside(grades: Sequence[int | None]) -> float | None:
    """Share of the graded ones that neither answer nor touch the question; None if nobody graded any."""
    return _share(grade == BESIDE for grade in grades if grade is not None)


def precision_at(grades: Sequence[int | None], k: int) -> float:
    """Answering passages among the first `k`, divided by `k`: trec_eval's P_k."""
    return sum(grade == ANSWERS for grade in grades[:k]) / k


def hit_at(relevant: Sequence[bool], k: int) -> float:
    """1 if one of the first `k` is relevant, else 0: ir-measures' `Success@k`."""
    return float(any(relevant[:k]))


def reciprocal_rank(relevant: Sequence[bool], k: int = 10) -> float:
    """1 / rank of the first relevant one among the first `k`, else 0.

    Voorhees, "The TREC-8 Question Answering Track Report", 1999.
    """
    return next((1.0 / rank for rank, hit in enumerate(relevant[:k], start=1) if hit), 0.0)


def ndcg(gains: Sequence[float], all_gains: Iterable[float], k: int = 10) -> float | None:
    """Normalised discounted cumulative gain of the first `k`: grades are gains, a binary relevance is 1 or 0.

    `all_gains` are those of all passages in the whole index; the ideal ranking puts the
    highest first. Järvelin and Kekäläinen, "Cumulated Gain-Based Evaluation of IR
    Techniques", ACM TOIS 20(4), 2002, with the discount 1 / log2(rank + 1). None if all gains are 0.
    """
    ideal = _discounted(sorted(all_gains, reverse=True)[:k])
    return _discounted(gains[:k]) / ideal if ideal else None


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def coverage(ranking: Sequence[Span], gold: Sequence[Span], k: int = 5) -> float | None:
    """Share of the gold ranges that one of the first `k` passages overlaps (our own measure)."""
    return _share(relevance(gold, ranking[:k]))


def episode_hit(ranking: Sequence[Span], gold: Sequence[Span], k: int = 5) -> float:
    """1 if one of the first `k` passages is anywhere in a gold episode, else 0."""
    episodes = {span.episode for span in gold}
    return float(any(passage.episode in episodes for passage in ranking[:k]))


def citation_hit(cited: Sequence[Span], gold: Sequence[Span]) -> float:
    """1 if some citation of the answer overlaps a gold range, else 0."""
    return float(any(relevance(cited, gold)))


def citation_precision(cited: Sequence[Span], gold: Sequence[Span]) -> float | None:
    """Share of the cited ranges that overlap a gold range; None for an answer that cites nothing."""
    return _share(relevance(cited, gold))


def citation_recall(cited: Sequence[Span], gold: Sequence[Span]) -> float | None:
    """Share of the gold ranges that some citation overlaps."""
    return _share(relevance(gold, cited))


def temporal_iou(one: Span, other: Span) -> float:
    """Seconds that both share, over the seconds that either covers; 0 across episodes.

    The measure of temporal grounding: Gao et al., "TALL: Temporal Activity Localization via
    Language Query", ICCV 2017.
    """
    if not one.overlaps(other):
        return 0.0
    shared = min(one.end, other.end) - max(one.start, other.start)
    return shared / (max(one.end, other.end) - min(one.start, other.start))


def citation_iou(cited: Sequence[Span], gold: Sequence[Span]) -> float | None:
    """Mean over the citations of the best temporal IoU with a gold range; None for no citations."""
    return mean([max((temporal_iou(span, target) for target in gold), default=0.0) for span in cited])


def citation_offset(cited: Sequence[Span], gold: Sequence[Span]) -> float | None:
    """Median seconds from a citation's start to the nearest gold start of its episode.

    Only citations that overlap gold count: the figure says how exact the second of a right
    citation is. None if there are none.
    """
    starts = [(span, [g.start for g in gold if g.episode == span.episode]) for span in cited]
    right = [
        min(abs(span.start - start) for start in near)
        for (span, near), hit in zip(starts, relevance(cited, gold), strict=True)
        if hit
    ]
    return float(np.median(right)) if right else None


def citation_length(cited: Sequence[Span]) -> float | None:
    """Mean length of the cited ranges, in seconds."""
    return mean([span.end - span.start for span in cited])


@dataclass(frozen=True, slots=True)
class SentenceSupport:
    """A judge's verdicts on one sentence; None if the judge failed.

    `joint`: all its citations together support it. `alone[i]`: citation i alone does.
    `others[i]`: all of them but i do.
    """

    joint: bool | None
    alone: tuple[bool | None, ...] = ()
    others: tuple[bool | None, ...] = ()


def support_recall(sentences: Sequence[SentenceSupport]) -> float | None:
    """Share of the sentences that their citations together support: ALCE's citation recall.

    Gao et al., "Enabling Large Language Models to Generate Text with Citations", EMNLP 2023,
    section 3. Sentences on which the judge failed are left out.
    """
    return _share(s.joint for s in sentences if s.joint is not None)


def support_precision(sentences: Sequence[SentenceSupport]) -> float | None:
    """Share of the citations that are of use: ALCE's citation precision (same source).

    A citation counts if its sentence is supported and the citation is not irrelevant: it supports
    the sentence alone, or the others without it do not. Undecided ones are left out.
    """
    verdicts = [verdict for sentence in sentences for verdict in _useful(sentence)]
    return _share(verdict for verdict in verdicts if verdict is not None)


def _useful(sentence: SentenceSupport) -> list[bool | None]:
    if not sentence.joint:
        return [sentence.joint] * len(sentence.alone)
    return [
        True if alone else (None if alone is None or others is None else not others)
        for alone, others in zip(sentence.alone, sentence.others, strict=True)
    ]


def facts_recall(found: Sequence[bool | None]) -> float | None:
    """Share of the facts that the judge found in what was shown; facts it failed on are left out."""
    return _share(verdict for verdict in found if verdict is not None)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a question should be refused, whether it was, and the answer's confidence."""

    due: bool
    refused: bool
    confidence: float


def refusal_precision(decisions: Sequence[Decision]) -> float | None:
    """Share of the refusals that were due. None without a refusal or without a question to refuse."""
    if not any(d.due for d in decisions):
        return None
    return _share(d.due for d in decisions if d.refused)


def refusal_recall(decisions: Sequence[Decision]) -> float | None:
    """Share of the questions to refuse that were refused."""
    return _share(d.refused for d in decisions if d.due)


def refusal_f1(decisions: Sequence[Decision]) -> float | None:
    """Harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN).

    Van Rijsbergen, "Information Retrieval", 1979, chapter 7. None without a question to refuse.
    """
    if not any(d.due for d in decisions):
        return None
    right = sum(d.due and d.refused for d in decisions)
    return 2 * right / (sum(d.due for d in decisions) + sum(d.refused for d in decisions))


def refusal_auroc(decisions: Sequence[Decision]) -> float | None:
    """Chance that a question to refuse got less confidence than one to answer; ties count half: see `auroc`."""
    return auroc([d.confidence for d in decisions if not d.due], [d.confidence for d in decisions if d.due])


def auroc(higher: Sequence[float], lower: Sequence[float]) -> float | None:
    """Chance that one of the values that should be higher exceeds one that should be lower; ties count half.

    The area under the ROC curve as the Mann-Whitney statistic: Hanley and McNeil, Radiology
    143(1), 1982. None unless there are values of both kinds.
    """
    if not len(higher) or not len(lower):
        return None
    low, high = np.array(lower), np.sort(higher)
    above = len(high) - np.searchsorted(high, low, side="right")
    ties = np.searchsorted(high, low, side="right") - np.searchsorted(high, low, side="left")
    return float((above + ties / 2).sum() / (len(high) * len(low)))


def calibration_error(decisions: Sequence[Decision], bins: int = 10) -> float | None:
    """Expected calibration error: how far confidence is from the share of questions that can be answered.

    The mean over equally wide bins of the distance between mean confidence and share, weighted by their size:
    Naeini, Cooper and Hauskrecht, AAAI 2015. None without questions.
    """
    if not decisions:
        return None
    sure = np.array([d.confidence for d in decisions])
    right = np.array([not d.due for d in decisions], float)
    places = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(float((sure - right)[places == place].sum())) for place in range(bins)]
    return sum(gaps) / len(decisions)


def percentile(values: Sequence[float], percent: float) -> float | None:
    """A percentile, interpolated linearly: type 7 of Hyndman and Fan, The American Statistician 50(4), 1996."""
    return float(np.percentile(values, percent)) if values else None


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean; None without values."""
    return math.fsum(values) / len(values) if values else None


def _share(verdicts: Iterable[bool]) -> float | None:
    """Share of true verdicts; None without verdicts."""
    return mean([float(verdict) for verdict in verdicts])
