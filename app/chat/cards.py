"""Gives a moment what the page needs in addition: its element's id, and the address of the player."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.render.moment import Moment


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
    def player(self) -> str:
        """The address of a player that begins at the moment; empty if there is no recording to play."""
        return self.moment.player if self.moment.url else ""


def sources_of(turn: str, moments: Iterable[Moment]) -> tuple[Source, ...]:
    """The moments of one turn, in their order."""
    return tuple(Source(moment, turn) for moment in moments)
