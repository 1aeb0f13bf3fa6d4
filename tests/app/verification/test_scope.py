"""Tests whom and what statements name (names, first names, titles, strangers), and whose words a sentence means."""

from __future__ import annotations

from dataclasses import replace

import pytest
from app_fixtures import GUEST, HOST, OTHER, Line, episode_of, index_of, passages_at

from app.verification.scope import Names, Scope, reported
from index.filters import Filters
from index.opened import Index

SECOND_ILVA = "Ilva Torrenby"
# As common as these words are in a real archive.
FREQUENCIES = {"retrieval": 300, "freshness": 12, "will": 900, "judge": 20}


def index() -> Index:
    caches = replace(
        episode_of([Line(HOST, "How?"), Line(GUEST, "Caches save money.")], slug="caches"), title="Warm Caches at Scale"
    )
    queues = replace(
        episode_of([Line(HOST, "Why?"), Line(OTHER, "Queues grow.")], slug="queues"), title="Queues for Small Teams"
    )
    logs = replace(
        episode_of([Line(HOST, "Where?"), Line(SECOND_ILVA, "Logs are kept.")], slug="logs"), title="Logs and Traces"
    )
    parts = [(episode, passages_at(episode, [0])) for episode in (caches, queues, logs)]
    return index_of(*parts, frequencies=FREQUENCIES)


@pytest.fixture(scope="module")
def names() -> Names:
    return Names(index())


@pytest.mark.parametrize(
    ("text", "guests"),
    [
        ("Hjalmar Veskild says that queues grow.", (OTHER,)),
        ("According to Veskild, queues grow.", (OTHER,)),
        ("Hjalmar's queues grow.", (OTHER,)),
        ("HJALMAR VESKILD says so.", (OTHER,)),
        ("In the end hjalmar is a name.", ()),
        ("Hjalmar Brenner says that queues grow.", ()),
        ("Hjal says that queues grow.", (OTHER,)),
        ("Ilva says that caches help.", (GUEST, SECOND_ILVA)),
        ("Ilva Nadrostek starts; then Ilva goes on.", (GUEST,)),
        ("Caches save money.", ()),
    ],
)
def test_guests_are_known_by_full_name_surname_or_first_name(names: Names, text: str, guests: tuple[str, ...]) -> None:
    assert names.scope(text).guests == guests


@pytest.mark.parametrize(
    ("text", "episodes"),
    [
        ("In Warm Caches at Scale, prices fall.", ("caches",)),
        ("Prices fall (Queues for Small Teams, .", ("queues",)),
        ("He covers Logs and Traces.", ()),
        ("In Berlin, prices fall.", ()),
        ("In Retrieval for Beginners, prices fall.", ()),
    ],
)
def test_an_episode_is_named_by_its_titles_words(names: Names, text: str, episodes: tuple[str, ...]) -> None:
    assert names.episodes(text) == episodes


@pytest.mark.parametrize(
    ("text", "strangers"),
    [
        ("Mireille Desrosiers says that queues grow.", ("Mireille Desrosiers",)),
        ("According to Gordon Thackeray, queues grow.", ("Gordon Thackeray",)),
        ("Gordon argues that queues grow.", ("Gordon",)),
        ("Gordon's talk is about queues.", ("Gordon",)),
        ("Yusra Belkacem adds caches. Belkacem says more.", ("Yusra Belkacem",)),
        ("Hjalmar Veskild says that queues grow.", ()),
        ("Freshness tells how old a table is.", ()),
        ("Judge calls cost money.", ()),
        ("TensorX gives speed.", ()),
        ("Small Teams says it all.", ()),
        ("Queues grow.", ()),
    ],
)
def test_strangers_are_people_to_whom_words_are_ascribed(names: Names, text: str, strangers: tuple[str, ...]) -> None:
    assert names.strangers(text) == strangers


def test_a_first_name_that_several_guests_have_means_the_one_in_the_named_episode(names: Names) -> None:
    scope = names.scope("In Logs and Traces, Ilva says that logs are kept.")
    assert scope == Scope((SECOND_ILVA,), ("logs",))
    assert scope.filters() == Filters(episodes=("logs",), guests=(SECOND_ILVA,))


def test_a_guest_who_is_not_in_the_named_episode_is_a_conflict_and_the_guest_counts(names: Names) -> None:
    assert names.scope("In Warm Caches at Scale, Veskild says so.") == Scope((OTHER,), (), conflict=True)


def test_with_guests_of_several_episodes_no_episode_is_left_out(names: Names) -> None:
    scope = names.scope("In Warm Caches at Scale, Ilva Nadrostek disagrees with Hjalmar Veskild.")
    assert (scope.guests, scope.episodes, scope.conflict) == ((GUEST, OTHER), (), False)


def test_a_sentence_without_a_name_goes_on_about_whom_the_one_before_named(names: Names) -> None:
    whole, parts = names.scopes(
        "Prices fell. Ilva Nadrostek starts with caches. They save money. Veskild starts with queues. They grow."
    )
    assert whole.guests == (GUEST, OTHER)
    assert [scope.guests for _, scope in parts] == [(GUEST, OTHER), (GUEST,), (GUEST,), (OTHER,), (OTHER,)]


def test_a_sentences_guest_is_looked_for_in_the_statements_episode(names: Names) -> None:
    _, parts = names.scopes("Logs and Traces comes first (Logs and Traces, . Ilva keeps logs.")
    assert parts[-1][1] == Scope((SECOND_ILVA,), ("logs",))


@pytest.mark.parametrize(
    ("sentence", "claim"),
    [
        ("Simon argues that caches pay off.", "caches pay off."),
        ("Simon does not say that caches pay off.", "caches pay off."),
        ("Simon speaks of caches.", None),
        ("The cache that Simon built is small.", None),
    ],
)
def test_what_somebody_is_told_to_have_said_is_a_claim_of_its_own(sentence: str, claim: str | None) -> None:
    assert reported(sentence) == claim
