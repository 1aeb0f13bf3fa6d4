"""Reads an archive as episodes with passages; the report names what is left out.

Nothing here embeds or writes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from index.building.progress import Progress
from ingest.duplicates import find_duplicates
from ingest.formats.base import Entry, ReadEpisode
from ingest.front_matter.events import EVENTS, Recordings
from ingest.front_matter.files import BadFile, Unpublished
from ingest.models import Episode, Passage
from ingest.passages import PassageSettings, passages_of
from ingest.report import IngestReport, LeftOut, LostWords, Problem
from ingest.sources.contents import list_contents, read_all
from ingest.sources.open import Sources

# Episodes without an event that the report names.
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Row:
    """An episode with its passages."""

    episode: Episode
    passages: list[Passage]


@dataclass(slots=True)
class Unread:
    """The episode files that are not read: slugs of withdrawn ones, and number of damaged ones."""

    unpublished: set[str] = field(default_factory=set)
    damaged: int = 0

    def withdraws(self, indexed: set[str]) -> bool:
        """Whether the archive withdrew all indexed episodes (unpublished, not damaged).

        If files are only damaged, the previous index is better than none.
        """
        return bool(indexed) and (not self.damaged or bool(self.unpublished & indexed))


def report_from(kept: dict[str, Any]) -> IngestReport:
    """The report of the last run, marked as unchanged; raises `KeyError`, `TypeError` or `ValueError`."""
    duplicates = [(item["dropped"], item["kept"]) for item in kept["duplicates"]]
    since = {"seconds": {}, "changed": False, "embedded_episodes": 0, "removed_episodes": 0}
    report = TypeAdapter(IngestReport).validate_python(kept | since | {"duplicates": duplicates})
    if json.loads(json.dumps(report.to_json())) != kept | since:
        raise ValueError("a report of another version has other fields")
    return report


def read_rows(
    sources: Sources, settings: PassageSettings, report: IngestReport, progress: Progress, unread: Unread
) -> list[Row]:
    """Episodes with passages, in order; adds faults, counts and duplicates to the report."""
    contents = list_contents(sources.parts)
    report.problems, report.skipped = contents.problems, contents.others
    unread.unpublished |= contents.removed
    progress.start("Reading episodes", len(contents.places))
    read, report.copies = read_all(contents, progress.advance, lambda entry, bad: _skip(entry, bad, report, unread))
    report.duplicates = find_duplicates([one.episode for one in read])
    dropped = {slug for slug, _ in report.duplicates}
    rows = [Row(one.episode, passages_of(one.episode, settings)) for one in read]
    for row, one in zip(rows, read, strict=True):
        _count(row, one, report, dropped=row.episode.slug in dropped)
    rows = [row for row in rows if row.episode.slug not in dropped]
    report.episodes, report.passages = len(rows), sum(len(row.passages) for row in rows)
    _count_dates([row.episode for row in rows], contents.recordings, report)
    return rows


def _count_dates(episodes: list[Episode], recordings: Recordings, report: IngestReport) -> None:
    """Count by what episodes are dated; those that no event dates are one problem if the archive has events."""
    missing = [episode.slug for episode in episodes if not episode.recorded]
    report.events = recordings.listed
    report.recorded = len(episodes) - len(missing)
    report.published = sum(bool(episode.published) for episode in episodes if not episode.recorded)
    if recordings.days and missing:
        named = ", ".join(missing[:_MOST_NAMED]) + (", ..." if len(missing) > _MOST_NAMED else "")
        reason = (
            f"no event dates the video of {len(missing):,} episodes ({named}); they have the day of publication, if any"
        )
        # First, since a terminal shows only the beginning of a long list.
        report.problems.insert(0, Problem(EVENTS.as_posix(), None, reason))


def _skip(entry: Entry, bad: BadFile, report: IngestReport, unread: Unread) -> None:
    """Report a file that is not read, and count the words of its transcript."""
    file = entry.file
    if file.template:
        report.skipped.append(Problem(file.shown, None, "the site's blank form, no episode"))
        return
    report.skipped.append(Problem(bad.place or file.shown, bad.line, str(bad)))
    reason = LeftOut.SKIPPED
    if isinstance(bad, Unpublished):
        reason = LeftOut.UNPUBLISHED
        unread.unpublished |= {entry.slug, entry.slug.lstrip("_")}
    else:
        unread.damaged += 1
    report.leave_out(LostWords(file.shown, bad.line, str(reason), bad.words))


def _count(row: Row, read: ReadEpisode, report: IngestReport, *, dropped: bool) -> None:
    """Add an episode's counts; for a duplicate (`dropped`), all its words count as left out."""
    file = read.file.shown
    report.problems.extend(read.problems)
    if dropped:
        report.leave_out(LostWords(file, None, str(LeftOut.DUPLICATE), read.counts.words_in))
        return
    report.labels.extend(read.labels)
    report.left_out.extend(read.left_out)
    report.counts.add(read.counts)
    indexed = sum(len(passage.text.split()) for passage in row.passages)
    if indexed != read.counts.words:
        report.counts.words += indexed - read.counts.words
        report.problems.append(
            Problem(file, None, f"{read.counts.words - indexed:,} words are in no passage: a fault of Citecast")
        )
