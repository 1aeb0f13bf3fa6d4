"""Tests passages: every segment once, never across chapters, near the target length, with stable ids."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import make_archive, read_episode
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats.jekyll import episode_files
from ingest.models import Chapter, Episode, Passage, Role, Segment
from ingest.passages import PassageSettings, passages_of

SETTINGS = PassageSettings(target=100, shortest=30)


def episode(*chapters: list[tuple[str, int]], title: str = "Talk") -> Episode:
    """Chapters as lists of (speaker, number of words); `host` is the host, `?` nobody known."""
    segments: list[Segment] = []
    marks: list[Chapter] = []
    for number, chapter in enumerate(chapters):
        first = len(segments)
        for speaker, length in chapter:
            role = {"host": Role.HOST, "?": Role.UNKNOWN}.get(speaker, Role.GUEST)
            start = 10.0 * len(segments)
            text = " ".join(f"w{len(segments)}x{i}" for i in range(length))
            segments.append(Segment(start, start + 10, speaker, role, text, len(segments)))
        marks.append(Chapter(f"Chapter {number}", segments[first].start, segments[-1].end, first, len(segments)))
    return Episode("talk", "talk", title, 1, 2, ("Ann", "Bob"), (), None, None, tuple(marks), tuple(segments))


def cuts(*chapters: list[tuple[str, int]]) -> list[tuple[int, int]]:
    return [(p.first, p.last) for p in passages_of(episode(*chapters), SETTINGS)]


def test_segments_join_until_the_target_is_reached() -> None:
    assert cuts([("Ann", 41)] * 6) == [(0, 2), (2, 4), (4, 6)]


def test_a_chapter_is_never_crossed_however_short() -> None:
    assert cuts([("Ann", 5)], [("Ann", 5)], [("Ann", 5)]) == [(0, 1), (1, 2), (2, 3)]


def test_the_hosts_question_opens_a_passage_once_half_is_full() -> None:
    assert cuts([("Ann", 60), ("host", 10), ("Ann", 60)]) == [(0, 1), (1, 3)]
    assert cuts([("Ann", 30), ("host", 10), ("Ann", 30)]) == [(0, 3)]


def test_a_short_rest_joins_the_passage_before() -> None:
    assert cuts([("Ann", 90), ("Ann", 90), ("Ann", 10)]) == [(0, 1), (1, 3)]


def test_a_segment_longer_than_the_target_stands_alone() -> None:
    assert cuts([("Ann", 500), ("Ann", 80)]) == [(0, 1), (1, 2)]


def test_a_passage_never_holds_two_places_of_the_recording() -> None:
    talk = episode([("Ann", 20)] * 4)
    jump = tuple(replace(s, start=s.start - 15, end=s.end - 15) if i >= 2 else s for i, s in enumerate(talk.segments))
    assert [(p.first, p.last) for p in passages_of(replace(talk, segments=jump), SETTINGS)] == [(0, 2), (2, 4)]


def test_a_passage_knows_where_it_was_said_and_by_whom() -> None:
    (passage,) = passages_of(episode([("host", 40), ("Ann", 20), ("Bob", 10)]), SETTINGS)
    assert (passage.start, passage.end) == (0, 30)
    assert passage.speaker == "Ann"  # a guest's, though the host says more
    assert passage.text.count("\n") == 2
    assert passage.embedded_text == f"Talk | Ann, Bob | Chapter 0\n{passage.text}"


def test_ids_are_stable_unique_uuids_that_change_with_the_content() -> None:
    talk = episode([("Ann", 41)] * 6)
    ids = [p.id for p in passages_of(talk, SETTINGS)]
    assert ids == [p.id for p in passages_of(talk, SETTINGS)]
    assert len({uuid.UUID(id) for id in ids}) == len(ids)
    changed = replace(talk.segments[5], text=talk.segments[5].text + " more")
    edited = [p.id for p in passages_of(replace(talk, segments=(*talk.segments[:5], changed)), SETTINGS)]
    assert edited[:2] == ids[:2]
    assert edited[2] != ids[2]
    renamed = [p.id for p in passages_of(replace(talk, title="Another"), SETTINGS)]
    assert not set(renamed) & set(ids)  # the title is embedded too


def test_words_said_twice_are_two_passages() -> None:
    talk = episode([("Ann", 90)], [("Ann", 90)])
    twin = replace(talk.segments[1], text=talk.segments[0].text)
    same_title = tuple(replace(chapter, title="Same") for chapter in talk.chapters)
    ids = {p.id for p in passages_of(replace(talk, segments=(talk.segments[0], twin), chapters=same_title), SETTINGS)}
    assert len(ids) == 2


speech = st.lists(st.tuples(st.sampled_from(["host", "Ann", "?"]), st.integers(1, 250)), min_size=1, max_size=12)


@given(st.lists(speech, min_size=1, max_size=4), st.integers(40, 400))
def test_passages_cover_each_chapter_exactly(chapters: list[list[tuple[str, int]]], target: int) -> None:
    talk = episode(*chapters)
    settings = PassageSettings(target=target)
    passages = passages_of(talk, settings)
    check_cover(talk, passages)
    for passage in passages:
        lengths = [s.words for s in talk.segments[passage.first : passage.last]]
        # One long segment, or at most half a segment over the target; and a short rest.
        assert sum(lengths) < max(target + max(lengths) / 2, max(lengths)) + settings.shortest


@pytest.mark.parametrize("target", [40, 140, 400])
def test_passages_of_an_archive(tmp_path: Path, target: int) -> None:
    for file in episode_files(make_archive(tmp_path)):
        talk = read_episode(file, {}).episode
        check_cover(talk, passages_of(talk, PassageSettings(target=target)))


def check_cover(talk: Episode, passages: list[Passage]) -> None:
    assert [i for p in passages for i in range(p.first, p.last)] == list(range(len(talk.segments)))
    for passage in passages:
        chapter = talk.chapters[passage.chapter]
        assert chapter.first <= passage.first < passage.last <= chapter.last
        assert passage.start == talk.segments[passage.first].start
        assert passage.end == talk.segments[passage.last - 1].end
