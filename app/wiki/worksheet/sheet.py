"""Builds the worksheet of one episode: chosen statements, what speaks for and against each, and where it belongs.

episode -> candidates -> chosen -> blocks (what other guests say, place in the wiki, action) -> worksheet
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.wiki.reading.page import Page
from app.wiki.worksheet.candidates import Candidate, candidates
from app.wiki.worksheet.choosing import Chosen, choose
from app.wiki.worksheet.conflicts import Contrary, beside
from app.wiki.worksheet.doubts import concepts, doubts
from app.wiki.worksheet.places import Action, Places, Proposal
from app.wiki.worksheet.reader import Kind, Reader
from index.archive import ArchiveView
from index.building.progress import Progress
from ingest.models import Episode

MOST = 10
# Of the blocks of three episodes that were as probable, strict readers kept 19 or 20 of 23, of the others 3 of 7.
LEAST_SURE = 0.8
WEAK = "weak: perhaps not understood alone, or not worth keeping"
_NO_WIKI = Proposal("", "", 0.0, Action.NO_CHANGE, "")


@dataclass(frozen=True, slots=True)
class Block:
    """One evidence block. `lead`: the chapter's title, where the statement is better understood with it, or empty;
    `probability`: that an editor keeps it.
    """

    candidate: Candidate
    lead: str
    kind: Kind
    probability: float
    doubts: tuple[str, ...]
    concepts: tuple[str, ...]
    contrary: tuple[Contrary, ...]
    elsewhere: int
    proposal: Proposal

    @property
    def stated(self) -> str:
        """The statement, after its lead in brackets, as an editor adds what a quote leaves out."""
        return f"[{self.lead}] {self.candidate.statement}" if self.lead else self.candidate.statement


@dataclass(frozen=True, slots=True)
class Worksheet:
    """What is proposed for an episode.

    `read`: the number of single sentences that were read; `pages`: of the wiki's, None without one.
    """

    episode: Episode
    blocks: tuple[Block, ...]
    read: int
    pages: int | None


def worksheet(
    archive: ArchiveView,
    episode: Episode,
    pages: Sequence[Page] | None,
    most: int,
    progress: Progress,
) -> Worksheet:
    """Propose at most `most` blocks; `pages` are those of the wiki, None without one."""
    found = candidates(episode)
    progress.start("Reading sentences", 1)
    chosen = choose(found, Reader(archive.embedder.threads), archive, most)
    progress.advance(1)
    progress.start("Reading pages", len(pages or ()))
    places = Places(pages, archive, progress) if pages else None
    progress.start("Comparing with other guests", len(chosen))
    blocks = []
    for one in chosen:
        archive.check_going()
        blocks.append(_block(one, episode, places, archive))
        progress.advance(1)
    read = sum(one.count == 1 for one in found)
    return Worksheet(episode, tuple(blocks), read, None if pages is None else len(pages))


def _block(one: Chosen, episode: Episode, places: Places | None, archive: ArchiveView) -> Block:
    candidate = one.candidate
    others = beside(candidate.statement, one.vector, candidate.own.speaker, episode.slug, archive)
    conflict = bool(others.contrary)
    proposal = places.proposal(one, episode.slug, others.episodes, conflict) if places else _NO_WIKI
    return Block(
        candidate,
        candidate.chapter.title if one.judged.needs_lead else "",
        one.judged.kind,
        one.judged.keep_led,
        (*([WEAK] if one.judged.keep_led < LEAST_SURE else []), *doubts(candidate, archive.index)),
        tuple(concepts(candidate, archive.index.catalog.topics, archive.index)),
        others.contrary,
        others.episodes,
        proposal,
    )
