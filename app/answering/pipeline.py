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
from app.observe.answer_log import write_record
from app.observe.prometheus import Metrics
from app.observe.tracing import span
from app.question import MAX_QUESTION, check_question
from app.types import EXTRACTIVE, Answer, Citation, Event, Finished, Found, Outcome, Passed, Sentence, numbered
from app.writing import quotes as extractive
from app.writing.writer import Work, Writer
from index.archive import Archive, ArchiveView, Stopped
from index.filters import Filters
from index.opened import Catalog, Index
from index.retrieve import Ranking
from ingest.settings import Settings
from ingest.text import clean

RANKED = 12
NEAREST = 3
# What a writing model on a GPU reads: more, and from further down.
LARGE_EVIDENCE = EvidenceSettings(budget=1000, most_runs=8, least_second=0.6, least_later=0.6, passages=RANKED)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it is understood, and the index that is asked."""

    question: str
    standalone: str
    history: tuple[str, ...]
    filters: Filters
    archive: ArchiveView

    @property
    def index(self) -> Index:
        """The index that is asked."""
        return self.archive.index


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

    def __init__(self, archive: Archive, writer: Writer | None, settings: Settings) -> None:
        """Without a `writer`, answers are made of quotes."""
        self.archive = archive
        self._writer = writer
        self._settings = settings
        large = writer is not None and writer.engine.accelerated and not settings.evidence_words
        small = EvidenceSettings(budget=settings.evidence_words or EvidenceSettings().budget)
        self._evidence = LARGE_EVIDENCE if large else small
        self._answers = AnswerCache(settings.answer_cache)
        self._fingerprint = fingerprint(settings)
        self.metrics = Metrics({"answer": self._answers.info, "embedding": archive.embedder.queries})

    @property
    def catalog(self) -> Catalog:
        """What can be asked about and filtered by."""
        return self.archive.catalog

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
        self.archive.close()

    def answers(self, question: str) -> bool:
        """Whether there is an answer to a question, without writing it."""
        text = check_question(question)
        return self._find(_Asked(text, text, (), Filters(), self.archive.view())).answers

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
        view = self.archive.view(stop)
        names = view.index.guest_names
        alone = names.spelled(clean(standalone(question, turns, names.knows)))[-MAX_QUESTION:]
        told = question if self._settings.log_questions else None
        with self.metrics.asking(self.model) as asking, span("ask", model=self.model, question=told) as spent:
            asked = _Asked(question, alone, turns, filters, view)
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
                    answer = yield from self._made(asked, key, clock)
                except Stopped:
                    return
            if view.stopped:
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

    def _made(self, asked: _Asked, key: CacheKey, clock: float) -> Generator[Event, None, Answer]:
        """Yield the events of an answer that no cache holds, up to its last; keep the answer and give it."""
        found = self._find(asked)
        timings = {"retrieve": (time.perf_counter() - clock) * 1000} | found.ranking.timings_ms
        work = Work()
        sentences: list[Sentence] = []
        if found.answers:
            yield Found(asked.standalone, found.citations, found.confidence)
            for sentence in self._written(asked, found, work):
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
        if not (work.fault or found.ranking.notes or asked.archive.stopped):
            self._answers.put(key, answer)
        return answer

    def _find(self, asked: _Asked) -> _Evidence:
        with span("retrieve"):
            ranking = asked.archive.search(asked.standalone, RANKED, asked.filters)
        with span("evidence"):
            found = gather_evidence(asked.archive, ranking, self._evidence)
        sure = confidence(features_of_quotes(asked.standalone, ranking, found, asked.index))
        quotes = ordered(found.runs)
        near = nearest_chapters(asked.index, ranking, found, quotes, NEAREST)
        return _Evidence(ranking, sure, numbered(quotes), numbered(near))

    def _written(self, asked: _Asked, found: _Evidence, work: Work) -> Iterator[Sentence]:
        """The model's sentences that pass; quotes where there is no model, or none of its sentences passed."""
        if self._writer:
            with span("write", model=self.model):
                yield from self._writer.write(
                    asked.standalone, asked.history, found.citations, work, asked.archive.stop
                )
            if work.shown or asked.archive.stopped:
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
