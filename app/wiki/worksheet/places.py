"""Finds where in a wiki a statement belongs: the page and section nearest in meaning, and what to do there.

    pages -> sections with the vectors of their sentences
    statement -> the nearest section, the nearest sentences in it -> action

1. A section's likeness is the mean of two cosines: of its titles with its first words, and of its nearest sentence.
2. If the guest's line bears out one of the nearest sentences (`app.wiki.measure`), the wiki says it already. With a
   chip to that moment nothing is to be done (`no_change`), else the moment is a further support (`support_existing`).
3. Otherwise the section gets the statement (`extend_existing`); if another guest contradicts it, both views
   (`revise_conflict`); if it names the topic of a page that is not linked there, also the link (`cross_link`).
4. What no page is near to is a new page only if it names a topic of the archive without a page, is nearer to that,
   and guests of other episodes speak of it too (`create_page`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

import numpy as np

from app.language.tokens import tokens
from app.wiki.check import LEAST_BORNE
from app.wiki.episodes import Episodes
from app.wiki.lint import slugified
from app.wiki.measure import BORNE, Part, Scale
from app.wiki.reach import reach_of
from app.wiki.reading.front import read_front
from app.wiki.reading.page import Claim, Page, chips_of, cites
from app.wiki.spoken import Library, read_sentence
from app.wiki.worksheet.choosing import Chosen
from app.wiki.worksheet.doubts import topics_of
from index.archive import ArchiveView
from index.building.progress import Progress
from index.embedder import Vectors

# Set by eye, not fitted: a section that is less near is mostly about something else.
LEAST_NEAR = 0.5
# What names a topic in passing is about as near as that: of seven new pages that were proposed for it none was right.
_LEAST_TOPIC = 0.6
# Sentences of the wiki that are compared word by word; below this cosine one says something else.
_COMPARED = 3
_LEAST_SAME = 0.55
# Words of a section that stand for it.
_FIRST_WORDS = 60
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
class Section:
    """A section of a page with its sentences. `about`: the vector of the whole; `vectors`: one row a sentence."""

    page: str
    title: str
    name: str
    claims: Sequence[Claim]
    about: Vectors
    vectors: Vectors

    def likeness(self, vector: Vectors) -> float:
        """How near the section is to a statement, 0 to 1."""
        return float(self.about @ vector + (self.vectors @ vector).max()) / 2


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where a statement belongs (`page` and `section` are empty if nowhere), what to do there, and why."""

    page: str
    section: str
    likeness: float
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
            self._sections += self._read(page)
            progress.advance(1)

    def _read(self, page: Page) -> Iterator[Section]:
        title = read_front(page.front).title or page.name
        claims = [claim for claim in page.claims if not claim.navigates]
        for name, own in groupby(claims, key=lambda claim: claim.section):
            said = list(own)
            first = " ".join(" ".join(claim.text for claim in said).split()[:_FIRST_WORDS])
            vectors = self._archive.embed([f"{title}. {name}. {first}", *(claim.text for claim in said)])
            yield Section(page.name, title, name, said, vectors[0], vectors[1:])

    def proposal(self, chosen: Chosen, slug: str, elsewhere: int, conflict: bool) -> Proposal:
        """Where a statement of the episode `slug` belongs.

        `elsewhere`: other episodes whose guests speak of it. `conflict`: a guest contradicts it.
        """
        likeness = [section.likeness(chosen.vector) for section in self._sections] or [0.0]
        best = int(np.argmax(likeness))
        near = likeness[best]
        if near < LEAST_NEAR:
            if elsewhere >= ELSEWHERE and (topic := self._without_a_page(chosen)):
                reason = f"no page is called “{topic}”, and guests of {elsewhere} other episodes speak of it"
                return Proposal("", "", near, Action.CREATE_PAGE, reason)
            return Proposal("", "", near, Action.NO_CHANGE, "no page is near")
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
        return Proposal(section.page, section.name, near, action, reason)

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
