"""Statement -> for each of its sentences, the runs of guests' words that may support it.

1. The statement as a whole and each of its sentences are searched for, among the guests
   and episodes that they name.
2. Around the best passages of both, the best run of a guest's words is cut for the sentence.
3. Where a guest is named, only that guest's words remain.

Nothing here judges: `app.verify_features` measures, `app.verify` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.models import Evidence
from app.runs import Scorer, best_run
from app.verify_scope import Names, Scope
from index.catalog import Index
from index.filters import Filters
from index.retrieve import Ranking
from ingest.models import ScoredPassage
from ingest.text import words

# Sentences that are looked up one by one; each costs a search.
MOST_SENTENCES = 8
# Passages around which runs are cut: of the whole statement's ranking, and of the sentence's own.
_OF_WHOLE = 6
_OF_SENTENCE = 5
_DEPTH = 24
# Words of a run; as in answers.
_SHORTEST, _LONGEST = 25, 180
# Episodes in which the sentences of a statement that names nobody are looked for.
_EPISODES = 3

Search = Callable[[str, int, Filters], Ranking]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run that may support a sentence; `run.score` says how well its words meet the sentence's (MaxSim, 0 to 1)."""

    run: Evidence
    passage: ScoredPassage


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence of a statement, where its evidence has to come from, and what may be it."""

    text: str
    scope: Scope
    ranking: Ranking
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """A statement with all that was found for it. `runs` are the whole statement's, best first."""

    scope: Scope
    ranking: Ranking
    runs: tuple[Evidence, ...]
    parts: tuple[Part, ...]


def look_up(statement: str, index: Index, names: Names, search: Search) -> Looked:
    """Find what may support a statement and its sentences. `search` ranks as `Answerer.search` does."""
    scope, sentences = names.scopes(statement)
    whole = search(_said(statement, names), _DEPTH, scope.filters())
    scorer = Scorer(index, whole)
    runs = [item.run for item in _runs(scorer, whole.passages[:_OF_WHOLE], scope)]
    episodes = tuple(dict.fromkeys(scored.passage.episode for scored in whole.passages))[:_EPISODES]
    parts = []
    for text, own in sentences[:MOST_SENTENCES]:
        if not words(names.without_guests(text)):
            continue
        filters = own.filters() or Filters(episodes=episodes)
        ranking = search(_said(text, names), _DEPTH, filters)
        both = {s.passage.id: s for s in [*ranking.passages[:_OF_SENTENCE], *whole.passages[:_OF_WHOLE]]}
        parts.append(Part(text, own, ranking, tuple(_runs(Scorer(index, ranking), list(both.values()), own))))
    return Looked(scope, whole, tuple(runs), tuple(parts))


def _said(text: str, names: Names) -> str:
    """What is searched for: names have narrowed the search already, and would only draw passages that say them."""
    rest = names.without_guests(text)
    return rest if words(rest) else text


def _runs(scorer: Scorer, passages: Sequence[ScoredPassage], scope: Scope) -> list[Candidate]:
    """Runs around passages, in their order, by the scope's guests alone; one that overlaps a run before it is left."""
    found: list[Candidate] = []
    for scored in passages:
        run = best_run(scorer, scored, _SHORTEST, _LONGEST)
        if run is None or (scope.guests and run.speaker not in scope.guests):
            continue
        if any(run.text == other.run.text and run.start == other.run.start for other in found):
            continue
        found.append(Candidate(replace(run, score=run.score), scored))
    return found
