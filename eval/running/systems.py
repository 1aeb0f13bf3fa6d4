"""Opens the systems that can be compared: each answers or ranks the items of suites.

- `ours`: `Answerer.ask`, and `ArchiveView.search` for the ranking. `ours:KEY=VALUE,...`
  is the same with settings changed.
- `lexical`: BM25 over the same passages, titles and guests included, by bm25s.
- `dense`: the index's dense vectors alone.
- `llamaindex`: LlamaIndex's default chunks of each transcript, dense, in memory.
- `http://HOST:PORT`: a Citecast server elsewhere, which `eval.running.served` opens.

Every system ranks a standalone question, so that follow-ups are completed in much the
same way (`ours` also uses the names in the index). Nothing here scores anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from app.answering.pipeline import Answerer
from app.compose import open_answerer
from app.contract import AnswerModel
from app.dialogue.reader import Reader
from app.language.rewrite import understood
from eval.metrics import Span
from eval.running.llamaindex import open_llamaindex
from eval.running.specs import Spec
from eval.running.suites import Item
from index.archive import Archive
from index.building.progress import Progress
from index.embedder import Embedder
from index.opened import Index
from index.store.base import Hit
from ingest.settings import Settings

DEPTH = 10
# Lucene's BM25 with the parameters that Anserini uses for passages; on the suites they beat 1.5 and 0.75,
# BM25+ and BM25L (hit@5 0.88 against 0.83 to 0.86), and a baseline should be as good as possible.
_BM25 = {"method": "lucene", "k1": 0.9, "b": 0.4}


class Ranked(NamedTuple):
    """One ranked passage: its id in the system, its time range, and a score that is comparable only in this list."""

    id: str
    span: Span
    score: float

    def to_json(self) -> dict[str, Any]:
        """The entry of a ranking in `run.json`."""
        return {
            "id": self.id,
            "episode": self.span.episode,
            "start": round(self.span.start, 1),
            "end": round(self.span.end, 1),
            "score": round(self.score, 5),
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """A system's result for an item. The output of one that only ranks has no `answered`."""

    output: dict[str, Any]
    ranking: list[Ranked]


class System(Protocol):
    """A system as a run uses it."""

    @property
    def name(self) -> str:
        """Its name in results."""

    @property
    def about(self) -> dict[str, Any]:
        """What decides its outcomes: its `settings`, and the `manifest` of its index."""

    @property
    def spans(self) -> Mapping[str, Span] | None:
        """The time range of each passage that it can rank, by id; None if only ranked ones are known."""

    def run(self, item: Item) -> Outcome:
        """Answer or rank for one item."""


@dataclass(frozen=True)
class Ours:
    """The whole product."""

    name: str
    settings: Settings
    answerer: Answerer

    @property
    def about(self) -> dict[str, Any]:
        """Its settings and the manifest of its index."""
        return _about(self.settings, self.answerer.archive.index)

    @property
    def spans(self) -> Mapping[str, Span]:
        """The index's passages."""
        return passage_spans(self.answerer.archive.index)

    def run(self, item: Item) -> Outcome:
        """The answer, and the ranking for its standalone question."""
        answer = self.answerer.ask(item.question, history=item.history)
        ranking = self.answerer.archive.view().search(answer.standalone_question, k=DEPTH)
        passages = [
            Ranked(s.passage.id, Span(s.passage.episode, s.passage.start, s.passage.end), s.score)
            for s in ranking.passages
        ]
        return Outcome(AnswerModel.of(answer).to_json(), passages)


@dataclass(frozen=True)
class Ranker:
    """A system that only ranks: `rank` returns ids and scores for a question, best first."""

    name: str
    settings: Settings
    index: Index
    spans: Mapping[str, Span]
    rank: Callable[[str], Sequence[Hit]]
    reader: Reader

    @property
    def about(self) -> dict[str, Any]:
        """Its settings and the manifest of its index."""
        return _about(self.settings, self.index)

    def run(self, item: Item) -> Outcome:
        """The ranking for the item's standalone question, and how long it took."""
        clock = time.perf_counter()
        question = understood(item.question, item.history, self.reader).text
        hits = self.rank(question)
        spent = round((time.perf_counter() - clock) * 1000, 2)
        output = {
            "question": item.question,
            "standalone_question": question,
            "model": "none",
            "timings_ms": {"retrieve": spent, "total": spent},
        }
        return Outcome(output, [Ranked(hit.id, self.spans[hit.id], hit.score) for hit in hits])


def _about(settings: Settings, index: Index) -> dict[str, Any]:
    return {"settings": settings.model_dump(mode="json"), "manifest": index.manifest.to_json()}


def place_id(span: Span) -> str:
    """An id for a passage of which only the place is known, as exactly as the API gives it."""
    return f"{span.episode}@{span.start:.1f}-{span.end:.1f}"


def passage_spans(index: Index) -> dict[str, Span]:
    """The time range of each passage of the index, by id."""
    return {id: Span(passage.episode, passage.start, passage.end) for id, passage in index.passages.items()}


def lexical_ranker(texts: Mapping[str, str]) -> Callable[[str], list[Hit]]:
    """BM25 over texts by id, with English stop words and Snowball stems (Lù, "BM25S", arXiv 2407.03618)."""
    import bm25s
    from nltk.stem.snowball import SnowballStemmer

    stemmer = SnowballStemmer("english")

    def stems(words: Sequence[str]) -> list[str]:
        return [stemmer.stem(word) for word in words]

    def tokens(batch: list[str]) -> Any:
        return bm25s.tokenize(batch, stopwords="english", stemmer=stems, show_progress=False)

    ids = list(texts)
    model = bm25s.BM25(**_BM25)
    model.index(tokens(list(texts.values())), show_progress=False)

    def rank(question: str) -> list[Hit]:
        found = model.retrieve(tokens([question]), k=min(DEPTH, len(ids)), show_progress=False)
        pairs = zip(found.documents[0], found.scores[0], strict=True)
        # The rest of the list are passages that share no word with the question, with score 0.
        return [Hit(ids[number], float(score)) for number, score in pairs if score > 0]

    return rank


def dense_ranker(index: Index, embedder: Embedder) -> Callable[[str], list[Hit]]:
    """The passages nearest to the question by the index's dense vectors."""
    return lambda question: index.store.dense(embedder.embed_query(question).vector, DEPTH)


def open_system(spec: Spec, settings: Settings, archive: Archive, progress: Progress) -> System:
    """Open a system on the archive; a language model is loaded only for `ours`."""
    if spec.kind == "ours":
        # Without a cache: a cached answer would say nothing about the system.
        return Ours(spec.name, settings, open_answerer(settings.model_copy(update={"answer_cache": 0}), archive))
    index, reader = archive.index, Reader.of(archive.embedder)
    if spec.kind == "llamaindex":
        spans, rank = open_llamaindex(index, settings.data / "eval", archive.embedder, progress)
        return Ranker(spec.name, settings, index, spans, rank, reader)
    ranker = (
        lexical_ranker({id: passage.embedded_text for id, passage in index.passages.items()})
        if spec.kind == "lexical"
        else dense_ranker(index, archive.embedder)
    )
    return Ranker(spec.name, settings, index, passage_spans(index), ranker, reader)
