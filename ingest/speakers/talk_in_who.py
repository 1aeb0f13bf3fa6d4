"""Reads speech in the `who` field as a paragraph, and finds its speaker.

Seen in the archive: a turn's first paragraph is in `who` of every line of the
turn, and the speaker's name is missing. The paragraph comes before the turn's lines and has the same speaker.

The speaker is inferred in only one case: two people talk, one of them
has asked, the paragraph is not a question, and the asker speaks again after it. Of 3,796 such turns of the
archive with a known name, 3,789 are the other person's. Otherwise nobody is
named: a wrong name is worse than none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ingest.draft import Draft, Line

_SHORTEST_ANSWER_WORDS = 25


@dataclass(slots=True)
class Talk:
    """A paragraph in `who`, and the lines of its turn, itself the first; `open` while the turn continues."""

    text: str
    number: int
    lines: list[Line] = field(default_factory=list)
    open: bool = True


def name_turns(lines: list[Line], talks: list[Talk], draft: Draft) -> list[Line]:
    """The lines, with the speaker of each talk if it is certain; each talk is counted and reported."""
    places = {id(line): place for place, line in enumerate(lines)}
    labels = Counter(_label(line) for line in lines if line.who)
    for talk in talks:
        first, last = places[id(talk.lines[0])], places[id(talk.lines[-1])]
        who = _other(lines, first, last, labels)
        for line in talk.lines:
            line.who = who
        words = len(talk.text.split())
        draft.counts.talk_in_who += 1
        draft.counts.talk_in_who_words += words
        said = f"taken for {who}'s, who was asked" if who else "its speaker is uncertain"
        draft.problem(f"{words} words stand in `who`; read as the paragraph before the line, {said}", talk.number)
    return lines


def _label(line: Line) -> str:
    return (line.who or "").strip(" :.,;-")


def _asks(line: Line) -> bool:
    return line.text.rstrip("\"'”’)] ").endswith("?")


def _other(lines: list[Line], first: int, last: int, labels: Counter[str]) -> str | None:
    """The label of the person who was asked, if only one is possible; else None."""
    if first == 0 or last + 1 == len(lines) or len(labels) != 2:
        return None
    before, after = lines[first - 1], lines[last + 1]
    asker = _label(before)
    (other,) = labels.keys() - {asker} if asker else ("",)
    asks = Counter(_label(line) for line in lines if _asks(line))
    answered = sum(len(line.text.split()) for line in lines[first : last + 1]) >= _SHORTEST_ANSWER_WORDS
    certain = (
        asker == _label(after)
        and _asks(before)
        and not _asks(lines[last])
        and asks[asker] > asks[other]
        and answered
        and lines[first].second is not None
        and lines[first].second != before.second
    )
    return other if certain else None
