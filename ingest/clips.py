"""Makes chapters from headers and clips.

Chapters begin at the transcript's headers; without headers, at the start of the clips; else there is one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping

from ingest.draft import Draft, Line
from ingest.front_matter.values import is_empty, no_number, second_of, shown, text_of
from ingest.front_matter.yaml_text import Node
from ingest.models import Chapter, Segment
from ingest.text import words

CLIP_TOLERANCE_S = 15.0


def read_clips(value: Node, draft: Draft) -> list[tuple[str, float]]:
    """The clips' names and start seconds, in order of time; they check the headers, or replace them."""
    if value.items is None and not is_empty(value):
        draft.problem("quotableClips is not a list; it is not read", value.line)
    clips: list[tuple[str, float]] = []
    for clip in value.items or []:
        name, offset = clip.get("name"), clip.get("startOffset")
        start = second_of(offset) if offset else None
        if start is not None and text_of(name):
            clips.append((draft.label(name), start))
        elif offset and start is None and not no_number(offset):
            draft.problem(f"a clip's startOffset is not a number of seconds: {shown(offset)}", offset.line)
    draft.counts.without_clips = int(not clips)
    return sorted(clips, key=lambda clip: clip[1])


def settle_headers(lines: list[Line], headers: list[str], clips: list[tuple[str, float]], draft: Draft) -> None:
    """Put headers that come too early in front of the line whose second their clip has; changes the lines.

    Seen in the archive: a header stands in the middle of a turn, before paragraphs without a second that continue it.
    In 189 of the 191 such cases with a clip, the clip starts with the next line that has a second.
    """
    offsets = {" ".join(words(name)): start for name, start in clips}
    at = 0
    for header, title in enumerate(headers, 1):
        while at < len(lines) and lines[at].header < header:
            at += 1
        end = at
        while end < len(lines) and lines[end].header == header and lines[end].second is None:
            end += 1
        offset = offsets.get(" ".join(words(title)))
        if not at < end < len(lines) or at == 0 or lines[end].header != header or offset is None:
            continue
        if abs(offset - (lines[end].second or 0.0)) <= CLIP_TOLERANCE_S and lines[at].text != lines[end].text:
            for line in lines[at:end]:
                line.header = lines[at - 1].header
            draft.counts.headers_early += 1


def chapters_of(
    segments: list[tuple[Segment, int]],
    headers: list[str],
    clips: list[tuple[str, float]],
    fallback: str,
    draft: Draft,
) -> list[Chapter]:
    """Chapters from the headers; without headers, from the clips; else one."""
    draft.counts.without_headers, draft.counts.without_chapters = int(not headers), int(not headers and not clips)
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
    segments: list[tuple[Segment, int]], headers: list[str], clips: list[tuple[str, float]], draft: Draft
) -> None:
    """Count the headers without a clip, and those whose clip starts far from the words."""
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
