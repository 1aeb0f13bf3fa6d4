"""Gives a moment what the page needs in addition: its element's id, and the address of the player."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.render.moment import Moment

_VIDEO = re.compile(r"[A-Za-z0-9_-]{6,20}")


@dataclass(frozen=True, slots=True)
class Source:
    """A moment in the page. `turn` is the question or statement that it belongs to."""

    moment: Moment
    turn: str

    @property
    def id(self) -> str:
        """The id of its card's element."""
        return f"source-{self.turn}-{self.moment.number}"

    @property
    def recorded(self) -> bool:
        """Whether the moment's address leads to a recording."""
        return bool(self.moment.video)

    @property
    def player(self) -> str | None:
        """The address of a player that begins at the moment; None if there is no recording to play."""
        video, start = self.moment.video, max(0, int(self.moment.start))
        if not (self.moment.url and video and _VIDEO.fullmatch(video)):
            return None
        return f"https://www.youtube-nocookie.com/embed/{video}?start={start}&autoplay=1"


def sources_of(turn: str, moments: Iterable[Moment]) -> tuple[Source, ...]:
    """The moments of one turn, in their order."""
    return tuple(Source(moment, turn) for moment in moments)
