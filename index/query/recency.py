"""Prefers newer moments, of about equally good ones, for a question that asks for what is current.

A question asks for it with a word ("nowadays", "the latest"), with "still" after a verb of the present in the same
clause ("is it still worth", not "how can I still"), or with a year that is not past in the archive. Only
sentences that ask count: "My boss wants a number today. May I guess?" is no such question.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from ingest.models import ScoredPassage
from ingest.text import sentences

# The log-odds that the newest episode has before the oldest: 0.50 of an old moment counts as much as 0.38 of a new
# one. It does no harm even if given to all questions (docs/figures.md).
NEWER = 0.5
# An episode without a date counts like one in the middle.
_UNKNOWN = 0.5
# No probability is exactly 0 or 1.
_CERTAIN = 1e-6
_WORDS = re.compile(
    r"\b(?:today|nowadays|these days|currently|at (?:the|this) moment|right now|as of (?:now|today)|this year|"
    r"latest|newest|most recent|(?<!my )(?<!our )(?<!your )(?<!their )(?<!his )(?<!her )current \w)",
    re.IGNORECASE,
)
# A comma, a conjunction or a modal verb between the verb and "still" begins another clause, or another sense.
_STILL = re.compile(
    r"(?:^|\b(?:is|are|do|does|has|have)\b"
    r"(?:(?!\b(?:can|could|will|would|should|and|if|that|who|which|when|because)\b)[^.?!,;])*)\bstill\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b20\d\d\b")


def asks_for_current(question: str, days: Mapping[str, str]) -> bool:
    """Whether a question asks for what is current. `days`: the archive's episodes by slug (`YYYY-MM-DD`)."""
    own = sentences(question)
    asking = [sentence for sentence in own if sentence.endswith("?")] or own
    newest = max(days.values(), default="")[:4]
    return any(
        _WORDS.search(sentence)
        or _STILL.search(sentence)
        or (newest and any(int(year) >= int(newest) - 1 for year in _YEAR.findall(sentence)))
        for sentence in asking
    )


def newer_first(passages: Sequence[ScoredPassage], judged: int, days: Mapping[str, str]) -> list[ScoredPassage]:
    """The first `judged` passages, reordered by probability and age; the others stay. Scores do not change."""
    ordered = sorted(days.values())

    def preference(scored: ScoredPassage) -> float:
        day = days.get(scored.passage.episode)
        older = bisect_left(ordered, day) / max(1, len(ordered) - 1) if day else _UNKNOWN
        sure = min(max(scored.score, _CERTAIN), 1.0 - _CERTAIN)
        return math.log(sure / (1.0 - sure)) + NEWER * older

    return [*sorted(passages[:judged], key=preference, reverse=True), *passages[judged:]]
