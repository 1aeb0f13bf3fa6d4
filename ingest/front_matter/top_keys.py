"""Reports suspicious top-level keys of a file, and text below the front matter; nothing is changed.

A misspelt key is not read, although somebody meant it: `guest: annakeller` adds no
guest, `publshed: false` unpublishes nothing. Other keys of the site (images, links) are not suspicious.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from ingest.draft import Draft
from ingest.front_matter.files import FrontMatter
from ingest.front_matter.values import is_empty, is_switch, shown
from ingest.front_matter.words_in import known_key
from ingest.front_matter.yaml_text import Pair
from ingest.report import LeftOut

_READ = {
    known_key(key): key
    for key in (
        *("title", "short", "season", "episode", "guests", "topics", "ids"),
        *("dateadded", "published", "quotableClips", "transcript"),
    )
}
# Least similarity of a key to a known one: `guest` and guests, not `date` and dateadded.
_LIKE = 0.8
_ENTRY = re.compile(r"^[ \t]*(?:- +)?(line|who|sec) *:(.*)$", re.MULTILINE)


def check_keys(front: FrontMatter, draft: Draft) -> None:
    """Report repeated and misspelt keys, keys in another case, and invalid values."""
    seen: set[str] = set()
    for pair in front.root.pairs or ():
        if pair.key in seen and pair.key != "transcript":
            draft.problem(f"the key {pair.key!r} stands twice; the last is read", pair.line)
        seen.add(pair.key)
        _check_key(pair, front, draft)
    _check_rest(front, draft)


def _check_key(pair: Pair, front: FrontMatter, draft: Draft) -> None:
    key = known_key(pair.key)
    if key not in _READ:
        if near := get_close_matches(key, _READ, 1, _LIKE):
            draft.problem(f"the key {pair.key!r} is not read (is {_READ[near[0]]!r} meant?)", pair.line)
    elif pair.key != _READ[key] and key != "transcript":
        read = front.get(_READ[key]) is pair.value
        draft.problem(f"the key {pair.key!r} is {'' if read else 'not '}read as {_READ[key]!r}", pair.line)
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
