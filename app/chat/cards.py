"""Gives a moment what the page needs in addition: its element's id, the addresses of player and transcript."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.render.moment import Moment
from app.transcript.address import reading_address


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

    @property
    def reading(self) -> str:
        """The address of the moment in its transcript, below the server's own; empty if the episode is unknown."""
        moment = self.moment
        return reading_address(moment.episode, moment.start, moment.end) if moment.episode else ""


def sources_of(turn: str, moments: Iterable[Moment]) -> tuple[Source, ...]:
    """The moments of one turn, in their order."""
    return tuple(Source(moment, turn) for moment in moments)
