"""Tests the seasonal and the flat layout: each of their traps is read right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from layouts import (
    GUEST,
    LONG,
    RECORD,
    SAID,
    SEASONAL,
    SPOKEN,
    TALK,
    line,
    put,
    read_layouts,
    said,
    write_flat,
    write_old,
    write_seasonal,
    yaml_of,
)  # fmt: skip

from ingest.models import Role

SITE = "https://datatalks.club/podcast"


def chapters(root: Path) -> list[tuple[str, str]]:
    """The title of each chapter and the first word said in it."""
    episode = read_layouts(root).episode
    return [(one.title, episode.segments[one.first].text.split()[0]) for one in episode.chapters]


class TestBothLayouts:
    def test_an_episode_has_the_same_passages_from_all_three_layouts(self, tmp_path: Path) -> None:
        for write in (write_old, write_seasonal, write_flat):
            write(tmp_path / write.__name__)
        old, seasonal, flat = (read_layouts(tmp_path / f"write_{name}") for name in ("old", "seasonal", "flat"))
        assert old.rows["kilns"].passages == seasonal.rows["kilns"].passages == flat.rows["kilns"].passages
        assert old.episode == seasonal.episode == flat.episode
        assert old.report.counts == seasonal.report.counts == flat.report.counts

    def test_the_keys_may_stand_in_any_order(self, tmp_path: Path) -> None:
        path = write_seasonal(tmp_path)
        authored = read_layouts(tmp_path).episode
        keys = {"slug": "kilns"} | RECORD | {"transcript": "e01-transcript.yaml"}
        put(path, yaml_of(dict(sorted(keys.items()))))
        put(tmp_path / SPOKEN, yaml_of({"segments": [dict(sorted(one.items())) for one in TALK], "podcast": "kilns"}))
        assert read_layouts(tmp_path).episode == authored

    def test_notes_and_other_texts_of_the_record_are_not_spoken(self, tmp_path: Path) -> None:
        write_seasonal(tmp_path, notes="**Q: Which wood?**\n\n- line: none of this is talk\n", resources=[])
        read = read_layouts(tmp_path)
        assert read.report.counts.words == sum(len(one["line"].split()) for one in TALK if "line" in one)
        assert not any("notes" in told for told in read.told)

    def test_seconds_beyond_the_duration_are_kept(self, tmp_path: Path) -> None:
        write_seasonal(tmp_path, duration="PT00H01M00S")
        assert [round(one.start) for one in read_layouts(tmp_path).episode.segments] == [5, 62, 130]

    def test_two_episodes_of_one_number_are_two_with_pages_of_their_own(self, tmp_path: Path) -> None:
        write_seasonal(tmp_path, "kilns", said("#One", "First"), place="s03/e04", season=3, episode=4)
        write_seasonal(
            tmp_path, "slate", said("#Two", "Second"), place="s03/e04-slate", season=3, episode=4, title="Slate"
        )
        rows = read_layouts(tmp_path).rows
        assert {slug: row.episode.page for slug, row in rows.items()} == {
            "kilns": f"{SITE}/s03e04/kilns",
            "slate": f"{SITE}/s03e04/slate",
        }
        assert {row.episode.number for row in rows.values()} == {4}

    def test_what_begins_with_an_underscore_is_withdrawn_wherever_it_stands(self, tmp_path: Path) -> None:
        write_seasonal(tmp_path)
        write_flat(tmp_path, "_dam", said("Dam"))
        write_seasonal(tmp_path, "_sluice", said("Sluice"), place="s02/e01")
        write_seasonal(tmp_path, "weir", said("Weir"), place="s02/e02", published=False, transcript="e09.yaml")
        write_seasonal(tmp_path, "lock", said("Lock"), place="s02/_e03")
        (tmp_path / "podcasts" / "_draft").mkdir()
        put(tmp_path / "podcasts" / "_draft" / "mole.yaml", ": no YAML [")
        read = read_layouts(tmp_path)
        assert set(read.rows) == {"kilns"}
        assert {"dam", "sluice", "weir", "lock"} <= read.unread.unpublished
        assert sum("unpublished" in one for one in read.told) == 5
        assert read.report.counts.words_left_out["unpublished"] == 3 * (1 + len(LONG.split()))
        assert not read.unread.damaged


class TestIdentity:
    def test_a_slug_that_ends_in_md_is_the_old_file_of_twice_that_ending(self, tmp_path: Path) -> None:
        write_seasonal(tmp_path / "new", "kilns.md")
        write_old(tmp_path / "old", "kilns.md")  # the file `kilns.md.md`
        new, old = read_layouts(tmp_path / "new").episode, read_layouts(tmp_path / "old").episode
        assert new == old
        assert (new.slug, new.name, new.page) == ("kilns", "kilns.md", f"{SITE}/s01e01/kilns.md")

    @pytest.mark.parametrize(
        ("slug", "season", "number", "page"),
        [
            ("s24e04-kilns", 24, 4, "s24e04/kilns"),
            ("s24e04-kilns", 24, 5, "s24e05/s24e04-kilns"),
            ("kilns", 3, 10, "s03e10/kilns"),
            ("kilns", None, 10, "kilns.html"),
            ("kilns", 3, None, "kilns.html"),
        ],
    )
    def test_the_page_is_named_by_number_and_the_rest_of_the_slug(
        self, tmp_path: Path, slug: str, season: int | None, number: int | None, page: str
    ) -> None:
        write_seasonal(tmp_path, slug, season=season, episode=number)
        assert read_layouts(tmp_path).episode.page == f"{SITE}/{page}"

    @pytest.mark.parametrize("slug", ["../x", "a/b", "a\\b", ".hidden", "..", "x" * 201, "_/x", ".md"])
    def test_a_slug_that_can_be_no_name_is_refused(self, tmp_path: Path, slug: str) -> None:
        write_seasonal(tmp_path, slug)
        read = read_layouts(tmp_path)
        assert read.rows == {}
        (told,) = read.told
        assert "unpublished" in told if slug[0] == "_" else f"{SEASONAL}:1: the slug" in told

    def test_of_two_files_with_one_slug_the_second_is_told(self, tmp_path: Path) -> None:
        write_seasonal(tmp_path)
        write_seasonal(tmp_path, "kilns", said("Other"), place="s01/e02")
        read = read_layouts(tmp_path)
        assert SAID in {segment.text for segment in read.episode.segments}
        assert read.told == ["podcasts/s01/e02.yaml: a second file for the slug 'kilns'"]


class TestLinksAndDays:
    @pytest.mark.parametrize("written", ["aB3dE5gH7jA", "aB3dE5gH7jA&t", "aB3dE5gH7jA&t=5s"])
    def test_a_videos_id_may_end_in_a_parameter(self, tmp_path: Path, written: str) -> None:
        write_seasonal(tmp_path, ids={"youtube": written})
        read = read_layouts(tmp_path)
        assert read.episode.video == "aB3dE5gH7jA"
        assert read.episode.url(62.4) == "https://www.youtube.com/watch?v=aB3dE5gH7jA&t=62"
        assert read.told == []

    @pytest.mark.parametrize("ids", [{"youtube": "TODO"}, {"youtube": None}, {}, None])
    def test_an_episode_without_a_video_links_to_its_page(self, tmp_path: Path, ids: Any) -> None:
        write_seasonal(tmp_path, ids=ids, links={"youtube": "TODO"})
        read = read_layouts(tmp_path)
        assert read.episode.video is None
        assert read.episode.url(62) == read.episode.page == f"{SITE}/s01e01/kilns"
        assert [told.rpartition(": ")[2] for told in read.told] == ["its citations link to the episode's page"]

    def test_a_line_has_its_place_among_all_segments_counted_from_0(self, tmp_path: Path) -> None:
        write_seasonal(tmp_path)
        episode = read_layouts(tmp_path).episode
        assert [segment.row for segment in episode.segments] == [1, 2, 4]
        assert episode.line_url(episode.segments[2].row) == f"{SITE}/s01e01/kilns#transcript-entry-4"
        assert episode.line_url(None) == ""

    def test_dropped_and_cut_lines_do_not_shift_the_others(self, tmp_path: Path) -> None:
        long = " ".join(f"The kiln of year {i} burned well and long." for i in range(40))
        copied = [line(SAID), line(SAID, 9, "Ilva")]
        write_seasonal(tmp_path, "kilns", [*copied, {"header": "Years"}, line(long, 30, "Ilva"), *said("End")])
        rows = [segment.row for segment in read_layouts(tmp_path).episode.segments]
        assert rows == [1, *[3] * (len(rows) - 2), 4]
        assert len(rows) > 3

    @pytest.mark.parametrize(
        ("changes", "dated"),
        [
            ({}, ("2021-02-23", "published")),
            ({"dateadded": None}, None),
            ({"dateadded": None, "date": "2022-03-04"}, None),
            ({"dateadded": "soon"}, None),
        ],
    )
    def test_the_day_of_publication_may_be_missing(self, tmp_path: Path, changes: Any, dated: Any) -> None:
        write_seasonal(tmp_path, **changes)
        read = read_layouts(tmp_path)
        assert read.episode.dated == dated
        assert [told for told in read.told if "dateadded is not a date" in told] == (
            [f"{SEASONAL}:18: dateadded is not a date: 'soon'"] if changes.get("dateadded") else []
        )


class TestHeaders:
    @pytest.mark.parametrize(
        ("texts", "found"),
        [
            (["#One", "a", "#Two", "b"], [("One", "a"), ("Two", "b")]),
            (["#One", "#Two", "a"], [("Two", "a")]),
            (["a", "#One", "b"], [("Kilns in winter", "a"), ("One", "b")]),
            (["a", "b"], [("Kilns in winter", "a")]),
            (["#One", "a", "#Two"], [("One", "a")]),
        ],
        ids=["plain", "two in a row", "words before any", "none", "one at the end"],
    )
    def test_chapters_begin_at_headers(self, tmp_path: Path, texts: list[str], found: list[tuple[str, str]]) -> None:
        write_seasonal(tmp_path, "kilns", said(*texts))
        assert chapters(tmp_path) == found
        empty = sum(text[0] == "#" for text in texts) - len(found) + (found[0][0] == "Kilns in winter")
        assert read_layouts(tmp_path).report.counts.headers_empty == empty

    def test_without_headers_the_clips_are_the_chapters(self, tmp_path: Path) -> None:
        clips = [{"name": "Wet", "startOffset": 0}, {"name": "Dry", "startOffset": 10}]
        write_seasonal(tmp_path, "kilns", said("a", "b", "c"), quotableClips=clips)
        assert chapters(tmp_path) == [("Wet", "a"), ("Dry", "b")]

    def test_a_header_before_lines_without_a_second_is_moved_to_the_time_of_its_clip(self, tmp_path: Path) -> None:
        early = [
            *said("#One", "a"),
            {"header": "Two"},
            line(f"b {LONG}"),
            line(f"c {LONG}"),
            line(f"d {LONG}", 90, "Ilva"),
        ]
        write_seasonal(tmp_path, "kilns", early)
        assert chapters(tmp_path) == [("One", "a"), ("Two", "b")]
        write_seasonal(tmp_path, "kilns", early, quotableClips=[{"name": "Two", "startOffset": 90}])
        assert chapters(tmp_path) == [("One", "a"), ("Two", "d")]
        counts = read_layouts(tmp_path).report.counts
        assert (counts.headers_early, counts.repeated_lines) == (1, 0)


class TestCopies:
    def test_a_line_without_second_and_speaker_that_the_next_repeats_is_dropped_and_counted(
        self, tmp_path: Path
    ) -> None:
        texts = [f"{word} {LONG}" for word in ("a", "b", "c")]
        doubled = [one for i, text in enumerate(texts) for one in (line(text), line(text, 10 * i, "Ilva"))]
        write_seasonal(tmp_path, "kilns", [{"header": "One"}, *doubled])
        read = read_layouts(tmp_path)
        assert [(one.text, one.start, one.speaker, one.row) for one in read.episode.segments] == [
            (text, 10 * i, GUEST, 2 + 2 * i) for i, text in enumerate(texts)
        ]
        assert read.report.counts.repeated_lines == 3
        assert read.report.counts.words_left_out == {"repeated": 3 * (1 + len(LONG.split()))}

    def test_a_copy_before_a_header_leaves_its_line_in_the_chapter_where_it_was_said(self, tmp_path: Path) -> None:
        copied = [*said("#One", "a"), line(f"b {LONG}"), {"header": "Two"}, line(f"b {LONG}", 40, "Ilva")]
        write_seasonal(tmp_path, "kilns", copied)
        assert chapters(tmp_path) == [("One", "a"), ("Two", "b")]

    def test_a_copy_behind_a_header_does_not_move_the_header(self, tmp_path: Path) -> None:
        copied = [*said("#One", "a"), {"header": "Two"}, line(f"b {LONG}"), line(f"b {LONG}", 40, "Ilva")]
        write_seasonal(tmp_path, "kilns", copied, quotableClips=[{"name": "Two", "startOffset": 40}])
        assert chapters(tmp_path) == [("One", "a"), ("Two", "b")]
        assert read_layouts(tmp_path).report.counts.headers_early == 0

    def test_lines_with_a_speaker_and_no_second_continue_the_turn(self, tmp_path: Path) -> None:
        write_seasonal(
            tmp_path, "kilns", [*said("a"), line(f"b {LONG}", None, "Ilva"), line(f"c {LONG}", 60, "Alexey")]
        )
        segments = read_layouts(tmp_path).episode.segments
        assert [(one.turn, one.estimated, one.role) for one in segments] == [
            (0, False, Role.GUEST),
            (0, True, Role.GUEST),
            (1, False, Role.HOST),
        ]
