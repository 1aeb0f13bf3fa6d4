"""Reads an episode's record (a mapping with title, guests, ids) and its transcript as one episode.

1. Check the transcript's entries (`ingest.transcript`) and its clock (`ingest.clock`).
2. Move headers that come too early (`ingest.clips`).
3. Repair the lines, name the speakers, number the turns, repair the times (`ingest.speakers.turns`).
4. Cut the chapters at the transcript's headers (`ingest.clips`).

At the end the words of the file (`ingest.front_matter.words_in`) are compared with those that are indexed or left out.
Record and transcript stand in one file or in two. Nothing here knows of passages, stores or models.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ingest.clips import chapters_of, read_clips, settle_headers
from ingest.clock import check_clock
from ingest.descriptor import Video
from ingest.draft import Draft
from ingest.formats.base import Context, ReadEpisode
from ingest.front_matter.files import BadFile, FrontMatter, SourceFile
from ingest.front_matter.top_keys import TRANSCRIPT, check_keys
from ingest.front_matter.values import count_of, date_of, is_empty, list_of, no_number, shown, text_of
from ingest.front_matter.yaml_text import Node
from ingest.models import Episode, Segment
from ingest.speakers.turns import read_turns
from ingest.transcript import read_transcript

_MOST_GUESTS = 20
_MARKDOWN_SUFFIX = re.compile(r"\.md$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Record:
    """An episode's parsed files. `entries`: the key of the transcript's list in `transcript`."""

    slug: str
    name: str
    file: SourceFile
    front: FrontMatter
    spoken: SourceFile
    transcript: FrontMatter
    entries: str = "transcript"


def read_record(record: Record, context: Context) -> ReadEpisode:
    """The episode of a record; raises `BadFile` if it has no title or no words."""
    front, draft = record.front, Draft(record.file)
    title = draft.label(front.get("title"))
    if not title:
        raise BadFile("the episode has no title", front.line_of("title"))
    check_keys(front, draft, record.entries)
    guests = _guests(front.get("guests"), context.names, draft)
    clips = read_clips(front.get("quotableClips"), draft)
    segments, headers = _said(record, guests, clips, context, draft)
    chapters = chapters_of(segments, headers, clips, draft.label(front.get("short")) or title, draft)
    draft.file = record.file
    season, number = number_of(front, "season", draft), number_of(front, "episode", draft)
    video = _video(front, context.descriptor.video, draft)
    episode = Episode(
        slug=record.slug,
        name=record.name,
        title=title,
        season=season,
        number=number,
        guests=guests,
        topics=texts_of(front.get("topics"), "topics", draft),
        video=video,
        published=day_of(front, "dateadded", draft),
        chapters=tuple(chapters),
        segments=tuple(segment for segment, _ in segments),
        sample=context.sample,
        links=context.descriptor.links(record.slug, record.name, season, number, video),
    )
    draft.file = record.spoken
    return finished(episode, draft, record.file, record.transcript.line_of(record.entries))


def _said(
    record: Record, guests: tuple[str, ...], clips: list[tuple[str, float]], context: Context, draft: Draft
) -> tuple[list[tuple[Segment, int]], list[str]]:
    """The segments of a record's transcript, each with the number of headers before it, and the headers."""
    draft.file = record.spoken
    if record.transcript is not record.front:
        check_keys(record.transcript, draft, record.entries, TRANSCRIPT)
    try:
        lines, headers = read_transcript(record.transcript, draft, record.entries)
    except BadFile as bad:
        bad.place = record.spoken.shown
        raise
    check_clock(lines, draft)
    settle_headers(lines, headers, clips, draft)
    segments = read_turns(lines, guests, context.hosts, draft)
    if not segments:
        raise no_words(draft, record.transcript.line_of(record.entries))
    return segments, headers


def no_words(draft: Draft, line: int | None = None) -> BadFile:
    """The error of a transcript of which no line is left, with the first reasons."""
    why = "; ".join(list(dict.fromkeys(problem.reason for problem in draft.problems))[:3])
    return BadFile(f"the transcript holds no words{why and f' ({why})'}", line, place=draft.file.shown)


def finished(episode: Episode, draft: Draft, file: SourceFile, line: int | None = None) -> ReadEpisode:
    """An episode with its counts; words of its file that were lost are reported."""
    counts = draft.counts
    counts.chapters, counts.segments = len(episode.chapters), len(episode.segments)
    counts.words = sum(segment.words for segment in episode.segments)
    if counts.words_unaccounted:
        draft.problem(
            f"of {counts.words_in:,} words {counts.words_unaccounted:,} are neither indexed nor left out for a reason: "
            "a fault of Citecast, please report it",
            line,
        )
    return ReadEpisode(episode, file, counts, draft.all_problems(), tuple(draft.labels), tuple(draft.lost))


def _video(front: FrontMatter, service: Video, draft: Draft) -> str | None:
    """The id of the episode's video; a missing one is reported where the archive has videos."""
    if not service.key:
        return None
    node = front.get("ids").get(service.key)
    text = text_of(node)
    if found := service.id_of(text):
        return found
    odd = f" ({text!r:.60} is none)" if text else ""
    line = node.line if node and text else front.line_of("ids")
    draft.problem(f"no {service.called or service.key} id{odd}: its citations link to the episode's page", line)
    return None


def day_of(front: FrontMatter, key: str, draft: Draft) -> str | None:
    """A date of the record; None, and a problem, if it is none."""
    node = front.get(key)
    day = date_of(node)
    if day is None and not is_empty(node):
        draft.problem(f"{key} is not a date: {shown(node)}", front.line_of(key))
    return day


def number_of(front: FrontMatter, key: str, draft: Draft) -> int | None:
    """A number of the record; None, and a problem, if it is none."""
    node = front.get(key)
    number = count_of(node)
    if number is None and not no_number(node):
        draft.problem(f"the {key} is not a number: {shown(node)}", front.line_of(key))
    return number


def _items(value: Node, key: str, draft: Draft) -> list[Node]:
    """The items of a list, or of one text; other values, and commas in a text, are reported."""
    items = list_of(value)
    if value.pairs is not None:
        draft.problem(f"{key} is not a list: {shown(value)}", value.line)
    elif value.items is None and len(items) > 1:
        draft.problem(f"{key} is not a list; it is read as {len(items)}, parted by commas", value.line)
    return items


def texts_of(value: Node, key: str, draft: Draft, names: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The texts of a list, each once; for ids of people their `names`."""
    texts: list[str] = []
    for item in _items(value, key, draft):
        if text := draft.label(item):
            texts.append((names or {}).get(text, text))
        elif not is_empty(item):
            draft.problem(f"a {key.removesuffix('s')} is not text: {shown(item)}", item.line)
    return tuple(dict.fromkeys(texts))


def _guests(value: Node, people: Mapping[str, str], draft: Draft) -> tuple[str, ...]:
    """Full names; an id without a page is used as the name, and reported."""
    names: list[str] = []
    for item in _items(value, "guests", draft):
        guest = text_of(item)
        if guest not in people and (page := _MARKDOWN_SUFFIX.sub("", guest).casefold()) in people:
            guest = page
        if not guest:
            draft.problem(f"a guest is not an id: {item.plain()!r:.60}", item.line)
        elif guest not in people:
            name = draft.label(item)
            draft.problem(f"guest {name!r} has no page in _people; the id is shown as the name", item.line)
            names.append(name)
        else:
            names.append(people[guest])
    if len(names) > _MOST_GUESTS:
        draft.problem(f"{len(names):,} guests; the first {_MOST_GUESTS} are kept", value.line)
    return tuple(dict.fromkeys(names[:_MOST_GUESTS]))
