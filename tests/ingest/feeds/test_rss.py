"""Tests the reader of feeds, after the documents of RSS, Apple and the Podcasting 2.0 namespace."""

from __future__ import annotations

from pathlib import Path

import pytest
from feed_fake import ITUNES, PODCAST, feed, item, transcript

from ingest.feeds import rss, xml_text
from ingest.feeds.model import ChaptersLink, Feed, FeedEpisode, Media, Person, TranscriptLink
from ingest.feeds.rss import read_feed
from ingest.feeds.slugs import LONGEST, slugs
from ingest.front_matter.files import BadFile

OLD = "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"
WHOLE = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:p="{PODCAST}" xmlns:apple="{ITUNES}" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><atom:link href="https://bees.example/feed" rel="self"/><atom:title>Not this</atom:title>
 <title>Bees &amp; Wax</title>
 <link>https://bees.example/</link>
 <language>en-GB</language>
 <description><![CDATA[<p>About <b>bees</b>.</p>]]></description>
 <p:person href="https://bees.example/ada">Ada Hive</p:person>
 <image><title>no title of ours</title><link>https://other.example/</link></image>
 <p:liveItem status="pending"><title>Soon</title><guid>live</guid></p:liveItem>
 <item>
  <title>Why bees dance</title>
  <apple:title>Dance</apple:title>
  <link>https://bees.example/dance</link>
  <guid isPermaLink="false">b-1</guid>
  <pubDate>Fri, 09 Oct 2026 23:30:38 -0700</pubDate>
  <description>&lt;p&gt;A dance&amp;#39;s meaning&lt;/p&gt;</description>
  <p:season name="Spring">2</p:season>
  <p:episode display="Ch. 3">3</p:episode>
  <apple:season>9</apple:season>
  <p:person role="Guest" group="Cast" img="https://x.example/i.jpg">Bo Comb</p:person>
  <p:person role="guest" group="writing">Cy Pen</p:person>
  <enclosure url="https://cdn.example/b1.mp3" length="1" type="audio/mpeg"/>
  <apple:duration>1:02:03</apple:duration>
  <p:transcript url="https://bees.example/1.vtt" type="text/vtt"/>
  <p:transcript url="https://bees.example/1es.json" type="application/json" language="es" rel="captions"/>
  <p:chapters url="https://bees.example/1c.json" type="application/json+chapters"/>
 </item>
</channel>
</rss>
"""


def only(*parts: str, **more: str) -> FeedEpisode:
    (episode,) = read_feed(feed(*parts, **more)).episodes
    return episode


def bare(more: str) -> FeedEpisode:
    return only(item("a", more))


def told(text: str) -> list[tuple[int, str]]:
    return list(read_feed(text).problems)


def test_a_whole_feed_is_read_with_the_lines_of_its_parts() -> None:
    ada = Person("Ada Hive", "host", "cast", "https://bees.example/ada", 8)
    assert read_feed(WHOLE) == Feed(
        "Bees & Wax", "https://bees.example/", "en-gb", "About bees.", (ada,),
        (
            FeedEpisode(
                11, "b-1", "why-bees-dance", "Why bees dance", "https://bees.example/dance", "2026-10-09", 2, 3,
                "A dance's meaning",
                (Person("Bo Comb", "guest", "cast", "", 21), Person("Cy Pen", "guest", "writing", "", 22), ada),
                Media("https://cdn.example/b1.mp3", "audio/mpeg"),
                (
                    TranscriptLink("https://bees.example/1.vtt", "text/vtt", "", "", 25),
                    TranscriptLink("https://bees.example/1es.json", "application/json", "es", "captions", 26),
                ),
                (), ChaptersLink("https://bees.example/1c.json", "application/json+chapters", 27), 3723.0,
            ),
        ),
        (),
    )  # fmt: skip


class TestTags:
    @pytest.mark.parametrize("space", [PODCAST, OLD])
    def test_are_known_by_their_namespace_in_both_of_its_addresses(self, space: str) -> None:
        text = feed(item("a", "<podcast:season>4</podcast:season>")).replace(PODCAST, space)
        assert read_feed(text).episodes[0].season == 4

    def test_of_another_namespace_are_not_taken_for_ours(self) -> None:
        episode = only(item("a", "<podcast:season>4</podcast:season><x:title>X</x:title>"), more='xmlns:x="urn:x"')
        assert episode.season == 4
        text = feed(item("a", "<podcast:season>4</podcast:season>")).replace(PODCAST, "urn:other")
        assert read_feed(text).episodes[0].season is None

    @pytest.mark.parametrize(
        ("written", "day"),
        [
            ("Fri, 09 Oct 2026 04:30:38 GMT", "2026-10-09"), ("9 Oct 26 04:30 CEST", "2026-10-09"),
            ("Fri, 09 October 2026 04:30:38 +0530", "2026-10-09"), ("2026-10-09T23:30:00-11:00", "2026-10-09"),
            ("Thu, 01 Jan 2026 00:00:00 EST", "2026-01-01"), (" \n Thu,  1 Jan 2026 24:00:00 Z \n", "2026-01-01"),
        ],
    )  # fmt: skip
    def test_a_day_is_the_publishers_own_in_any_zone(self, written: str, day: str) -> None:
        assert bare(f"<pubDate>{written}</pubDate>").published == day

    @pytest.mark.parametrize(
        ("written", "seconds"), [("3723", 3723), ("62:03", 3723), ("01:02:03", 3723), ("4:00:00", 14400), ("0", None)]
    )
    def test_a_duration_is_in_seconds_or_clock_time(self, written: str, seconds: float | None) -> None:
        assert bare(f"<itunes:duration>{written}</itunes:duration>").duration == seconds

    @pytest.mark.parametrize("kind", ["application/srt", "application/x-subrip; charset=utf-8", "TEXT/SRT"])
    def test_a_type_has_several_names(self, kind: str) -> None:
        assert [link.type for link in bare(transcript("https://x.example/1", kind)).transcripts] == [
            "application/x-subrip"
        ]

    @pytest.mark.parametrize(
        ("url", "kind"), [("a.vtt", "text/vtt"), ("https://x.example/A.SRT?k=1", "application/x-subrip")]
    )
    def test_where_it_is_no_type_that_is_read_the_suffix_tells(self, url: str, kind: str) -> None:
        for written in ("", "text/plain", "application/octet-stream"):
            assert [link.type for link in bare(transcript(url, written)).transcripts] == [kind]

    def test_chapters_may_stand_in_the_feed(self) -> None:
        chapters = (
            '<psc:chapters xmlns:psc="http://podlove.org/simple-chapters"><psc:chapter start="00:01:02.5" title="B"/>'
            '<psc:chapter start="0" title="A"/></psc:chapters>'
        )
        assert bare(chapters).chapters == (("A", 0.0), ("B", 62.5))

    def test_the_recording_is_the_first_enclosure_that_plays(self) -> None:
        more = '<enclosure url="https://x.example/1.png" type="image/png"/><enclosure url="https://x.example/1.m4a" type="audio/mp4"/>'  # noqa: E501
        episode = only(f"<title>a</title><guid>1</guid>{more}")
        assert episode.media == Media("https://x.example/1.m4a", "audio/mp4")

    def test_blanks_in_an_address_are_encoded(self) -> None:
        assert bare("<link>https://x.example/a b?c=d e</link>").link == "https://x.example/a%20b?c=d%20e"

    def test_a_guid_that_is_an_address_is_the_page(self) -> None:
        given = "<title>a</title><guid {}>https://x.example/1</guid>"
        assert only(given.format("")).link == "https://x.example/1"
        assert only(given.format('isPermaLink="false"')).link == ""


class TestPersons:
    CHANNEL = "<title>T</title><podcast:person>Ada</podcast:person><podcast:person role='guest'>Gil</podcast:person>"

    @pytest.mark.parametrize(
        ("persons", "hosts", "guests"),
        [
            ("", ("Ada",), ("Gil",)),
            ("<podcast:person role='guest'>Bo</podcast:person>", ("Ada",), ("Bo",)),
            ("<podcast:person>Dot</podcast:person>", ("Dot",), ("Gil",)),
            ("<podcast:person role='Co-Host'>Dot</podcast:person>", ("Dot",), ("Gil",)),
            ("<podcast:person role='editor' group='audio'>Ed</podcast:person>", ("Ada",), ("Gil",)),
            ("<podcast:person role='guest' group='writing'>Cy</podcast:person>", ("Ada",), ("Gil",)),
            ("<podcast:person role='guest' name='Bo'/>", ("Ada",), ("Bo",)),
            ("<podcast:person role='guest'>Bo</podcast:person>" * 2, ("Ada",), ("Bo",)),
        ],
    )
    def test_those_of_the_channel_count_where_an_item_names_none_of_that_part(
        self, persons: str, hosts: tuple[str, ...], guests: tuple[str, ...]
    ) -> None:
        episode = only(item("a", persons), channel=self.CHANNEL)
        assert (episode.named("host"), episode.named("guest")) == (hosts, guests)


class TestForms:
    @pytest.mark.parametrize(
        ("encoding", "declared"),
        [
            ("utf-8", ""), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("iso-8859-1", "ISO-8859-1"),
            ("windows-1252", "windows-1252"), ("utf-8", "utf-16"),
        ],
    )  # fmt: skip
    def test_any_usual_encoding(self, encoding: str, declared: str) -> None:
        mark = f' encoding="{declared}"' if declared else ""
        text = feed(item("Größe")).replace('version="1.0"?', f'version="1.0"{mark}?')
        assert read_feed(xml_text.xml_text(text.encode(encoding))).episodes[0].title == "Größe"

    @pytest.mark.parametrize("before", ["\ufeff", "\n\n", "\r\n \t\n"])
    def test_what_stands_before_the_declaration_only_moves_the_lines(self, before: str) -> None:
        text = before + feed(item("a"))
        assert read_feed(text).episodes[0].line == 4 + before.count("\n")

    def test_windows_line_ends(self) -> None:
        assert read_feed(WHOLE.replace("\n", "\r\n")) == read_feed(WHOLE)

    def test_a_thousand_episodes(self) -> None:
        read = read_feed(feed(*(item(f"Part {i}") for i in range(1000))))
        assert (len(read.episodes), len({one.slug for one in read.episodes}), read.problems) == (1000, 1000, ())


UNKNOWN_DAY = "is not known; write it as Fri, 09 Oct 2026 04:30:00 GMT"
READ = "text/vtt, application/json, application/x-subrip, text/html"
NO_SECOND = '<c:chapters xmlns:c="http://podlove.org/simple-chapters"><c:chapter title="A" start="x"/></c:chapters>'
FAULTS = {
    "no title": (
        "<guid>g</guid><podcast:episode>7</podcast:episode>",
        "an item without a title; it is called 'Episode 7'",
    ),
    "no guid": (
        "<title>a</title><link>https://x.example/1</link>",
        "an item without a guid; the address of its recording or page stands for it",
    ),
    "nothing to know it by": ("<title>a</title>", "an item without a guid; the item is left out"),
    "date": (item("a", "<pubDate>Freitag</pubDate>"), f"the date 'Freitag' {UNKNOWN_DAY}"),
    "no such day": (
        item("a", "<pubDate>Thu, 32 Jan 2026 00:00:00 EST</pubDate>"),
        f"the date 'Thu, 32 Jan 2026 00:00:00 EST' {UNKNOWN_DAY}",
    ),
    "no such year": (
        item("a", f"<pubDate>Thu, 1 Jan {'9' * 50} 00:00:00 GMT</pubDate>"),
        f"the date 'Thu, 1 Jan {'9' * 48} {UNKNOWN_DAY}",
    ),
    "season": (item("a", "<itunes:season>one</itunes:season>"), "the season 'one' is no whole number; it is left out"),
    "half an episode": (
        item("a", "<podcast:episode>315.5</podcast:episode>"),
        "the episode '315.5' is no whole number; it is left out",
    ),
    "duration": (
        item("a", "<itunes:duration>1h</itunes:duration>"),
        "the duration '1h' is neither seconds nor H:MM:SS; it is left out",
    ),
    "transcript without url": (
        item("a", "<podcast:transcript type='text/vtt'/>"),
        "podcast:transcript has no url; it is left out",
    ),
    "transcript of a type": (
        item("a", transcript("https://x.example/1.txt", "text/plain")),
        f"a transcript of the type 'text/plain' is not read; read are {READ}",
    ),
    "transcript by ftp": (
        item("a", transcript("ftp://x.example/1.vtt")),
        "podcast:transcript is no address of the web: 'ftp://x.example/1.vtt'; it is left out",
    ),
    "chapters without url": (
        item("a", "<podcast:chapters type='application/json'/>"),
        "podcast:chapters has no url; it is left out",
    ),
    "person without name": (
        item("a", "<podcast:person role='guest'> </podcast:person>"),
        "a podcast:person without a name; it is left out",
    ),
    "script as link": (
        item("a", "<link>javascript:alert(1)</link>"),
        "the link is no address of the web: 'javascript:alert(1)'; it is left out",
    ),
    "secret in a bad link": (
        item("a", "<link>ftp://u:sEcret@x.example/</link>"),
        "the link is no address of the web: 'ftp://x.example/'; it is left out",
    ),
    "script as page of a person": (
        item("a", "<podcast:person href='data:x'>Bo</podcast:person>"),
        "the page of 'Bo' is no address of the web: 'data:x'; it is left out",
    ),
    "chapter without second": (item("a", NO_SECOND), "a chapter without a title or a second ('A', 'x'); left out"),
}


@pytest.mark.parametrize(("part", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_with_its_line_and_the_rest_is_read(part: str, reason: str) -> None:
    read = read_feed(feed(item("first"), part, item("last")))
    assert read.problems == ((5, reason),)
    slugs_read = [one.slug for one in read.episodes]
    assert (slugs_read[0], slugs_read[-1]) == ("first", "last")
    assert len(slugs_read) == (2 if "item is left out" in reason else 3)
    assert all("sEcret" not in text and "javascript" not in one.link for one in read.episodes for text in (one.link,))


def test_of_two_items_with_one_guid_the_first_is_read() -> None:
    read = read_feed(feed(item("a"), item("b").replace("id-b", "id-a")))
    assert [one.title for one in read.episodes] == ["a"]
    assert read.problems == ((5, "the guid 'id-a' is that of the item on line 4; only that is read"),)


def test_a_feed_without_items_and_one_with_too_many_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(feed()) == [(2, "the feed has no items")]
    monkeypatch.setattr(rss, "MAX_ITEMS", 2)
    assert told(feed(item("a"), item("b"), item("c"))) == [(6, "3 items; the first 2 are read")]


def test_of_very_many_faults_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rss, "_MOST_PROBLEMS", 2)
    problems = told(feed(*(item(f"{i}", "<podcast:season>x</podcast:season>") for i in range(5))))
    assert (len(problems), problems[-1]) == (3, (0, "3 more problems are not listed"))


BAD = {
    "empty": (" \n", 1, "empty"),
    "atom": ('<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom"/>', 2, "Atom"),
    "rss 1.0": ('<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', 1, r"RSS 1\.0"),
    "opml": ("<opml/>", 1, "OPML"),
    "web page": ("<!DOCTYPE html>\n<html></html>", 1, "web page"),
    "web page without type": ("<html></html>", 1, "web page"),
    "rss without channel": ('<rss version="2.0"/>', 1, "no RSS"),
    "other xml": ("\n<note/>", 2, "'note'"),
    "no xml": ("WEBVTT\n", 1, "broken XML"),
    "cut off": (feed(item("a"))[:-20], 4, "cut off"),
    "bare ampersand": (feed(item("a & b")), 4, "&amp;"),
    "nbsp": (feed(item("a&nbsp;b")), 4, "&#160;"),
    "unknown prefix": (feed("<x:title>a</x:title>"), 4, "unbound prefix"),
    "entities": ('<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<rss>&b;</rss>', 1, "document type"),
    "outer entity": (
        '<?xml version="1.0"?>\n<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<rss>&x;</rss>',
        2,
        "document type",
    ),
    "outer dtd": ('<!DOCTYPE rss SYSTEM "http://x.example/rss.dtd"><rss/>', 1, "document type"),
    "too deep": ("<rss>" + "<a>" * 60 + "</a>" * 60 + "</rss>", 1, "deep"),
}


@pytest.mark.parametrize(("text", "line", "reason"), BAD.values(), ids=BAD)
def test_what_is_no_feed_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(BadFile, match=reason) as raised:
        read_feed(text)
    assert raised.value.line == line


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"<rss>\n\xff</rss>", 2, "not UTF-8"), (b'<?xml version="1.0" encoding="punycode"?><rss/>', 1, "'punycode'"),
        (b'<?xml version="1.0" encoding="iso-8859-99"?>', 1, "iso-8859-99"), (b"\xff\xfe\x00", 1, "not UTF-16"),
    ],
)  # fmt: skip
def test_bytes_in_no_encoding_that_is_read_are_refused(data: bytes, line: int, reason: str) -> None:
    with pytest.raises(BadFile, match=reason) as raised:
        xml_text.xml_text(data)
    assert raised.value.line == line


@pytest.mark.parametrize(("limit", "most"), [("MAX_BYTES", 100), ("MAX_VALUES", 10)])
def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch, limit: str, most: int) -> None:
    monkeypatch.setattr(xml_text, limit, most)
    with pytest.raises(BadFile, match=r"limit|over"):
        read_feed(WHOLE)


class TestSlugs:
    def test_are_the_titles_words(self) -> None:
        titles = ["Ünï & Co: “R2-D2”", "日本", "???", "word " * 40]
        found = slugs([(title, str(i), None) for i, title in enumerate(titles)])
        assert found[0] == "uni-co-r2-d2"
        assert found[1] == "riben"
        assert found[2].startswith("episode-")
        assert len(found[3]) <= LONGEST
        assert found[3].endswith("word")

    @pytest.mark.parametrize("days", [("2026-03-01", "2026-02-01", "2026-01-01"), (None, None, None)])
    def test_of_one_title_the_oldest_has_it_alone_so_a_new_episode_changes_none(
        self, days: tuple[str | None, ...]
    ) -> None:
        newest, *before = [("Q & A", f"g{i}", day) for i, day in enumerate(days)]
        old = slugs(before)
        assert old[1] == "q-a"
        assert old[0].startswith("q-a-")
        assert slugs([newest, *before])[1:] == old
        assert len(set(slugs([newest, *before]))) == 3


def test_the_reader_opens_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def closed(*args: object) -> None:
        raise AssertionError(args)

    monkeypatch.setattr("builtins.open", closed)
    monkeypatch.setattr("socket.socket", closed)
    assert read_feed(WHOLE).episodes
