"""Tests the podcast that comes by a feed: episodes, people, chapters, seconds, addresses; from a file or a server."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from feed_fake import web
from podcasts import FEED, Reading, read_podcast

from ingest.models import Player, Role
from ingest.sources.open import SourceError

SITE = "https://example.org/hedge-and-hive"
HOST = "Maren Oakhollow"
# Each episode's guests, and how many seconds its transcript lasts.
EPISODES = {
    "the-long-night-of-seeds": (("Edmund Quillfeather", "Sabine Thornwick"), 13724.8),
    "tomatoes-without-a-greenhouse": (("Priya Vellacott",), 311.8),
    "watering-less": (("Henrik Dunmore",), 309.6),
    "compost-that-heats-up": (("Odile Marrowby",), 326.8),
    "two-hives-behind-a-bakery": (("Tobias Ferncastle",), 335.6),
}


@pytest.fixture(scope="module")
def podcast(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return read_podcast(FEED, data=tmp_path_factory.mktemp("data"))


def test_every_format_of_transcript_gives_guests_and_all_seconds(podcast: Reading) -> None:
    assert {slug: one.episode.guests for slug, one in podcast.episodes.items()} == {
        slug: guests for slug, (guests, _) in EPISODES.items()
    }
    for slug, (_, end) in EPISODES.items():
        assert podcast.episodes[slug].episode.end == pytest.approx(end, abs=0.1)
    assert podcast.skipped == []


def test_no_word_is_lost(podcast: Reading) -> None:
    for one in podcast.episodes.values():
        assert one.counts.words_unaccounted == 0
        assert one.counts.words > 500
        left_out = sum(one.counts.words_left_out.values())
        # Labels in the text, "ODILE MARROWBY:", are no words.
        assert left_out == (40 if one.episode.slug == "compost-that-heats-up" else 0)


def test_hosts_and_guests_speak_with_their_names(podcast: Reading) -> None:
    for one in podcast.episodes.values():
        said = {(segment.role, segment.speaker) for segment in one.episode.segments}
        assert said == {(Role.HOST, HOST), *((Role.GUEST, guest) for guest in one.episode.guests)}


def test_what_cannot_be_known_is_told(podcast: Reading) -> None:
    assert podcast.told == [
        "feed.xml:10: 'Pruning an old apple tree': no transcript: make one with Whisper (`whisper apple-tree.mp3 "
        "--output_format json`), and put it beside feed.xml as pruning-an-old-apple-tree.json",
        "night.vtt: no guest is listed; by the transcript's labels these are guests: "
        "Edmund Quillfeather, Sabine Thornwick",
    ]


def test_the_chapters_of_a_file_begin_with_the_words_that_they_announce(podcast: Reading) -> None:
    bees = podcast.episodes["two-hives-behind-a-bakery"].episode
    assert [(chapter.title, round(chapter.start)) for chapter in bees.chapters] == [
        ("Welcome", 0), ("How many hives to begin with", 27), ("Where the hive stands", 102), ("Mites", 178),
        ("Honey in the first year", 257),
    ]  # fmt: skip
    opening = [bees.segments[chapter.first].text for chapter in bees.chapters[1:3]]
    assert opening[0].startswith("So somebody listens to us")
    assert opening[1] == "Where in the garden do you put them?"
    night = podcast.episodes["the-long-night-of-seeds"].episode
    assert [chapter.title for chapter in night.chapters] == ["The long night of seeds"]


def test_seconds_stay_right_over_four_hours(podcast: Reading) -> None:
    night = podcast.episodes["the-long-night-of-seeds"].episode
    starts = {segment.text[:24]: round(segment.start) for segment in night.segments}
    assert starts["Good evening from the vi"] == 30
    assert starts["It's half past nine, and"] == 5400
    assert starts["Nearly four hours, and y"] == 13620


def test_recordings_play_from_a_second_and_pages_are_the_feeds(podcast: Reading) -> None:
    links = podcast.episodes["watering-less"].episode.links
    assert links.page == f"{SITE}/water/"
    assert links.play == links.embed == f"{SITE}/audio/water.mp3#t={{second}}"
    assert (links.player, links.called) == (Player.AUDIO, "example.org")


def test_days_and_numbers_are_the_feeds(podcast: Reading) -> None:
    bees = podcast.episodes["two-hives-behind-a-bakery"].episode
    assert (bees.season, bees.number, bees.published, bees.recorded) == (2, 1, "2025-05-13", None)
    assert (podcast.sources.name, podcast.sources.questions) == ("Hedge and Hive", ())


def test_a_descriptor_beside_the_feed_counts(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FEED.parent, tmp_path / "feed"))
    (folder / "archive.toml").write_text(
        'name = "Our garden"\nquestions = "How many?"\npage = ["https://a.example/{season}/{number:03}", "{link}"]'
    )
    read = read_podcast(folder / "feed.xml", data=tmp_path / "data")
    # A change of it alone is a change of the archive.
    assert read.sources.version != read_podcast(FEED, data=tmp_path / "other").sources.version
    assert (read.sources.name, read.sources.questions) == ("Our garden", ("How many?",))
    assert read.episodes["watering-less"].episode.links.page == "https://a.example/2/003"


@pytest.mark.parametrize("prefix", ["", "feed:", "feed+"])
def test_a_feed_of_a_private_network_is_read_where_that_is_allowed(tmp_path: Path, prefix: str) -> None:
    with web() as site:
        here = f"http://{site.host}"
        text = FEED.read_text().replace(f"{SITE}/transcripts", here).replace(f"{SITE}/chapters", here)
        for file in FEED.parent.iterdir():
            site.put(f"/{file.name}", text if file == FEED else file.read_bytes())
        address = f"{prefix}{here}/feed.xml"
        with pytest.raises(SourceError, match="allow_private_addresses"):
            read_podcast(address, data=tmp_path / "closed")
        read = read_podcast(address, data=tmp_path / "open", allow_private=True)
    assert {slug: one.episode.guests for slug, one in read.episodes.items()} == {
        slug: guests for slug, (guests, _) in EPISODES.items()
    }
    assert len(read.episodes["watering-less"].episode.chapters) == 5
    assert not any("cannot be fetched" in line for line in read.told)
