"""Makes an episode of what a feed or a list tells about it, and of the lines of its transcript.

1. The transcript is read, in any of the formats that podcasts publish (`ingest.cues.read`).
2. Labels are replaced by the names that are given for them; one `speaker` may speak all of it.
3. People who are listed nowhere are known by their labels (`ingest.speakers.listed`).
4. From there on it is as for every format: clock, speakers, turns, times, chapters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingest.clips import chapters_of
from ingest.clock import check_clock
from ingest.cues.read import kind_of, read_cues
from ingest.draft import Draft, Line
from ingest.feeds.chapters import read_chapters
from ingest.formats.base import Context, ReadEpisode
from ingest.formats.record import finished, no_words
from ingest.front_matter.files import BadFile, SourceFile
from ingest.models import Episode, Links
from ingest.speakers.labels import label_text
from ingest.speakers.listed import people_of
from ingest.speakers.turns import read_turns


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of an episode beside its words; `names` are full names by label of the transcript."""

    slug: str
    title: str
    guests: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    speaker: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    season: int | None = None
    number: int | None = None
    published: str | None = None
    recorded: str | None = None
    video: str | None = None
    links: Links = field(default_factory=Links)
    chapters: Sequence[tuple[str, float]] = ()


def read_told(told: Told, draft: Draft, context: Context, file: SourceFile, name: str, media_type: str) -> ReadEpisode:
    """The episode; `draft.file` is the transcript, `file` what tells of it.

    `name` (a file's or an address) and `media_type` say what the transcript is. Raises `BadFile` with the transcript's
    words, if known.
    """
    try:
        text = draft.file.read()
        lines = read_cues(text, kind_of(name, media_type, text), draft)
        return _episode_of(told, lines, draft, context, file)
    except BadFile as bad:
        bad.place, bad.words = bad.place or draft.file.shown, bad.words or draft.counts.words_in
        raise


def chapters_in(file: SourceFile, draft: Draft) -> tuple[tuple[str, float], ...]:
    """The chapters of a file of Podcasting 2.0, whose faults are problems of that file; raises `BadFile`."""
    found = read_chapters(file.read())
    for line, reason in found.problems:
        draft.problem(reason, line, file)
    return found.chapters


def _episode_of(told: Told, lines: list[Line], draft: Draft, context: Context, file: SourceFile) -> ReadEpisode:
    check_clock(lines, draft)
    names = {**context.names, **told.names}
    for line in lines:
        line.who = names.get(label_text(line.who), line.who)
    guests = told.guests
    hosts = told.hosts or context.hosts
    speaker = told.speaker or context.descriptor.speaker
    if not any(line.who for line in lines):
        guests, hosts = _alone(lines, speaker, guests, hosts, draft)
    elif not guests:
        guests, hosts = people_of(lines, hosts, draft)
    segments = read_turns(lines, guests, hosts, draft)
    if not segments:
        raise no_words(draft)
    chapters = chapters_of(segments, [], sorted(told.chapters, key=lambda chapter: chapter[1]), told.title, draft)
    draft.counts.without_headers = 0  # these transcripts have none
    episode = Episode(
        slug=told.slug,
        name=told.slug,
        title=told.title,
        season=told.season,
        number=told.number,
        guests=guests,
        topics=told.topics,
        video=told.video,
        published=told.published,
        chapters=tuple(chapters),
        segments=tuple(segment for segment, _ in segments),
        sample=context.sample,
        recorded=told.recorded,
        links=told.links,
    )
    return finished(episode, draft, file)


def _alone(
    lines: list[Line], speaker: str, guests: tuple[str, ...], hosts: tuple[str, ...], draft: Draft
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Guests and hosts of a transcript that names nobody: all of it is the `speaker`'s, if one is given."""
    if not speaker:
        draft.problem(
            "the transcript names no speaker, so nothing of it is quoted: make one with speakers (WhisperX does), or "
            "give `speaker` if one person speaks all of it (docs/archive.md)",
            lines[0].number if lines else None,
        )
        return guests, hosts
    for line in lines:
        line.who = speaker
    return tuple(dict.fromkeys((speaker, *guests))), tuple(host for host in hosts if host != speaker)
