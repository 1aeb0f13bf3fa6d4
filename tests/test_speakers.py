"""Whom a transcript's `who` means."""

from __future__ import annotations

import time

import pytest

from ingest.models import Role
from ingest.speakers import cast_of

HOST = "Alexey Grigorev"
GUESTS = ("Theofilos Papapanagiotou", "Jessie Wörmann")


def resolve(*whos: str | None, guests: tuple[str, ...] = GUESTS) -> list[tuple[str, Role]]:
    cast = cast_of(guests, HOST, whos)
    return [cast.resolve(who) for who in whos]


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ("Theofilos", GUESTS[0]),
        ("Theo:", GUESTS[0]),
        ("theofilos papapanagiotou", GUESTS[0]),
        ("Theofiolos", GUESTS[0]),
        ("Jessi", GUESTS[1]),
        ("Worman", GUESTS[1]),
        (" Jessie Wörmann. ", GUESTS[1]),
    ],
)
def test_a_guest_by_first_name_full_name_or_slip(who: str, name: str) -> None:
    assert resolve(who) == [(name, Role.GUEST)]


def test_the_host_is_the_host_unless_listed_as_the_guest() -> None:
    assert resolve("Alexey") == [(HOST, Role.HOST)]
    assert resolve("Alexey", guests=(HOST,)) == [(HOST, Role.GUEST)]


def test_a_name_that_fits_nobody_keeps_its_spelling_and_counts_as_a_guest() -> None:
    assert resolve("Xiulan") == [("Xiulan", Role.GUEST)]


@pytest.mark.parametrize("who", [None, "", " : ", "well that is what I mean by a platform team", "x" * 41])
def test_no_name_is_nobody(who: str | None) -> None:
    assert resolve(who) == [("", Role.UNKNOWN)]


def test_two_guests_with_one_first_name_resolve_the_same_way_each_time() -> None:
    guests = ("Alexander Aaa", "Alexander Bbb")
    assert resolve("Alexander", guests=guests) == resolve("Alexander", guests=guests[::-1])


def test_forty_thousand_names_take_no_minutes() -> None:
    begun = time.perf_counter()
    cast = cast_of(tuple(f"Guest Number{i}" for i in range(20)), HOST, (f"who{i:x}" for i in range(40_000)))
    assert time.perf_counter() - begun < 5
    assert cast.resolve("who9c3f") == ("", Role.UNKNOWN)
