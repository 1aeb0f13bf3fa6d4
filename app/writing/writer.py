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
from itertools import islice

from app.language.disfluencies import trim_fillers
from app.llm.engine import Engine, EngineError, Message, Usage
from app.observe.tracing import span
from app.reasons import Reason, ReasonKind
from app.support.check import Gate
from app.types import Citation, Sentence, Writing
from app.writing.coherence import Flow
from app.writing.drafts import Form, drafted
from app.writing.parse_json import Drafted
from app.writing.prompt import messages, schema
from ingest.text import words

MAX_OUTPUT = 400
# What a chat template adds to each message, at most.
_TEMPLATE_TOKENS = 12
# Quotes that stand in for sentences which failed; more would make the answer a heap of quotes.
_MOST_REPLACED = 2
# Pieces that may follow a complete answer: white space, and the count of tokens.
_AFTER_THE_END = 8
log = logging.getLogger("citecast.model")


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
        stop: threading.Event | None = None,
    ) -> Iterator[Sentence | Writing]:
        """Yield sentences that passed, as soon as they did, and last what became of all.

        An engine's fault ends the answer and stands in its `Writing`.
        """
        said, kept, turns = self._fitting(question, history, citations)
        judging = _Judging(self._gate, question, kept)
        usage, fault = Usage(), ""
        try:
            if kept:
                limits = schema(len(kept)) if self._form is Form.JSON else None
                with self.engine.stream(said, max_tokens=MAX_OUTPUT, schema=limits, stop=stop) as stream:
                    yield from filter(None, map(judging.judge, drafted(stream, self._form, len(kept))))
                    for _ in islice(stream, _AFTER_THE_END):
                        pass
                    # An engine counts at its end; of one that was ended before, each piece is about a token.
                    usage = stream.usage if stream.usage.output_tokens else Usage(self._size(said), stream.pieces)
        except EngineError as error:
            # Where the model runs and what to do about it is for the operator; a visitor reads the kind of fault.
            log.warning("%s broke off: %s", self.engine.name, error)
            fault = error.kind
        replaced = [] if stop and stop.is_set() else judging.unsaid()
        yield from map(Sentence.quoting, replaced)
        yield Writing(
            prompt_tokens=usage.prompt_tokens,
            output_tokens=usage.output_tokens,
            shown=len(judging.shown),
            dropped=tuple(judging.dropped),
            replaced=len(replaced),
            fault=fault,
            evidence_left_out=len(citations) - len(kept),
            history_left_out=len(history) - turns,
        )

    def _fitting(
        self, question: str, history: Sequence[str], citations: Sequence[Citation]
    ) -> tuple[list[Message], list[Citation], int]:
        """The messages that leave room for an answer, the evidence in them in their order, and how many questions.

        Without evidence that fits there are no messages.
        """
        turns, kept = list(history), list(citations)
        while kept:
            said = messages(question, turns, kept, self._form)
            if self._size(said) + MAX_OUTPUT <= self.engine.context_tokens:
                return said, kept, len(turns)
            if turns:
                turns = turns[1:]
            else:
                kept.remove(min(kept, key=lambda item: item.evidence.score))
        return [], [], len(turns)

    def _size(self, said: Sequence[Message]) -> int:
        """Tokens of messages, with what a chat template adds."""
        tokens = self.engine.count_tokens("\n".join(message.content for message in said))
        return tokens + len(said) * _TEMPLATE_TOKENS


class _Judging:
    """The drafted sentences of one answer, judged in order: what passes, and why the others do not."""

    def __init__(self, gate: Gate, question: str, kept: Sequence[Citation]) -> None:
        """`kept` is the evidence that the answer is written from."""
        self.shown: list[Sentence] = []
        self.dropped: list[tuple[Reason, ...]] = []
        self._failed: set[int] = set()
        self._gate = gate
        self._question = question
        self._kept = kept
        self._quotes = [item.evidence.text for item in kept]
        self._flow = Flow(self._quotes)

    def judge(self, draft: Drafted) -> Sentence | None:
        """The sentence with what it rests on; None where it does not pass."""
        if kind := self._flow.fault(draft.text):
            self.dropped.append((Reason(kind),))
            return None
        judged = self._supported(draft)
        if isinstance(judged, Sentence):
            self._flow.shown(draft.text)
            self.shown.append(judged)
            return judged
        self._flow.dropped()
        self.dropped.append(judged)
        self._failed.update(self._kept[number - 1].id for number in draft.cites[:1])
        return None

    def unsaid(self) -> list[Citation]:
        """The evidence of sentences that failed, where something was said, but nothing from this evidence."""
        said = {number for sentence in self.shown for number in sentence.citations}
        return [item for item in self._kept if said and item.id in self._failed - said][:_MOST_REPLACED]

    def _supported(self, draft: Drafted) -> Sentence | tuple[Reason, ...]:
        """The sentence with what it cites, or else what supports it best; the reasons where nothing does."""
        reasons: tuple[Reason, ...] = (Reason(ReasonKind.CITES_NOTHING),)
        cited = [number - 1 for number in draft.cites]
        for find in (lambda: cited, lambda: self._gate.attribute(draft.text, self._quotes)):
            if not (places := find()):
                continue
            with span("gate") as judged:
                verdict = self._gate.check(draft.text, [self._quotes[place] for place in places], self._question)
                judged.set(shown=verdict.shown, support=verdict.support)
            if verdict.shown:
                rests_on = [self._kept[place] for place in places]
                numbers = tuple(item.id for item in rests_on)
                return Sentence(draft.text, numbers, verdict.support, _quoted(draft.text, rests_on))
            reasons = verdict.reasons
        return reasons


def _quoted(sentence: str, cited: Sequence[Citation]) -> int | None:
    """The citation whose words a model's sentence repeats, hesitations aside; None where the words are its own."""
    said = f" {' '.join(words(sentence))} "
    for citation in cited:
        text = citation.evidence.text
        if any(said in f" {' '.join(words(form))} " for form in (text, trim_fillers(text))):
            return citation.id
    return None
