"""Reads when episodes were recorded: from the events of the archive's site, by their video.

    _data/events.yaml -> Recordings: video id -> day

The file is a list of mappings with `time`, `type` and a link under the key of the video service; other keys are not
read. An archive without it is complete. Events of a wrong form are counted and reported. A day that is not certain is
left out: episodes have their own date, that of publication, to fall back on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.descriptor import Video
from ingest.front_matter.files import BadFile, SourceFile
from ingest.front_matter.values import date_of, is_empty, shown, text_of
from ingest.front_matter.words_in import known_key
from ingest.front_matter.yaml_text import BadYaml, Node, read_yaml
from ingest.report import Problem

EVENTS = Path("_data") / "events.yaml"
# The type of an event that is recorded as an episode.
_PODCAST = "podcast"


@dataclass(frozen=True, slots=True)
class Recordings:
    """Days of recording (`YYYY-MM-DD`) by video id. `listed`: whether the archive has a list of events."""

    days: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[Problem] = ()
    listed: bool = False


@dataclass(frozen=True, slots=True)
class _Event:
    """An event with a video; `line` is its first."""

    line: int
    video: str
    day: str
    podcast: bool


def events_file(root: Path) -> SourceFile | None:
    """The archive's list of events, or None if there is none; it may be unreadable or a link."""
    path = root / EVENTS
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:  # it cannot be seen, so reading it will say why
        pass
    return SourceFile(path, root, EVENTS.as_posix())


def read_recordings(root: Path, service: Video) -> Recordings:
    """The days on which videos were recorded; a file that cannot be read is a problem, none is not."""
    file = events_file(root)
    if file is None:
        return Recordings()
    try:
        entries = _entries(file)
    except BadFile as bad:
        why = f"{bad}; episodes are dated by their publication"
        return Recordings(problems=[Problem(file.shown, bad.line, why)], listed=True)
    odd: dict[str, list[Node]] = {}
    events = [event for entry in entries if (event := _event(entry, service, odd))]
    days, unsure = _days(events)
    problems = [
        *(Problem(file.shown, nodes[0].line, _told(reason, nodes)) for reason, nodes in odd.items()),
        *(Problem(file.shown, line, reason) for line, reason in unsure),
    ]
    return Recordings(days, problems, listed=True)


def _entries(file: SourceFile) -> list[Node]:
    """The file's events; raises `BadFile`."""
    try:
        root = read_yaml(file.read(), 1)
    except BadYaml as bad:
        raise BadFile(str(bad), bad.line) from bad
    if root is None:
        return []
    if root.items is None:
        raise BadFile("not a list of events", root.line)
    return root.items


def _event(entry: Node, service: Video, odd: dict[str, list[Node]]) -> _Event | None:
    """An event with day and video. One without a video is none yet; another fault is added to `odd`, by reason."""
    if entry.pairs is None:
        odd.setdefault("is not a mapping", []).append(entry)
        return None
    link, time = _value(entry, service.key), _value(entry, "time")
    if link is None or is_empty(link):
        return None
    video = service.id_in(text_of(link))
    day = date_of(time) if time else None
    if video and day:
        return _Event(entry.line, video, day, text_of(_value(entry, "type")).casefold() == _PODCAST)
    if not video:
        odd.setdefault(f"has a `{service.key}` that is no link to a video", []).append(link)
    if not day:
        odd.setdefault("has a video and no `time` with its day", []).append(time or entry)
    return None


def _value(entry: Node, key: str) -> Node | None:
    """The value of a key, in any case; of repeated keys the last."""
    return next((pair.value for pair in reversed(entry.pairs or ()) if known_key(pair.key) == key), None)


def _told(reason: str, nodes: Sequence[Node]) -> str:
    """One problem for all events with the same fault; its line is that of the first."""
    more = f" (and {len(nodes) - 1:,} more)" if len(nodes) > 1 else ""
    return f"an event {reason}: {shown(nodes[0])}{more}; it dates no episode"


def _days(events: Sequence[_Event]) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """Day by video, and the videos (with a line each) that events give different days."""
    by_video: dict[str, list[_Event]] = {}
    for event in events:
        by_video.setdefault(event.video, []).append(event)
    days: dict[str, str] = {}
    unsure: list[tuple[int, str]] = []
    for video, own in by_video.items():
        # A recording can also be listed as a part of a conference.
        found = sorted({event.day for event in own if event.podcast} or {event.day for event in own})
        if len(found) == 1:
            days[video] = found[0]
        else:
            told = f"events give the video {video} different days ({', '.join(found[:3])}); it dates no episode"
            unsure.append((own[0].line, told))
    return days, unsure
