"""Tests the podcast that is a folder of transcripts with a list of episodes, and faults of that list and descriptor."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from podcasts import FOLDER, Reading, read_podcast

from ingest.models import Player, Role
from ingest.sources.open import SourceError

HOST = "Wilhelmina Crake"
PAGES = "https://example.org/repair-bench"


@pytest.fixture(scope="module")
def podcast() -> Reading:
    return read_podcast(FOLDER)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(FOLDER, tmp_path / "bench"))


def test_every_episode_is_read_with_its_guests(podcast: Reading) -> None:
    assert {slug: one.episode.guests for slug, one in podcast.episodes.items()} == {
        "wheels": ("Jasper Holloway",),
        "sharp-knives": ("Ingrid Palmetter",),
        "radio": ("Casimir Loxley",),
        "glue": (HOST,),
    }
    assert (podcast.told, podcast.skipped) == ([], [])
    assert all(one.counts.words_unaccounted == 0 for one in podcast.episodes.values())


@pytest.mark.parametrize("slug", ["wheels", "sharp-knives", "radio"])
def test_labels_become_the_people_of_the_list(podcast: Reading, slug: str) -> None:
    episode = podcast.episodes[slug].episode
    said = {(segment.role, segment.speaker) for segment in episode.segments}
    assert said == {(Role.HOST, HOST), (Role.GUEST, *episode.guests)}


def test_a_monologue_is_its_speakers_and_can_be_quoted(podcast: Reading) -> None:
    said = {(segment.role, segment.speaker) for segment in podcast.episodes["glue"].episode.segments}
    assert said == {(Role.GUEST, HOST)}


def test_chapters_of_the_list_and_of_a_file(podcast: Reading) -> None:
    chapters = {
        slug: [(chapter.title, round(chapter.start)) for chapter in podcast.episodes[slug].episode.chapters]
        for slug in ("wheels", "sharp-knives")
    }
    assert chapters["wheels"][1] == ("Spokes", 78)  # written as 1:17
    assert chapters["sharp-knives"][:2] == [("What makes knives blunt", 0), ("Stones and machines", 43)]


def test_pages_and_players_are_those_of_list_and_descriptor(podcast: Reading) -> None:
    links = {slug: one.episode.links for slug, one in podcast.episodes.items()}
    assert {slug: one.page for slug, one in links.items()} == {
        "wheels": f"{PAGES}/1/1-wheels",
        "sharp-knives": f"{PAGES}/1/2-sharp-knives",
        "radio": f"{PAGES}/radio-special",  # its own, in place of the template
        "glue": f"{PAGES}/glue",
    }
    assert {slug: (one.player, one.called) for slug, one in links.items()} == {
        "wheels": (Player.AUDIO, "media.example.org"),
        "sharp-knives": (Player.FRAME, "Bench TV"),
        "radio": (Player.NONE, ""),
        "glue": (Player.AUDIO, "media.example.org"),
    }
    assert links["wheels"].play == "https://media.example.org/repair-bench/wheels.mp3#t={second}"
    assert links["sharp-knives"].play == "https://tv.example.org/watch/a1b2?t={second}"


def test_days_and_example_questions_are_the_archives_own(podcast: Reading) -> None:
    wheels = podcast.episodes["wheels"].episode
    assert (wheels.published, wheels.recorded, wheels.topics) == ("2024-02-06", "2024-01-30", ("bicycles",))
    assert podcast.sources.name == "The Repair Bench"
    assert "Can I true a wheel without a stand?" in podcast.sources.questions


def changed(old: str, new: str, file: str = "episodes.yaml") -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1))

    return change


WHEELS = "  transcript: wheels.vtt\n"
# A change of the folder, what is told, and the episodes that are read in spite of it.
FAULTS = {
    "an unknown key": (
        changed(WHEELS, WHEELS + "  guest: Jasper Holloway\n"),
        "episodes.yaml:3: the key 'guest' is not known (is 'guests' meant?)", 4,
    ),
    "no date": (changed("2024-02-06", "in spring"), "episodes.yaml:5: date is not a date: 'in spring'", 4),
    "no day of the calendar": (
        changed("2024-01-30", "2024-02-30"), "episodes.yaml:6: recorded is not a date: '2024-02-30'", 4,
    ),
    "no address": (
        changed("https://media.example.org/repair-bench/wheels.mp3", "wheels.mp3"),
        "episodes.yaml:9: audio is no address that begins with https://: 'wheels.mp3'", 4,
    ),
    "no number": (changed("season: 1", "season: first"), "episodes.yaml:3: the season is not a number: 'first'", 4),
    "a chapter without a start": (
        changed("{title: Spokes, start: \"1:17\"}", "{title: Spokes}"),
        "episodes.yaml:12: a chapter needs a title and a start", 4,
    ),
    "a broken file of chapters": (
        changed('{"startTime": 0,', '{"startTime": 0', "knives-chapters.json"),
        "episodes.yaml:19: the chapters 'knives-chapters.json': broken JSON", 4,
    ),
    "a file of chapters with a faulty one": (
        changed('"startTime": 42.8', '"startTime": "late"', "knives-chapters.json"),
        "knives-chapters.json:3: the startTime 'late' is not a number of seconds", 4,
    ),
    "no file of chapters": (
        changed("knives-chapters.json", "gone.json"), "episodes.yaml:19: the chapters 'gone.json'", 4,
    ),
    "no transcript of that name": (
        changed(WHEELS, "  transcript: wheel.vtt\n"), "episodes.yaml:2: there is no file 'wheel.vtt'", 3,
    ),
    "a name that no file can have": (
        changed("transcript: wheels.vtt", f"transcript: {'w' * 300}.vtt\n  slug: wheels"),
        "episodes.yaml:2: there is no file 'wwww", 3,
    ),
    "no transcript given": (changed(WHEELS, ""), "episodes.yaml:1: the episode names no transcript", 3),
    "no title": (changed("title: Wheels that wobble", "topics: [x]"), "episodes.yaml:1: the episode has no title", 3),
    "a slug that is no name": (
        changed("slug: sharp-knives", "slug: ../knives"), "episodes.yaml:17: the slug '../knives' is no name", 3,
    ),
    "one slug twice": (changed("slug: glue", "slug: radio"), "a second file for the slug 'radio'", 3),
    "an episode that is only a text": (
        changed("- title: Wheels that wobble", "- just a text\n\n- title: Wheels that wobble"),
        "episodes.yaml:1: an episode is not a mapping: 'just a text'", 4,
    ),
    "a transcript that no episode names": (
        lambda folder: shutil.copy(folder / "wheels.vtt", folder / "more.vtt"),
        "more.vtt: no episode of episodes.yaml names it; it is not read", 4,
    ),
    "a transcript of another kind": (
        lambda folder: (folder / "wheels.vtt").write_text("Some words, without any time.\n"),
        "wheels.vtt:1: ", 3,
    ),
    "speakers that nobody gave": (
        changed("  speaker: Wilhelmina Crake\n", ""),
        "glue.json:2: the transcript names no speaker, so nothing of it is quoted", 4,
    ),
    "a withdrawn episode": (
        changed(WHEELS, WHEELS + "  published: false\n"),
        "episodes.yaml:3: unpublished: `published` is false; it is not read", 3,
    ),
    "a list that is none": (
        lambda folder: (folder / "episodes.yaml").write_text("title: Wheels\n"),
        "episodes.yaml:1: not a list of episodes", 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_list_is_told_with_its_place_and_the_rest_is_read(folder: Path, fault: str) -> None:
    change, told, left = FAULTS[fault]
    change(folder)
    read = read_podcast(folder)
    lines = [*read.told, *read.skipped]
    assert any(told in line for line in lines), lines
    assert len(read.episodes) == left


# A line put in front of the descriptor, and what is told of it.
WRONG = {
    'hots = ["crake"]': "unknown key 'hots'; did you mean 'hosts'?",
    'colour = "red"': "unknown key 'colour'; known: name, hosts",
    'line = "{page}#line"': "line: '{page}#line': it has no {row}",
    "speaker = 5": "speaker: Input should be a valid string",
    "questions = [": "(at line",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_fault_of_the_descriptor_ends_the_ingest_with_file_and_key(folder: Path, line: str) -> None:
    text = (folder / "archive.toml").read_text()
    (folder / "archive.toml").write_text(f"{line}\n{text}")
    with pytest.raises(SourceError) as raised:
        read_podcast(folder)
    assert str(raised.value).startswith(f"{folder}/archive.toml: ")
    assert WRONG[line] in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{slug}", "{slgu}", "{slgu} is not known here; known: link, name, number, season, slug, tail, video"),
        ("{slug}", "{slug", "page.0: "),
        ("https://example.org/repair", "example.org/repair", "give an address that begins with https://"),
        ('called = "Bench TV"', 'service = "bench"', "video: service 'bench' is not known; known: youtube"),
        ('called = "Bench TV"', 'caled = "Bench TV"', "unknown key 'video.caled'; did you mean 'called'?"),
        ('called = "Bench TV"', "reports = { asks = 'x' }", "unknown key 'video.reports.asks'; did you mean 'ask'?"),
        ("watch/{video}", "watch/{id}", "{id} is not known here; known: second, video"),
        ("watch/{video}", "watch", "it has no {video}"),
        ('key = "bench"', 'id = "[0-9"', "is no regular expression"),
    ],
)  # fmt: skip
def test_a_faulty_template_or_service_is_told(folder: Path, old: str, new: str, told: str) -> None:
    changed(old, new, "archive.toml")(folder)
    with pytest.raises(SourceError) as raised:
        read_podcast(folder)
    assert str(raised.value).startswith(f"{folder}/archive.toml: ")
    assert told in str(raised.value)
