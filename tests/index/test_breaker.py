"""Tests the circuit breaker with a fake clock: closed, open, half open."""

from __future__ import annotations

import pytest

from index.breaker import Breaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(clock: Clock) -> Breaker:
    breaker = Breaker(failures=3, rest=30, clock=clock)
    for _ in range(3):
        assert breaker.enter() == 0
        breaker.failed()
    return breaker


def test_failures_in_a_row_open_it_and_the_wait_runs_down(opened: Breaker, clock: Clock) -> None:
    assert opened.enter() == 30
    clock.now += 20
    assert opened.enter() == 10


def test_a_success_between_failures_keeps_it_closed(clock: Clock) -> None:
    breaker = Breaker(failures=3, clock=clock)
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.enter() == 0


def test_after_the_rest_one_may_try_and_others_wait(opened: Breaker, clock: Clock) -> None:
    clock.now += 31
    assert opened.enter() == 0
    assert opened.enter() > 0


def test_a_trial_that_succeeds_closes_it(opened: Breaker, clock: Clock) -> None:
    clock.now += 31
    opened.enter()
    opened.succeeded()
    assert [opened.enter() for _ in range(5)] == [0] * 5


def test_a_trial_that_fails_opens_it_anew(opened: Breaker, clock: Clock) -> None:
    clock.now += 31
    opened.enter()
    opened.failed()
    assert opened.enter() == 30


def test_a_trial_that_was_given_up_leaves_room_for_the_next(opened: Breaker, clock: Clock) -> None:
    clock.now += 31
    opened.enter()
    opened.left()
    assert opened.enter() == 0


def test_who_goes_away_changes_nothing_while_it_is_closed(clock: Clock) -> None:
    breaker = Breaker(failures=2, clock=clock)
    breaker.failed()
    breaker.left()
    assert breaker.enter() == 0
    breaker.failed()
    assert breaker.enter() > 0
