"""The one path from a question to an answer, for terminal, chat and API.

    question -> standalone question -> ranked passages -> confidence -> evidence -> writer -> gate -> Answer

A question in another language, and one about the archive itself, are met before anything is ranked.
Evidence goes out before anything is written, each sentence as soon as it has passed.
Nothing of a visitor is kept here: history comes with each question.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from app.answering import notes
from app.answering.cache import AnswerCache, CacheKey, events_of, fingerprint
from app.answering.nearest import nearest_chapters
from app.answering.refusal import THRESHOLD, confidence, features_of_quotes
from app.answering.unranked import unranked
from app.evidence.select import EvidenceSettings, gather_evidence, ordered
from app.language.rewrite import standalone
from app.language.smalltalk import small_talk
from app.llm.choose import load_engine
from app.llm.engine import Engine
from app.observe.answer_log import write_record
from app.observe.prometheus import Metrics
from app.observe.tracing import span
from app.question import MAX_QUESTION, check_question
from app.support.check import Gate
from app.types import EXTRACTIVE, Answer, Citation, Event, Finished, Found, Outcome, Passed, Sentence, numbered
from app.writing import quotes as extractive
from app.writing.writer import Work, Writer
from index.embedder import Embedder, Vectors
from index.filters import Filters
from index.opened import Catalog, Index, IndexHolder
from index.reranking.stage import Reranking
from index.retrieve import Ranking, Retriever
from ingest.settings import Settings
from ingest.text import clean

RANKED = 12
NEAREST = 3
# What a writing model on a GPU reads: more, and from further down.
LARGE_EVIDENCE = EvidenceSettings(budget=1000, most_runs=8, least_second=0.6, least_later=0.6, passages=RANKED)


class Stopped(Exception):
    """Whoever asked no longer waits for the answer."""


def check_going(stop: threading.Event | None) -> None:
    """Raise `Stopped` where nobody waits any more."""
    if stop and stop.is_set():
        raise Stopped("whoever asked no longer waits")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it is understood, and the index that is asked."""

    question: str
    standalone: str
    history: tuple[str, ...]
    filters: Filters
    index: Index


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What was found for a question."""

    ranking: Ranking
    confidence: float
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...]

    @property
    def answers(self) -> bool:
        """Whether it is an answer."""
        return self.confidence >= THRESHOLD and bool(self.citations)


class Answerer:
    """Answers questions from the index in use; safe to share between threads."""

    def __init__(self, settings: Settings, embedder: Embedder | None = None, engine: Engine | None = None) -> None:
        """Loads the language model that the settings name, unless one is given.

        Raises as `load_engine` and `Reranking.of` do.
        """
        self._settings = settings
        self._embedder = embedder or Embedder(settings.embedder, threads=settings.threads)
        self._holder = IndexHolder(settings, self._embedder)
        self._reranking = Reranking.of(settings)
        engine = engine or load_engine(settings)
        self._gate = Gate(self._embedder)
        self._writer = Writer(engine, self._gate) if engine else None
        large = engine is not None and engine.accelerated and not settings.evidence_words
        small = EvidenceSettings(budget=settings.evidence_words or EvidenceSettings().budget)
        self._evidence = LARGE_EVIDENCE if large else small
        self._answers = AnswerCache(settings.answer_cache)
        self._fingerprint = fingerprint(settings)
        self.metrics = Metrics({"answer": self._answers.info, "embedding": self._embedder.queries})

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of sentences, to be compared with each other; shape (len(texts), dimension)."""
        return self._embedder.embed_sentences(texts)

    @property
    def index(self) -> Index:
        """The index in use; raises as `index.opened.open_index` does."""
        return self._holder.get()

    @property
    def catalog(self) -> Catalog:
        """What can be asked about and filtered by."""
        return self.index.catalog

    @property
    def model(self) -> str:
        """Who writes the answers."""
        return self._writer.engine.name if self._writer else EXTRACTIVE

    def warm_up(self) -> None:
        """Do what is done only once before the first question; raises `EngineError`."""
        if self._writer:
            self._writer.warm_up()

    def close(self) -> None:
        """Release the index."""
        self._holder.close()

    def answers(self, question: str) -> bool:
        """Whether there is an answer to a question, without writing it."""
        text = check_question(question)
        return self._find(_Asked(text, text, (), Filters(), self.index), None).answers

    def search(self, query: str, *, k: int = 10, filters: Filters = Filters(), index: Index | None = None) -> Ranking:
        """Ranked passages for a query, from the index in use unless one is given; raises `QuestionError`."""
        return self._retriever(index or self.index).search(check_question(query), k, filters)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters = Filters(),
        stop: threading.Event | None = None,
    ) -> Answer:
        """Answer a question; raises `QuestionError` for one that cannot be asked, `Stopped` once `stop` is set.

        `history` are the visitor's earlier questions, oldest first.
        """
        for event in self.stream(question, history=history, filters=filters, stop=stop):
            if isinstance(event, Finished):
                return event.answer
        raise Stopped("the answer was stopped")

    def stream(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters = Filters(),
        stop: threading.Event | None = None,
    ) -> Generator[Event]:
        """Answer a question event by event: what was found, each sentence, the whole.

        Raises as `ask`, but ends without `Finished` once `stop` is set. Closing it
        stops the model too.
        """
        clock = time.perf_counter()
        question = check_question(question)
        turns = tuple(clean(turn) for turn in history)
        turns = tuple(turn for turn in turns if not small_talk(turn))
        names = self.index.guest_names
        alone = names.spelled(clean(standalone(question, turns, names.knows)))[-MAX_QUESTION:]
        told = question if self._settings.log_questions else None
        with self.metrics.asking(self.model) as asking, span("ask", model=self.model, question=told) as spent:
            asked = _Asked(question, alone, turns, filters, self.index)
            key = self._key(asked)
            met = unranked(question, alone, turns, filters, asked.index, self.model)
            kept = None if met else self._answers.get(key)
            if met:
                took = (time.perf_counter() - clock) * 1000
                answer = replace(met, timings_ms={"retrieve": took, "first_sentence": took})
            elif kept:
                yield from events_of(kept)
                took = (time.perf_counter() - clock) * 1000
                answer = replace(kept, question=question, timings_ms={"retrieve": took, "first_sentence": took})
            else:
                try:
                    answer = yield from self._made(asked, key, stop, clock)
                except Stopped:
                    return
            if stop and stop.is_set():
                return
            timings = answer.timings_ms | {"total": (time.perf_counter() - clock) * 1000}
            answer = replace(answer, timings_ms=timings)
            asking.finished(answer, cached=bool(kept))
            spent.set(outcome=str(answer.outcome), cached=bool(kept), sentences=len(answer.sentences))
            write_record(
                answer,
                index_version=asked.index.manifest.version,
                cached=bool(kept),
                with_question=self._settings.log_questions,
            )
            yield Finished(answer)

    def _made(
        self, asked: _Asked, key: CacheKey, stop: threading.Event | None, clock: float
    ) -> Generator[Event, None, Answer]:
        """Yield the events of an answer that no cache holds, up to its last; keep the answer and give it."""
        found = self._find(asked, stop)
        timings = {"retrieve": (time.perf_counter() - clock) * 1000} | found.ranking.timings_ms
        work = Work()
        sentences: list[Sentence] = []
        if found.answers:
            yield Found(asked.standalone, found.citations, found.confidence)
            for sentence in self._written(asked, found, work, stop):
                timings.setdefault("first_sentence", (time.perf_counter() - clock) * 1000)
                sentences.append(sentence)
                yield Passed(sentence)
        timings.setdefault("first_sentence", (time.perf_counter() - clock) * 1000)
        answered = bool(sentences)
        writing = work if answered and self._writer else None
        answer = Answer(
            question=asked.question,
            standalone_question=asked.standalone,
            outcome=Outcome.ANSWERED if answered else Outcome.REFUSED,
            sentences=tuple(sentences),
            citations=found.citations if answered else (),
            nearest=() if answered else found.nearest,
            model=self.model,
            confidence=found.confidence,
            notes=found.ranking.notes
            + notes.of_names(asked.standalone, asked.index, narrowed=bool(asked.filters))
            + (() if answered else notes.of_refusal(asked.standalone, asked.index))
            + (notes.of_writing(writing) if writing else ()),
            timings_ms=timings,
            writing=writing.done() if writing else None,
        )
        # What a fault of the model or the reranker made otherwise than it should be is not for keeping.
        if not (work.fault or found.ranking.notes or (stop and stop.is_set())):
            self._answers.put(key, answer)
        return answer

    def _find(self, asked: _Asked, stop: threading.Event | None) -> _Evidence:
        def similar(texts: Sequence[str]) -> Vectors:
            check_going(stop)
            return self.embed(texts) @ ranking.vector

        check_going(stop)
        with span("retrieve"):
            ranking = self._retriever(asked.index).search(asked.standalone, RANKED, asked.filters)
        check_going(stop)
        with span("evidence"):
            found = gather_evidence(asked.index, ranking, self._evidence, similar)
        sure = confidence(features_of_quotes(asked.standalone, ranking, found, asked.index))
        quotes = ordered(found.runs)
        near = nearest_chapters(asked.index, ranking, found, quotes, NEAREST)
        return _Evidence(ranking, sure, numbered(quotes), numbered(near))

    def _written(self, asked: _Asked, found: _Evidence, work: Work, stop: threading.Event | None) -> Iterator[Sentence]:
        """The model's sentences that pass; quotes where there is no model, or none of its sentences passed."""
        if self._writer:
            with span("write", model=self.model):
                yield from self._writer.write(asked.standalone, asked.history, found.citations, work, stop)
            if work.shown or (stop and stop.is_set()):
                return
        yield from extractive.write(found.citations)

    def _key(self, asked: _Asked) -> CacheKey:
        """All that the answer depends on; only a language model reads the earlier questions."""
        return CacheKey(
            index=asked.index.folder.name,
            model=self.model,
            settings=self._fingerprint,
            question=asked.standalone,
            filters=asked.filters,
            history=asked.history if self._writer else (),
        )

    def _retriever(self, index: Index) -> Retriever:
        return Retriever(index, self._embedder, self._reranking)
