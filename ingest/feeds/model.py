"""Defines what is read from a feed. Times are seconds, days ISO dates; `line` is the feed's, counted from 1."""

from __future__ import annotations

from dataclasses import dataclass

# A line of the file, and what is wrong there.
Fault = tuple[int, str]

# The types of transcripts that are read, best first, and the suffix of their files.
TRANSCRIPTS = {
    "text/vtt": ".vtt",
    "application/json": ".json",
    "application/x-subrip": ".srt",
    "text/html": ".html",
}
# The first role, to which a person without one belongs.
HOST = "host"
GUEST = "guest"
_HOSTS = (HOST, "co-host", "guest host")
_GUESTS = (GUEST, "interviewee")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the podcast. `role` and `group` are of the Podcast Taxonomy, in lower case."""

    name: str
    role: str
    group: str
    href: str
    line: int

    @property
    def part(self) -> str:
        """The part in the talk: "host", "guest", or "" for everybody else (a guest writer is no guest)."""
        if self.group != "cast":
            return ""
        return HOST if self.role in _HOSTS else GUEST if self.role in _GUESTS else ""


@dataclass(frozen=True, slots=True)
class TranscriptLink:
    """A transcript's address, maybe relative to the feed's; `type` is one of `TRANSCRIPTS`.

    `language` is "" where it is the feed's; `rel` is "captions" for a file that certainly has times.
    """

    url: str
    type: str
    language: str
    rel: str
    line: int


@dataclass(frozen=True, slots=True)
class ChaptersLink:
    """The address of a file of chapters (Podcasting 2.0, JSON), maybe relative to the feed's."""

    url: str
    type: str
    line: int


@dataclass(frozen=True, slots=True)
class Media:
    """The recording, as the feed encloses it."""

    url: str
    type: str


@dataclass(frozen=True, slots=True)
class FeedEpisode:
    """One item of a feed. `slug` is its id (`ingest.feeds.slugs`).

    `chapters` are (title, second) that stand in the feed itself, `chapters_file` links to others. `recorded` is always
    None: no tag of feeds says it.
    """

    line: int
    guid: str
    slug: str
    title: str
    link: str
    published: str | None
    season: int | None
    number: int | None
    description: str
    persons: tuple[Person, ...]
    media: Media | None
    transcripts: tuple[TranscriptLink, ...]
    chapters: tuple[tuple[str, float], ...]
    chapters_file: ChaptersLink | None
    duration: float | None
    recorded: str | None = None

    def named(self, part: str) -> tuple[str, ...]:
        """The names of its hosts or guests, in the feed's order, each once."""
        return tuple(dict.fromkeys(person.name for person in self.persons if person.part == part))


@dataclass(frozen=True, slots=True)
class Feed:
    """A podcast as its feed describes it. `problems`: faults of the feed that do not stop it."""

    title: str
    link: str
    language: str
    description: str
    persons: tuple[Person, ...]
    episodes: tuple[FeedEpisode, ...]
    problems: tuple[Fault, ...]
