"""Writes statements of one moment after another, and keeps those that pass every check.

    moment -> its own sentences, or those that a language model makes of it, said of teams instead of "you"
        -> one or two whole sentences, impersonal?
        -> supported by one of the moment's sentences (the gate)?
        -> whole without what stands around it (`app.wiki.topics.context`)? -> new?
        -> understood alone, and worth keeping, as an editor sees it? -> on the topic?
        -> borne out by what its chip reaches (the wiki's check)? -> kept

What fails is dropped and counted by reason. Nothing here chooses moments or writes text of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from app.evidence.stretches import asks, points_back
from app.language.tokens import tokens
from app.llm.engine import Engine, EngineError, EngineTimeout
from app.render.markdown import escape_markdown
from app.support.align import Aligner
from app.support.check import Gate
from app.types import Evidence
from app.wiki.check import WikiChecker
from app.wiki.reading.page import parse_page
from app.wiki.rules import SIGNPOST, STYLE
from app.wiki.topics.context import lost
from app.wiki.topics.impersonal import impersonal
from app.wiki.topics.parts import chip_of
from app.wiki.topics.placing import Topic, said_in
from app.wiki.topics.prompt import LONGEST, MOST, messages, schema
from app.wiki.verdicts import WikiVerdict
from app.wiki.worksheet.candidates import Candidate, joined, sentences_of
from app.wiki.worksheet.choosing import LONGER
from app.wiki.worksheet.reader import Judged, Reader
from app.writing.coherence import Flow
from app.writing.drafts import Form, drafted
from index.archive import ArchiveView
from ingest.text import sentences

# Least support by one sentence of the moment. An answer is shown from the gate's threshold on, beside the words that it
# cites; a page is read without them. Of statements that a small model had put together from several sentences, most
# were wrong in a part.
LEAST_SUPPORT = 0.75
# "Companies are appearing to ensure" is not "companies ensure": what stands between the words that are taken may limit
# them.
_MOST_LEFT_OUT = 0.08
# Least probability that a statement belongs on the topic's page: of those that readers had placed, on topics that were
# left out of the fit, 0.70 above it do, and 0.72 of those that do are above it.
_LEAST_TOPICAL = 0.3
# Least probabilities that a stranger understands a statement alone, and that an editor keeps it: of 124 sentences of
# episodes held out that are above both, 0.78 are understood and 0.68 kept, before the checks of form.
_LEAST_ALONE, _LEAST_KEEP = 0.7, 0.5
# Most moments that a model is asked about for a page.
_MOST_ASKED = 60
# The engine cuts a sentence at the schema's limit, and some are then ended in the middle of a word.
_TOO_LONG = LONGEST - 20
_MAX_TOKENS = 160
# Sentences of a statement; the second often brings the other half of a "but" or "so".
_MOST_SENTENCES = 2
_WHOLE = re.compile(r"[.!][\"”’)]*$")
# A page speaks of its topic, not to its reader, and nobody speaks of themselves.
_PERSONAL = re.compile(
    r"\b(?:I|me|my|mine|myself|we|our|ours|ourselves|you|yours?|yourself|yourselves|let['’]s)\b|\b(?-i:us)\b",
    re.IGNORECASE,
)


@dataclass
class Tally:
    """What became of sentences: how many were written and kept, how many of these as said, why others were dropped."""

    asked: int = 0
    written: int = 0
    kept: int = 0
    as_said: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0
    fault: EngineError | None = None

    def drop(self, reason: str) -> None:
        """Count a sentence that is left out."""
        self.dropped[reason] += 1

    def leave_out(self, reason: str, count: int) -> None:
        """Count sentences that passed alone and are not on the page."""
        if count:
            self.kept -= count
            self.dropped[reason] += count


class Author:
    """Writes the statements of one page with one engine. `own`: those that are a guest's own sentences."""

    def __init__(self, engine: Engine, archive: ArchiveView, topic: str, checker: WikiChecker, reader: Reader) -> None:
        self.tally = Tally()
        self.own: set[str] = set()
        self._engine = engine
        self._archive = archive
        self._topic = topic
        self._placed = Topic(archive.embed, topic)
        self._gate = Gate(archive.embedder)
        self._aligner = Aligner(archive.embedder)
        self._checker = checker
        self._reader = reader
        self._page = Flow([])

    def as_said(self, moment: Evidence) -> list[str]:
        """The moment's own sentences that pass, in order: one alone, or two that follow one another."""
        found = sentences_of(moment)
        kept: list[tuple[Candidate, str]] = []
        for one, text in self._able(found):
            taken = any(one.overlaps(other) for other, _ in kept)
            if not taken and self._passes(text, moment, [own for _, own in kept], found):
                kept.append((one, text))
        texts = [text for _, text in sorted(kept, key=lambda pair: pair[0].place)]
        self.own |= set(texts)
        return texts

    def rewritten(self, moment: Evidence) -> list[str]:
        """The model's statements of a moment that pass; none once it has failed or was asked enough."""
        if self.tally.fault is not None or self.tally.asked >= _MOST_ASKED:
            return []
        self.tally.asked += 1
        kept: list[str] = []
        try:
            found = sentences_of(moment)
            for text in self._written(moment):
                if self._passes(text, moment, kept, found):
                    kept.append(text)
        except EngineTimeout:
            self.tally.unanswered += 1
        except EngineError as fault:
            self.tally.fault = fault
        return kept

    def _passes(self, text: str, moment: Evidence, kept: Sequence[str], found: Sequence[Candidate]) -> bool:
        """Whether a statement passes beside those `kept` of its moment; `found` are the moment's own sentences."""
        self.tally.written += 1
        reason = self._fault(text, moment, kept, found)
        if not reason and len(kept) >= MOST:
            reason = "one too many of its moment"
        if reason:
            self.tally.drop(reason)
            return False
        self._page.shown(text)
        self.tally.kept += 1
        return True

    def _able(self, found: Sequence[Candidate]) -> list[tuple[Candidate, str]]:
        """What could stand on a page as it was said, the best first; two sentences have to be better than one."""
        said = [(one, impersonal(one.statement)) for one in (*found, *map(joined, found, found[1:]))]
        able = [(one, text) for one, text in said if not unfit_for_a_page(text)]
        judged = self._reader.judged([one for one, _ in able])
        good = [
            (value.keep - LONGER * (pair[0].count - 1), pair)
            for pair, value in zip(able, judged, strict=True)
            if _good(value)
        ]
        return [pair for _, pair in sorted(good, key=lambda item: -item[0])]

    def _source(self, text: str, found: Sequence[Candidate]) -> Candidate | None:
        """The sentence of the moment that supports a text best and clearly; a question states nothing."""
        stated = [one for one in found if not asks(one.text)]
        alone = [self._gate.check(text, [one.text], self._topic).support for one in stated]
        best = max(range(len(stated)), key=alone.__getitem__, default=None)
        return stated[best] if best is not None and alone[best] >= LEAST_SUPPORT else None

    def _written(self, moment: Evidence) -> Sequence[str]:
        """The model's sentences; raises `EngineError`."""
        form = Form.JSON if self._engine.constrained else Form.MARKS
        said = messages(self._topic, moment, form)
        limits = schema() if form is Form.JSON else None
        with self._engine.stream(said, max_tokens=_MAX_TOKENS, schema=limits) as stream:
            return [impersonal(draft.text) for draft in drafted(stream, form, 1)]

    def _fault(self, text: str, moment: Evidence, before: Sequence[str], found: Sequence[Candidate]) -> str:
        """Why a statement is left out, after those `before` it; empty if it is not."""
        if unfit := unfit_for_a_page(text):
            return unfit
        said = sentences(text)
        if points_back(said[0]):
            return "points at a sentence that is not there"
        if self._archive.index.guest_names.find(text):
            return "names a person"
        sources = [self._source(one, found) for one in said]
        for at, (one, source) in enumerate(zip(said, sources, strict=True)):
            # What limits a sentence stands in the next one, which is there.
            source = replace(source, after="") if source and at + 1 < len(said) else source
            if fault := self._fault_in(one, moment, [*before, *said[:at]], source, follows=at > 0):
                return fault
        whole = reduce(joined, (source for source in sources if source))
        if not _good(self._reader.judged([replace(whole, text=text, statement=text)])[0]):
            return "hardly worth keeping, or not clear alone"
        if self._placed.holds([said_in(text, moment.chapter, moment.episode)])[0] < _LEAST_TOPICAL:
            return "off the topic"
        checked = self._checker.check(parse_page("statement", f"{' '.join([*before, text])}\n{chip_of(moment)}"))
        wrong = [one.verdict for one in list(checked)[-len(said) :] if one.verdict is not WikiVerdict.THERE]
        return f"the wiki's check: {wrong[0].said}" if wrong else ""

    def _fault_in(
        self, text: str, moment: Evidence, before: Sequence[str], source: Candidate | None, *, follows: bool
    ) -> str:
        """Why a sentence of a statement is left out; it `follows` the last of those before it."""
        verdict = self._gate.check(text, [moment.text], self._topic)
        if not verdict.shown:
            return str(verdict.reasons[0].kind)
        if source is None:
            return "no single sentence of the moment says it clearly"
        if self._left_out(text, source.text) > _MOST_LEFT_OUT:
            return "leaves out words in the middle of what is said"
        return str(lost(text, source, before, follows=follows) or self._page.fault(text) or "")

    def _left_out(self, text: str, source: str) -> float:
        """The weight of the words that a text leaves out between those that it takes, as a share of its own."""
        said = tokens(text)
        (quote,) = self._aligner.quotes([source])
        taken = self._aligner.align(said, self._archive.embed([text])[0], quote).places
        places = [place for token, place in zip(said, taken, strict=True) if token.content and place >= 0]
        keys = {token.key for token in said}
        first, last = min(places, default=0), max(places, default=0)
        lost = sum(token.weight for token in quote.tokens[first:last] if token.key not in keys)
        return lost / (sum(token.weight for token in said) or 1.0)


def _good(value: Judged) -> bool:
    return value.alone >= _LEAST_ALONE and value.keep >= _LEAST_KEEP


def unfit_for_a_page(text: str) -> str:
    """Why a statement cannot stand on a page, whatever it says; empty if it can."""
    said = sentences(text)
    if not 1 <= len(said) <= _MOST_SENTENCES or not all(_WHOLE.search(one) for one in said):
        return "not one or two whole sentences"
    if max(map(len, said)) > _TOO_LONG:
        return "too long"
    if escape_markdown(text) != text:
        return "holds markup"
    if _PERSONAL.search(text):
        return "speaks of the speaker or to the reader"
    if any(map(SIGNPOST.match, said)) or any(rule.pattern.search(text) for rule in STYLE):
        return "against the wiki's style"
    return ""
