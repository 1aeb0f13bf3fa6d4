"""Tests the seasonal and the flat layout: traps are read right, faults named with file and line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from layouts import GUEST, RECORD, SAID, TALK, put, read_layouts, write_flat, write_old, write_seasonal, yaml_of

from ingest.models import Role

SEASONAL = "podcasts/s01/e01.yaml"
SPOKEN = "podcasts/s01/e01-transcript.yaml"
SITE = "https://datatalks.club/podcast"
LONG = "this paragraph is long enough to be no interjection of anybody"


def line(text: str, second: int | None = None, who: str | None = None) -> dict[str, Any]:
    return {key: value for key, value in {"line": text, "sec": second, "who": who}.items() if value is not None}


def said(*texts: str) -> list[Any]:
    """A transcript of the guest, ten seconds a line; a text that begins with `#` is a header."""
    return [
        {"header": text[1:]} if text[0] == "#" else line(f"{text} {LONG}", 10 * i, "Ilva")
        for i, text in enumerate(texts)
    ]


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


def spoken(text: str | bytes) -> Callable[[Path], Any]:
    return lambda root: put(root / SPOKEN, text)


def record(text: str | bytes) -> Callable[[Path], Any]:
    return lambda root: put(root / SEASONAL, text)


def with_keys(**changes: Any) -> Callable[[Path], Any]:
    return lambda root: write_seasonal(root, **changes)


def outside(root: Path) -> None:
    """The transcript is a link to a file beside the archive."""
    put(root.parent / "secret.yaml", (root / SPOKEN).read_bytes())
    (root / SPOKEN).unlink()
    (root / SPOKEN).symlink_to(root.parent / "secret.yaml")


HEAD = "slug: kilns\ntitle: Kilns\n"
NAMED = "transcript: e01-transcript.yaml\n"
NO_YAML = "invalid YAML: "
REFUSED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no such transcript": (
        lambda root: (root / SPOKEN).unlink(),
        f"{SEASONAL}:19: its transcript {SPOKEN}: no such file",
    ),
    "a transcript of another episode": (
        spoken("segments: [{line: Hello}]\npodcast: slate\n"),
        f"{SPOKEN}:2: the transcript is another episode's: `podcast` is 'slate', the episode's slug 'kilns'",
    ),
    "no segments": (spoken("podcast: kilns\n"), f"{SPOKEN}:1: the transcript has no `segments`"),
    "segments misspelt": (
        spoken("podcast: kilns\nsegment: [{line: Hello}]\n"),
        f"{SPOKEN}:1: the transcript has no `segments` (is 'segment' on line 2 meant for it?)",
    ),
    "segments of another type": (
        spoken("podcast: kilns\nsegments: none yet\n"),
        f"{SPOKEN}:2: the transcript is not a list",
    ),
    "empty segments": (spoken("podcast: kilns\nsegments: []\n"), f"{SPOKEN}:2: no transcript"),
    "an empty transcript file": (spoken(""), f"{SEASONAL}:19: its transcript {SPOKEN}:1: the file is not a mapping"),
    "only headers": (
        spoken("podcast: kilns\nsegments:\n- header: One\n"),
        f"{SPOKEN}:2: the transcript holds no words",
    ),
    "wrong YAML in the transcript": (
        spoken("podcast: kilns\nsegments:\n- line: a: b\n"),
        f"{SEASONAL}:19: its transcript {SPOKEN}:3: {NO_YAML}mapping values are not allowed in this context",
    ),
    "wrong YAML in the record": (
        record(f"{HEAD}{NAMED}short: a: b\n"),
        f"{SEASONAL}:4: {NO_YAML}mapping values are not allowed in this context",
    ),
    "no UTF-8": (record(HEAD.encode() + b"short: \xff\n"), f"{SEASONAL}:3: not UTF-8 text: invalid start byte"),
    "a record that is a list": (record("- slug: kilns\n"), f"{SEASONAL}:1: the file is not a mapping"),
    "an empty record": (record(""), f"{SEASONAL}:1: the file is not a mapping"),
    "no title": (with_keys(title=None), f"{SEASONAL}: the episode has no title"),
    "no slug": (record(f"title: Kilns\n{NAMED}"), f"{SEASONAL}: the episode has no slug"),
    "the slug misspelt": (
        record(f"title: Kilns\nslugg: kilns\n{NAMED}"),
        f"{SEASONAL}: the episode has no slug (is 'slugg' on line 2 meant for it?)",
    ),
    "no transcript": (with_keys(transcript=None), f"{SEASONAL}: no transcript"),
    "the transcript misspelt": (
        with_keys(transcript=None, transcripts="e01-transcript.yaml"),
        f"{SEASONAL}: no transcript (is 'transcripts' on line 19 meant for it?)",
    ),
    "a transcript of another type": (
        with_keys(transcript={"file": "x"}),
        f"{SEASONAL}:19: no transcript ({{'file': 'x'}} is no file's name)",
    ),
    "a transcript above podcasts/": (
        with_keys(transcript="../../secret.yaml"),
        f"{SEASONAL}:19: its transcript '../../secret.yaml' is outside podcasts/; it is not read",
    ),
    "a transcript by its whole path": (
        with_keys(transcript="/etc/hostname"),
        f"{SEASONAL}:19: its transcript '/etc/hostname' is outside podcasts/; it is not read",
    ),
    "a name that no file can have": (
        with_keys(transcript="x" * 300 + ".yaml"),
        f"{SEASONAL}:19: its transcript podcasts/s01/{'x' * 287}: no such file",
    ),
    "a transcript that is a folder": (
        lambda root: ((root / SPOKEN).unlink(), (root / SPOKEN).mkdir()),
        f"{SEASONAL}:19: its transcript {SPOKEN}: not a regular file",
    ),
    "a withdrawn transcript": (
        lambda root: write_seasonal(root, transcript="_-transcript.yaml")
        and (root / SPOKEN).rename(root / "podcasts/s01/_-transcript.yaml"),
        f"{SEASONAL}:19: its transcript podcasts/s01/_-transcript.yaml: unpublished: ",
    ),
    "a link out of the archive": (
        outside,
        f"{SEASONAL}:19: its transcript {SPOKEN}: a link that leads out of the archive; it is not followed",
    ),
    "a huge transcript": (
        spoken(b"#" * 1_048_577),
        f"{SEASONAL}:19: its transcript {SPOKEN}: 1,048,577 bytes; the limit is 1,048,576",
    ),
    "a huge record": (record(b"#" * 1_048_577), f"{SEASONAL}: 1,048,577 bytes; the limit is 1,048,576"),
}  # fmt: skip


class TestFaults:
    @pytest.mark.parametrize("name", REFUSED)
    def test_a_faulty_episode_is_refused_by_file_and_line_and_the_next_is_read(self, tmp_path: Path, name: str) -> None:
        root = tmp_path / "archive"
        write_seasonal(root)
        write_seasonal(root, "slate", said("#Roof", "a"), place="s01/e02", title="Slate")
        damage, told = REFUSED[name]
        damage(root)
        read = read_layouts(root)
        assert set(read.rows) == {"slate"}
        unnamed = [one for one in read.told if one.endswith("no episode names this transcript; it is not read")]
        (found,) = [one for one in read.told if one not in unnamed]
        assert found.startswith(told)
        assert len(unnamed) <= 1

    def test_words_of_a_transcript_are_counted_though_its_record_cannot_be_read(self, tmp_path: Path) -> None:
        write_seasonal(tmp_path)
        put(tmp_path / SEASONAL, f"{NAMED}{HEAD}short: a: b\n")
        words = sum(len(one["line"].split()) for one in TALK if "line" in one)
        assert read_layouts(tmp_path).report.counts.words_left_out == {"in a file that was skipped": words}

    @pytest.mark.parametrize(
        ("damage", "told"),
        [
            (with_keys(guest=["osric"]), f"{SEASONAL}:20: the key 'guest' is not read (is 'guests' meant?)"),
            (
                lambda root: put(root / SEASONAL, f"{HEAD}ids: {{youtube: aB3dE5gH7jA}}\ntranscript: x\n{NAMED}"),
                f"{SEASONAL}:5: the key 'transcript' stands twice; the last is read",
            ),
            (
                spoken(yaml_of({"podcats": "slate", "segments": TALK})),
                f"{SPOKEN}:1: the key 'podcats' is not read (is 'podcast' meant?)",
            ),
            (
                spoken(yaml_of({"podcast": "kilns", "Segments": TALK})),
                f"{SPOKEN}:2: the key 'Segments' is read as 'segments'",
            ),
            (
                spoken(yaml_of({"podcast": "kilns", "segments": [*TALK, {"lines": SAID}]})),
                f"{SPOKEN}:17: the key 'lines' is not known (is 'line' meant?): 18 words in 1 entries are left out",
            ),
            (with_keys(season="three"), f"{SEASONAL}:5: the season is not a number: 'three'"),
        ],
    )
    def test_what_is_odd_is_told_and_the_rest_is_read(
        self, tmp_path: Path, damage: Callable[[Path], Any], told: str
    ) -> None:
        write_seasonal(tmp_path)
        damage(tmp_path)
        read = read_layouts(tmp_path)
        assert SAID in {segment.text for segment in read.episode.segments}
        assert told in read.told

    def test_a_transcript_in_the_record_itself_is_read(self, tmp_path: Path) -> None:
        write_seasonal(tmp_path)
        whole = read_layouts(tmp_path).rows["kilns"].passages
        write_seasonal(tmp_path, transcript=TALK)
        read = read_layouts(tmp_path)
        assert read.rows["kilns"].passages == whole
        assert read.told == [f"{SPOKEN}: no episode names this transcript; it is not read"]

    def test_files_that_nothing_reads_are_named(self, tmp_path: Path) -> None:
        write_flat(tmp_path)
        for name in ("transcripts/stray.yaml", "s01/e09-transcript.yaml", "s01/e09.yml", "notes.txt", ".keep"):
            put(tmp_path / "podcasts" / name, "x")
        assert read_layouts(tmp_path).told == [
            "podcasts/notes.txt: its name does not end in .yaml; it is not read",
            "podcasts/s01/e09-transcript.yaml: no episode names this transcript; it is not read",
            "podcasts/s01/e09.yml: its name does not end in .yaml; it is not read",
            "podcasts/transcripts/stray.yaml: no episode names this transcript; it is not read",
        ]

    @pytest.mark.parametrize(
        "written", ["'e01-transcript.yaml'", '"e01-transcript.yaml" # words', "e01-transcript.yaml "]
    )
    def test_the_name_of_a_transcript_may_be_quoted(self, tmp_path: Path, written: str) -> None:
        path = write_seasonal(tmp_path)
        put(path, path.read_text().replace("transcript: e01-transcript.yaml", f"transcript: {written}"))
        read = read_layouts(tmp_path)
        assert len(read.rows) == 1
        assert read.told == []

    def test_a_link_to_a_folder_outside_is_not_followed(self, tmp_path: Path) -> None:
        write_seasonal(tmp_path / "other", "slate", place="s01/e01")
        write_seasonal(tmp_path / "archive")
        os.symlink(tmp_path / "other" / "podcasts" / "s01", tmp_path / "archive" / "podcasts" / "s02")
        assert set(read_layouts(tmp_path / "archive").rows) == {"kilns"}
