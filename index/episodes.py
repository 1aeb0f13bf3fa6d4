"""Reads and writes a generation's episodes and passages as one JSON Lines file.

Segments are stored as short lists: there are 31,000 of them, and every process
that answers questions reads them all at its start.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ingest.models import Chapter, Episode, Links, Passage, Player, Reports, Role, Segment

_PLAIN = ("slug", "name", "title", "season", "number", "video", "published", "recorded", "sample")
_LISTS = ("guests", "topics")


def write_episodes(path: Path, rows: Iterable[tuple[Episode, list[Passage]]]) -> None:
    """Write one line for each episode; it is safely on disk when this returns."""
    with path.open("w", encoding="utf-8") as file:
        for episode, passages in rows:
            file.write(json.dumps(_to_json(episode, passages), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_episodes(path: Path) -> Iterator[tuple[Episode, list[Passage]]]:
    """Read what `write_episodes` wrote."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield _from_json(json.loads(line))


def _to_json(episode: Episode, passages: list[Passage]) -> dict[str, Any]:
    return {
        **{key: getattr(episode, key) for key in _PLAIN},
        **{key: list(getattr(episode, key)) for key in _LISTS},
        "links": asdict(episode.links),
        "chapters": [asdict(chapter) for chapter in episode.chapters],
        "segments": [
            [s.start, s.end, s.speaker, s.role, s.text, s.turn, s.estimated, s.injections, s.row]
            for s in episode.segments
        ],
        "passages": [asdict(passage) for passage in passages],
    }


def _from_json(row: dict[str, Any]) -> tuple[Episode, list[Passage]]:
    plain: dict[str, Any] = {key: row[key] for key in _PLAIN} | {key: tuple(row[key]) for key in _LISTS}
    episode = Episode(
        **plain,
        links=_links(row["links"]),
        chapters=tuple(Chapter(**chapter) for chapter in row["chapters"]),
        segments=tuple(
            Segment(start, end, speaker, Role(role), text, turn, estimated, tuple(marks), place)
            for start, end, speaker, role, text, turn, estimated, marks, place in row["segments"]
        ),
    )
    return episode, [Passage(**passage) for passage in row["passages"]]


def _links(row: dict[str, Any]) -> Links:
    return Links(**row | {"player": Player(row["player"]), "reports": Reports(**row["reports"])})
