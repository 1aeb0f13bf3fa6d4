"""What an ingest run reports: counts, and every problem with its file and line."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in the archive; `line` is 1-based, None where it is not known."""

    file: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}" if self.line else f"{self.file}: {self.reason}"


class LeftOut(StrEnum):
    """Why words of a transcript are not in the index."""

    REPEATED = "repeated"
    SPEAKER_MARK = "mark of a change of speaker"


@dataclass(frozen=True, slots=True)
class LabelNote:
    """A label of a transcript that was given to a person by inference, or to nobody; `line` is its first."""

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
    """What was found and mended in one episode, or summed over many.

    `times_backwards` are known seconds that were dropped since time ran
    backwards there; `times_estimated` all starts worked out from words.
    `clips_off` are headers whose clip starts over 15 s from their words.
    `words_in` are all words of the transcript, `words_left_out` those that are not
    indexed, by reason (`LeftOut`): the rest are `words`.
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
    headers_empty: int = 0
    headers_without_clip: int = 0
    clips_off: int = 0
    words_in: int = 0
    words_left_out: dict[str, int] = field(default_factory=dict)

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
    """The report of one ingest run. `seconds` is wall time by stage."""

    source: str = ""
    version: str = ""
    sample: bool = False
    episodes: int = 0
    passages: int = 0
    counts: EpisodeCounts = field(default_factory=EpisodeCounts)
    skipped: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    labels: list[LabelNote] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    embedded_episodes: int = 0
    removed_episodes: int = 0
    changed: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The report as one JSON object."""
        data = asdict(self)
        data["duplicates"] = [{"dropped": dropped, "kept": kept} for dropped, kept in self.duplicates]
        data["seconds"] = {stage: round(value, 2) for stage, value in self.seconds.items()}
        return data

    def lines(self) -> list[str]:
        """The report for a terminal, a line each."""
        c = self.counts
        head = [
            f"Archive    {self.source} ({self.version}){', the built-in SAMPLE' if self.sample else ''}",
            f"Episodes   {self.episodes:,} with {c.chapters:,} chapters, {c.segments:,} segments, {c.words:,} words",
            f"Passages   {self.passages:,}",
            f"Times      {c.times_missing:,} missing, {c.times_backwards:,} ran backwards and were dropped, "
            f"{c.times_estimated:,} starts estimated from the words",
            f"Speakers   {c.speakers_inferred:,} inferred from the turn, {c.speakers_unknown:,} unknown, "
            f"{c.speakers_doubted:,} doubted (never quoted)",
            f"Chapters   {c.headers_without_clip:,} headers match no clip, {c.clips_off:,} clips over 15 s off their "
            f"words, {c.headers_empty:,} headers without words; {c.without_headers:,} episodes without headers, "
            f"{c.without_clips:,} without clips",
            f"Repeated   {c.repeated_lines:,} paragraphs that repeat a neighbour were dropped",
        ]
        head += [f"Label      {label}" for label in self.labels]
        head += [f"Duplicate  {dropped} holds the transcript of {kept}; left out" for dropped, kept in self.duplicates]
        head += [f"Skipped    {problem}" for problem in self.skipped]
        head += [f"Problem    {problem}" for problem in self.problems]
        done = f"embedded {self.embedded_episodes:,} episodes, removed {self.removed_episodes:,}"
        head.append(f"Index      {done if self.changed else 'unchanged: nothing to do'}")
        head.append("Time       " + ", ".join(f"{stage} {value:.1f} s" for stage, value in self.seconds.items()))
        return head
