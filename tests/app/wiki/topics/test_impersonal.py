"""Tests that what is said to "you" is said of teams."""

from __future__ import annotations

import pytest

from app.wiki.topics.impersonal import impersonal


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("You should start with one kiln.", "Teams should start with one kiln."),
        (
            "If you're small, you don't need your own kiln.",
            "If teams are small, they don't need their own kiln.",
        ),
        ("A kiln helps you to fire, and you'll need it yourself.",
         "A kiln helps teams to fire, and they will need it themselves."),
        ("When you fire, the kiln gives you what you’ve paid for.",
         "When teams fire, the kiln gives teams what they have paid for."),
        ("You should own the tools you use.", "Teams should own the tools teams use."),
        ("Your kiln is yours once you own it.", "Your kiln is yours once you own it."),
        ("As an owner, you choose the clay.", "As an owner, you choose the clay."),
        ("We fire your pots, Yourdon said.", "We fire your pots, Yourdon said."),
        ("A young potter fires bayou clay.", "A young potter fires bayou clay."),
    ],
)  # fmt: skip
def test_pronouns_change_and_nothing_else(said: str, told: str) -> None:
    assert impersonal(said) == told
