"""Tests misspelt keys, text below the front matter, and an archive that withdraws all its episodes."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import CountingProgress, FakeEmbedder, read_episode, settings_for, source_of, write_person

from index.archive import Archive
from index.building.build import BuildError, build_index
from ingest.formats.base import ReadEpisode
from ingest.formats.people import read_people
from ingest.front_matter.files import SourceFile, Unpublished
from ingest.report import IngestReport

HEAD = "title: Kilns\nguests: [ilva]\nids: {youtube: abcdefghijk}\n"
TALK = "transcript:\n- line: Light it from the dry side.\n  sec: 3\n  who: Ilva\n"


def read(root: Path, front: str, below: str = "") -> ReadEpisode:
    write_person(root, "ilva", "Ilva Nadrostek")
    path = root / "_podcast" / "one.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{front}---\n{below}")
    return read_episode(SourceFile(path, root, "_podcast/one.md", "one.md"), read_people(root)[0])


def told(result: ReadEpisode) -> list[str]:
    return [problem.reason for problem in result.problems]


class TestKeys:
    @pytest.mark.parametrize(
        ("key", "meant"), [("guest: [ilva]", "guests"), ("topic: clay", "topics"), ("publshed: false", "published")]
    )
    def test_a_misspelt_key_is_told_with_what_is_meant(self, tmp_path: Path, key: str, meant: str) -> None:
        assert told(read(tmp_path, HEAD + key + "\n" + TALK)) == [
            f"the key {key.split(':')[0]!r} is not read (is {meant!r} meant?)"
        ]

    def test_other_keys_of_the_site_are_not_told(self, tmp_path: Path) -> None:
        others = "date: 2024-01-01\nimage: a.jpg\nlinks: {a: b}\nintro: x\ndescription: y\nkeywords: z\nduration: 1\n"
        assert told(read(tmp_path, HEAD + others + TALK)) == []

    def test_a_key_in_another_case_is_read_and_told(self, tmp_path: Path) -> None:
        result = read(tmp_path, HEAD.replace("guests", "Guests").replace("title", "TITLE") + TALK)
        assert (result.episode.title, result.episode.guests) == ("Kilns", ("Ilva Nadrostek",))
        assert told(result) == ["the key 'TITLE' is read as 'title'", "the key 'Guests' is read as 'guests'"]

    @pytest.mark.parametrize("key", ["Published: false", "PUBLISHED: No", "published : 'off'"])
    def test_an_episode_is_taken_down_however_the_key_is_written(self, tmp_path: Path, key: str) -> None:
        with pytest.raises(Unpublished):
            read(tmp_path, HEAD + key + "\n" + TALK)

    @pytest.mark.parametrize("value", ["0", "never", "n", "[false]", "2024-03-04"])
    def test_a_switch_that_is_neither_on_nor_off_is_told(self, tmp_path: Path, value: str) -> None:
        (reason,) = told(read(tmp_path, f"{HEAD}published: {value}\n{TALK}"))
        assert reason.startswith("published is neither true nor false")

    @pytest.mark.parametrize("value", ["true", "yes", "~", ""])
    def test_a_switch_that_is_on_or_empty_is_not_told(self, tmp_path: Path, value: str) -> None:
        assert told(read(tmp_path, f"{HEAD}published: {value}\n{TALK}")) == []

    def test_a_time_under_an_unknown_key_is_told_though_it_holds_no_words(self, tmp_path: Path) -> None:
        result = read(tmp_path, HEAD + TALK.replace("sec:", "start:"))
        assert "the key 'start' is not known (is 'sec' meant?): 0 words in 1 entries are left out" in told(result)

    @pytest.mark.parametrize("guest", ["Ilva", "ILVA", "ilva.md", "Ilva.MD"])
    def test_a_guests_id_is_found_whatever_its_case_and_suffix(self, tmp_path: Path, guest: str) -> None:
        result = read(tmp_path, HEAD.replace("[ilva]", f"[{guest}]") + TALK)
        assert (result.episode.guests, told(result)) == (("Ilva Nadrostek",), [])

    @pytest.mark.parametrize(
        ("video", "taken"),
        [
            ("coming-soon", False), ("Placeholder", False), ("not_yet_out", False), ("TO-BE-ADDED", False),
            ("abcdefghijk", True), ("dQw4w9WgXcQ", True), ("'-bcdefghij8'", True), ("AAAAAAAAADF", True),
        ],
    )  # fmt: skip
    def test_words_of_eleven_letters_are_no_video(self, tmp_path: Path, video: str, taken: bool) -> None:
        result = read(tmp_path, HEAD.replace("abcdefghijk", video) + TALK)
        assert result.episode.video == (video.strip("'") if taken else None)
        assert len(told(result)) == int(not taken)

    @pytest.mark.parametrize("second", ["'0:01:05,500'", "'1:05.500'", "65.5"])
    def test_seconds_as_subtitles_write_them(self, tmp_path: Path, second: str) -> None:
        assert read(tmp_path, HEAD + TALK.replace("3", second)).episode.segments[0].start == 65.5


class TestBelow:
    def test_lines_of_a_transcript_below_the_front_matter_are_counted_and_told(self, tmp_path: Path) -> None:
        result = read(tmp_path, HEAD + TALK, "- line: Then wait a day.\n  who: Ilva\n---\n")
        assert (result.counts.words_in, result.counts.words, result.counts.words_unaccounted) == (10, 6, 0)
        assert result.counts.words_left_out == {"below the front matter": 4}
        assert "below the front matter" in told(result)[0]

    def test_links_and_text_of_the_page_are_not_told(self, tmp_path: Path) -> None:
        result = read(tmp_path, HEAD + TALK, "Links:\n\n* [Who is who](https://a.example)\nThe line: a text.\n")
        assert (told(result), result.counts.words_in) == ([], 6)


class TestTakenBack:
    """`published: false`, a new name or a deletion of everything; damaged files do not count."""

    def ingest(self, root: Path) -> IngestReport:
        return build_index(
            source_of(root), settings_for(root.parent / "data"), FakeEmbedder(), CountingProgress()
        )  # fmt: skip

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        root = tmp_path / "archive"
        read(root, HEAD + TALK)
        assert self.ingest(root).episodes == 1
        return root

    @pytest.mark.parametrize("how", ["renamed", "unpublished", "deleted", "beside a damaged one"])
    def test_an_archive_without_a_published_episode_leaves_nothing_to_quote(self, root: Path, how: str) -> None:
        holder = Archive(settings_for(root.parent / "data"), FakeEmbedder())
        assert holder.index.passages
        path = root / "_podcast" / "one.md"
        if how == "unpublished":
            path.write_text(path.read_text().replace("title:", "published: false\ntitle:"))
        elif how == "deleted":
            path.unlink()
        else:
            path.rename(path.with_name("_one.md"))
        if how == "beside a damaged one":
            path.with_name("two.md").write_text("no front matter")
        report = self.ingest(root)
        assert (report.changed, report.episodes, report.removed_episodes) == (True, 0, 1)
        assert "the index is empty now" in report.problems[-1].reason
        assert not holder.index.passages
        holder.close()

    def test_damage_alone_leaves_the_index_as_it_was(self, root: Path) -> None:
        (root / "_podcast" / "one.md").write_text("no front matter")
        with pytest.raises(BuildError, match="left as it was"):
            self.ingest(root)

    def test_another_archive_without_episodes_leaves_the_index_as_it_was(self, root: Path) -> None:
        other = root.parent / "other"
        (other / "_podcast").mkdir(parents=True)
        with pytest.raises(BuildError, match="left as it was"):
            self.ingest(other)
