"""Archive files -> episodes, with every fault named by file and line.

The archive is a folder with `_podcast/SLUG.md` (YAML front matter that holds
the transcript) and `_people/ID.md` (the guests). The steps for one file:

1. Read it with limits (`ingest.files`) and parse its front matter.
2. Drop paragraphs that only repeat a neighbour; cut very long ones at sentence borders.
3. Name the speakers (`ingest.speakers`) and number the turns.
4. Repair the times (`ingest.times`).
5. Cut the chapters where the transcript has its headers.

A file that cannot be used is skipped with a problem; nothing here raises for a
bad file, and nothing here knows of passages, stores or models.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.files import BadFile, FrontMatter, SourceFile, list_files, parse_front_matter
from ingest.models import Chapter, Episode, Role, Segment
from ingest.report import EpisodeCounts, Problem
from ingest.speakers import Cast, cast_of
from ingest.text import clean, sentences, words
from ingest.times import repair_times

HOST_ID = "alexeygrigorev"
SAMPLE_HOST_ID = "robinhale"
CLIP_TOLERANCE_S = 15.0
_VIDEO_ID = re.compile(r"^[A-Za-z0-9_-]{11}")
_SHORT_REPEAT_WORDS = 4
# A line that is only a clock time, or a time and a name: the mark of a change of speaker that was read as talk.
_MARK = re.compile(r"^(?:\d{1,2}:)?\d{1,2}:\d{2}\s*(?P<who>[^\W\d_]+)?$")
# Longer paragraphs are cut at a sentence border, so that passages can keep to their length.
_LONGEST_PARAGRAPH_WORDS = 110
# Longer sentences (a transcript without punctuation) are cut between words; the archive's longest has 171.
_LONGEST_SENTENCE_WORDS = 220
# Limits for untrusted files, far above anything seen: titles go into every passage, guests into every comparison.
_LONGEST_LABEL = 500
_MOST_GUESTS = 20
_MOST_PROBLEMS = 100
_LATEST_S = 1e6


@dataclass(frozen=True, slots=True)
class ReadEpisode:
    """An episode with what was mended in it."""

    episode: Episode
    counts: EpisodeCounts
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Line:
    """A transcript line whose types were checked; `number` is its line in the file."""

    text: str
    second: float | None
    who: str | None
    number: int | None
    header: int  # how many headers stood before it


@dataclass(slots=True)
class _Draft:
    """What is collected while one file is read."""

    file: SourceFile
    counts: EpisodeCounts = field(default_factory=EpisodeCounts)
    problems: list[Problem] = field(default_factory=list)
    unlisted: int = 0

    def problem(self, reason: str, line: int | None = None) -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem(self.file.shown, line, reason))
        else:
            self.unlisted += 1

    def all_problems(self) -> tuple[Problem, ...]:
        """The problems, the last of which counts those that are too many to list."""
        if not self.unlisted:
            return tuple(self.problems)
        return (*self.problems, Problem(self.file.shown, None, f"{self.unlisted:,} more problems are not listed"))

    def label(self, value: Any, line: int | None = None) -> str:
        """A title or name as clean text of bounded length."""
        text = _text(value)
        if len(text) > _LONGEST_LABEL:
            self.problem(f"cut to {_LONGEST_LABEL} characters: {text[:40]!r}...", line)
        return text[:_LONGEST_LABEL].rstrip()


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
        people[file.slug] = clean(name)[:_LONGEST_LABEL]
    return people, problems


def read_episode(file: SourceFile, people: Mapping[str, str], *, sample: bool = False) -> ReadEpisode:
    """Read one episode.

    Raises `BadFile` (with the line where it is known) where the file holds no
    usable transcript.
    """
    draft = _Draft(file)
    front = parse_front_matter(file.read())
    data = front.data
    title = draft.label(data.get("title"), front.line_of("title"))
    if not title:
        raise BadFile("the episode has no title", front.line_of("title"))
    lines, headers = _transcript(front, draft)
    guests = _guests(data.get("guests"), people, draft, front.line_of("guests"))
    host = people.get(SAMPLE_HOST_ID if sample else HOST_ID, "Robin Hale" if sample else "Alexey Grigorev")
    cast = cast_of(guests, host, (line.who for line in lines))
    segments = _segments(_cut_long(_without_repeats(lines, draft)), cast, draft)
    if not segments:
        raise BadFile("the transcript holds no words", front.line_of("transcript"))
    clips = _clips(data.get("quotableClips"), draft)
    chapters = _chapters(segments, headers, clips, draft.label(data.get("short")) or title, draft)
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
        topics=tuple(dict.fromkeys(t for t in (draft.label(t) for t in _list(data.get("topics"))) if t)),
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
    return ReadEpisode(episode, draft.counts, draft.all_problems())


def _text(value: Any) -> str:
    return clean(value) if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LATEST_S else None


def _is_second(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LATEST_S


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _guests(value: Any, people: Mapping[str, str], draft: _Draft, line: int | None) -> tuple[str, ...]:
    """Full names; an id without a page is shown as it stands, and reported."""
    names: list[str] = []
    for guest in _list(value):
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


def _transcript(front: FrontMatter, draft: _Draft) -> tuple[list[_Line], list[str]]:
    """The transcript's lines and headers, types checked; raises `BadFile` where there is none."""
    entries = front.data.get("transcript")
    if not entries:
        raise BadFile("no transcript", front.line_of("transcript"))
    if not isinstance(entries, list):
        raise BadFile("the transcript is not a list", front.line_of("transcript"))
    lines: list[_Line] = []
    headers: list[str] = []
    for position, entry in enumerate(entries):
        number = front.entry_line(position)
        if not isinstance(entry, dict):
            draft.problem(f"a transcript entry is not a mapping: {entry!r:.60}", number)
            continue
        if "header" in entry:
            headers.append(draft.label(entry["header"], number) or "Untitled chapter")
        if "line" not in entry:
            continue
        text = _text(entry["line"])
        if not text:
            draft.problem("a transcript line holds no text", number)
            continue
        second = entry.get("sec")
        if second is not None and (
            isinstance(second, bool) or not isinstance(second, int | float) or not 0 <= second < 1e6
        ):
            draft.problem(f"a line's second is not a number of seconds: {second!r:.40}", number)
            second = None
        who = entry.get("who")
        lines.append(_Line(text, second, who if isinstance(who, str) else None, number, len(headers)))
    return _without_marks(lines, draft), headers


def _without_marks(lines: list[_Line], draft: _Draft) -> list[_Line]:
    """Drop lines that only mark a change of speaker; the rest of their turn is the named one's."""
    kept: list[_Line] = []
    turn: str | None = None
    speaker: str | None = None
    for line in lines:
        mark = _MARK.match(line.text)
        if mark:
            turn, speaker = line.who, mark["who"]
            draft.problem(f"the line is only a mark ({line.text:.30}); it is not taken for talk", line.number)
            continue
        if line.who != turn:
            turn = speaker = None
        if speaker:
            line.who = speaker
        kept.append(line)
    return kept


def _without_repeats(lines: list[_Line], draft: _Draft) -> list[_Line]:
    """Drop a paragraph that a neighbour repeats word for word, keeping the copy that has its second.

    Seen in the archive: a paragraph stands twice, once bare and once with its
    second and speaker. Short interjections ("Yeah.") do repeat in speech and stay.
    """
    kept: list[_Line] = []
    for line in lines:
        twin = next((k for k in kept[-3:] if k.text == line.text), None)
        if twin is None or len(line.text.split()) <= _SHORT_REPEAT_WORDS:
            kept.append(line)
            continue
        draft.counts.repeated_lines += 1
        if twin.second is None:
            twin.second = line.second
        if twin.who is None or len(twin.who) > len(line.who or twin.who):
            twin.who = line.who or twin.who
    return kept


def _cut_long(lines: list[_Line]) -> list[_Line]:
    """Cut long paragraphs into near-equal pieces, of whole sentences where they allow it; later ones have no second."""
    pieces: list[_Line] = []
    for line in lines:
        total = len(line.text.split())
        wanted = total / -(-total // _LONGEST_PARAGRAPH_WORDS)
        piece: list[str] = []
        second = line.second
        for sentence in [*_short_sentences(line.text), None]:
            if piece and (sentence is None or sum(len(s.split()) for s in piece) >= wanted):
                pieces.append(_Line(" ".join(piece), second, line.who, line.number, line.header))
                piece, second = [], None
            if sentence is not None:
                piece.append(sentence)
    return pieces


def _short_sentences(text: str) -> Iterator[str]:
    for sentence in sentences(text):
        said = sentence.split()
        step = _LONGEST_PARAGRAPH_WORDS if len(said) > _LONGEST_SENTENCE_WORDS else len(said)
        for begin in range(0, len(said), step):
            yield " ".join(said[begin : begin + step])


def _segments(lines: list[_Line], cast: Cast, draft: _Draft) -> list[tuple[Segment, int]]:
    """Speakers, turns and times for the lines; each segment with the number of headers before it."""
    speakers: list[tuple[str, Role]] = []
    turns: list[int] = []
    previous: _Line | None = None
    for line in lines:
        speaker, role = cast.resolve(line.who)
        same_second = previous is not None and (line.second is None or line.second == previous.second)
        if role is Role.UNKNOWN and not speaker:
            if same_second:  # a later paragraph of the turn before it
                speaker, role = speakers[-1]
                draft.counts.speakers_inferred += 1
            else:
                draft.counts.speakers_unknown += 1
                draft.problem("the line's speaker is unknown; it is never quoted", line.number)
        new_turn = not speakers or (speaker, role) != speakers[-1]
        turns.append((turns[-1] if turns else -1) + int(new_turn))
        speakers.append((speaker, role))
        previous = line
    times = repair_times([line.second for line in lines], [len(line.text.split()) for line in lines])
    draft.counts.times_missing += sum(line.second is None for line in lines)
    draft.counts.times_backwards += times.backwards
    draft.counts.times_estimated += sum(times.estimated)
    return [
        (Segment(times.starts[i], times.ends[i], *speakers[i], line.text, turns[i], times.estimated[i]), line.header)
        for i, line in enumerate(lines)
    ]


def _clips(value: Any, draft: _Draft) -> list[tuple[str, float]]:
    """The clips' names and start seconds, in order of time; they check the headers, or stand in for them."""
    clips = [
        (draft.label(clip["name"]), float(clip["startOffset"]))
        for clip in _list(value)
        if isinstance(clip, dict) and _text(clip.get("name")) and _is_second(clip.get("startOffset"))
    ]
    draft.counts.without_clips = int(not clips)
    return sorted(clips, key=lambda clip: clip[1])


def _chapters(
    segments: list[tuple[Segment, int]],
    headers: list[str],
    clips: list[tuple[str, float]],
    fallback: str,
    draft: _Draft,
) -> list[Chapter]:
    """Chapters where the headers stand; without headers, where the clips start; else one."""
    draft.counts.without_headers = int(not headers)
    if headers:
        marks = [header for _, header in segments]
        titles: Mapping[int, str] = {0: fallback} | {i + 1: title for i, title in enumerate(headers)}
        _check_clips(segments, headers, clips, draft)
    else:
        starts = [start for _, start in clips]
        marks = [bisect_right(starts, segment.start) for segment, _ in segments]
        titles = {0: fallback} | {i + 1: name for i, (name, _) in enumerate(clips)}
    draft.counts.headers_empty = len(set(range(1, len(headers) + 1)) - set(marks)) if headers else 0
    return list(_runs([segment for segment, _ in segments], marks, titles))


def _runs(segments: list[Segment], marks: list[int], titles: Mapping[int, str]) -> Iterator[Chapter]:
    begin = 0
    for i in range(1, len(segments) + 1):
        if i == len(segments) or marks[i] != marks[begin]:
            run = segments[begin:i]
            yield Chapter(titles[marks[begin]], min(s.start for s in run), max(s.end for s in run), begin, i)
            begin = i


def _check_clips(
    segments: list[tuple[Segment, int]], headers: list[str], clips: list[tuple[str, float]], draft: _Draft
) -> None:
    """Count the headers that no clip names, and those whose clip starts far from the words."""
    offsets = {" ".join(words(name)): start for name, start in clips}
    first: dict[int, Segment] = {}
    for segment, header in segments:
        first.setdefault(header, segment)
    for i, title in enumerate(headers):
        offset = offsets.get(" ".join(words(title)))
        opening = first.get(i + 1)
        if offset is None:
            draft.counts.headers_without_clip += 1
        elif opening is not None and abs(offset - opening.start) > CLIP_TOLERANCE_S:
            draft.counts.clips_off += 1


def episode_files(root: Path) -> list[SourceFile]:
    """The archive's episode files, sorted by name."""
    return list_files(root / "_podcast", root)
