"""Tests copies of feeds: what is fetched, what is taken from beside a feed, and what goes on where something fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from feed_fake import Page, Web, feed, item, transcript, web
from filelock import FileLock

from ingest.sources import feed_episodes
from ingest.sources.feed_copy import FeedCopy, FeedError, copy_feed, is_feed
from ingest.sources.urls import Address

VTT = "WEBVTT\n\n00:00.000 --> 00:01.000\nHello.\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Web]:
    with web() as pages:
        yield pages


@pytest.fixture
def site(server: Web) -> Web:
    server.pages.clear()
    server.asked.clear()
    return server


class Copier:
    """Copies into one folder, and remembers what was said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []

    def __call__(self, address: str, **more: bool) -> FeedCopy:
        self.said.clear()
        return copy_feed(address, self.folder, self.said.append, **{"allow_private": True} | more)

    def stored(self) -> str:
        return (self.folder / "files.json").read_text()


@pytest.fixture
def copy(tmp_path: Path) -> Copier:
    return Copier(tmp_path / "data" / "bees")


def told(copied: FeedCopy) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.reason) for problem in copied.problems]


def texts(copied: FeedCopy) -> dict[str, str]:
    return {slug: file.path.read_text() for slug, file in copied.transcripts.items()}


@pytest.mark.parametrize(
    ("address", "yes"),
    [
        ("https://h.example/feed.xml", True), ("https://h.example/a.RSS?k=1", True), ("http://h.example/feed", True),
        ("https://h.example/podcast/feed/", True), ("https://h.example/rss", True), ("feed:https://h.example/x", True),
        ("feed://h.example/x", True), ("feed+https://h.example/x", True), ("bees/feed.xml", True), ("~/a.rss", True),
        ("https://h.example/bees.git", False), ("https://h.example/feeds", False), ("https://feed/", False),
        ("git@h.example:bees", False), ("bees", False), ("file:///bees.xml", False), ("http://[/feed", False),
        ("ssh://h.example/feed.xml", False), ("bees/feed", False),
    ],
)  # fmt: skip
def test_a_feed_is_known_by_the_form_of_its_address(address: str, yes: bool) -> None:
    assert is_feed(address) is yes
    assert is_feed(Address(address)) is yes


def test_a_folder_is_no_feed_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "bees.xml").mkdir()
    assert not is_feed(str(tmp_path / "bees.xml"))


class TestFetched:
    def test_a_feed_with_its_transcripts_and_chapters(self, site: Web, copy: Copier) -> None:
        vtt = site.put("/1.vtt", VTT)
        site.put("/deep/c.json", '{"chapters": []}')
        chapters = '<podcast:chapters url="c.json" type="application/json+chapters"/>'
        url = site.put("/deep/feed.xml", feed(item("a", transcript(vtt) + chapters)))
        for prefix in ("", "feed:", "feed+"):
            copied = copy(prefix + url)
            assert (copied.feed.title, copied.shown, copied.problems) == ("Bees", url, ())
            assert texts(copied) == {"a": VTT}
            assert (copied.transcripts["a"].type, copied.transcripts["a"].line) == ("text/vtt", 4)
            assert copied.chapters["a"].path.read_text() == '{"chapters": []}'  # a link relative to the feed
        assert copied.path == copy.folder / "feed.xml"
        assert copied.transcripts["a"].path.parent == copy.folder / "files"
        assert copy.said == [f"fetching the feed {url}"]

    def test_a_later_run_fetches_what_changed_and_removes_what_is_no_longer_named(
        self, site: Web, copy: Copier
    ) -> None:
        links = {name: site.put(f"/{name}.vtt", f"{VTT}{name}") for name in "abc"}
        url = site.put("/feed.xml", feed(*(item(name, transcript(link)) for name, link in links.items())))
        first = copy(url)
        assert copy(url) == first
        assert sum(bool(headers.get("If-None-Match")) for _, headers in site.asked) == 4
        site.put("/a.vtt", "WEBVTT new")
        site.put("/feed.xml", feed(*(item(name, transcript(links[name])) for name in "ab")))
        second = copy(url)
        assert texts(second) == {"a": "WEBVTT new", "b": f"{VTT}b"}
        assert second.version != first.version
        assert len(list((copy.folder / "files").iterdir())) == 2
        assert len(json.loads(copy.stored())) == 3

    def test_what_fails_is_told_and_the_rest_goes_on(self, site: Web, copy: Copier) -> None:
        gone, good = f"http://{site.host}/no.vtt?token=sEcret", site.put("/yes.vtt", VTT) + "?token=sEcret"
        page = site.put("/page.vtt", "<!doctype html><p>Sign in", Content_Type="text/html")
        url = site.put(
            "/feed.xml",
            feed(item("a", transcript(gone)), item("b", transcript(good)), item("c", transcript(page)), item("d")),
        )
        copied = copy(url)
        assert texts(copied) == {"b": VTT}
        by_hand = copy.folder / "transcripts"
        make = f"make one with Whisper (`whisper d.mp3 --output_format json`), and put it into {by_hand} as d.json"
        assert told(copied) == [
            (4, f"'a': the transcript cannot be fetched: http://{site.host}/no.vtt?token=…: the server answers 404 "
                "(Not Found): it has no such file."),
            (6, f"'c': the transcript cannot be fetched: {page}: a web page came in place of the file."),
            (7, f"'d': no transcript: {make}"),
        ]  # fmt: skip
        assert all(problem.file == url for problem in copied.problems)
        assert "sEcret" not in copy.stored()
        by_hand.mkdir()
        (by_hand / "d.json").write_text("{}")
        assert texts(copy(url)) == {"b": VTT, "d": "{}"}

    def test_the_next_best_transcript_is_tried_where_one_fails(self, site: Web, copy: Copier) -> None:
        good = transcript(site.put("/1.srt", "1"), "application/srt")
        copied = copy(site.put("/feed.xml", feed(item("a", transcript(f"http://{site.host}/no.vtt") + good))))
        assert texts(copied) == {"a": "1"}
        assert len(copied.problems) == 1

    @pytest.mark.parametrize(
        ("links", "best"),
        [
            (("/1.html text/html", "/2.srt application/srt", "/3.json application/json", "/4.vtt text/vtt"), "/4.vtt"),
            (("/1.html text/html", "/2.srt application/srt", "/3.json application/json"), "/3.json"),
            (("/1.html text/html", "/2.srt application/srt"), "/2.srt"),
            (("/1.vtt text/vtt es", "/2.html text/html en-us"), "/2.html"),
            (("/1.vtt text/vtt es", "/2.srt text/srt"), "/2.srt"),
            (("/1.vtt text/vtt es",), "/1.vtt"),
            (("/1.vtt text/vtt", "/2.vtt text/vtt"), "/1.vtt"),
        ],
    )
    def test_of_several_the_feeds_language_then_the_best_type_is_taken(
        self, site: Web, copy: Copier, links: tuple[str, ...], best: str
    ) -> None:
        tags = []
        for path, kind, *language in map(str.split, links):
            more = f'language="{language[0]}"' if language else ""
            tags.append(transcript(site.put(path, path), kind, more))
        assert texts(copy(site.put("/feed.xml", feed(item("a", "".join(tags)))))) == {"a": best}
        assert site.paths == ["/feed.xml", best]

    def test_an_episodes_transcript_of_last_time_serves_until_it_is_taken_down(self, site: Web, copy: Copier) -> None:
        vtt = site.put("/1.vtt", VTT)
        url = site.put("/feed.xml", feed(item("a", transcript(vtt))))
        copy(url)
        site.pages["/1.vtt"] = Page(status=500)
        copied = copy(url)
        assert texts(copied) == {"a": VTT}
        old = f"{vtt}: the server answers 500 (Internal Server Error)"
        assert told(copied) == [(4, f"'a': the transcript could not be updated ({old}); that of last time is read")]
        site.pages["/1.vtt"] = Page(status=410)
        assert texts(copy(url)) == {}
        assert list((copy.folder / "files").iterdir()) == []

    def test_a_server_that_does_not_answer_is_not_asked_for_ever(
        self, site: Web, copy: Copier, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(feed_episodes, "_AT_ONCE", 1)
        items = [item(f"{i}", transcript(f"http://127.0.0.1:9/{i}.vtt")) for i in range(5)]
        reasons = [reason for _, reason in told(copy(site.put("/feed.xml", feed(*items))))]
        assert sum("cannot be reached" in reason for reason in reasons) == 3
        assert sum("127.0.0.1 did not answer 3 times; it was not asked again" in reason for reason in reasons) == 2

    def test_how_far_it_is_is_said_and_what_several_name_is_fetched_once(self, site: Web, copy: Copier) -> None:
        vtt = site.put("/1.vtt", VTT)
        copy(site.put("/feed.xml", feed(*(item(f"{i}", transcript(vtt)) for i in range(30)))))
        assert copy.said[1:] == ["transcripts: 25 of 30 episodes"]
        assert site.paths == ["/feed.xml", "/1.vtt"]

    def test_an_interrupted_run_is_gone_on_with(self, site: Web, copy: Copier) -> None:
        links = [site.put(f"/{i}.vtt", VTT) for i in range(40)]
        url = site.put("/feed.xml", feed(*(item(f"{i}", transcript(link)) for i, link in enumerate(links))))

        def stop(text: str) -> None:
            if text.startswith("transcripts"):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            copy_feed(url, copy.folder, stop, allow_private=True)
        kept = {entry["file"] for entry in json.loads(copy.stored()).values()}
        assert 25 < len(kept) < 41
        assert all((copy.folder / file).is_file() for file in kept)

    def test_a_copy_that_was_changed_since_counts_as_none(self, site: Web, copy: Copier) -> None:
        vtt = site.put("/1.vtt", VTT)
        url = site.put("/feed.xml", feed(item("a", transcript(vtt))))
        first = copy(url)
        for path in (first.path, first.transcripts["a"].path):
            path.write_text("damaged")
        assert copy(url) == first
        first.transcripts["a"].path.write_text("damaged")
        site.pages["/1.vtt"] = Page(status=500)
        assert texts(copy(url)) == {}


class TestFeedFails:
    @pytest.mark.parametrize(
        "broken",
        [
            Page(status=500), Page(b"<html></html>"), Page(b"<rss>"), Page(b"\xff"), Page(b""),
        ],
    )  # fmt: skip
    def test_the_copy_of_last_time_serves(self, site: Web, copy: Copier, broken: Page) -> None:
        url = site.put("/feed.xml", feed(item("a", transcript(site.put("/1.vtt", VTT)))))
        first = copy(url)
        site.pages["/feed.xml"] = broken
        assert copy(url) == first
        assert copy.said[1].startswith(f"the feed could not be updated ({url}: ")
        assert copy.said[1].endswith("); going on with the copy of last time")

    def test_but_not_of_another_feed_nor_of_one_that_was_taken_down(self, site: Web, copy: Copier) -> None:
        url = site.put("/feed.xml", feed(item("a")))
        copy(url)
        for other in (f"http://{site.host}/other.xml", url):
            site.pages["/feed.xml"] = Page(status=410)
            with pytest.raises(FeedError, match=r"answers 4.. "):
                copy(other)

    @pytest.mark.parametrize(
        ("address", "reason"),
        [
            ("http://{host}/no.xml", "http://{host}/no.xml: the server answers 404"),
            ("http://{host}/bad.xml", "http://{host}/bad.xml: line 1: this is a web page and no feed"),
            ("no/feed.xml", "no/feed.xml: no such file. Give the path or the URL"),
            ("feed:ftp://h.example/x", "no address of the web"),
        ],
    )
    def test_without_a_copy_it_is_an_error(self, site: Web, copy: Copier, address: str, reason: str) -> None:
        site.put("/bad.xml", "<html></html>")
        with pytest.raises(FeedError) as raised:
            copy(address.format(host=site.host))
        assert reason.format(host=site.host) in str(raised.value)

    def test_to_a_private_address_it_is_an_error_unless_allowed(self, site: Web, copy: Copier) -> None:
        url = site.put("/feed.xml", feed(item("a")))
        with pytest.raises(FeedError, match="set allow_private_addresses"):
            copy(url, allow_private=False)

    def test_another_process_at_work_is_told(self, site: Web, copy: Copier) -> None:
        copy.folder.parent.mkdir(parents=True)
        with FileLock(copy.folder.with_name("bees.lock")), pytest.raises(FeedError, match="another `citecast ingest`"):
            copy(site.put("/feed.xml", feed()))


class TestBeside:
    @pytest.fixture
    def local(self, tmp_path: Path, copy: Copier) -> Callable[..., FeedCopy]:
        """Copy a feed that is a file with these files beside it, which hold their names."""

        def local(text: str, *names: str) -> FeedCopy:
            folder = tmp_path / "show"
            for name in names:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(name)
            folder.mkdir(exist_ok=True)
            (folder / "feed.xml").write_text(text)
            return copy(str(folder / "feed.xml"))

        return local

    @pytest.mark.parametrize(
        ("link", "lies", "taken"),
        [
            ("https://h.example/t/Ep%201.vtt?k=1", ("Ep 1.vtt",), "Ep 1.vtt"),
            ("t/1.vtt", ("t/1.vtt", "1.vtt"), "t/1.vtt"),
            ("https://h.example/1.vtt", ("a.json", "1.vtt"), "1.vtt"),
            ("https://h.example/1.vtt", ("a.json",), "a.json"),
            ("", ("a.srt", "a.vtt"), "a.vtt"),
            ("", ("rec.json",), "rec.json"),
            ("", ("rec.mp3.srt",), "rec.mp3.srt"),
        ],
    )
    def test_a_transcript_that_lies_there_is_taken_and_not_fetched(
        self, local: Callable[..., FeedCopy], link: str, lies: tuple[str, ...], taken: str
    ) -> None:
        tags = transcript(link) if link else ""
        copied = local(feed(item("a", tags).replace("/a.mp3", "/rec.mp3")), *lies)
        assert texts(copied) == {"a": taken}
        assert (copied.problems, copied.shown) == ((), "feed.xml")

    def test_a_name_that_several_episodes_share_is_not_taken(self, local: Callable[..., FeedCopy]) -> None:
        items = (item(name).replace(f"/{name}.mp3", f"/{name}/play.mp3") for name in "ab")
        copied = local(feed(*items), "play.vtt")
        assert texts(copied) == {}
        assert [line for line, _ in told(copied)] == [4, 5]
        make = "no transcript: make one with Whisper (`whisper play.mp3 --output_format json`)"
        assert told(copied)[0][1] == f"'a': {make}, and put it beside feed.xml as a.json"

    def test_nor_one_that_several_links_end_in(self, local: Callable[..., FeedCopy]) -> None:
        items = (item(name, transcript(f"http://127.0.0.1:9/{name}/t.vtt")) for name in "ab")
        assert texts(local(feed(*items), "t.vtt")) == {}

    def test_chapters_too_and_they_are_no_transcript(self, local: Callable[..., FeedCopy]) -> None:
        copied = local(feed(item("a", '<podcast:chapters url="https://h.example/x/a.json"/>')), "a.json")
        assert texts(copied) == {}
        assert copied.chapters["a"].path.read_text() == "a.json"

    @pytest.mark.parametrize("link", ["../out.vtt", "%2e%2e/out.vtt", "link.vtt", "missing.vtt", "x" * 500 + ".vtt"])
    def test_no_link_leads_out_of_the_folder_and_what_is_missing_is_told(
        self, tmp_path: Path, local: Callable[..., FeedCopy], link: str
    ) -> None:
        (tmp_path / "out.vtt").write_text("out")
        (tmp_path / "show").mkdir()
        (tmp_path / "show" / "link.vtt").symlink_to(tmp_path / "out.vtt")
        copied = local(feed(item("a", transcript(link))))
        assert texts(copied) == {}
        assert told(copied) == [(4, f"'a': the transcript {link!r:.120} is not beside the feed")]

    @pytest.mark.parametrize("name", ["$(reboot).mp3", "-rf.mp3", "a b.mp3", "`x`.mp3"])
    def test_no_odd_name_goes_into_the_command(self, local: Callable[..., FeedCopy], name: str) -> None:
        ((_, reason),) = told(local(feed(item("a").replace("/a.mp3", f"/{name}"))))
        assert "`whisper audio.mp3 --output_format json`" in reason

    def test_links_of_a_local_feed_are_fetched(self, site: Web, local: Callable[..., FeedCopy]) -> None:
        assert texts(local(feed(item("a", transcript(site.put("/1.vtt", VTT)))))) == {"a": VTT}

    def test_a_file_that_is_no_feed_is_an_error_with_its_line(self, local: Callable[..., FeedCopy]) -> None:
        with pytest.raises(FeedError, match=r"show/feed\.xml:2: broken XML"):
            local("<rss>\n")
