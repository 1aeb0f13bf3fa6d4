"""Places the gold ranges and graded passages of suites on the episodes of an index.

A range must lie inside an episode. An episode that the index left out as a duplicate is replaced by the one it kept.
Only the index's files are read: no store is opened, and no model is needed.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.metrics import Span
from eval.running.suites import Fault, Item, Suite, SuiteError
from index.episodes import read_episodes
from index.manifest import IndexMissing, Manifest, current_generation, read_manifest, read_report
from ingest.models import Episode

# The end of the last words is estimated from their number, so a range taken from the recording may end a little later.
_SLACK_S = 30.0


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the files of an index hold: its episodes, the times of their passages, and the duplicates it left out.

    `passages`: the time ranges by id, by the slug of the episode.
    """

    manifest: Manifest
    episodes: Mapping[str, Episode]
    passages: Mapping[str, Mapping[str, Span]]
    duplicates: Mapping[str, str]

    @property
    def ends(self) -> dict[str, float]:
        """The last second of each episode, by slug."""
        return {slug: episode.end for slug, episode in self.episodes.items()}


def read_shelf(data: Path) -> Shelf:
    """The shelf of the index in a data folder; raises `IndexMissing` and `IndexMismatch`."""
    folder = current_generation(data)
    manifest = read_manifest(folder)
    try:
        rows = list(read_episodes(folder / "episodes.jsonl"))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise IndexMissing(f"{folder} is damaged ({error}): run `citecast ingest --rebuild`") from error
    return Shelf(
        manifest,
        {episode.slug: episode for episode, _ in rows},
        {episode.slug: {one.id: Span(one.episode, one.start, one.end) for one in own} for episode, own in rows},
        duplicates_of(folder),
    )


def duplicates_of(folder: Path) -> dict[str, str]:
    """Slugs that a generation of the index left out, with those it kept; raises `IndexMissing` if it is damaged."""
    try:
        return {pair["dropped"]: pair["kept"] for pair in read_report(folder)["duplicates"]}
    except (KeyError, TypeError) as error:
        raise IndexMissing(f"{folder}/report.json is damaged ({error}): run `citecast ingest --rebuild`") from error


def check_gold(suite: Suite, ends: Mapping[str, float], duplicates: Mapping[str, str]) -> Suite:
    """The suite with its gold (also in `raw`) on episodes of the index; raises `SuiteError` for the first fault.

    `ends` are the episodes' last seconds by slug; `duplicates` maps slugs that the index
    left out to those it kept.
    """
    placed, faults = place_gold(suite, ends, duplicates)
    if faults:
        raise SuiteError(str(faults[0]))
    return placed


def place_gold(suite: Suite, ends: Mapping[str, float], duplicates: Mapping[str, str]) -> tuple[Suite, list[Fault]]:
    """The suite with its ranges on episodes of the index, without those that lie in none, and the faults of these."""
    faults: list[Fault] = []
    items = [_placed(suite, item, ends, duplicates, faults) for item in suite.items]
    return replace(suite, items=tuple(items)), faults


def _placed(
    suite: Suite, item: Item, ends: Mapping[str, float], duplicates: Mapping[str, str], faults: list[Fault]
) -> Item:
    def inside(span: Span, name: str) -> Span | None:
        kept = span._replace(episode=duplicates.get(span.episode, span.episode))
        if reason := _misplaced(span, kept, ends):
            what = f"{name} range {span.start:g}-{span.end:g} of {span.episode}: {reason}"
            faults.append(Fault(suite.path, item.line, item.id, what))
        return None if reason else kept

    gold = [inside(span, "gold") for span in item.gold]
    graded = [(one, inside(one.span, "graded")) for one in item.graded]
    return replace(
        item,
        gold=tuple(span for span in gold if span),
        graded=tuple(one._replace(span=span) for one, span in graded if span),
        raw=_with_episodes(item.raw, gold),
    )


def _with_episodes(raw: dict[str, Any], gold: list[Span | None]) -> dict[str, Any]:
    """The object of an item with the episodes on which its gold was placed."""
    # An item with ranges that could not be read or placed is not run: its object may stay as it is.
    if not gold or None in gold or len(gold) < len(raw["gold"]):
        return raw
    pairs = zip(raw["gold"], gold, strict=True)
    return raw | {"gold": [value | {"episode": span.episode} for value, span in pairs if span]}


def _misplaced(span: Span, kept: Span, ends: Mapping[str, float]) -> str:
    """Why a range is outside the index; `kept` is the same on the episode that was kept. Empty if it is inside."""
    end = ends.get(kept.episode)
    if end is None:
        near = difflib.get_close_matches(span.episode, ends, n=1)
        return "the index has no such episode" + (f"; did you mean {near[0]}?" if near else "")
    if span.start >= end or span.end > end + _SLACK_S:
        return f"outside the episode, which ends at {end:.0f}"
    return ""
