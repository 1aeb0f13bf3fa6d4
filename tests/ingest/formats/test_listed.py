"""Tests who is host and who is guest where only the transcript's labels tell."""

from __future__ import annotations

import pytest
from cue_reading import empty_draft

from ingest.draft import Line
from ingest.speakers.listed import people_of

LONG = "I would always begin with the roof and then go down floor by floor, because water falls. " * 2
Found = tuple[tuple[str, ...], tuple[str, ...]]


def found(*said: tuple[str | None, str], hosts: tuple[str, ...] = ()) -> tuple[Found, list[str]]:
    draft = empty_draft()
    lines = [Line(text, None, who, number, 0) for number, (who, text) in enumerate(said, 1)]
    return people_of(lines, hosts, draft), [str(problem) for problem in draft.problems]


ASKED = (
    "What would you mend first in an old house, and what could wait for the next ten years or even longer than that?"
)


@pytest.mark.parametrize(
    ("said", "hosts", "guests", "asking"),
    [
        ([("Ann Lee", ASKED), ("Bob Ray", LONG)] * 2, ("Ann Lee",), ("Bob Ray",), ("Ann Lee",)),
        ([("Ann Lee", ASKED), ("Bob Ray", LONG)] * 2, (), ("Bob Ray",), ("Ann Lee",)),
        ([("Ann Lee", ASKED), ("Bob Ray", ASKED)] * 2, (), ("Ann Lee", "Bob Ray"), ()),
        ([("Ann", ASKED), ("Bob Ray", LONG)], ("Ann Lee",), ("Bob Ray",), ("Ann Lee",)),
        ([("Bob Ray", LONG), ("Cy Fox", "Short words.")], (), ("Bob Ray",), ()),
        ([("SPEAKER_00", LONG), ("Bob Ray", LONG)], (), ("Bob Ray",), ()),
        ([(None, LONG), ("Bob Ray", LONG)], (), ("Bob Ray",), ()),
        ([("Bob Ray", LONG)], (), ("Bob Ray",), ()),
    ],
    ids=["known host", "who asks", "both ask", "short label", "few words", "number", "no label", "alone"],
)  # fmt: skip
def test_guests_are_those_with_names_who_are_no_hosts(
    said: list[tuple[str | None, str]], hosts: tuple[str, ...], guests: tuple[str, ...], asking: tuple[str, ...]
) -> None:
    people, told = found(*said, hosts=hosts)
    assert people == (guests, asking)
    assert f"by the transcript's labels these are guests: {', '.join(guests)}" in told[0]
    assert ("asks the questions" in told[0]) == (hosts != asking)


def test_where_nobody_has_a_name_nobody_is_a_guest() -> None:
    assert found(("SPEAKER_00", LONG), ("SPEAKER_01", LONG)) == (((), ()), [])
