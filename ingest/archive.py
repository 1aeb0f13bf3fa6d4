"""Reads archive files as episodes and reports every fault with file and line.

The archive is a folder with `_podcast/SLUG.md` (YAML front matter that holds
the transcript) and `_people/ID.md` (the guests). The steps for one file:

1. Read it with limits (`ingest.front_matter.files`) and parse its front matter (`ingest.front_matter.yaml_text`),
   unless it is unpublished.
2. Check the transcript's entries (`ingest.transcript`) and its clock (`ingest.clock`).
3. Repair them, name the speakers, number the turns, repair the times (`ingest.speakers.turns`).
4. Cut the chapters at the transcript's headers (`ingest.clips`).

When an episode was recorded is read for all of them at once (`ingest.front_matter.events`).
At the end the words of the file (`ingest.front_matter.words_in`) are compared with those that are indexed or left out.
An episode file that cannot be used raises `BadFile`, which the caller reports. Nothing here knows
of passages, stores or models.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.clips import chapters_of, read_clips
from ingest.clock import check_clock
from ingest.draft import LONGEST_LABEL, Draft
from ingest.front_matter.files import (
    BadFile,
    FrontMatter,
    SourceFile,
    Unpublished,
    all_files,
    list_files,
    parse_front_matter,
)
from ingest.front_matter.top_keys import check_keys
from ingest.front_matter.values import count_of, date_of, is_empty, is_false, list_of, no_number, shown, text_of
from ingest.front_matter.yaml_text import Node
from ingest.models import Episode
from ingest.report import EpisodeCounts, LabelNote, LostWords, Problem
from ingest.speakers.turns import read_turns
from ingest.transcript import read_transcript

HOST_ID = "alexeygrigorev"
SAMPLE_HOST_ID = "robinhale"
# An id has 11 characters; parameters of the link may follow.
_VIDEO_ID = re.compile(r"([A-Za-z0-9_-]{11})(?:[&?].*)?")
# Words such as "coming-soon" and "Placeholder". An id is a random number of 64 bits: it has digits or capitals inside,
# and its last character, which has four of the bits, is one of sixteen.
_WORDS = re.compile(r"(?:[A-Za-z][a-z]*(?:[-_][A-Za-z]?[a-z]+)*|[A-Z]+(?:[-_][A-Z]+)+)(?<![AEIMQUYcgkosw048])")
_MOST_GUESTS = 20
_MARKDOWN_SUFFIX = re.compile(r"\.md$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReadEpisode:
    """An episode with the repairs made to it."""

    episode: Episode
    file: SourceFile
    counts: EpisodeCounts
    problems: tuple[Problem, ...]
    labels: tuple[LabelNote, ...] = ()
    left_out: tuple[LostWords, ...] = ()


def read_people(root: Path) -> tuple[dict[str, str], list[Problem]]:
    """Guest id -> full name, from `_people/*.md`; a bad file is a problem and leaves its id out."""
    people: dict[str, str] = {}
    problems: list[Problem] = []
    for file in list_files(root / "_people", root):
        if file.template:
            continue
        try:
            _require_published(file)
            front = parse_front_matter(file.read())
            _require_published(file, front)
            name = text_of(front.get("title"))
            if not name:
                raise BadFile("the person has no title (their name)", front.line_of("title") or 1)
            if file.person in people:
                raise BadFile(f"a second file for the person {file.person!r}")
        except BadFile as bad:
            problems.append(Problem(file.shown, bad.line, str(bad)))
            continue
        people[file.person] = name[:LONGEST_LABEL]
    return people, problems


def _require_published(file: SourceFile, front: FrontMatter | None = None) -> None:
    """Raise `Unpublished` if the site does not publish the file, by its name or its front matter."""
    if file.unpublished:
        raise Unpublished(file.unpublished)
    if front and is_false(front.get("published")):
        raise Unpublished("unpublished: `published` is false; it is not read", front.line_of("published"))


def read_episode(file: SourceFile, people: Mapping[str, str], *, sample: bool = False) -> ReadEpisode:
    """Read one episode.

    Raises `BadFile` (with the line and the words of the transcript, if
    known) if the file has no usable transcript, `Unpublished` if it is not published.
    """
    front: FrontMatter | None = None
    try:
        if not file.unpublished:
            front = parse_front_matter(file.read())
        _require_published(file, front)
        return _read(file, front or parse_front_matter(file.read()), people, sample)
    except BadFile as bad:
        bad.words = front.words if front else words_of(file)
        raise


def words_of(file: SourceFile) -> int:
    """Number of words in the transcript of a file; 0 if it cannot be read."""
    try:
        return parse_front_matter(file.read()).words
    except BadFile:
        return 0


def _read(file: SourceFile, front: FrontMatter, people: Mapping[str, str], sample: bool) -> ReadEpisode:
    draft = Draft(file)
    title = draft.label(front.get("title"))
    if not title:
        raise BadFile("the episode has no title", front.line_of("title"))
    check_keys(front, draft)
    lines, headers = read_transcript(front, draft)
    check_clock(lines, draft)
    guests = _guests(front.get("guests"), people, draft)
    host = people.get(SAMPLE_HOST_ID if sample else HOST_ID, "Robin Hale" if sample else "Alexey Grigorev")
    segments = read_turns(lines, guests, host, draft)
    if not segments:
        why = "; ".join(list(dict.fromkeys(problem.reason for problem in draft.problems))[:3])
        raise BadFile(f"the transcript holds no words{why and f' ({why})'}", front.line_of("transcript"))
    clips = read_clips(front.get("quotableClips"), draft)
    chapters = chapters_of(segments, headers, clips, draft.label(front.get("short")) or title, draft)
    episode = Episode(
        slug=file.slug,
        name=file.name,
        title=title,
        season=_number(front, "season", draft),
        number=_number(front, "episode", draft),
        guests=guests,
        topics=_topics(front.get("topics"), draft),
        video=_video(front, draft),
        published=_published(front, draft),
        chapters=tuple(chapters),
        segments=tuple(segment for segment, _ in segments),
        sample=sample,
    )
    _check_words(episode, front, draft)
    return ReadEpisode(episode, file, draft.counts, draft.all_problems(), tuple(draft.labels), tuple(draft.lost))


def _check_words(episode: Episode, front: FrontMatter, draft: Draft) -> None:
    """Count the episode's words, and report words of its file that were lost."""
    counts = draft.counts
    counts.chapters, counts.segments = len(episode.chapters), len(episode.segments)
    counts.words = sum(segment.words for segment in episode.segments)
    if counts.words_unaccounted:
        draft.problem(
            f"of {counts.words_in:,} words {counts.words_unaccounted:,} are neither indexed nor left out for a reason: "
            "a fault of Citecast, please report it",
            front.line_of("transcript"),
        )


def _video(front: FrontMatter, draft: Draft) -> str | None:
    """The id of the episode's video; a missing one is reported."""
    node = front.get("ids").get("youtube")
    text = text_of(node)
    match = _VIDEO_ID.fullmatch(text)
    if match and not _WORDS.fullmatch(match[1]):
        return match[1]
    odd = f" ({text!r:.60} is none)" if text else ""
    line = node.line if node and text else front.line_of("ids")
    draft.problem(f"no YouTube id{odd}: its citations link to the episode's page", line)
    return None


def _published(front: FrontMatter, draft: Draft) -> str | None:
    node = front.get("dateadded")
    day = date_of(node)
    if day is None and not is_empty(node):
        draft.problem(f"dateadded is not a date: {shown(node)}", front.line_of("dateadded"))
    return day


def _number(front: FrontMatter, key: str, draft: Draft) -> int | None:
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


def _topics(value: Node, draft: Draft) -> tuple[str, ...]:
    topics: list[str] = []
    for item in _items(value, "topics", draft):
        if topic := draft.label(item):
            topics.append(topic)
        elif not is_empty(item):
            draft.problem(f"a topic is not text: {shown(item)}", item.line)
    return tuple(dict.fromkeys(topics))


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


def episode_files(root: Path) -> list[SourceFile]:
    """The archive's episode files, unpublished ones included, sorted by name."""
    return list_files(root / "_podcast", root)


def other_files(root: Path) -> list[SourceFile]:
    """Other files among the episodes, neither Markdown nor hidden: they are reported, not read."""
    return [file for file in all_files(root / "_podcast", root) if not file.markdown and not file.unpublished]
