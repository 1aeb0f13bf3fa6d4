"""Names episodes: a readable id for each, from its title.

Of several episodes with the same title the oldest has the title alone, and each other one a short hash of its guid
behind it. So an episode that is added later changes no other one's id. What does: a new title, and an older
episode of the same title that is added or taken away.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from ingest.text import fold

# It is part of file names and addresses.
LONGEST = 80
_OTHER = re.compile(r"[^a-z0-9]+")


def slugs(episodes: Sequence[tuple[str, str, str | None]]) -> list[str]:
    """An id for each episode, given as (title, guid, day); no two are equal, as no two guids are.

    The order is the feed's, usually the newest first: of two without a day the later one is the older.
    """
    oldest_first = sorted(
        range(len(episodes)), key=lambda i: (episodes[i][2] is None, episodes[i][2] or "", -i)
    )  # fmt: skip
    taken: set[str] = set()
    found = [""] * len(episodes)
    for i in oldest_first:
        title, guid, _ = episodes[i]
        found[i] = _free(_words(title), guid, taken)
        taken.add(found[i])
    return found


def _words(title: str) -> str:
    """The title's words in plain letters, joined with `-`; "" if it has none."""
    name = _OTHER.sub("-", fold(title)).strip("-")
    if len(name) > LONGEST:
        name = name[: LONGEST + 1].rpartition("-")[0] or name[:LONGEST]
    return name


def _free(words: str, guid: str, taken: set[str]) -> str:
    if words and words not in taken:
        return words
    digest = hashlib.sha256(guid.encode("utf-8", "replace")).hexdigest()
    names = (f"{words or 'episode'}-{digest[:length]}" for length in range(6, 65))
    return next(name for name in names if name not in taken)
