"""Tests the guests that a question names: full names and unique surnames, with or without accents, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.query.guest_names import GuestNames, written_names

GUESTS = (
    "Ilva Nadrostek",
    "Hjalmar Veskild",
    "Sunniva Harrowdel",
    "Osric Harrowdel",
    "Renée Dubrovská-Lund",
    "José María Sánchez Salas",
    "Tom Reed",
    "Plato",
)


@pytest.fixture(scope="module")
def names() -> GuestNames:
    return GuestNames(GUESTS)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("What does Ilva Nadrostek say about feature stores?", ["Ilva Nadrostek"]),
        ("what does ilva nadrostek say about feature stores", ["Ilva Nadrostek"]),
        ("What does ILVA NADROSTEK say?", ["Ilva Nadrostek"]),
        ("What does Nadrostek say about feature stores?", ["Ilva Nadrostek"]),
        ("Nadrostek's view of feature stores?", ["Ilva Nadrostek"]),
        ("Is it Ilva Nadrostek’s idea?", ["Ilva Nadrostek"]),
        ("What does Renee Dubrovska-Lund think?", ["Renée Dubrovská-Lund"]),
        ("What does Dubrovská-Lund think?", ["Renée Dubrovská-Lund"]),
        ("Does José María Sánchez Salas agree?", ["José María Sánchez Salas"]),
        ("Does Jose Maria Sanchez Salas agree?", ["José María Sánchez Salas"]),
        ("Do Veskild and Ilva Nadrostek agree?", ["Hjalmar Veskild", "Ilva Nadrostek"]),
        ("Did Tom Reed, of all people, say so?", ["Tom Reed"]),
        ("What does Osric Harrowdel think?", ["Osric Harrowdel"]),
    ],
)
def test_guests_are_found_in_the_order_of_their_names(names: GuestNames, question: str, found: list[str]) -> None:
    assert names.find(question) == tuple(found)


@pytest.mark.parametrize(
    "question",
    [
        "",
        "What does ilva say?",  # no capital
        "What does Harrowdel think?",  # two guests have it
        "Can a reed be a store?",
        "What did Reed say?",  # four letters are too like a word
        "is nadrostek a place",  # no capital
        "What would Plato say?",  # one word is no full name
        "What does Nadrosteks mean?",
        "Ilva, or Nadro-stek?",
    ],
)
def test_nobody_is_found(names: GuestNames, question: str) -> None:
    assert names.find(question) == ()


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("What does Ilva Nadrostek say about feature stores?", "What does say about feature stores?"),
        ("Nadrostek's view of stores, and Hjalmar Veskild's?", "view of stores, and ?"),
        ("What does José María Sánchez Salas build?", "What does build?"),
        ("What does Harrowdel think?", "What does Harrowdel think?"),
        ("Ilva Nadrostek", ""),
        ("", ""),
    ],
)
def test_what_is_asked_of_the_guests(names: GuestNames, question: str, left: str) -> None:
    assert names.without(question) == left


def test_the_longest_name_counts() -> None:
    names = GuestNames(["Ann Lee", "Ann Lee Kim"])
    assert names.find("What does Ann Lee Kim say?") == ("Ann Lee Kim",)
    assert names.find("What does Ann Lee say?") == ("Ann Lee",)


def test_a_guest_is_named_once(names: GuestNames) -> None:
    assert names.find("Ilva Nadrostek, and again Nadrostek: Ilva Nadrostek's view") == ("Ilva Nadrostek",)


@given(st.text(), st.lists(st.text(max_size=20), max_size=5))
def test_only_guests_are_found_whatever_is_asked(question: str, guests: list[str]) -> None:
    names = GuestNames(guests)
    assert set(names.find(question)) <= set(guests)
    if not names.find(question):
        assert names.without(question) == " ".join(question.split())


@given(st.sampled_from([g for g in GUESTS if " " in g]), st.sampled_from(["{}", "What does {} say?", "({}'s)", "“{}”"]))
def test_a_full_name_is_always_found(guest: str, frame: str) -> None:
    assert guest in GuestNames(GUESTS).find(frame.format(guest))


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("What does Zorblatt Quimby say?", ["Zorblatt Quimby"]),
        ("Is Zorblatt Quimby's advice any good?", ["Zorblatt Quimby"]),
        ("Zorblatt Quimby's advice or Ilva Nadrostek’s idea?", ["Zorblatt Quimby", "Ilva Nadrostek"]),
        ("what does zorblatt quimby say", []),
        ("How do I use Kubernetes?", []),
        ("What do Ada Alders' projects cost?", ["Ada Alders"]),
    ],
)
def test_names_as_written(question: str, found: list[str]) -> None:
    assert written_names(question) == found


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("What did Grace Hopper say about compilers?", ["Grace Hopper"]),
        ("Which advice on tests did Grace Hopper give on the podcast?", ["Grace Hopper"]),
        ("What did Ada Example say about compilers?", []),
        ("Why do teams like Apache Airflow?", []),
        ("What does Apache Airflow do?", []),
        ("Grace Hopper recommends tests. Why?", []),
    ],
)
def test_people_to_whom_words_are_ascribed_and_who_are_no_guests(question: str, found: list[str]) -> None:
    assert GuestNames(["Ada Example"]).strangers(question) == found


class Words:
    """An archive that writes some words in lower case, and uses some often."""

    size = 1000
    small = frozenset({"grace", "mark", "will"})
    often = frozenset({"rose"})

    def frequency(self, word: str) -> int:
        return 400 if word in self.often else 3 if word in ("spark", "airflow") else 0

    def written_small(self, word: str) -> int:
        return 4 if word in self.small else 0


PEOPLE = (
    "Maria Silva",
    "Maria Costa",
    "Ben Ortega",
    "Grace Lund",
    "Mark Ives",
    "Rose Bell",
    "Theofilos Pappas",
    "Jupyter Jones",
)
MARIAS = ("Maria Silva", "Maria Costa")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("What does Maria say about data science?", [MARIAS]),
        ("What does Ben think of Spark?", [("Ben Ortega",)]),
        ("did Ben mention kilns", [("Ben Ortega",)]),
        ("According to Ben, is Spark slow?", [("Ben Ortega",)]),
        ("Is Ben's advice any good?", [("Ben Ortega",)]),
        ("Do Maria and Ben agree?", [MARIAS, ("Ben Ortega",)]),
        ("What did Ben learn at his first job?", [("Ben Ortega",)]),
        ("What was said in the interview with Ben?", [("Ben Ortega",)]),
        ("Theo argues that kilns are slow.", [("Theofilos Pappas",)]),
        ("Ben never says that kilns are slow.", [("Ben Ortega",)]),
        ("What do Maria Silva and Ben think?", [("Maria Silva",), ("Ben Ortega",)]),
    ],
)
def test_a_first_name_stands_for_the_guests_who_have_it(text: str, found: list[tuple[str, ...]]) -> None:
    assert GuestNames(PEOPLE, Words()).owners(text) == tuple(found)


@pytest.mark.parametrize(
    "text",
    [
        "what does ben think of spark",  # no capital
        "What does Ben Affleck think of Spark?",  # somebody else
        "What does Grace say about tests?",  # an ordinary word of this archive
        "Does Mark recommend Rust?",
        "Will Mark down the page help?",
        "What did Rose say?",
        "How does Jupyter work?",
        "What is Jupyter's kernel?",
        "Is Big Ben in London?",
    ],
)
def test_a_first_name_that_may_be_something_else_names_nobody(text: str) -> None:
    assert GuestNames(PEOPLE, Words()).find(text) == ()


def test_a_first_name_of_several_guests_is_unsure() -> None:
    names = GuestNames(PEOPLE, Words())
    assert names.unsure("What do Maria and Ben say?") == (("Maria", MARIAS),)
    assert names.unsure("What does Maria Silva say?") == ()


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("What does Zorblatt think of Spark?", ["Zorblatt"]),
        ("What does Airflow recommend?", []),
        ("What does Ben recommend?", []),
        ("Did Grace mention Spark?", []),
    ],
)
def test_a_name_of_one_word_that_nobody_has_is_a_strangers(question: str, found: list[str]) -> None:
    assert GuestNames(PEOPLE, Words()).strangers(question) == found


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("What does Lukasz Orn say?", "What does Łukasz Ørn say?"),
        ("lukasz orn on bells", "Łukasz Ørn on bells"),
        ("Isil Caglar's view of dyes", "Işıl Çağlar's view of dyes"),
        ("What does Isil think of dyes?", "What does Işıl think of dyes?"),
        ("what does ben dale say", "what does ben dale say"),
        ("Is oil paint slow?", "Is oil paint slow?"),
    ],
)
def test_names_are_spelled_as_the_archive_spells_them(text: str, spelled: str) -> None:
    assert GuestNames(["Łukasz Ørn", "Işıl Çağlar", "Ben Dale"]).spelled(text) == spelled


def test_a_text_all_in_capitals_shows_no_names() -> None:
    assert written_names("WHAT DOES ANNA SAY ABOUT RED DYE?") == []
