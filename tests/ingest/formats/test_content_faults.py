"""Tests faults in the files of the seasonal and the flat layout: each is named with its file and line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from layouts import SAID, SEASONAL, SPOKEN, TALK, put, read_layouts, said, write_flat, write_seasonal, yaml_of


def spoken(text: str | bytes) -> Callable[[Path], Any]:
    return lambda root: put(root / SPOKEN, text)


def record(text: str | bytes) -> Callable[[Path], Any]:
    return lambda root: put(root / SEASONAL, text)


def with_keys(**changes: Any) -> Callable[[Path], Any]:
    return lambda root: write_seasonal(root, **changes)


def folder_instead(root: Path) -> None:
    (root / SPOKEN).unlink()
    (root / SPOKEN).mkdir()


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
        folder_instead,
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
