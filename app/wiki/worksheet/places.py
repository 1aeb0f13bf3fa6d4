"""Finds where in a wiki a statement belongs: the page and section, and what to do there.

    statement -> the section that most probably holds it, the nearest sentences in it -> action

1. How probable a section is, is fitted (`app.wiki.worksheet.sections`).
2. If the guest's line bears out one of the nearest sentences (`app.wiki.measure`), the wiki says it already. With a
   chip to that moment nothing is to be done (`no_change`), else the moment is a further support (`support_existing`).
3. Otherwise the section gets the statement (`extend_existing`); if another guest contradicts it, both views
   (`revise_conflict`); if it names the topic of a page that is not linked there, also the link (`cross_link`).
4. What belongs on no page is a new page only if it names a topic of the archive without a page, is nearer to that,
   and guests of other episodes speak of it too (`create_page`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.language.tokens import tokens
from app.wiki.check import LEAST_BORNE
from app.wiki.episodes import Episodes
from app.wiki.lint import slugified
from app.wiki.measure import BORNE, Part, Scale
from app.wiki.reach import reach_of
from app.wiki.reading.page import Claim, Page, chips_of, cites
from app.wiki.spoken import Library, read_sentence
from app.wiki.worksheet.choosing import Chosen
from app.wiki.worksheet.doubts import topics_of
from app.wiki.worksheet.sections import Section, sections_of
from index.archive import ArchiveView
from index.building.progress import Progress

# Least probability that a section holds a statement: of the labelled ones, on pages left out of the fit, 0.64 above it
# belong there, and 0.43 of those that belong are above it. A wrong place costs an editor more than none.
LEAST_HELD = 0.4
# What names a topic in passing is about as near as that: of seven new pages that were proposed for it none was right.
_LEAST_TOPIC = 0.6
# Sentences of the wiki that are compared word by word; below this cosine one says something else.
_COMPARED = 3
_LEAST_SAME = 0.55
# In so many other episodes a topic has to occur for a page of its own.
ELSEWHERE = 3


class Action(StrEnum):
    """What is proposed, in the wiki's words."""

    SUPPORT_EXISTING = "support_existing"
    EXTEND_EXISTING = "extend_existing"
    REVISE_CONFLICT = "revise_conflict"
    CREATE_PAGE = "create_page"
    CROSS_LINK = "cross_link"
    NO_CHANGE = "no_change"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where a statement belongs (`page` and `section` are empty if nowhere), how probably, what to do, and why."""

    page: str
    section: str
    probability: float
    action: Action
    reason: str


class Places:
    """The sections of a wiki, for the statements of one episode."""

    def __init__(self, pages: Sequence[Page], archive: ArchiveView, progress: Progress) -> None:
        """Embeds the sentences of all pages; a step of `progress` for each page."""
        self._archive = archive
        self._library = Library(archive.index)
        self._episodes = Episodes(archive.index)
        self._linked = {
            page.name: {slugified(chip.slug) for _, chip in chips_of(page) if not chip.evidence} for page in pages
        }
        self._sections: list[Section] = []
        for page in pages:
            self._sections += sections_of(page, archive)
            progress.advance(1)

    def proposal(self, chosen: Chosen, slug: str, elsewhere: int, conflict: bool) -> Proposal:
        """Where a statement of the episode `slug` belongs.

        `elsewhere`: other episodes whose guests speak of it. `conflict`: a guest contradicts it.
        """
        (chapter,) = self._archive.embed([chosen.candidate.chapter.title])
        held = [section.holds(chosen.vector, chapter) for section in self._sections] or [0.0]
        best = int(np.argmax(held))
        surest = held[best]
        if surest < LEAST_HELD:
            if elsewhere >= ELSEWHERE and (topic := self._without_a_page(chosen)):
                reason = f"no page is called “{topic}”, and guests of {elsewhere} other episodes speak of it"
                return Proposal("", "", surest, Action.CREATE_PAGE, reason)
            return Proposal("", "", surest, Action.NO_CHANGE, "no page is near")
        section = self._sections[best]
        claim = self._borne(section, chosen, slug)
        if claim is not None and self._cited(claim, chosen, slug):
            action, reason = Action.NO_CHANGE, f"line {claim.line} says it and cites this moment"
        elif claim is not None:
            action, reason = Action.SUPPORT_EXISTING, f"line {claim.line} says it"
        elif conflict:
            action, reason = Action.REVISE_CONFLICT, "another guest says the opposite"
        elif other := self._unlinked(section, chosen):
            action, reason = Action.CROSS_LINK, f"it speaks of “{other}”, which the page does not link"
        else:
            action, reason = Action.EXTEND_EXISTING, "the section is about it and does not say it"
        return Proposal(section.page, section.name, surest, action, reason)

    def _without_a_page(self, chosen: Chosen) -> str:
        """A topic of the archive that the statement names and is about, and no page has; "" for none."""
        titles = {slugified(section.title) for section in self._sections} | {*map(slugified, self._linked)}
        named = topics_of(chosen.candidate.statement, self._archive.index.catalog.topics)
        free = [topic for topic in named if slugified(topic) not in titles]
        near: list[float] = (self._archive.embed(free) @ chosen.vector).tolist() if free else []
        return next((topic for topic, cosine in zip(free, near, strict=True) if cosine >= _LEAST_TOPIC), "")

    def _borne(self, section: Section, chosen: Chosen, slug: str) -> Claim | None:
        """The sentence of a section that the guest's line bears out; None if there is none."""
        cosines = section.vectors @ chosen.vector
        spoken, at = self._library.of(slug), chosen.candidate.segment
        nearest: list[int] = np.argsort(-cosines)[:_COMPARED].tolist()
        for place in nearest:
            claim = section.claims[place]
            if cosines[place] < _LEAST_SAME:
                break
            scale = Scale(read_sentence(claim.text, claim.context, self._archive), self._library)
            met = scale.met([Part(spoken, at, at + 1)])
            if BORNE.probability({"held": met.held, "late": met.late}) >= LEAST_BORNE:
                return claim
        return None

    def _cited(self, claim: Claim, chosen: Chosen, slug: str) -> bool:
        """Whether a chip of a sentence reaches the guest's line."""
        known = [self._episodes.known(chip) for chip in claim.chips if cites(chip)]
        reaches = [reach_of(chip, self._archive.index.episodes) for chip in known]
        return any(one and one.slug == slug and one.first <= chosen.candidate.segment < one.last for one in reaches)

    def _unlinked(self, section: Section, chosen: Chosen) -> str:
        """The title of another page that the statement names and the section's page does not link; "" for none."""
        said = [token.key for token in tokens(chosen.candidate.statement)]
        for other in self._sections:
            title = [token.key for token in tokens(other.title)]
            here = any(said[at : at + len(title)] == title for at in range(len(said) - len(title) + 1))
            links = self._linked[section.page] | {slugified(section.page)}
            if here and not links & {slugified(other.page), slugified(other.title)}:
                return other.title
        return ""
