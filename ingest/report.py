"""Defines the report of an ingest: counts, and every problem with its file and line."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

# Lines of one list in a terminal; the JSON has all.
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in the archive; `line` is 1-based, None if unknown."""

    file: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}" if self.line else f"{self.file}: {self.reason}"


class LeftOut(StrEnum):
    """Why words of a transcript are not in the index."""

    REPEATED = "repeated"
    SPEAKER_MARK = "mark of a change of speaker"
    REPEATED_TALK = "repeated talk in place of a speaker"
    MARKUP = "markup and characters that are not shown"
    UNKNOWN_KEY = "under an unknown key"
    REPEATED_KEY = "under a key that stands twice"
    WRONG_TYPE = "of a wrong type"
    NOT_TALK = "headings and other parts of a page"
    BELOW = "below the front matter"
    DUPLICATE = "transcript of another episode"
    UNPUBLISHED = "unpublished"
    SKIPPED = "in a file that was skipped"


@dataclass(frozen=True, slots=True)
class LostWords:
    """Words of one place that are not in the index, and why (a value of `LeftOut`)."""

    file: str
    line: int | None
    reason: str
    words: int


@dataclass(frozen=True, slots=True)
class LabelNote:
    """A speaker label that was given to a person by inference, or to nobody; `line` is its first."""

    file: str
    line: int | None
    label: str
    speaker: str
    role: str
    how: str
    paragraphs: int
    words: int

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        meaning = f"is {self.speaker} ({self.role})" if self.speaker != self.label else f"keeps its name ({self.role})"
        return f"{place}: {self.label!r} {meaning}: {self.how}; {self.paragraphs:,} paragraphs, {self.words:,} words"


@dataclass(slots=True)
class EpisodeCounts:
    """Counts of what was found and repaired in one episode, or the sum of many.

    `times_backwards`: known seconds that were dropped because time ran
    backwards; `times_estimated`: starts calculated from words.
    `without_headers`, `without_clips`: episodes of an archive whose transcripts have them; `without_chapters`: of any.
    `clips_off`: headers whose clip starts over 15 s from their words; `headers_early`: headers in the middle of a turn
    that were moved to its end.
    `words_in`: all words of the transcript; `words_left_out`: those that are not
    indexed, by reason (`LeftOut`); the rest are `words`. `markup_decoded`: lines with entities or
    tags; `talk_in_who`: paragraphs found instead of a speaker's name;
    `injections`: sentences that seem to address a machine.
    """

    chapters: int = 0
    segments: int = 0
    words: int = 0
    repeated_lines: int = 0
    speakers_inferred: int = 0
    speakers_unknown: int = 0
    speakers_doubted: int = 0
    times_missing: int = 0
    times_backwards: int = 0
    times_estimated: int = 0
    without_headers: int = 0
    without_clips: int = 0
    without_chapters: int = 0
    headers_empty: int = 0
    headers_early: int = 0
    headers_without_clip: int = 0
    clips_off: int = 0
    words_in: int = 0
    words_left_out: dict[str, int] = field(default_factory=dict)
    markup_decoded: int = 0
    talk_in_who: int = 0
    talk_in_who_words: int = 0
    injections: int = 0

    @property
    def words_unaccounted(self) -> int:
        """Words of the transcript that are neither indexed nor left out for a reason: 0 unless a step lost some."""
        return self.words_in - self.words - sum(self.words_left_out.values())

    def add(self, other: EpisodeCounts) -> None:
        """Add another episode's counts to these."""
        for item in fields(self):
            mine, more = getattr(self, item.name), getattr(other, item.name)
            if isinstance(mine, dict):
                for reason, count in more.items():
                    mine[reason] = mine.get(reason, 0) + count
            else:
                setattr(self, item.name, mine + more)


@dataclass(slots=True)
class IngestReport:
    """The report of one ingest run. `seconds` is wall time by stage.

    `recorded`, `published`: episodes with the day of their recording, and others with that of their publication;
    `events`: whether the archive lists events, from which recordings are dated. `copies`: episodes that a later source
    holds as well; `taken_down`: slugs of episodes that were in the index and are withdrawn at their source.
    """

    source: str = ""
    version: str = ""
    sample: bool = False
    episodes: int = 0
    passages: int = 0
    recorded: int = 0
    published: int = 0
    events: bool = False
    counts: EpisodeCounts = field(default_factory=EpisodeCounts)
    skipped: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    labels: list[LabelNote] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    left_out: list[LostWords] = field(default_factory=list)
    copies: int = 0
    taken_down: list[str] = field(default_factory=list)
    embedded_episodes: int = 0
    removed_episodes: int = 0
    changed: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    def leave_out(self, lost: LostWords) -> None:
        """Count the words of a whole file that is not in the index."""
        if lost.words:
            self.left_out.append(lost)
            self.counts.add(EpisodeCounts(words_in=lost.words, words_left_out={lost.reason: lost.words}))

    def to_json(self) -> dict[str, Any]:
        """The report as one JSON object."""
        data = asdict(self)
        data["duplicates"] = [{"dropped": dropped, "kept": kept} for dropped, kept in self.duplicates]
        data["seconds"] = {stage: round(value, 2) for stage, value in self.seconds.items()}
        return data

    def lines(self) -> list[str]:
        """The lines of the report for a terminal."""
        c = self.counts
        head = [
            f"Archive    {self.source} ({self.version}){', the built-in SAMPLE' if self.sample else ''}",
            f"Episodes   {self.episodes:,} with {c.chapters:,} chapters, {c.segments:,} segments, {c.words:,} words",
            f"Passages   {self.passages:,}",
            words_line(c),
            f"Times      {c.times_missing:,} missing, {c.times_backwards:,} ran backwards and were dropped, "
            f"{c.times_estimated:,} starts estimated from the words",
            f"Speakers   {c.speakers_inferred:,} inferred from the turn, {c.speakers_unknown:,} unknown, "
            f"{c.speakers_doubted:,} doubted (never quoted)",
            f"Chapters   {_chapters(c)}",
            f"Dates      {self.recorded:,} episodes by their recording, {self.published:,} by their publication, "
            f"{self.episodes - self.recorded - self.published:,} unknown",
            f"Repeated   {c.repeated_lines:,} paragraphs that repeat a neighbour were dropped",
            f"Mended     {c.talk_in_who:,} paragraphs ({c.talk_in_who_words:,} words) stood in place of a speaker, "
            f"{c.markup_decoded:,} lines had entities or tags",
            f"Injections {c.injections:,} sentences seem to address a machine (no answer uses them)",
        ]
        if self.copies:
            head.append(f"Copies     {self.copies:,} episodes of later sources stand in an earlier one, which is read")
        head += cut("Taken down", [f"{slug}: it is in no index any more" for slug in self.taken_down])
        head += cut("Label", [str(label) for label in self.labels])
        head += cut(
            "Duplicate", [f"{dropped} holds the transcript of {kept}; left out" for dropped, kept in self.duplicates]
        )
        head += cut("Skipped", [str(problem) for problem in self.skipped])
        head += cut("Problem", [str(problem) for problem in self.problems])
        done = f"embedded {self.embedded_episodes:,} episodes, removed {self.removed_episodes:,}"
        head.append(f"Index      {done if self.changed else 'unchanged: nothing to do'}")
        head.append("Time       " + ", ".join(f"{stage} {value:.1f} s" for stage, value in self.seconds.items()))
        return head


def _chapters(counts: EpisodeCounts) -> str:
    """What is odd about chapters; headers and clips, which not every archive has, only where there is something."""
    found = {
        "headers match no clip": counts.headers_without_clip,
        "clips over 15 s off their words": counts.clips_off,
        "headers without words": counts.headers_empty,
        "headers too early and moved": counts.headers_early,
        "episodes without headers": counts.without_headers,
        "without clips": counts.without_clips,
    }
    parts = [f"{count:,} {what}" for what, count in found.items() if count]
    return ", ".join([*parts, f"{counts.without_chapters:,} episodes without any"])


def words_line(counts: EpisodeCounts) -> str:
    """Words in = words indexed + words left out, by reason; and the difference, if any."""
    reasons = ", ".join(f"{words:,} {reason}" for reason, words in sorted(counts.words_left_out.items()))
    left_out = sum(counts.words_left_out.values())
    line = f"Words      {counts.words_in:,} in, {counts.words:,} indexed, {left_out:,} left out"
    line += f" ({reasons})" if reasons else ""
    return line + (f"; {counts.words_unaccounted:,} ARE LOST" if counts.words_unaccounted else "")


def cut(name: str, rows: list[str]) -> list[str]:
    """A list as lines that begin with `name`; a long one is shortened, with the number left out."""
    shown = [f"{name:<10} {row}" for row in rows[:MOST_SHOWN]]
    more = len(rows) - len(shown)
    return [*shown, f"{name:<10} ... and {more:,} more: `--json` lists all"] if more else shown
