"""Archive files -> episodes, with every fault named by file and line.

The archive is a folder with `_podcast/SLUG.md` (YAML front matter that holds
the transcript) and `_people/ID.md` (the guests). The steps for one file:

1. Read it with limits (`ingest.files`) and parse its front matter.
2. Check the transcript's entries (`ingest.transcript`).
3. Repair them, name the speakers, number the turns, repair the times (`ingest.turns`).
4. Cut the chapters where the transcript has its headers (`ingest.clips`).

A file that cannot be used is skipped with a problem; nothing here raises for a
bad file, and nothing here knows of passages, stores or models.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.clips import chapters_of, read_clips
from ingest.draft import LATEST_S, LONGEST_LABEL, Draft, list_of
from ingest.files import BadFile, SourceFile, list_files, parse_front_matter
from ingest.models import Episode
from ingest.report import EpisodeCounts, LabelNote, Problem
from ingest.text import clean
from ingest.transcript import read_transcript
from ingest.turns import read_turns

HOST_ID = "alexeygrigorev"
SAMPLE_HOST_ID = "robinhale"
_VIDEO_ID = re.compile(r"^[A-Za-z0-9_-]{11}")
_MOST_GUESTS = 20


@dataclass(frozen=True, slots=True)
class ReadEpisode:
    """An episode with what was mended in it."""

    episode: Episode
    counts: EpisodeCounts
    problems: tuple[Problem, ...]
    labels: tuple[LabelNote, ...] = ()


def read_people(root: Path) -> tuple[dict[str, str], list[Problem]]:
    """Guest id -> full name, from `_people/*.md`; a bad file is a problem and leaves its id out."""
    people: dict[str, str] = {}
    problems: list[Problem] = []
    for file in list_files(root / "_people", root):
        try:
            front = parse_front_matter(file.read())
            name = front.data.get("title")
            if not isinstance(name, str) or not clean(name):
                raise BadFile("the person has no title (their name)", 1)
        except BadFile as bad:
            if not file.template:
                problems.append(Problem(file.shown, bad.line, str(bad)))
            continue
        people[file.slug] = clean(name)[:LONGEST_LABEL]
    return people, problems


def read_episode(file: SourceFile, people: Mapping[str, str], *, sample: bool = False) -> ReadEpisode:
    """Read one episode.

    Raises `BadFile` (with the line where it is known) where the file holds no
    usable transcript.
    """
    draft = Draft(file)
    front = parse_front_matter(file.read())
    data = front.data
    title = draft.label(data.get("title"), front.line_of("title"))
    if not title:
        raise BadFile("the episode has no title", front.line_of("title"))
    lines, headers = read_transcript(front, draft)
    guests = _guests(data.get("guests"), people, draft, front.line_of("guests"))
    host = people.get(SAMPLE_HOST_ID if sample else HOST_ID, "Robin Hale" if sample else "Alexey Grigorev")
    segments = read_turns(lines, guests, host, draft)
    if not segments:
        raise BadFile("the transcript holds no words", front.line_of("transcript"))
    clips = read_clips(data.get("quotableClips"), draft)
    chapters = chapters_of(segments, headers, clips, draft.label(data.get("short")) or title, draft)
    identifiers = data.get("ids")
    video = identifiers.get("youtube") if isinstance(identifiers, dict) else None
    match = _VIDEO_ID.match(video) if isinstance(video, str) else None
    episode = Episode(
        slug=file.slug,
        name=file.name,
        title=title,
        season=_number(data.get("season")),
        number=_number(data.get("episode")),
        guests=guests,
        topics=tuple(dict.fromkeys(t for t in (draft.label(t) for t in list_of(data.get("topics"))) if t)),
        video=match.group() if match else None,
        published=str(data["dateadded"])[:10] if data.get("dateadded") else None,
        chapters=tuple(chapters),
        segments=tuple(segment for segment, _ in segments),
        sample=sample,
    )
    if episode.video is None:
        draft.problem("no YouTube id: its citations link to the episode's page", front.line_of("ids"))
    draft.counts.chapters = len(chapters)
    draft.counts.segments = len(segments)
    draft.counts.words = sum(segment.words for segment in episode.segments)
    return ReadEpisode(episode, draft.counts, draft.all_problems(), tuple(draft.labels))


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LATEST_S else None


def _guests(value: Any, people: Mapping[str, str], draft: Draft, line: int | None) -> tuple[str, ...]:
    """Full names; an id without a page is shown as it stands, and reported."""
    names: list[str] = []
    for guest in list_of(value):
        if not isinstance(guest, str) or not clean(guest):
            draft.problem(f"a guest is not an id: {guest!r:.60}", line)
        elif guest not in people:
            name = draft.label(guest, line)
            draft.problem(f"guest {name!r} has no page in _people; the id is shown as the name", line)
            names.append(name)
        else:
            names.append(people[guest])
    if len(names) > _MOST_GUESTS:
        draft.problem(f"{len(names):,} guests; the first {_MOST_GUESTS} are kept", line)
    return tuple(dict.fromkeys(names[:_MOST_GUESTS]))


def episode_files(root: Path) -> list[SourceFile]:
    """The archive's episode files, sorted by name."""
    return list_files(root / "_podcast", root)
