"""Ranked passages -> evidence: few contiguous runs of one guest's words.

1. Find the best run around each of the best passages (`app.evidence.excerpt`).
2. Order these runs anew, by their passage's score, by how well their own words
   meet the question and by how many of the ranked passages lie in their chapter.
3. Take the best, leaving out one that says what a run before it says, until the
   budget of words is spent or the runs are enough.
4. Set off each run's key: the sentence most like the question. A sentence that is no talk
   (`ingest.injections`) is none, and a run of nothing else is no evidence.

Nothing here ranks passages or judges whether they answer the question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.evidence.excerpt import Run, best_run, find_run
from app.evidence.replies import find_reply
from app.evidence.scorer import Scorer
from app.evidence.stretches import open_quotes, points_back
from app.types import Evidence
from index.archive import ArchiveView
from index.embedder import Vectors
from index.retrieve import Ranking
from ingest.injections import without_injections
from ingest.models import ScoredPassage
from ingest.text import STOP_WORDS, sentences, words

# A sentence of fewer words is seldom the point, however like the question it is.
_FULL_SENTENCE_WORDS = 10
# What each further ranked passage of a run's chapter adds to its score: a chapter that is found
# again and again is about the question, where a single passage may only share its words.
_SAME_CHAPTER = 0.018


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """Lengths in words; how they were chosen stands in docs/figures.md."""

    budget: int = 260
    most_runs: int = 4
    longest_run: int = 180
    shortest_run: int = 25
    key_words: int = 45
    least_second: float = 0.85
    least_later: float = 0.95
    passages: int = 8


@dataclass(frozen=True, slots=True)
class Quotable:
    """A ranked passage, what can be quoted from it, and the scorer that read it."""

    scored: ScoredPassage
    run: Run
    scorer: Scorer


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is quoted (`chosen` is where each run comes from), and all that could be, in the ranking's order."""

    runs: list[Evidence]
    chosen: list[Quotable]
    quotable: list[Quotable]


def gather_evidence(archive: ArchiveView, ranking: Ranking, settings: EvidenceSettings) -> Gathered:
    """The runs to quote, best first, at most `budget` words together.

    A further run is only taken if its score comes near the best: one good quote is
    better than one good and one beside the point.
    """
    # Of guests whom the question names each is heard by themselves, also where one passage holds them all.
    heard = [frozenset({guest}) for guest in ranking.named] if len(ranking.named) > 1 else [ranking.heard]
    scorers = [Scorer(archive.index, ranking, own) for own in heard]
    quotable = [
        Quotable(scored, best, scorer)
        for scored in ranking.passages[: settings.passages]
        for scorer in scorers
        if (best := _quote(scorer, scored, settings.shortest_run, settings.longest_run))
    ]
    found = [(item.scored, item.run.evidence) for item in quotable]
    source = {(item.scored.passage.id, item.run.evidence.speaker): item for item in quotable}
    runs: list[Evidence] = []
    chosen: list[Quotable] = []
    left = settings.budget
    for passage, run in _each_named_first(_in_order(found, ranking.passages), ranking.named):
        if len(runs) == settings.most_runs or left < settings.shortest_run:
            break
        awaited = len(runs) < len(ranking.named)  # a guest whom the question names has a say in any case
        least = 0.0 if awaited else (0.0, settings.least_second, settings.least_later)[min(len(runs), 2)]
        if runs and run.score < least * runs[0].score:
            break
        room = left if not awaited else left // (len(ranking.named) - len(runs))
        origin = source[passage.passage.id, run.speaker]
        fitting = run if run.words <= room else best_run(origin.scorer, passage, settings.shortest_run, room)
        if (
            fitting is not None
            and without_injections(fitting.text)
            and not any(_same(fitting, other) for other in runs)
        ):
            runs.append(replace(fitting, score=run.score))
            chosen.append(origin)
            left -= fitting.words

    def similar(texts: Sequence[str]) -> Vectors:
        return archive.embed(texts) @ ranking.vector

    return Gathered(with_keys(runs, similar, settings.key_words), chosen, quotable)


def _quote(scorer: Scorer, scored: ScoredPassage, shortest: int, longest: int) -> Run | None:
    """The best run around a passage, or a short reply in it that answers better."""
    run = find_run(scorer, scored, shortest, longest)
    return find_reply(scorer, scored, shortest, run) or run


def _in_order(
    found: list[tuple[ScoredPassage, Evidence]], ranked: Sequence[ScoredPassage]
) -> list[tuple[ScoredPassage, Evidence]]:
    """Best first by the passage's score and the run's own, each as a share of the highest, and the chapter's passages.

    The mean of the two shares, at most 1, and `_SAME_CHAPTER` for each other ranked passage of the chapter.
    """
    if not found:
        return []
    # A question of which no word piece is left, or is met, scores 0 everywhere.
    passage_best = max(passage.score for passage, _ in found) or 1.0
    run_best = max(run.score for _, run in found) or 1.0
    of_chapter = Counter((scored.passage.episode, scored.passage.chapter) for scored in ranked)
    scored = [
        (passage, replace(run, score=(passage.score / passage_best + run.score / run_best) / 2 + bonus))
        for passage, run in found
        for bonus in [_SAME_CHAPTER * (of_chapter[passage.passage.episode, passage.passage.chapter] - 1)]
    ]
    return sorted(scored, key=lambda item: -item[1].score)


def _each_named_first(
    found: list[tuple[ScoredPassage, Evidence]], named: Sequence[str]
) -> list[tuple[ScoredPassage, Evidence]]:
    """The best run of each guest whom the question names, then the others in order."""
    if len(named) < 2:
        return found
    first = [next((item for item in found if item[1].speaker == guest), None) for guest in named]
    chosen = [item for item in first if item is not None]
    return chosen + [item for item in found if item not in chosen]


def with_keys(runs: list[Evidence], similar: Callable[[Sequence[str]], Vectors], most_words: int) -> list[Evidence]:
    """The runs with their key sentences; all sentences are compared with the question in one go."""
    parts = [sentences(without_injections(run.text) or run.text) for run in runs]
    scores = iter(similar([sentence for own in parts for sentence in own]).tolist())
    return [
        replace(run, key=_key(own, [next(scores) for _ in own], run.text, most_words))
        for run, own in zip(runs, parts, strict=True)
    ]


def _key(texts: list[str], scores: list[float], run: str, most_words: int) -> str:
    """The sentence most like the question, with those it points back at, or what a short one leads to.

    What follows each other in `run` alone: between two texts something may have been left out.
    """
    lengths = [len(text.split()) for text in texts]
    at = max(range(len(texts)), key=lambda i: scores[i] * min(1.0, lengths[i] / _FULL_SENTENCE_WORDS))
    begin, end = at, at + 1

    def fits(first: int, last: int, most: float) -> bool:
        return sum(lengths[first:last]) <= most and " ".join(texts[first:last]) in run

    while begin > 0 and points_back(texts[begin]) and fits(begin - 1, end, most_words):
        begin -= 1
    while end < len(texts) and fits(begin, end + 1, most_words / 2):
        end += 1
    # What somebody else is quoted with is not cut in half.
    while begin > 0 and open_quotes(texts[begin:end]) < 0 and fits(begin - 1, end, most_words):
        begin -= 1
    while end < len(texts) and open_quotes(texts[begin:end]) > 0 and fits(begin, end + 1, most_words):
        end += 1
    return " ".join(texts[begin:end])


def _same(one: Evidence, other: Evidence) -> bool:
    """Whether two runs overlap or say the same in the same words."""
    if one.episode.slug == other.episode.slug and one.start <= other.end and other.start <= one.end:
        # Runs that only touch are two, unless a transcript's clock stands still there: then they may share words.
        overlap = one.start < other.end and other.start < one.end
        if overlap or not set(sentences(one.text)).isdisjoint(sentences(other.text)):
            return True
    first, second = (set(words(run.text)) - STOP_WORDS for run in (one, other))
    return len(first & second) > 0.6 * min(len(first), len(second))


def ordered(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Best first, with all of one guest's runs of an episode together."""
    place: dict[tuple[str, str], int] = {}
    for rank, item in enumerate(evidence):
        place.setdefault((item.episode.slug, item.speaker), rank)
    return sorted(evidence, key=lambda item: place[item.episode.slug, item.speaker])
