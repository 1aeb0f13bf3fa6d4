"""Writes statements with a language model, one moment after another, and keeps those that pass every check.

    moment -> model -> sentences -> whole and impersonal? -> supported by one of the moment's sentences (the gate)?
        -> new? on the topic? -> borne out by what its chip reaches (the wiki's check)? -> kept

What fails is dropped and counted by reason. Nothing here chooses moments or writes text of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

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
from app.wiki.topics.parts import chip_of
from app.wiki.topics.prompt import LONGEST, messages, schema
from app.wiki.verdicts import WikiVerdict
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
# Least cosine with the topic or the section's heading, read after the sentences before it.
_ON_TOPIC = 0.35
# The engine cuts a sentence at the schema's limit, and some are then ended in the middle of a word.
_TOO_LONG = LONGEST - 20
_MAX_TOKENS = 160
# Without a sentence before it, nothing says which ones are meant.
_DEMONSTRATIVE = re.compile(r"\b(?:this|these|those)\b", re.IGNORECASE)
# A page speaks of its topic, not to its reader, and nobody speaks of themselves.
_PERSONAL = re.compile(
    r"\b(?:I|me|my|mine|myself|we|our|ours|ourselves|you|yours?|yourself|yourselves)\b|\b(?-i:us)\b", re.IGNORECASE
)


@dataclass
class Tally:
    """What became of the model's sentences: how many were written and kept, and why others were dropped."""

    asked: int = 0
    written: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0
    fault: EngineError | None = None

    def drop(self, reason: str) -> None:
        """Count a sentence that is left out."""
        self.dropped[reason] += 1


class Author:
    """Writes the statements of one page with one engine."""

    def __init__(self, engine: Engine, archive: ArchiveView, topic: str) -> None:
        self.tally = Tally()
        self._engine = engine
        self._archive = archive
        self._topic = topic
        self._gate = Gate(archive.embedder)
        self._aligner = Aligner(archive.embedder)
        self._checker = WikiChecker(archive)
        self._page = Flow([])

    def write(self, moment: Evidence, heading: str) -> list[str]:
        """The statements of a moment that pass, for a section; none once the model has failed for good."""
        if self.tally.fault is not None:
            return []
        self.tally.asked += 1
        try:
            texts = self._written(moment)
        except EngineTimeout:
            self.tally.unanswered += 1
            return []
        except EngineError as fault:
            self.tally.fault = fault
            return []
        kept: list[str] = []
        for text in texts:
            self.tally.written += 1
            if reason := self._fault(text, moment, heading, kept):
                self.tally.drop(reason)
                continue
            self._page.shown(text)
            kept.append(text)
        self.tally.kept += len(kept)
        return kept

    def _written(self, moment: Evidence) -> Sequence[str]:
        """The model's sentences; raises `EngineError`."""
        form = Form.JSON if self._engine.constrained else Form.MARKS
        said = messages(self._topic, moment, form)
        limits = schema() if form is Form.JSON else None
        with self._engine.stream(said, max_tokens=_MAX_TOKENS, schema=limits) as stream:
            return [draft.text for draft in drafted(stream, form, 1)]

    def _fault(self, text: str, moment: Evidence, heading: str, before: Sequence[str]) -> str:
        """Why a sentence is left out, after those before it; empty if it is not."""
        if unfit := unfit_for_a_page(text):
            return unfit
        if not before and (points_back(text) or _DEMONSTRATIVE.search(text)):
            return "points at a sentence that is not there"
        if self._archive.index.guest_names.find(text):
            return "names a person"
        verdict = self._gate.check(text, [moment.text], self._topic)
        if not verdict.shown:
            return str(verdict.reasons[0].kind)
        # A question, also a rhetorical one, states nothing.
        stated = [own for own in sentences(moment.text) if not asks(own)]
        alone = {own: self._gate.check(text, [own], self._topic).support for own in stated}
        source = max(stated, key=lambda own: alone[own], default="")
        if not source or alone[source] < LEAST_SUPPORT:
            return "no single sentence of the moment says it clearly"
        if self._left_out(text, source) > _MOST_LEFT_OUT:
            return "leaves out words in the middle of what is said"
        if fault := self._page.fault(text):
            return str(fault)
        if self._near(" ".join([*before, text]), heading) < _ON_TOPIC:
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

    def _near(self, text: str, heading: str) -> float:
        """The cosine of a text with the topic or the heading, whichever is nearer."""
        own, *about = self._archive.embed([text, self._topic, *filter(None, [heading])])
        return max(float(own @ one) for one in about)


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
