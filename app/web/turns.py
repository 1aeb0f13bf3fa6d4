"""Gives the workers' places to visitors in fair turns, and bounds the queue.

Whoever has the fewest questions under way is next; among equals whoever was served longest ago. So a visitor with forty
questions delays another one by one question and not by forty. While questions are answered quickly, more may wait:
waiting a moment is better than being sent away, and costs the server less. Nothing here runs the work. Use it only in
the event loop.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from fastapi import HTTPException

# Seconds after which someone is asked to come back, at least: those who are refused cost time too.
SOONEST, LATEST = 5, 60
# While the last in line waits no longer than so many seconds, the line may be so many times as long.
SHORT, LONGER = 3.0, 4
# Seconds between two messages about a place in line.
TELLING = 1.0
# Weight of the last question in the mean time of a question.
_WEIGHT = 0.1


class Refused(HTTPException):
    """There is no room for a question, or its visitor has asked too much; `reason` is a word for the metrics."""

    def __init__(self, status: int, reason: str, said: str, seconds: int) -> None:
        super().__init__(status, said, {"Retry-After": str(seconds)})
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question's place in line; 0 when its turn has come."""

    place: int


@dataclass(eq=False, slots=True)
class Turn:
    """One question's way through the queue.

    `begin` is called when its turn has come, `tell` with its place in line before. `share`: how many questions of the
    visitor may be waiting or under way at once.
    """

    visitor: str
    begin: Callable[[], None]
    tell: Callable[[Waiting], None]
    share: float = math.inf
    begun: float | None = None
    _told: tuple[int, float] = field(default=(0, -math.inf))

    def at(self, place: int, now: float) -> None:
        """Tell a changed place, unless the one before was told just now."""
        before, then = self._told
        if place != before and (place == 0 or now - then >= TELLING):
            self._told = (place, now)
            self.tell(Waiting(place))


class Turns:
    """The queue: at most `at_once` questions under way, and `most` waiting, or more while their wait is short."""

    def __init__(self, at_once: int, most: int) -> None:
        self._at_once, self._most = at_once, most
        self._under_way: Counter[str] = Counter()
        self._lines: dict[str, deque[Turn]] = {}
        # How many questions had begun when one of the visitor's last did; of visitors who have any here.
        self._served: dict[str, int] = {}
        self._begun = 0
        self._mean = 0.0

    @property
    def under_way(self) -> int:
        """How many questions are being answered."""
        return self._under_way.total()

    @property
    def waiting(self) -> int:
        """How many questions wait."""
        return sum(map(len, self._lines.values()))

    @property
    def _room(self) -> int:
        """How many questions may wait, by how long the last ones took."""
        quick = math.floor(SHORT * self._at_once / self._mean) if self._mean else 0
        return max(self._most, min(quick, LONGER * self._most))

    def check(self, turn: Turn) -> None:
        """Raise `Refused`: 429 if its visitor has as many as one may have, 503 if the queue is full."""
        own = len(self._lines.get(turn.visitor, ())) + self._under_way[turn.visitor]
        if own >= turn.share:
            said = f"{own} of your questions are waiting or under way, as many as one visitor may have at once"
            raise Refused(429, "share", said, self._wait(own))
        if self.waiting >= self._room and self.under_way >= self._at_once:
            raise self.full("queue", "too many questions are waiting; try again in a moment")

    def full(self, reason: str, said: str) -> Refused:
        """The error for someone for whom there is no room."""
        return Refused(503, reason, said, self._wait(self._room))

    def enter(self, turn: Turn) -> None:
        """Take a place at the end of the visitor's own line; its turn may come at once."""
        self._lines.setdefault(turn.visitor, deque()).append(turn)
        self._go_on()

    def leave(self, turn: Turn) -> None:
        """Give the place to others: the work has ended, or was given up before its turn."""
        if turn.begun is None:
            self._drop(turn)
        else:
            took = time.monotonic() - turn.begun
            self._mean = took if not self._mean else self._mean + _WEIGHT * (took - self._mean)
            self._under_way -= Counter({turn.visitor: 1})
        if not self._under_way[turn.visitor] and turn.visitor not in self._lines:
            self._served.pop(turn.visitor, None)
        self._go_on()

    def _wait(self, questions: int) -> int:
        """Seconds until so many questions are probably answered; not the same for all who ask at one time."""
        expected = max(SOONEST, self._mean * questions / self._at_once)
        return min(math.ceil(expected * random.uniform(1, 1.5)), LATEST)

    def _drop(self, turn: Turn) -> None:
        line = self._lines.get(turn.visitor, deque())
        if turn in line:
            line.remove(turn)
        if not line:
            self._lines.pop(turn.visitor, None)

    def _go_on(self) -> None:
        now = time.monotonic()
        while self._lines and self.under_way < self._at_once:
            self._begin(min(self._lines, key=self._order), now)
        lines = [self._lines[visitor] for visitor in sorted(self._lines, key=self._order)]
        place = 0
        for deep in range(max(map(len, lines), default=0)):
            for line in lines:
                if deep < len(line):
                    place += 1
                    line[deep].at(place, now)

    def _order(self, visitor: str) -> tuple[int, int]:
        return self._under_way[visitor], self._served.get(visitor, 0)

    def _begin(self, visitor: str, now: float) -> None:
        """Begin the visitor's next question."""
        line = self._lines[visitor]
        turn = line.popleft()
        if not line:
            del self._lines[visitor]
        self._begun += 1
        self._served[visitor] = self._begun
        self._under_way[visitor] += 1
        turn.begun = now
        turn.at(0, now)
        turn.begin()
