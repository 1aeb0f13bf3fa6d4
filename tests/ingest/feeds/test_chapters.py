"""Tests the reader of chapters as Podcasting 2.0 writes them."""

from __future__ import annotations

import json

import pytest

from ingest.feeds import chapters
from ingest.feeds.chapters import Chapters, read_chapters
from ingest.front_matter.files import BadFile


def of(*values: str, before: str = '{"version": "1.2.0",') -> str:
    """A file of chapters with one value a line; the first is on line 3."""
    return f'{before}\n"chapters": [\n' + ",\n".join(values) + "\n]}"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (of(), ()),
        (of('{"startTime": 0, "title": "Intro"}', '{"startTime": 61.5, "title": "Bees"}'), (("Intro", 0),
        ("Bees", 61.5))),
        (of('{"startTime": 9, "title": "B"}', '{"startTime": 3, "title": "A"}'), (("A", 3), ("B", 9))),
        (of('{"startTime": 4, "img": "x", "toc": false}', '{"startTime": 5, "title": "A", "toc": true}'), (("A", 5),)),
        (of('{"startTime": "00:01:05.250", "title": "A"}', '{"startTime": "70", "title": "B"}'), (("A", 65.25),
        ("B", 70))),
        (of(r'{"startTime": 1, "title": "\ud83d\udc1d &amp; <i>wax<\/i>"}'), (("🐝 & wax", 1),)),
        (of('{"startTime": 1, "title": "A", "location": {"name": "X", "chapters": [1]}}'), (("A", 1),)),
        ("\ufeff" + of('{"startTime": 1, "title": "A"}').replace("\n", "\r\n"), (("A", 1),)),
        (json.dumps({"chapters": [{"startTime": 1, "title": "A"}], "version": "1"}), (("A", 1),)),
    ],
)  # fmt: skip
def test_chapters_are_titles_and_seconds(text: str, read: tuple[tuple[str, float], ...]) -> None:
    assert read_chapters(text) == Chapters(read)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("5", "a chapter has to be an object, and not 5"),
        ('{"title": "B"}', "the startTime None is not a number of seconds; the chapter is left out"),
        ('{"startTime": -1, "title": "B"}', "the startTime -1 is not a number of seconds; the chapter is left out"),
        ('{"startTime": true, "title": "B"}', "the startTime True is not a number of seconds; the chapter is left out"),
        ('{"startTime": NaN, "title": "B"}', "the startTime nan is not a number of seconds; the chapter is left out"),
        ('{"startTime": "x", "title": ""}', "the startTime 'x' is not a number of seconds; the chapter is left out"),
        ('{"startTime": 8, "title": 5}', "the chapter at second 8 has no title; it is left out"),
        ('{"startTime": 8}', "the chapter at second 8 has no title; it is left out"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line_and_the_rest_is_read(value: str, reason: str) -> None:
    first = '{\n"startTime": 0,\n"title": "A"\n}'
    odd = '{"x": {"chapters": [7]}, "chapters": [\n1, 2], "version": "1",'  # of two keys the last counts, as in `json`
    read = read_chapters(of(first, value, '{"startTime": 9, "title": "C"}', before=odd))
    assert read == Chapters((("A", 0), ("C", 9)), ((8, reason),))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1), ('{"chapters": [\n{"startTime": 0},\n}', 3), ("[]", 1), ('{"chapters": {}}', 1), ("WEBVTT", 1),
        ('{"version": "1"}', 1), ("[" * 200_000, None), ('{"chapters": [' + "9" * 5000 + "]}", None),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_file_of_chapters_is_refused(text: str, line: int | None) -> None:
    with pytest.raises(BadFile) as raised:
        read_chapters(text)
    assert raised.value.line == line


def test_too_much_is_refused_or_told(monkeypatch: pytest.MonkeyPatch) -> None:
    text = of(*(f'{{"startTime": {i}, "title": "{i}"}}' for i in range(5)))
    monkeypatch.setattr(chapters, "MAX_CHAPTERS", 2)
    assert read_chapters(text) == Chapters((("0", 0), ("1", 1)), ((1, "5 chapters; the first 2 are read"),))
    monkeypatch.setattr(chapters, "MAX_CHARACTERS", 20)
    with pytest.raises(BadFile, match="the limit is 20"):
        read_chapters(text)
