"""Measures the sentences of pages at their chips, and at chips that were moved into other chapters."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.wiki.check import placed
from app.wiki.episodes import Episodes
from app.wiki.measure import Scale, weigh
from app.wiki.reach import Reach, reach_of
from app.wiki.reading.page import Claim, Kind, Page, cites
from app.wiki.spoken import Library, read_sentence
from index.archive import ArchiveView
from ingest.models import Episode

# How often the chips of each group are moved.
_MOVES = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """A sentence of a page with its features; `moved`: its chips point to another chapter than the page's."""

    page: str
    text: str
    cited: bool
    moved: bool
    whole: bool
    values: dict[str, float]


def samples(page: Page, archive: ArchiveView, library: Library, seed: int = 0) -> Iterator[Sample]:
    """All sentences of a page with chips into known episodes, unmoved and moved."""
    chance = random.Random(f"{seed} {page.name}")
    known = Episodes(archive.index)
    for _, group in groupby(page.claims, key=lambda claim: claim.group):
        own = list(group)
        claims = [claim for claim in own if not claim.navigates and claim.kind is not Kind.UNCITED]
        chips = [known.known(chip) for chip in own[0].chips if cites(chip)]
        reaches = [reach for chip in chips if (reach := reach_of(chip, archive.index.episodes))]
        if not claims or not reaches or len(reaches) < len(chips):
            continue
        yield from _measured(page, claims, reaches, False, archive, library)
        if not any(reach.whole for reach in reaches):
            for _ in range(_MOVES):
                away = [_elsewhere(reach, reaches, archive.index.episodes[reach.slug], chance) for reach in reaches]
                there = [reach for reach in away if reach]
                if len(there) == len(reaches):
                    yield from _measured(page, claims, there, True, archive, library)


def _elsewhere(reach: Reach, own: Sequence[Reach], episode: Episode, chance: random.Random) -> Reach | None:
    """Another chapter of the episode, which none of the chips points to."""
    free = [
        chapter
        for chapter in episode.chapters
        if not any(one.slug == reach.slug and chapter.first < one.last and one.first < chapter.last for one in own)
    ]
    chosen = chance.choice(free) if free else None
    return Reach(reach.slug, chosen.first, chosen.last) if chosen else None


def _measured(
    page: Page, claims: Sequence[Claim], reaches: Sequence[Reach], moved: bool, archive: ArchiveView, library: Library
) -> Iterator[Sample]:
    together = Scale(read_sentence(" ".join(claim.text for claim in claims), "", archive), library)
    group = weigh(reaches, together, library)
    for claim in claims:
        weighed = weigh(reaches, Scale(read_sentence(claim.text, claim.context, archive), library), library)
        cited = claim.kind is Kind.CITED
        yield Sample(page.name, claim.text, cited, moved, weighed.whole, placed(weighed, group))
