"""Lists what an archive holds: the episodes of all its sources, and what is known beside their own files.

    sources -> formats -> entries, each with the people and the descriptor of its source

Sources may overlap: the first that holds an episode gives it. Names of people and days of recordings come from all of
them, and so does the list of episodes that were taken down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from ingest.descriptor import Video
from ingest.formats.base import Context, Entry, Listing, ReadEpisode
from ingest.formats.detect import formats_of
from ingest.formats.feed import feed_listing
from ingest.formats.people import read_people
from ingest.formats.removals import PATH as REMOVALS
from ingest.formats.removals import read_removals
from ingest.front_matter.events import Recordings, read_recordings
from ingest.front_matter.files import BadFile, Unpublished
from ingest.report import Problem
from ingest.sources.open import Source


@dataclass(frozen=True, slots=True)
class Place:
    """An entry, the number of the listing that has it, and what its reader needs to know."""

    entry: Entry
    context: Context
    listing: int

    def read(self, removed: frozenset[str]) -> ReadEpisode:
        """The episode; raises `BadFile`, or `Unpublished` if its slug is among the `removed`."""
        one = self.entry.read(self.context)
        if one.episode.slug in removed:
            raise Unpublished(f"taken down at its source ({REMOVALS}); it is not read", None, one.counts.words_in)
        return one


@dataclass(slots=True)
class Contents:
    """What the sources hold. `removed`: slugs that were taken down; `others`: files that are not read."""

    places: list[Place] = field(default_factory=list)
    others: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    removed: frozenset[str] = frozenset()
    recordings: Recordings = field(default_factory=Recordings)


def list_contents(sources: Iterable[Source]) -> Contents:
    """All entries in order, with what is known beside them; faults of lists and pages of people are problems."""
    sources, found = list(sources), Contents()
    # A source that holds only people and events has no descriptor: its events are of the other sources' videos.
    video = next((source.descriptor.video for source in sources if source.descriptor.video.key), Video())
    people: dict[str, str] = {}
    days: dict[str, str] = {}
    listed = False
    for source in sources:
        own, faults = read_people(source.root)
        removed, more = read_removals(source.root)
        own_video = source.descriptor.video
        recordings = read_recordings(source.root, own_video if own_video.key else video)
        people, days = own | people, {**recordings.days, **days}
        listed |= recordings.listed
        found.removed |= removed
        found.problems += [*faults, *more, *recordings.problems]
    found.recordings = Recordings(days, (), listed)
    listings = [(source, listing) for source in sources for listing in _listings(source)]
    for number, (source, listing) in enumerate(listings):
        context = Context(people, source.descriptor, source.sample)
        found.places += [Place(entry, context, number) for entry in listing.entries]
        found.others += listing.others
    return found


def _listings(source: Source) -> list[Listing]:
    if source.feed:
        return [feed_listing(source.feed)]
    return [format.listing(source.root) for format in formats_of(source.root)]


def read_all(
    contents: Contents,
    advance: Callable[[int], None],
    skip: Callable[[Entry, BadFile], None],
) -> tuple[list[ReadEpisode], int]:
    """The episodes, each once and dated by its recording, and the number of copies in later sources.

    `skip` is called for each entry that is not read. What a source withdraws, later ones do not give.
    """
    read: dict[str, ReadEpisode] = {}
    decided: dict[str, int] = {}  # slug -> the listing that gives the episode, or withdraws it
    copies = 0
    for place in contents.places:
        advance(1)
        slug = place.entry.slug.lstrip("_")
        try:
            one = None if _is_decided(slug, place, decided) else place.read(contents.removed)
            slug = one.episode.slug if one else slug
            if one is None or _is_decided(slug, place, decided):
                if slug not in read:
                    raise Unpublished("a source before it withdraws the episode; it is not read")
                copies += 1
                continue
            if slug in read:
                raise BadFile(f"a second file for the slug {slug!r}", words=one.counts.words_in)
            day = contents.recordings.days.get(one.episode.video or "") or one.episode.recorded
            read[slug] = replace(one, episode=replace(one.episode, recorded=day))
            decided[slug] = place.listing
        except BadFile as bad:
            if isinstance(bad, Unpublished) and slug:
                decided.setdefault(slug, place.listing)
            skip(place.entry, bad)
    return list(read.values()), copies


def _is_decided(slug: str, place: Place, decided: dict[str, int]) -> bool:
    """Whether an earlier listing gives the episode or withdraws it."""
    return decided.get(slug, place.listing) != place.listing
