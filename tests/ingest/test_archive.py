"""Tests reading archive files: what is read and repaired, and that a bad file is named and affects no other."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fakes import (
    HOST,
    as_nobody,
    front_matter,
    guest_name,
    make_archive,
    read_episode,
    source_file,
    write_episode,
    write_person,
)

from ingest.formats.base import ReadEpisode
from ingest.formats.jekyll import episode_files
from ingest.formats.people import read_people
from ingest.front_matter.files import BadFile
from ingest.models import Role

SAID = "transcript:\n- line: Yes.\n  sec: 0\n  who: Ilva\n"
PEOPLE = {"alexeygrigorev": HOST, "ilva": "Ilva Nadrostek", "osric": "Osric Pellamore"}
LONG = "this paragraph is long enough to be no interjection"


def read(tmp_path: Path, transcript: Any, **changes: Any) -> ReadEpisode:
    """An episode with this transcript; `changes` add to or replace the rest of its front matter."""
    front = {"title": "A talk", "guests": ["ilva"], "ids": {"youtube": "abcdefghijk"}, "transcript": transcript}
    file = source_file(tmp_path / "_podcast" / "talk.md", front_matter(front | changes))
    return read_episode(file, PEOPLE)


def read_text(tmp_path: Path, text: str) -> ReadEpisode:
    """An episode whose front matter is this text, after its title, guest and video."""
    head = "---\ntitle: A talk\nguests: [ilva]\nids: {youtube: abcdefghijk}\n"
    return read_episode(source_file(tmp_path / "_podcast" / "talk.md", f"{head}{text}---\n"), PEOPLE)


def refusal(tmp_path: Path, transcript: Any, **changes: Any) -> tuple[str, int | None]:
    with pytest.raises(BadFile) as caught:
        read(tmp_path, transcript, **changes)
    return str(caught.value), caught.value.line


def reasons(result: ReadEpisode) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.reason) for problem in result.problems]


def lines_of(*whos_seconds_texts: tuple[str | None, float | None, str]) -> list[dict[str, Any]]:
    rows = [{"line": text, "sec": second, "who": who} for who, second, text in whos_seconds_texts]
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


class TestEpisode:
    def test_everything_that_an_episode_is(self, tmp_path: Path) -> None:
        result = read(
            tmp_path,
            [{"header": "Start"}, *lines_of(("Alexey", 0, "What is it?"), ("Ilva", 4, "It is  this."))],
            season=3, episode=4, topics=["mlops", "mlops", ["x"], "tools", 7], dateadded="2024-05-06T00:00:00",
            guests=["ilva", "ilva"],
        )  # fmt: skip
        episode = result.episode
        assert (episode.slug, episode.title, episode.season, episode.number) == ("talk", "A talk", 3, 4)
        assert (episode.guests, episode.topics) == (("Ilva Nadrostek",), ("mlops", "tools", "7"))
        assert (episode.video, episode.published) == ("abcdefghijk", "2024-05-06")
        assert [(s.speaker, s.role, s.start, s.text) for s in episode.segments] == [
            (HOST, Role.HOST, 0, "What is it?"),
            ("Ilva Nadrostek", Role.GUEST, 4, "It is this."),
        ]
        assert [(c.title, c.first, c.last) for c in episode.chapters] == [("Start", 0, 2)]
        assert episode.url(65.9) == "https://www.youtube.com/watch?v=abcdefghijk&t=65"
        assert reasons(result) == [(21, "a topic is not text: ['x']")]

    @pytest.mark.parametrize(
        ("season", "page"), [(3, "s03e02/odd%20name%22%3E%3C.md"), (None, "odd%20name%22%3E%3C.md.html")]
    )
    def test_a_page_is_quoted_and_named_after_number_and_file(
        self, tmp_path: Path, season: int | None, page: str
    ) -> None:
        write_episode(tmp_path, 'odd name"><.md', ids=None, season=season)
        (file,) = episode_files(tmp_path)
        result = read_episode(file, PEOPLE)
        assert result.episode.page == f"https://datatalks.club/podcast/{page}"
        assert result.episode.url(5) == result.episode.page
        assert "no YouTube id" in result.problems[-1].reason

    @pytest.mark.parametrize("season", [True, "three", -1, 10**30, 1.5, [1]])
    def test_a_season_that_is_no_count_is_left_out(self, tmp_path: Path, season: Any) -> None:
        result = read(tmp_path, lines_of(("Ilva", 0, "Yes.")), season=season)
        assert result.episode.season is None
        assert [reason.partition(":")[0] for _, reason in reasons(result)] == ["the season is not a number"]

    @pytest.mark.parametrize(
        ("written", "number"), [("010", 10), ("08", 8), ('"3"', 3), ("0", 0), ("~", None), ("", None), ("null", None)]
    )
    def test_a_season_is_read_in_tens_and_nothing_is_no_fault(
        self, tmp_path: Path, written: str, number: int | None
    ) -> None:
        result = read_text(tmp_path, f"season: {written}\nepisode: {written}\n" + SAID)
        assert (result.episode.season, result.episode.number) == (number, number)
        assert result.problems == ()

    def test_a_guest_without_a_page_is_shown_by_id_and_reported_with_its_line(self, tmp_path: Path) -> None:
        result = read(tmp_path, lines_of(("Ilva", 0, "Yes.")), guests=["nobody", 5, "ilva"])
        assert result.episode.guests == ("nobody", "5", "Ilva Nadrostek")
        assert reasons(result) == [
            (4, "guest 'nobody' has no page in _people; the id is shown as the name"),
            (5, "guest '5' has no page in _people; the id is shown as the name"),
        ]
        result = read(tmp_path, lines_of(("Ilva", 0, "Yes.")), guests=[["x"], "ilva"])
        assert reasons(result) == [(4, "a guest is not an id: ['x']")]

    def test_a_clock_of_the_sample_has_its_own_host(self, tmp_path: Path) -> None:
        front = {"title": "S", "guests": ["ilva"], "transcript": lines_of(("Robin", 0, "Hello there."))}
        file = source_file(tmp_path / "_podcast" / "s.md", front_matter(front))
        sample = read_episode(file, PEOPLE, sample=True).episode
        assert sample.segments[0].speaker == "Robin Hale"
        assert sample.url(3) == sample.page  # made up: no link to a recording


class TestRefused:
    @pytest.mark.parametrize(
        ("transcript", "reason", "line"),
        [
            (None, "no transcript", 7),
            ([], "no transcript", 7),
            ("words", "not a list", 7),
            ({"line": "x"}, "not a list", 7),
            ([{"header": "only"}], "holds no words", 7),
            ([{"line": " "}, 3, None, "text", ["x"]], "holds no words", 7),
        ],
    )
    def test_a_transcript_that_is_none(self, tmp_path: Path, transcript: Any, reason: str, line: int) -> None:
        found, where = refusal(tmp_path, transcript)
        assert reason in found
        assert where == line

    @pytest.mark.parametrize("title", [None, "", {"a": "b"}, ["x"], "\u200b"])
    def test_an_episode_without_a_title(self, tmp_path: Path, title: Any) -> None:
        assert refusal(tmp_path, lines_of(("Ilva", 0, "Yes.")), title=title) == ("the episode has no title", 2)


class TestLines:
    def test_odd_entries_are_reported_with_their_lines_and_the_rest_is_read(self, tmp_path: Path) -> None:
        file = source_file(
            tmp_path / "_podcast" / "talk.md",
            "---\ntitle: T\nids: {youtube: abcdefghijk}\ntranscript:\n- 5\n- line: 3\n"
            "- line: fine\n  who: Ilva\n  sec: soon\n- who: Ilva\n- line: too\n  who: Ilva\n  sec: -1\n---\n",
        )
        result = read_episode(file, PEOPLE)
        assert [s.text for s in result.episode.segments] == ["3", "fine", "too"]
        assert reasons(result)[:4] == [
            (5, "a transcript entry is not a mapping: '5'"),
            (7, "a line's second is not a number of seconds: 'soon'"),
            (10, "a transcript entry holds neither a line nor a header"),
            (11, "a line's second is not a number of seconds: '-1'"),
        ]

    @pytest.mark.parametrize("second", ["five", True, -1, 1e6, 10**30, float("nan"), float("inf"), [1], {"a": 1}])
    def test_a_second_that_is_none(self, tmp_path: Path, second: Any) -> None:
        result = read(tmp_path, [{"line": "one two", "sec": second, "who": "Ilva"}])
        assert result.counts.times_missing == 1
        assert "not a number of seconds" in result.problems[0].reason

    def test_a_paragraph_that_repeats_its_neighbour_keeps_the_second_and_the_name(self, tmp_path: Path) -> None:
        result = read(
            tmp_path,
            lines_of((None, None, LONG), ("Ilva", 10, LONG), ("Ilva", 20, "Yeah."), ("Alexey", 21, "Yeah.")),
        )
        assert [(s.text, s.start, s.speaker) for s in result.episode.segments] == [
            (LONG, 10, "Ilva Nadrostek"),
            ("Yeah.", 20, "Ilva Nadrostek"),
            ("Yeah.", 21, HOST),
        ]
        assert result.counts.repeated_lines == 1

    def test_a_paragraph_in_place_of_a_name_is_not_a_speaker(self, tmp_path: Path) -> None:
        result = read(tmp_path, lines_of(("Ilva", 0, "One."), (LONG, 30, "Two."), (None, None, "Three.")))
        assert [(s.text, s.role) for s in result.episode.segments] == [
            ("One.", Role.GUEST), (LONG, Role.UNKNOWN), ("Two.", Role.UNKNOWN), ("Three.", Role.UNKNOWN),
        ]  # fmt: skip
        assert result.counts.speakers_unknown == 1
        assert "the line's speaker is unknown" in " ".join(reason for _, reason in reasons(result))

    def test_a_later_paragraph_without_a_name_belongs_to_the_turn_before(self, tmp_path: Path) -> None:
        result = read(tmp_path, lines_of(("Ilva", 5, "One two three."), (None, 5, "Four."), (None, None, "Five.")))
        assert {s.speaker for s in result.episode.segments} == {"Ilva Nadrostek"}
        assert {s.turn for s in result.episode.segments} == {0}
        assert result.counts.speakers_inferred == 2

    def test_a_long_paragraph_is_cut_at_sentences_without_losing_a_word(self, tmp_path: Path) -> None:
        text = " ".join(f"Sentence number {i} has exactly seven words." for i in range(60))
        result = read(tmp_path, lines_of(("Ilva", 100, text), ("Ilva", 400, "End.")))
        pieces = result.episode.segments[:-1]
        assert " ".join(s.text for s in pieces) == text
        assert len(pieces) == 4
        assert all(s.text.endswith(".") and s.words <= 112 for s in pieces)
        assert [s.estimated for s in pieces] == [False, True, True, True]
        assert [s.start for s in pieces] == sorted({s.start for s in pieces})
        assert {s.turn for s in pieces} == {0}

    def test_a_sentence_that_never_ends_is_cut_between_words(self, tmp_path: Path) -> None:
        text = " ".join(f"word{i}" for i in range(1000))
        segments = read(tmp_path, lines_of(("Ilva", 0, text))).episode.segments
        assert " ".join(s.text for s in segments) == text
        assert max(s.words for s in segments) <= 110

    def test_tags_and_control_characters_go_and_what_reads_like_markup_stays_plain_text(self, tmp_path: Path) -> None:
        said = read(tmp_path, lines_of(("Ilva", 0, "<b>x</b>\x9b [l](u)\u202e"))).episode.segments[0].text
        assert said == "x [l](u)"


class TestChapters:
    def chapters(self, tmp_path: Path, transcript: Any, **changes: Any) -> list[tuple[str, int, int]]:
        self.result = read(tmp_path, transcript, **changes)
        return [(c.title, c.first, c.last) for c in self.result.episode.chapters]

    def test_words_before_the_first_header_have_the_short_title(self, tmp_path: Path) -> None:
        transcript = [*lines_of(("Ilva", 0, "One.")), {"header": "H"}, *lines_of(("Ilva", 9, "Two."))]
        assert self.chapters(tmp_path, transcript, short="In short") == [("In short", 0, 1), ("H", 1, 2)]
        assert self.chapters(tmp_path, transcript) == [("A talk", 0, 1), ("H", 1, 2)]

    def test_a_header_without_words_or_without_text(self, tmp_path: Path) -> None:
        transcript = [{"header": "Empty"}, {"header": None}, *lines_of(("Ilva", 0, "One.")), {"header": "Last"}]
        assert self.chapters(tmp_path, transcript) == [("Untitled chapter", 0, 1)]
        assert self.result.counts.headers_empty == 2

    def test_a_header_and_a_line_in_one_entry(self, tmp_path: Path) -> None:
        assert self.chapters(tmp_path, [{"header": "H", "line": "One.", "who": "Ilva"}]) == [("H", 0, 1)]

    def test_clips_stand_in_for_headers_whatever_their_order(self, tmp_path: Path) -> None:
        clips = [{"name": "Late", "startOffset": 50}, {"name": "Early", "startOffset": 0}]
        transcript = lines_of(("Ilva", 0, "One."), ("Ilva", 49, "Two."), ("Ilva", 50, "Three."))
        assert self.chapters(tmp_path, transcript, quotableClips=clips) == [("Early", 0, 2), ("Late", 2, 3)]
        assert (self.result.counts.without_headers, self.result.counts.without_clips) == (1, 0)

    @pytest.mark.parametrize("offset", [None, "five", True, float("nan"), float("inf"), -3, 10**400, [5]])
    def test_a_clip_without_a_true_offset_is_no_clip(self, tmp_path: Path, offset: Any) -> None:
        clips = [{"name": "C", "startOffset": offset}, {"startOffset": 3}, "x", None]
        transcript = lines_of(("Ilva", 0, "One."))
        assert self.chapters(tmp_path, transcript, quotableClips=clips) == [("A talk", 0, 1)]
        assert self.result.counts.without_clips == 1

    def test_headers_are_checked_against_the_clips(self, tmp_path: Path) -> None:
        transcript = [
            {"header": "On time!"}, *lines_of(("Ilva", 0, "One.")),
            {"header": "Off"}, *lines_of(("Ilva", 100, "Two.")),
            {"header": "Nowhere"}, *lines_of(("Ilva", 200, "Three.")),
        ]  # fmt: skip
        clips = [{"name": "on time", "startOffset": 15}, {"name": "Off", "startOffset": 116}]
        self.chapters(tmp_path, transcript, quotableClips=clips)
        assert (self.result.counts.headers_without_clip, self.result.counts.clips_off) == (1, 1)

    def test_chapters_cover_every_segment_once(self, archive: Path) -> None:
        for file in episode_files(archive):
            episode = read_episode(file, {}).episode
            covered = [i for chapter in episode.chapters for i in range(chapter.first, chapter.last)]
            assert covered == list(range(len(episode.segments)))
            assert all(c.start == episode.segments[c.first].start for c in episode.chapters)
            assert all(c.end == episode.segments[c.last - 1].end for c in episode.chapters)


class TestPeople:
    def test_names_by_id_and_bad_pages_reported(self, tmp_path: Path) -> None:
        write_person(tmp_path, "ilva", "Ilva  Nadrostek")
        source_file(tmp_path / "_people" / "untitled.md", "---\nshort: x\n---\n")
        source_file(tmp_path / "_people" / "number.md", "---\ntitle: [5]\n---\n")
        source_file(tmp_path / "_people" / "year.md", b"\xef\xbb\xbf---\ntitle: 2024\n---\n")
        source_file(tmp_path / "_people" / "entity.md", "---\ntitle: Una O&#39;Dell\n---\n")
        source_file(tmp_path / "_people" / "_gone.md", "---\ntitle: Gone Away\n---\n")
        source_file(tmp_path / "_people" / "_template.md", "no front matter")
        people, problems = read_people(tmp_path)
        assert people == {"ilva": "Ilva Nadrostek", "year": "2024", "entity": "Una O'Dell"}
        assert [str(problem) for problem in problems] == [
            "_people/_gone.md: unpublished: '_gone.md' begins with '_'; it is not read",
            "_people/number.md:2: the person has no title (their name)",
            "_people/untitled.md:1: the person has no title (their name)",
        ]

    def test_no_people_at_all(self, tmp_path: Path) -> None:
        assert read_people(tmp_path) == ({}, [])


class TestLimits:
    """Extreme files, which no archive has: none takes minutes or gigabytes."""

    @pytest.fixture(autouse=True)
    def _in_seconds(self) -> Any:
        begun = time.thread_time()
        yield
        assert time.thread_time() - begun < 10

    def test_titles_are_cut_and_reported(self, tmp_path: Path) -> None:
        long = "word " * 50_000
        result = read(
            tmp_path, [{"header": long}, *lines_of(("Ilva", 0, "One."))], title=long, topics=[long], guests=[long]
        )
        episode = result.episode
        assert {
            len(label) for label in (episode.title, episode.chapters[0].title, *episode.topics, *episode.guests)
        } == {499}
        assert sum("cut to 500 characters" in problem.reason for problem in result.problems) == 4

    def test_more_guests_than_a_talk_has(self, tmp_path: Path) -> None:
        result = read(tmp_path, lines_of(("Ilva", 0, "One.")), guests=[f"g{i}" for i in range(1000)])
        assert len(result.episode.guests) == 20

    def test_problems_are_listed_up_to_a_number_and_the_rest_counted(self, tmp_path: Path) -> None:
        result = read(tmp_path, [*lines_of(("Ilva", 0, "One.")), *([7] * 1900)])
        assert len(result.problems) == 1001
        assert result.problems[-1].reason == "900 more problems are not listed"

    @pytest.mark.parametrize("entry", ["- header: x\n", "- line: a b\n", "- 5\n", "- line: a\n  who: W{i}x\n"])
    def test_as_many_entries_as_a_file_may_hold(self, tmp_path: Path, entry: str) -> None:
        entries = "".join(entry.format(i=i) for i in range(45_000 // (2 * entry.count(":") + 1)))
        text = f"---\ntitle: T\ntranscript:\n- line: first\n  who: Ilva\n{entries}---\n"
        episode = read_episode(source_file(tmp_path / "_podcast" / "big.md", text), PEOPLE).episode
        assert episode.segments[0].text == "first"

    def test_a_million_headers(self, tmp_path: Path) -> None:
        headers = "---\ntitle: T\ntranscript:\n" + "- header: x\n" * 1_000_000
        file = source_file(tmp_path / "_podcast" / "big.md", headers + "---\n")
        with pytest.raises(BadFile, match="the limit is"):
            read_episode(file, PEOPLE)
        file = source_file(tmp_path / "_podcast" / "big.md", headers[: 1024 * 1024 - 10] + "\n---\n")
        with pytest.raises(BadFile, match="over 50,000 keys and values"):
            read_episode(file, PEOPLE)

    def test_clips_by_the_thousand(self, tmp_path: Path) -> None:
        clips = "".join(f"- {{name: c, startOffset: {i}}}\n" for i in range(5_000))
        text = f"---\ntitle: T\nquotableClips:\n{clips}transcript:\n" + "- line: a\n" * 8_000 + "---\n"
        assert read_episode(source_file(tmp_path / "_podcast" / "big.md", text), PEOPLE).episode.segments


class TestNothingElseIsLost:
    def test_bad_files_among_good_ones(self, tmp_path: Path) -> None:
        root = make_archive(tmp_path, ("alpha", "beta"))
        good = (root / "_podcast" / "alpha.md").read_text()
        bad = {
            "huge.md": "---\ntitle: T\ntranscript:\n- line: " + "x" * (50 * 1024 * 1024) + "\n---\n",
            "nul.md": good.replace("All about", "All\0about"),
            "cut.md": good[: len(good) // 2],
            "empty.md": "",
        }
        for name, text in bad.items():
            source_file(root / "_podcast" / name, text)
        (root / "_podcast" / "loop.md").symlink_to("loop.md")
        outcome = read_all(root)
        assert [slug for slug, result in outcome.items() if isinstance(result, ReadEpisode)] == ["alpha", "beta"]
        faulty = {slug: result for slug, result in outcome.items() if slug not in ("alpha", "beta")}
        assert {slug: getattr(result, "line", None) for slug, result in faulty.items()} == {
            "cut": bad["cut.md"].count("\n") + 1, "empty": 1, "huge": None, "loop": None, "nul": 2,
        }  # fmt: skip

    def test_a_closed_file_among_open_ones(self, tmp_path: Path) -> None:
        root = make_archive(tmp_path, ("alpha", "beta"))
        (root / "_podcast" / "alpha.md").chmod(0)
        outcome = as_nobody(lambda: {slug: type(result).__name__ for slug, result in read_all(root).items()}, root)
        assert outcome == {"alpha": "BadFile", "beta": "ReadEpisode"}

    def test_an_empty_archive(self, tmp_path: Path) -> None:
        assert episode_files(tmp_path) == []

    @pytest.mark.parametrize("seed", range(150))
    def test_damage_at_random_is_a_bad_file_or_a_read_one(self, tmp_path: Path, seed: int) -> None:
        file = episode_files(make_archive(tmp_path, ("alpha",)))[0]
        file.path.write_bytes(damaged(file.path.read_bytes(), Random(seed)))
        try:
            result = read_episode(file, {"guestofalpha": guest_name("alpha")})
        except BadFile as bad:
            assert str(bad)
        else:
            assert result.episode.segments


def read_all(root: Path) -> dict[str, ReadEpisode | BadFile]:
    outcome: dict[str, ReadEpisode | BadFile] = {}
    for file in episode_files(root):
        try:
            outcome[file.slug] = read_episode(file, {})
        except BadFile as bad:
            outcome[file.slug] = bad
    return outcome


def damaged(data: bytes, random: Random) -> bytes:
    """The data cut off, with random bytes in it, or with values of front matter replaced by other types."""
    kind = random.choice(("cut", "bytes", "types"))
    at = random.randrange(len(data))
    if kind == "cut":
        return data[:at]
    if kind == "bytes":
        return data[:at] + random.randbytes(random.randint(1, 40)) + data[at + random.randint(0, 40) :]
    rows = data.decode().split("\n")
    for _ in range(random.randint(1, 8)):
        row = random.randrange(1, len(rows))
        key, colon, _ = rows[row].partition(": ")
        odd = random.choice(
            ("5", "null", "[1, {a: b}]", "{x: [y]}", "true", "2024-01-01", "1e400", "~", "'#'", "!!binary aGk=", ".nan")
        )
        rows[row] = key + colon + odd
    return "\n".join(rows).encode()
