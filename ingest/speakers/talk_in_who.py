"""Talk that stands in place of a speaker's name: read as a paragraph, and whose it is.

Seen in the archive: a turn's first paragraph stands in `who`, once for every line of the
turn, and the speaker's name nowhere. The paragraph is said before the turn's lines, by whoever says them.

Whose turn it is, is concluded in one case alone: two people talk, the one who asks
has asked, the paragraph is no question, and the asker speaks again after it. Of 3,796 turns of the
archive in which the name is known, 3,789 are then the other's. Otherwise nobody is
named: a wrong name is worse than none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ingest.draft import Draft, Line

_SHORTEST_ANSWER_WORDS = 25


@dataclass(slots=True)
class Talk:
    """A paragraph that stands in `who`, and the lines of its turn, itself the first; `open` while the turn goes on."""

    text: str
    number: int
    lines: list[Line] = field(default_factory=list)
    open: bool = True


def name_turns(lines: list[Line], talks: list[Talk], draft: Draft) -> list[Line]:
    """The lines, those of talks with their speaker where it is certain; each talk is counted and reported."""
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
    """The label of the one who was asked, where only one can have been; else None."""
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
