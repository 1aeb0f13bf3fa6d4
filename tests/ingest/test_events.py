"""Tests how recordings are dated: by the list of events, and what becomes of its faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import as_nobody, source_file

from ingest.descriptor import known_descriptor
from ingest.front_matter.events import EVENTS, Recordings, read_recordings
from ingest.front_matter.files import MAX_BYTES
from ingest.front_matter.yaml_text import MAX_DEPTH, MAX_VALUES

VIDEO = "abcDEF_123-"
VIDEOS = known_descriptor("original").video
LINK = f"https://www.youtube.com/watch?v={VIDEO}"


def event(link: str = LINK, time: str = "2023-05-12 17:00:00", more: str = "") -> str:
    return f"- time: {time}\n  title: T\n  youtube: {link}\n{more}"


def read(root: Path, text: str | bytes) -> Recordings:
    source_file(root / EVENTS, text)
    return read_recordings(root, VIDEOS)


def told(recordings: Recordings) -> list[str]:
    return [str(problem) for problem in recordings.problems]


class TestDays:
    @pytest.mark.parametrize(
        "link",
        [
            f"https://www.youtube.com/watch?v={VIDEO}", f"https://youtube.com/watch?list=x&v={VIDEO}&t=5",
            f"http://m.youtube.com/watch?v={VIDEO}#now", f"https://www.YouTube.com/live/{VIDEO}?feature=share",
            f"https://youtu.be/{VIDEO}?t=4", f"https://www.youtube.com/embed/{VIDEO}", f"youtube.com/watch?v={VIDEO}",
        ],
    )  # fmt: skip
    def test_any_link_to_the_video_dates_it(self, tmp_path: Path, link: str) -> None:
        assert read(tmp_path, event(f"'{link}'")) == Recordings({VIDEO: "2023-05-12"}, [], listed=True)

    @pytest.mark.parametrize("time", ["2023-05-12", "2023-5-12 7:00", "'2023-05-12T17:00:00+02:00'"])
    def test_a_time_of_day_is_ignored(self, tmp_path: Path, time: str) -> None:
        assert read(tmp_path, event(time=time)).days == {VIDEO: "2023-05-12"}

    def test_keys_in_another_case_and_of_repeated_ones_the_last(self, tmp_path: Path) -> None:
        text = event(time="2020-01-01").replace("  youtube", "  Youtube") + "  Time: 2021-02-03\n"
        assert read(tmp_path, text).days == {VIDEO: "2021-02-03"}

    @pytest.mark.parametrize(
        "text", ["", "[]", "# nothing yet\n", "- time: 2030-01-01\n  title: T\n", event("~"), event("")]
    )
    def test_an_event_without_a_video_is_none_yet_and_no_fault(self, tmp_path: Path, text: str) -> None:
        assert read(tmp_path, text) == Recordings({}, [], listed=True)

    def test_no_list_of_events_is_no_fault(self, tmp_path: Path) -> None:
        assert read_recordings(tmp_path, VIDEOS) == Recordings()
        (tmp_path / "_data").write_text("a file")
        assert read_recordings(tmp_path, VIDEOS) == Recordings()


class TestSeveralEventsOfAVideo:
    def test_equal_days_agree(self, tmp_path: Path) -> None:
        recordings = read(tmp_path, event() + event(time="2023-05-12 16:55:00"))
        assert (recordings.days, recordings.problems) == ({VIDEO: "2023-05-12"}, [])

    @pytest.mark.parametrize("podcast_first", [True, False])
    def test_the_podcasts_day_counts(self, tmp_path: Path, podcast_first: bool) -> None:
        both = [event(more="  type: Podcast\n"), event(time="2020-01-01", more="  type: webinar\n")]
        recordings = read(tmp_path, "".join(both if podcast_first else both[::-1]))
        assert (recordings.days, recordings.problems) == ({VIDEO: "2023-05-12"}, [])

    def test_days_that_contradict_date_nothing_and_are_told(self, tmp_path: Path) -> None:
        recordings = read(tmp_path, event() + event(time="2020-01-01"))
        assert recordings.days == {}
        assert told(recordings) == [
            f"_data/events.yaml:1: events give the video {VIDEO} different days (2020-01-01, 2023-05-12); "
            "it dates no episode"
        ]


class TestFaults:
    def test_events_of_a_wrong_form_are_counted_with_the_line_of_the_first(self, tmp_path: Path) -> None:
        text = (
            "- 5\n" + event("https://www.youtube.com/watch?v=tooshort") + event("[a, b]") + event(f"https://evil/{VIDEO}")
            + event(time="soon") + event("https://youtu.be/ABCdef_123-", "2023-13-40") + "- [x]\n" + event()
        )  # fmt: skip
        recordings = read(tmp_path, text)
        assert recordings.days == {VIDEO: "2023-05-12"}
        assert told(recordings) == [
            "_data/events.yaml:1: an event is not a mapping: '5' (and 1 more); it dates no episode",
            "_data/events.yaml:4: an event has a `youtube` that is no link to a video: "
            "'https://www.youtube.com/watch?v=tooshor (and 2 more); it dates no episode",
            "_data/events.yaml:11: an event has a video and no `time` with its day: 'soon' (and 1 more); "
            "it dates no episode",
        ]

    def test_an_event_without_time_is_told_by_its_own_line(self, tmp_path: Path) -> None:
        (problem,) = read(tmp_path, f"# list\n- title: T\n  youtube: https://youtu.be/{VIDEO}\n").problems
        assert problem.line == 2

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (b"- time: \xff\xfe\n", "not UTF-8"), ("- [", "invalid YAML"), ("time: 2023-05-12\n", "not a list"),
            ("just text", "not a list"), ("- &a {x: 1}\n- *a\n", "alias"), ("- !!python/object:os.x {}\n", "tag"),
            ("[" * (MAX_DEPTH + 2), "nests over"), ("- x\n" * (MAX_VALUES + 1), "keys and values"),
            ("# " + "x" * MAX_BYTES, "the limit is"),
        ],
        ids=lambda value: str(value)[:20],
    )  # fmt: skip
    def test_a_broken_file_is_one_problem_and_dates_nothing(
        self, tmp_path: Path, text: str | bytes, reason: str
    ) -> None:
        recordings = read(tmp_path, text)
        assert (recordings.days, recordings.listed) == ({}, True)
        (problem,) = told(recordings)
        assert problem.startswith("_data/events.yaml")
        assert reason in problem
        assert problem.endswith("; episodes are dated by their publication")

    def test_a_link_out_of_the_archive_is_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "secret.yaml").write_text(event())
        (tmp_path / "archive" / "_data").mkdir(parents=True)
        (tmp_path / "archive" / EVENTS).symlink_to(tmp_path / "secret.yaml")
        (problem,) = told(read_recordings(tmp_path / "archive", VIDEOS))
        assert "leads out of the archive" in problem

    def test_a_closed_folder_is_told(self, tmp_path: Path) -> None:
        read(tmp_path, event())
        (tmp_path / "_data").chmod(0)
        try:
            recordings = as_nobody(lambda: read_recordings(tmp_path, VIDEOS), tmp_path)
        finally:
            (tmp_path / "_data").chmod(0o755)
        assert (recordings.days, recordings.listed) == ({}, True)
        assert "Permission denied" in told(recordings)[0]

    def test_breaks_that_editors_do_not_show_do_not_move_the_lines_told(self, tmp_path: Path) -> None:
        text = "- title: 'one\u2028two\u2029three\x85four'\n" + event("odd")
        (problem,) = read(tmp_path, text).problems
        assert problem.line == 4
