"""Tests whom a transcript's `who` means."""

from __future__ import annotations

import time

import pytest

from ingest.models import Role
from ingest.speakers.assign import cast_of

HOST = "Alexey Grigorev"
GUESTS = ("Theofilos Papapanagiotou", "Jessie Wörmann")


def resolve(*whos: str | None, guests: tuple[str, ...] = GUESTS) -> list[tuple[str, Role]]:
    cast = cast_of(guests, (HOST,), whos)
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


@pytest.mark.parametrize(
    "who",
    [
        "Xiulan", "Jess's husband", "Theo & Alexey", "Theofilos, Jessie", "Theo?", "Friend of Theo", "Theofilos Berg",
        "Theofilos B.", "Theo 2", "Sponsor (Theo)", "SPEAKER_00", "Speaker 1", "Advertisement", "Break", "Music", "A",
        "Narrator", "Announcer", "Audience", "Unknown", "00", "Guest 1", "Theo (Jessie)", "AJ", "The", "Jessica",
        "Theo (AI voice)", "Theo & Host", "Voice of Theo", "Clip of Theo", "Jessie via phone", "Thessie",
    ],
)  # fmt: skip
def test_a_label_that_fits_nobody_keeps_its_spelling_and_is_never_a_guest(who: str) -> None:
    assert resolve(who) == [(who, Role.UNKNOWN)]


@pytest.mark.parametrize(
    "who", ["Host", "the host", "Interviewer", "MODERATOR:", "Presenter", "Q", "Co-host", "Host 2"]
)
def test_who_asks_by_the_label_is_the_host(who: str) -> None:
    assert resolve(who) == [(who.strip(":"), Role.HOST)]


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ("Theofilos P.", GUESTS[0]), ("Theofilos Pa", GUESTS[0]), ("T. Papapanagiotou", GUESTS[0]), ("TP", GUESTS[0]),
        ("T.P.", GUESTS[0]), ("Dr. Theofilos Papapanagiotou", GUESTS[0]), ("Theo (guest)", GUESTS[0]),
        ("Guest: Theofilos", GUESTS[0]), ("Jessie Wörmann, Glacier Works", GUESTS[1]), ("Jessie 10:32", GUESTS[1]),
        ("[1:10:32] Jessie", GUESTS[1]), ("Wörmann, Jessie", GUESTS[1]), ("Ms Wörmann", GUESTS[1]),
        ("Jessie (Glacier Works)", GUESTS[1]), ("Jessiessie", GUESTS[1]), ("Alexey (host)", HOST), ("AG", HOST),
        ("Host Alexey", HOST), ("🎙 Alexey", HOST), ("Jessie (laughs)", GUESTS[1]), ("**Jessie**", GUESTS[1]),
        ("Alexey Grigoriev", HOST), ("Alexey G.", HOST),
        ("Jessie Wörmann (Head of Data at the Glacier Research Institute)", GUESTS[1]),
    ],
)  # fmt: skip
def test_all_that_a_label_holds_is_used(who: str, name: str) -> None:
    assert resolve(who)[0][0] == name


@pytest.mark.parametrize(
    ("label", "guest"),
    [
        ("Johan", "Johanna Berg"), ("Johanna", "Johan Berg"), ("Mario", "Maria Costa"), ("Maria", "Marianna Costa"),
        ("Daniel", "Daniela Ruhl"), ("Anne", "Anna Keller"), ("Hanna", "Anna Keller"), ("Anna", "Annabel Keller"),
        ("Christine", "Christian Bergh"), ("Alexandre", "Alexandra Moor"), ("Paul", "Paulina Ruhl"),
        ("Jan", "Janina Ruhl"), ("Mark", "Markus Ruhl"), ("Victor", "Victoria Ruhl"), ("Daniel", "Reem Mahmoud"),
        ("Ben", "Bianca Ruhl"),
    ],
)  # fmt: skip
def test_another_first_name_is_another_person(label: str, guest: str) -> None:
    assert resolve("Alexey", label, guests=(guest,))[1] == (label, Role.UNKNOWN)


@pytest.mark.parametrize(
    ("label", "guest"),
    [
        ("Elena", "Eleni Stam"), ("Michael", "Micheal Lan"), ("Alex", "Alexander Moor"), ("Mike", "Michael Ruhl"),
        ("Bob", "Robert Ruhl"), ("Josh", "Joshua Ruhl"), ("Chris", "Christopher Bergh"), ("Chris", "Krzysztof Szaf"),
        ("Dania", "Dânia Meira"), ("Swyx", "Shawn Swyx Wang"), ("CJ", "CJ Jenkins"), ("De Sa", "Marco De Sa"),
        ("Juan Pablo", "Juan Pablo Ruiz"), ("Guest", "Anna Keller"), ("Anna", "annakeller"),
        ("Anna Keller", "annakeller"),
        ("Анна", "Anna Keller"), ("Mueller", "Anna Müller"), ("Jean-Luc", "Jean-Luc Picard"),
    ],
)  # fmt: skip
def test_the_only_guest_by_a_usual_form_of_the_name(label: str, guest: str) -> None:
    assert resolve("Alexey", label, guests=(guest,))[1] == (guest, Role.GUEST)


def test_a_rare_slip_is_the_person_whose_label_it_nearly_is_and_a_frequent_one_is_not() -> None:
    assert resolve(*["Alexey"] * 30, *["Alexa"] * 3)[-1] == (HOST, Role.HOST)
    assert resolve(*["Alexey"] * 5, *["Alexa"] * 3)[-1] == ("Alexa", Role.UNKNOWN)


def test_one_person_under_two_forms_is_one_person() -> None:
    guests = ("Alexander Moor",)
    assert resolve("Alexey", "Alex", "Alexander M.", guests=guests)[1:] == [("Alexander Moor", Role.GUEST)] * 2


def test_a_short_form_that_fits_two_people_is_nobodys() -> None:
    assert resolve("Alex", "Anna", guests=("Alexander Moor", "Anna Keller"))[0] == ("Alex", Role.UNKNOWN)
    assert resolve("Alex", guests=("Alexander Moor", "Alexandra Berg"))[0] == ("Alex", Role.UNKNOWN)
    assert resolve("MC", guests=("Maria Costa",))[0] == ("MC", Role.UNKNOWN)


@pytest.mark.parametrize("who", [None, "", " : ", "well that is what I mean by a platform team", "x" * 41])
def test_no_name_is_nobody(who: str | None) -> None:
    assert resolve(who) == [("", Role.UNKNOWN)]


def test_the_bare_first_name_of_two_guests_is_nobodys() -> None:
    guests = ("Alexander Aaa", "Alexander Bbb")
    assert resolve("Alexander", guests=guests) == resolve("Alexander", guests=guests[::-1])
    assert resolve("Alexander", guests=guests) == [("Alexander", Role.UNKNOWN)]


def test_forty_thousand_names_take_no_minutes() -> None:
    begun = time.thread_time()
    cast = cast_of(tuple(f"Guest Number{i}" for i in range(20)), (HOST,), (f"who{i:x}" for i in range(40_000)))
    assert time.thread_time() - begun < 5
    assert cast.resolve("who9c3f") == ("", Role.UNKNOWN)
