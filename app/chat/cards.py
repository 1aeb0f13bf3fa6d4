"""The cards that show where an answer's words come from: words as transcribed, speaker, chapter and second."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.render.answer import (
    link,
    parts,
    span,
)
from app.types import Citation
from ingest.text import clean

_VIDEO = re.compile(r"[A-Za-z0-9_-]{6,20}")
# Parts of a text in order, each with whether it is highlighted.
Words = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A citation: its number and its card. `id` is the card's element, `start` is in seconds.

    `url` is None if nothing can be opened, `player` if there is no recording to play; `recorded` says that
    `url` leads to a recording.
    """

    id: str
    turn: str
    number: int
    speaker: str
    title: str
    chapter: str
    start: float
    time: str
    estimated: bool
    asked: str
    words: Words
    url: str | None
    recorded: bool
    player: str | None


def source_cards(turn_id: str, citations: Iterable[Citation]) -> tuple[Source, ...]:
    """The cards of these citations, in their order."""
    return tuple(source_card(turn_id, citation) for citation in citations)


def source_card(turn_id: str, citation: Citation) -> Source:
    """The card of one citation. `turn_id` makes its element's id unique."""
    item = citation.evidence
    video, url = item.episode.video, link(item)
    playable = url and video and _VIDEO.fullmatch(video)
    return Source(
        id=f"source-{turn_id}-{citation.id}",
        turn=turn_id,
        number=citation.id,
        speaker=item.speaker,
        title=item.episode.title,
        chapter=item.chapter.title,
        start=item.start,
        time=span(item),
        estimated=item.estimated,
        asked=clean(item.asked),
        words=tuple(parts(item)),
        url=url,
        recorded=bool(video),
        player=f"https://www.youtube-nocookie.com/embed/{video}?start={max(0, int(item.start))}&autoplay=1"
        if playable
        else None,
    )
