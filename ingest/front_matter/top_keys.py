"""Reports suspicious top-level keys of a file, and text below the front matter; nothing is changed.

A misspelt key is not read, although somebody meant it: `guest: annakeller` adds no
guest, `publshed: false` unpublishes nothing. Other keys of the site (images, links) are not suspicious.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from ingest.draft import Draft
from ingest.front_matter.files import FrontMatter
from ingest.front_matter.values import is_empty, is_switch, shown
from ingest.front_matter.words_in import known_key
from ingest.front_matter.yaml_text import Pair
from ingest.report import LeftOut

_KEYS = ("title", "short", "season", "episode", "guests", "topics", "ids")
# The keys that are read of an episode's record, and of a transcript in its own file.
RECORD = {known_key(key): key for key in (*_KEYS, "dateadded", "published", "quotableClips", "transcript")}
TRANSCRIPT = {key: key for key in ("podcast", "segments")}
# Least similarity of a key to a known one: `guest` and guests, not `date` and dateadded.
_LIKE = 0.8
_ENTRY = re.compile(r"^[ \t]*(?:- +)?(line|who|sec) *:(.*)$", re.MULTILINE)


def check_keys(
    front: FrontMatter, draft: Draft, entries: str = "transcript", known: Mapping[str, str] = RECORD
) -> None:
    """Report repeated and misspelt keys, keys in another case, and invalid values.

    `entries`: the key of the transcript's list, which its own reader checks; `known`: keys by their folded form.
    """
    seen: set[str] = set()
    for pair in front.root.pairs or ():
        if pair.key in seen and pair.key != entries:
            draft.problem(f"the key {pair.key!r} stands twice; the last is read", pair.line)
        seen.add(pair.key)
        if known_key(pair.key) != entries:
            _check_key(pair, front, draft, known)
    _check_rest(front, draft)


def meant(front: FrontMatter, key: str) -> str:
    """A hint at the key of a file that is perhaps misspelt for a missing one; "" if none is like it."""
    found = {known_key(pair.key): pair for pair in front.root.pairs or ()}
    near = get_close_matches(key, found.keys() - RECORD.keys() - TRANSCRIPT.keys(), 1, _LIKE)
    return f" (is {found[near[0]].key!r} on line {found[near[0]].line} meant for it?)" if near else ""


def _check_key(pair: Pair, front: FrontMatter, draft: Draft, known: Mapping[str, str]) -> None:
    key = known_key(pair.key)
    if key not in known:
        if near := get_close_matches(key, known, 1, _LIKE):
            draft.problem(f"the key {pair.key!r} is not read (is {known[near[0]]!r} meant?)", pair.line)
    elif pair.key != known[key]:
        read = front.get(known[key]) is pair.value
        draft.problem(f"the key {pair.key!r} is {'' if read else 'not '}read as {known[key]!r}", pair.line)
    if key == "ids" and pair.value.pairs is None and not is_empty(pair.value):
        draft.problem(f"ids is not a mapping: {shown(pair.value)}", pair.line)
    if key == "published" and not is_empty(pair.value) and not is_switch(pair.value):
        draft.problem(f"published is neither true nor false: {shown(pair.value)}; the episode is read", pair.line)


def _check_rest(front: FrontMatter, draft: Draft) -> None:
    """Report entries of a transcript below the front matter, where they are not read."""
    lines = [text for key, text in _ENTRY.findall(front.rest) if key == "line"]
    if not lines:
        return
    words = sum(len(text.split()) for text in lines)
    draft.problem(
        f"{len(lines):,} lines of a transcript stand below the front matter and are not read: "
        "does a --- stand in the middle of it?"
    )
    draft.counts.words_in += words
    draft.leave_out(LeftOut.BELOW, words)
