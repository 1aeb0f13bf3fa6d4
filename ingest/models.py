"""Defines the types that all parts share, from the archive to the answer.

All of them are frozen. Times are seconds from the start of the recording;
clock times (`H:MM:SS`) are only made for display. Nothing here reads
a file or knows of a store, a model or the web.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Role(StrEnum):
    """The role of a speaker in the conversation. Only a guest's words can be evidence."""

    GUEST = "guest"
    HOST = "host"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Segment:
    """One paragraph of the transcript.

    `turn` numbers the turns of the episode: paragraphs of one turn share it.
    `estimated`: `start` is not the transcript's own time but was calculated
    from the words said since the last known one.
    `injections`: the characters at which a sentence begins to address a machine, until
    its end (`ingest.injections`). `row`: the place of its line among all entries of the transcript, from 0; None if
    the archive's pages have no rows.
    """

    start: float
    end: float
    speaker: str
    role: Role
    text: str
    turn: int
    estimated: bool = False
    injections: tuple[int, ...] = ()
    row: int | None = None

    @property
    def words(self) -> int:
        """Number of words, split at white space."""
        return len(self.text.split())

    def injected(self, begin: int, end: int) -> bool:
        """Whether a sentence in these characters begins to address a machine."""
        return any(begin <= mark < end for mark in self.injections)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A titled part of an episode: the segments from `first` to `last` (exclusive)."""

    title: str
    start: float
    end: float
    first: int
    last: int


class Player(StrEnum):
    """What plays an episode in a page."""

    NONE = ""
    FRAME = "frame"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class Reports:
    """How a player in a frame tells the page around it its time, by messages in JSON; empty if it does not.

    `query` is added to the player's address, `ask` is the message that asks for reports, `second` the keys, joined by
    dots, that lead to the second in a report.
    """

    query: str = ""
    ask: str = ""
    second: str = ""


@dataclass(frozen=True, slots=True)
class Links:
    """An episode's addresses, from the descriptor of its archive (`ingest.descriptor`) or its feed.

    `page` is a whole address. The others are templates: `{second}` is a whole second of the recording, `{row}` a row
    of the page's transcript. All of them may be empty. `player` says what can open `embed`, `called` is the name of who
    keeps the recording, for display, `reports` how its player tells its time.
    """

    page: str = ""
    play: str = ""
    embed: str = ""
    player: Player = Player.NONE
    line: str = ""
    called: str = ""
    reports: Reports = Reports()


@dataclass(frozen=True)
class Episode:
    """One transcribed episode. `slug` is its id, `name` the name of its page.

    `recorded` and `published` are ISO dates; None if the archive does not say when.
    """

    slug: str
    name: str
    title: str
    season: int | None
    number: int | None
    guests: tuple[str, ...]
    topics: tuple[str, ...]
    video: str | None
    published: str | None
    chapters: tuple[Chapter, ...]
    segments: tuple[Segment, ...]
    sample: bool = False
    recorded: str | None = None
    links: Links = Links()

    @cached_property
    def end(self) -> float:
        """The second at which the last words end."""
        return max((segment.end for segment in self.segments), default=0.0)

    @property
    def dated(self) -> tuple[str, str] | None:
        """The episode's day (`YYYY-MM-DD`) and what it is the day of: "recorded", or, where unknown, "published"."""
        if self.recorded:
            return self.recorded, "recorded"
        return (self.published, "published") if self.published else None

    @property
    def page(self) -> str:
        """The address of the episode's page; it cannot be opened at a second."""
        return self.links.page

    def url(self, second: float) -> str:
        """A link that plays from `second`; the episode's page if nothing plays.

        The sample archive is invented: its links lead to no real recording.
        """
        return self.page if self.sample or not self.links.play else _filled(self.links.play, "second", second)

    def player(self, second: float) -> str:
        """The address that a page's own player opens at `second`; empty if there is none."""
        return "" if self.sample else _filled(self.links.embed, "second", second)

    def line_url(self, row: int | None) -> str:
        """The address of a row of the page's transcript; empty if its rows have none."""
        return "" if row is None else _filled(self.links.line, "row", row)


def _filled(template: str, field: str, value: float) -> str:
    # Not `str.format`: an address from outside may hold other braces.
    return template.replace(f"{{{field}}}", str(max(0, int(value))))


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is indexed and ranked: the segments `first` to `last` (exclusive) of one chapter."""

    id: str
    episode: str
    chapter: int
    first: int
    last: int
    start: float
    end: float
    speaker: str
    text: str
    context: str

    @property
    def embedded_text(self) -> str:
        """The text for the models: the context, then the words."""
        return f"{self.context}\n{self.text}"


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A ranked passage. `score`: the probability that a guest answers the question there (`index.judging`)."""

    passage: Passage
    score: float
    rank: int
