"""Tests false statements: one change each, the same on each call, and none if there is nothing to change."""

from __future__ import annotations

import random

import pytest

from eval.fitting.made.perturb import negated, opposite, renamed, renumbered


def rng(seed: int = 0) -> random.Random:
    return random.Random(seed)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("Teams should buy servers.", "Teams should not buy servers."),
        ("A cache is cheap.", "A cache is not cheap."),
        ("A queue can grow.", "A queue cannot grow."),
        ("Ilva Nadrostek relies on caches.", "Ilva Nadrostek does not rely on caches."),
        ("She also discusses queues.", "She does not also discuss queues."),
        ("Teams need caches.", "Teams do not need caches."),
        ("Fast, cheap, done.", None),
    ],
)
def test_a_denial_is_put_in(statement: str, expected: str | None) -> None:
    assert {negated(statement, rng(seed)) for seed in range(9)} == {expected}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("Teams shouldn't buy servers.", "Teams should buy servers."),
        ("A cache does not grow.", "A cache grows."),
        ("They don't buy servers.", "They buy servers."),
        ("A queue can't grow.", "A queue can grow."),
        ("They never buy servers.", "They always buy servers."),
    ],
)
def test_a_denial_is_taken_away(statement: str, expected: str) -> None:
    taken = {negated(statement, rng(seed)) for seed in range(20)}
    assert expected in taken


@pytest.mark.parametrize(
    ("statement", "changed"),
    [
        ("It took 4 hours.", True),
        ("It took four hours.", True),
        ("Half of it is spent.", True),
        ("It holds 16,000 cards.", True),
        ("It began in 2019.", True),
        ("GPT-4 writes to S3.", False),
        ("It took hours.", False),
    ],
)
def test_a_number_becomes_another(statement: str, changed: bool) -> None:
    result = renumbered(statement, rng())
    assert (result is not None) == changed
    assert result != statement


def test_a_year_stays_a_year() -> None:
    changed = renumbered("It began in 2019.", rng())
    assert changed is not None
    assert 2010 <= int(changed[-5:-1]) <= 2025


def test_a_word_becomes_its_opposite() -> None:
    assert opposite("It is cheaper than before.", rng(1)) in (
        "It is expensive than before.",
        "It is cheaper than after.",
    )
    assert opposite("In Better Data, it says so.", rng()) is None
    assert opposite("They keep data.", rng()) is None


def test_a_name_is_replaced_wherever_it_stands() -> None:
    statement = "Ilva Nadrostek starts. Then Ilva goes on; Nadrostek's caches are cheap."
    assert renamed(statement, "Ilva Nadrostek", "Hjalmar Veskild") == (
        "Hjalmar Veskild starts. Then Hjalmar goes on; Veskild's caches are cheap."
    )
    assert renamed("Caches are cheap.", "Ilva Nadrostek", "Hjalmar Veskild") is None


def test_the_same_chance_makes_the_same_change() -> None:
    statement = "She should keep caches small; he must buy 12 servers before he can train."
    for change in (negated, opposite, renumbered):
        assert change(statement, rng(7)) == change(statement, rng(7)) is not None
