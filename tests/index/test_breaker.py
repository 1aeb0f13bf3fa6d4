"""Tests the circuit breaker with a fake clock: closed, open, half open."""

from __future__ import annotations

import pytest
from fakes import FakeClock

from index.breaker import Breaker


@pytest.fixture
def opened(clock: FakeClock) -> Breaker:
    breaker = Breaker(failures=3, rest=30, clock=clock)
    for _ in range(3):
        assert breaker.enter() == 0
        breaker.failed()
    return breaker


def test_failures_in_a_row_open_it_and_the_wait_runs_down(opened: Breaker, clock: FakeClock) -> None:
    assert opened.enter() == 30
    clock.now += 20
    assert opened.enter() == 10


def test_a_success_between_failures_keeps_it_closed(clock: FakeClock) -> None:
    breaker = Breaker(failures=3, clock=clock)
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.enter() == 0


def test_after_the_rest_one_may_try_and_others_wait(opened: Breaker, clock: FakeClock) -> None:
    clock.now += 31
    assert opened.enter() == 0
    assert opened.enter() > 0


def test_a_trial_that_succeeds_closes_it(opened: Breaker, clock: FakeClock) -> None:
    clock.now += 31
    opened.enter()
    opened.succeeded()
    assert [opened.enter() for _ in range(5)] == [0] * 5


def test_a_trial_that_fails_opens_it_anew(opened: Breaker, clock: FakeClock) -> None:
    clock.now += 31
    opened.enter()
    opened.failed()
    assert opened.enter() == 30


def test_a_trial_that_was_given_up_leaves_room_for_the_next(opened: Breaker, clock: FakeClock) -> None:
    clock.now += 31
    opened.enter()
    opened.left()
    assert opened.enter() == 0


def test_who_goes_away_changes_nothing_while_it_is_closed(clock: FakeClock) -> None:
    breaker = Breaker(failures=2, clock=clock)
    breaker.failed()
    breaker.left()
    assert breaker.enter() == 0
    breaker.failed()
    assert breaker.enter() > 0
