"""Writes statements of one moment after another, and keeps those that pass every check.

    moment -> its own sentences, or those that a language model makes of it -> whole and impersonal?
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
from app.wiki.topics.parts import chip_of
from app.wiki.topics.placing import Topic, said_in
from app.wiki.topics.prompt import LONGEST, MOST, messages, schema
from app.wiki.verdicts import WikiVerdict
from app.wiki.worksheet.candidates import Candidate, sentences_of
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
# Least probabilities that a stranger understands a sentence alone, and that an editor keeps it: of the likely ones of
# episodes held out that could stand on a page, 24 of 27 above both are understood and 22 kept.
_LEAST_ALONE, _LEAST_KEEP = 0.75, 0.5
# Most moments that a model is asked about for a page.
_MOST_ASKED = 60
# The engine cuts a sentence at the schema's limit, and some are then ended in the middle of a word.
_TOO_LONG = LONGEST - 20
_MAX_TOKENS = 160
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
        """The moment's own sentences that pass."""
        found = sentences_of(moment)
        kept = self._kept(self._own(found), found, moment)
        self.own |= set(kept)
        return kept

    def rewritten(self, moment: Evidence) -> list[str]:
        """The model's statements of a moment that pass; none once it has failed or was asked enough."""
        if self.tally.fault is not None or self.tally.asked >= _MOST_ASKED:
            return []
        self.tally.asked += 1
        try:
            return self._kept(self._written(moment), sentences_of(moment), moment)
        except EngineTimeout:
            self.tally.unanswered += 1
        except EngineError as fault:
            self.tally.fault = fault
        return []

    def _kept(self, texts: Sequence[str], found: Sequence[Candidate], moment: Evidence) -> list[str]:
        """What passes of some sentences; `found` are the moment's own."""
        kept: list[str] = []
        for text in texts:
            self.tally.written += 1
            if reason := self._fault(text, moment, kept, self._source(text, found)):
                self.tally.drop(reason)
            elif len(kept) < MOST:
                self._page.shown(text)
                kept.append(text)
            else:
                self.tally.drop("one too many of its moment")
        self.tally.kept += len(kept)
        return kept

    def _own(self, found: Sequence[Candidate]) -> list[str]:
        """The moment's sentences that could stand on a page as they were said, in order."""
        able = [one for one in found if not unfit_for_a_page(one.statement) and not asks(one.text)]
        return [one.statement for one, value in zip(able, self._reader.judged(able), strict=True) if _good(value)]

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
            return [draft.text for draft in drafted(stream, form, 1)]

    def _fault(self, text: str, moment: Evidence, before: Sequence[str], source: Candidate | None) -> str:
        """Why a sentence is left out, after those `before` it; empty if it is not."""
        if unfit := unfit_for_a_page(text):
            return unfit
        if points_back(text):
            return "points at a sentence that is not there"
        if self._archive.index.guest_names.find(text):
            return "names a person"
        verdict = self._gate.check(text, [moment.text], self._topic)
        if not verdict.shown:
            return str(verdict.reasons[0].kind)
        if source is None:
            return "no single sentence of the moment says it clearly"
        if self._left_out(text, source.text) > _MOST_LEFT_OUT:
            return "leaves out words in the middle of what is said"
        if fault := lost(text, source, before) or self._page.fault(text):
            return str(fault)
        if not _good(self._reader.judged([replace(source, text=text, statement=text)])[0]):
            return "hardly worth keeping, or not clear alone"
        if self._placed.holds([said_in(text, moment.chapter, moment.episode)])[0] < _LEAST_TOPICAL:
            return "off the topic"
        *_, checked = self._checker.check(parse_page("statement", f"{' '.join([*before, text])}\n{chip_of(moment)}"))
        return "" if checked.verdict is WikiVerdict.THERE else f"the wiki's check: {checked.verdict.said}"

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
    """Why a sentence cannot stand on a page, whatever it says; empty if it can."""
    if len(text) > _TOO_LONG:
        return "too long"
    if len(sentences(text)) != 1 or not re.search(r"[.!][\"”’)]*$", text):
        return "no single whole sentence"
    if escape_markdown(text) != text:
        return "holds markup"
    if _PERSONAL.search(text):
        return "speaks of the speaker or to the reader"
    if SIGNPOST.match(text) or any(rule.pattern.search(text) for rule in STYLE):
        return "against the wiki's style"
    return ""
