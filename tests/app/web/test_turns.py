"""Tests the queue: whose turn it is, who is refused, and what is told of places in line."""

from __future__ import annotations

import math

import pytest

from app.web import turns
from app.web.turns import LATEST, SOONEST, Refused, Turn, Turns, Waiting


class Line:
    """A queue whose questions are named; records which begin, and what each is told."""

    def __init__(self, at_once: int = 1, most: int = 100) -> None:
        self.turns = Turns(at_once, most)
        self.begun: list[str] = []
        self.told: dict[str, list[int]] = {}
        self._open: dict[str, Turn] = {}

    def enter(self, name: str, share: float = math.inf) -> None:
        """`name` is the visitor's letter and the question's number."""
        told = self.told.setdefault(name, [])

        def tell(waiting: Waiting) -> None:
            told.append(waiting.place)

        turn = Turn(name[0], lambda: self.begun.append(name), tell, share)
        self.turns.check(turn)
        self._open[name] = turn
        self.turns.enter(turn)

    def leave(self, name: str) -> None:
        self.turns.leave(self._open.pop(name))

    def to_the_end(self) -> list[str]:
        """The order in which all are answered."""
        done = 0
        while done < len(self.begun):
            self.leave(self.begun[done])
            done += 1
        return self.begun


def test_one_with_many_questions_delays_another_by_one() -> None:
    line = Line()
    for name in ("a1", "a2", "a3", "a4", "b1", "c1", "b2"):
        line.enter(name)
    assert line.to_the_end() == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]


def test_whoever_has_nothing_under_way_is_next() -> None:
    line = Line(at_once=2)
    for name in ("a1", "a2", "a3", "b1"):
        line.enter(name)
    line.leave("a1")
    assert line.begun == ["a1", "a2", "b1"], "a has one under way, b none"
    assert (line.turns.under_way, line.turns.waiting) == (2, 1)


def test_the_place_in_line_is_told_and_goes_down_to_the_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TELLING", 0)
    line = Line()
    for name in ("a1", "a2", "a3", "b1"):
        line.enter(name)
    assert line.told == {"a1": [], "a2": [1, 2], "a3": [2, 3], "b1": [1]}
    line.to_the_end()
    assert line.told == {"a1": [], "a2": [1, 2, 1, 0], "a3": [2, 3, 2, 1, 0], "b1": [1, 0]}


def test_a_place_that_changes_often_is_not_told_each_time() -> None:
    line = Line()
    for name in ("a1", "b1", "c1", "d1"):
        line.enter(name)
    line.leave("a1")
    line.leave("b1")
    assert line.told == {"a1": [], "b1": [1, 0], "c1": [2, 0], "d1": [3]}


def test_one_who_gives_up_makes_room() -> None:
    line = Line(most=2)
    for name in ("a1", "a2", "b1"):
        line.enter(name)
    line.leave("a2")
    line.enter("c1")
    assert line.to_the_end() == ["a1", "b1", "c1"]


@pytest.mark.parametrize(("share", "reason", "status"), [(2, "share", 429), (math.inf, "queue", 503)])
def test_no_room_is_told_with_the_seconds_to_wait(share: float, reason: str, status: int) -> None:
    line = Line(most=1)
    line.enter("a1", share)
    line.enter("a2", share)
    with pytest.raises(Refused) as refused:
        line.enter("a3", share)
    assert (refused.value.reason, refused.value.status_code) == (reason, status)
    assert refused.value.headers
    assert SOONEST <= int(refused.value.headers["Retry-After"]) <= LATEST
    line.leave("a1")
    line.enter("a3", share)
    assert line.turns.waiting == 1


@pytest.mark.parametrize(("seconds", "room"), [(0.5, 8), (1.0, 6), (10.0, 2)])
def test_more_may_wait_while_questions_are_answered_quickly(
    monkeypatch: pytest.MonkeyPatch, seconds: float, room: int
) -> None:
    now = 0.0
    monkeypatch.setattr("app.web.turns.time.monotonic", lambda: now)
    line = Line(at_once=2, most=2)
    line.enter("a0")
    now = seconds
    line.leave("a0")
    for number in range(2 + room):
        line.enter(f"a{number}")
    with pytest.raises(Refused):
        line.enter("b1")
    assert line.turns.waiting == room
