"""A language model's answer, sentence by sentence, each checked before anybody sees it.

    evidence -> messages that fit the window -> model -> drafted sentences -> gate -> Sentence

1. What the window cannot hold is left out: the oldest questions first, then the weakest
   evidence.
2. The gate judges each drafted sentence by the quotes that it cites. Where it cites
   none, or others than it was written from, it is judged by what supports it best.
3. One that points at a dropped sentence, says again what was said or says nothing is dropped, too
   (`app.writing.coherence`).
4. A sentence that fails is dropped; where nothing else was said from its evidence, the
   quote itself stands in for it.

Nothing here decides whether there is an answer, or chooses evidence.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from app.llm.engine import Engine, EngineError, Message, Usage
from app.observe.tracing import span
from app.support.check import Gate
from app.types import Citation, Sentence, Writing
from app.writing.coherence import Flow
from app.writing.drafts import Form, drafted
from app.writing.parse_json import Drafted
from app.writing.prompt import messages, schema

MAX_OUTPUT = 400
# What a chat template adds to each message, at most.
_TEMPLATE_TOKENS = 12
# Quotes that stand in for sentences which failed; more would make the answer a heap of quotes.
_MOST_REPLACED = 2
# Pieces that may follow a complete answer: white space, and the count of tokens.
_AFTER_THE_END = 8
log = logging.getLogger("citecast.model")

CITES_NOTHING = "rests on none of the evidence"


@dataclass(slots=True)
class Work:
    """What becomes a `Writing`, filled while the model writes."""

    shown: int = 0
    dropped: list[str] = field(default_factory=list)
    replaced: int = 0
    usage: Usage = field(default_factory=Usage)
    fault: str = ""
    evidence_left_out: int = 0
    history_left_out: int = 0

    def done(self) -> Writing:
        """As it stands in the answer."""
        return Writing(
            prompt_tokens=self.usage.prompt_tokens,
            output_tokens=self.usage.output_tokens,
            shown=self.shown,
            dropped=tuple(self.dropped),
            replaced=self.replaced,
            fault=self.fault,
            evidence_left_out=self.evidence_left_out,
            history_left_out=self.history_left_out,
        )


class Writer:
    """Writes with one engine, through one gate; safe to share between threads."""

    def __init__(self, engine: Engine, gate: Gate) -> None:
        self.engine = engine
        self._gate = gate

    @property
    def _form(self) -> Form:
        return Form.JSON if self.engine.constrained else Form.MARKS

    def warm_up(self) -> None:
        """Have the engine read what all prompts begin with, for its prefix cache; raises `EngineError`."""
        self.engine.warm_up()
        with self.engine.stream(messages("", [], [], self._form), max_tokens=1) as stream:
            for _ in stream:
                pass

    def write(
        self,
        question: str,
        history: Sequence[str],
        citations: Sequence[Citation],
        work: Work,
        stop: threading.Event | None = None,
    ) -> Iterator[Sentence]:
        """Yield sentences that passed, as soon as they did. An engine's fault ends the answer and stands in `work`."""
        form = self._form
        said, kept = self._fitting(question, history, citations, form, work)
        if not kept:
            return
        failed: list[int] = []
        shown: set[int] = set()
        flow = Flow([item.evidence.text for item in kept])
        try:
            limits = schema(len(kept)) if form is Form.JSON else None
            with self.engine.stream(said, max_tokens=MAX_OUTPUT, schema=limits, stop=stop) as stream:
                for draft in drafted(stream, form, len(kept)):
                    if fault := flow.fault(draft.text):
                        work.dropped.append(fault)
                        continue
                    sentence = self._judged(draft, kept, question, work)
                    if sentence is None:
                        flow.dropped()
                        failed.extend(kept[number - 1].id for number in draft.cites[:1])
                        continue
                    flow.shown(draft.text)
                    shown.update(sentence.citations)
                    yield sentence
                for _ in islice(stream, _AFTER_THE_END):
                    pass
                # An engine counts at its end; of one that was ended before, each piece is about a token.
                work.usage = stream.usage if stream.usage.output_tokens else Usage(self._size(said), stream.pieces)
        except EngineError as error:
            # Where the model runs and what to do about it is for the operator; a visitor reads the kind of fault.
            log.warning("%s broke off: %s", self.engine.name, error)
            work.fault = error.kind
        if shown and not (stop and stop.is_set()):
            yield from _quoted([item for item in kept if item.id in failed and item.id not in shown], work)

    def _judged(self, draft: Drafted, kept: Sequence[Citation], question: str, work: Work) -> Sentence | None:
        """The sentence with what it rests on: what it cites, or else what supports it; None where nothing does."""
        quotes = [item.evidence.text for item in kept]
        reasons = CITES_NOTHING
        for find in (lambda: [number - 1 for number in draft.cites], lambda: self._gate.attribute(draft.text, quotes)):
            if not (places := find()):
                continue
            with span("gate") as judged:
                verdict = self._gate.check(draft.text, [quotes[place] for place in places], question)
                judged.set(shown=verdict.shown, support=verdict.support)
            if verdict.shown:
                work.shown += 1
                return Sentence(draft.text, tuple(kept[place].id for place in places), verdict.support)
            reasons = "; ".join(verdict.reasons)
        work.dropped.append(reasons)
        return None

    def _fitting(
        self, question: str, history: Sequence[str], citations: Sequence[Citation], form: Form, work: Work
    ) -> tuple[list[Message], list[Citation]]:
        """The messages that leave room for an answer, and the evidence in them, numbered from 1 in this order."""
        turns, kept = list(history), list(citations)
        while kept:
            said = messages(question, turns, kept, form)
            if self._size(said) + MAX_OUTPUT <= self.engine.context_tokens:
                break
            if turns:
                turns = turns[1:]
            else:
                kept.remove(min(kept, key=lambda item: item.evidence.score))
        work.history_left_out = len(history) - len(turns)
        work.evidence_left_out = len(citations) - len(kept)
        return (said if kept else []), kept

    def _size(self, said: Sequence[Message]) -> int:
        """Tokens of messages, with what a chat template adds."""
        tokens = self.engine.count_tokens("\n".join(message.content for message in said))
        return tokens + len(said) * _TEMPLATE_TOKENS


def _quoted(unsaid: Sequence[Citation], work: Work) -> Iterator[Sentence]:
    """Quotes in the place of sentences that failed."""
    for item in unsaid[:_MOST_REPLACED]:
        work.replaced += 1
        yield Sentence(item.evidence.key, (item.id,), 1.0)
