"""Tests archives of several sources: which of them gives an episode, and what is known from all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes import transcript, write_person
from layouts import GUEST, put, read_layouts, write_flat, write_old, write_seasonal

OWN = """
name = "Slate Talks"
hosts = ["Berit Solheim"]
page = "https://slate.example/{slug}"
[video]
service = "vimeo"
"""


def transcript_of(slug: str) -> list[dict[str, Any]]:
    return transcript(slug, GUEST, 6)


def write_event(root: Path, video: str, day: str) -> None:
    put(root / "_data" / "events.yaml", f"- time: {day} 17:00:00\n  youtube: https://youtu.be/{video}\n")


def test_of_an_episode_that_several_sources_hold_the_first_gives_it_and_the_others_are_counted(tmp_path: Path) -> None:
    new, flat, old = (tmp_path / name for name in ("new", "flat", "old"))
    write_seasonal(new, "kilns.md", title="The new title")
    write_flat(flat, "kilns.md", title="The flat title")
    write_flat(flat, "slate", transcript_of("slate"), title="Slate")
    for slug in ("kilns.md", "slate", "weir"):
        write_old(old, slug, transcript_of(slug), title="The old title")
    read = read_layouts(new, flat, old)
    assert {slug: row.episode.title for slug, row in read.rows.items()} == {
        "kilns": "The new title",
        "slate": "Slate",
        "weir": "The old title",
    }
    assert read.report.copies == 3
    assert read.told == []


def test_a_folder_in_the_middle_of_its_move_gives_the_new_files_first(tmp_path: Path) -> None:
    write_old(tmp_path, "kilns", title="The old title")
    write_seasonal(tmp_path, "kilns", title="The new title")
    read = read_layouts(tmp_path)
    assert read.episode.title == "The new title"
    assert (read.report.copies, read.told) == (1, [])


def test_an_episode_that_is_damaged_in_the_first_source_comes_from_the_next(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    put(write_seasonal(new), "slug: kilns\ntitle: [\n")
    write_old(old)
    read = read_layouts(new, old)
    assert set(read.rows) == {"kilns"}
    assert read.report.copies == 0
    assert len(read.report.skipped) == 2  # the record, and the transcript that no record names now


@pytest.mark.parametrize("withdrawn", ["name", "published", "slug"])
def test_an_episode_that_the_first_source_withdraws_is_not_read_from_the_next(tmp_path: Path, withdrawn: str) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    if withdrawn == "name":
        write_flat(new, "_kilns")
    else:
        write_seasonal(new, "_kilns" if withdrawn == "slug" else "kilns", published=withdrawn == "slug")
    write_old(old)
    read = read_layouts(new, old)
    assert read.rows == {}
    assert len(read.told) == 2
    assert read.told[1] == "_podcast/kilns.md: a source before it withdraws the episode; it is not read"


def test_people_and_days_come_from_any_source_and_of_two_the_first_counts(tmp_path: Path) -> None:
    new, people, old = (tmp_path / name for name in ("new", "people", "old"))
    write_seasonal(new, "kilns", ids={"youtube": "aB3dE5gH7jA&t"})
    (new / "_people" / "ilva.md").unlink()
    write_person(people, "ilva", GUEST)
    write_event(people, "aB3dE5gH7jA", "2021-02-01")
    write_old(old, "slate", transcript_of("slate"), ids={"youtube": "bB3dE5gH7jA"}, title="Slate")
    write_person(old, "ilva", "Somebody Else")
    write_event(old, "aB3dE5gH7jA", "2022-02-02")
    read = read_layouts(new, people, old)
    assert read.rows["kilns"].episode.guests == (GUEST,)
    assert read.rows["kilns"].episode.dated == ("2021-02-01", "recorded")
    assert read.rows["slate"].episode.dated == ("2021-02-23", "published")


def test_each_source_has_the_facts_of_its_own_descriptor(tmp_path: Path) -> None:
    club, own = tmp_path / "club", tmp_path / "own"
    write_seasonal(club, "kilns")
    segments = [
        {"line": "Welcome, and tell us how you cut a roof of slate by hand.", "sec": 1, "who": "Berit"},
        {"line": "With a hammer that my grandfather made of one piece.", "sec": 9, "who": "Ilva"},
    ]
    write_seasonal(own, "slate", segments, title="Slate", ids={"vimeo": "12345678"})
    put(own / "archive.toml", OWN)
    rows = read_layouts(own, club).rows
    slate, kilns = rows["slate"].episode, rows["kilns"].episode
    assert (slate.page, slate.url(9)) == ("https://slate.example/slate", "https://vimeo.com/12345678#t=9s")
    assert [one.speaker for one in slate.segments] == ["Berit Solheim", GUEST]
    assert kilns.page == "https://datatalks.club/podcast/s01e01/kilns"
    assert kilns.segments[0].speaker == "Alexey Grigorev"
    assert slate.line_url(1) == ""
