"""How far a question is, in words: what stands below it meanwhile, and what a screen reader hears of it."""

from __future__ import annotations

from collections.abc import Sequence, Sized

from app.render.answer import INSTEAD, told
from app.types import Answer, Citation
from ingest.text import clean

SEARCHING = "Searching the archive"
WRITING = "Writing and checking"
FAILED = "Something went wrong; the log names it. You can ask again."
BROKE_OFF = "The answer broke off: something went wrong, and the log names it. You can ask again."
FULL = "Too many questions are waiting right now. Please ask again in a moment."
STOPPED = "Stopped."
# Guests named while their quotes are read; more would be a list to read itself.
_MOST_GUESTS = 3


def reading(citations: Sequence[Citation]) -> str:
    """What is being read, and by whom it is."""
    guests = list(dict.fromkeys(clean(citation.evidence.speaker) for citation in citations))
    count = _count(citations, "quote")
    if len(guests) > _MOST_GUESTS:
        return f"Reading {count} by {len(guests)} guests"
    *others, last = guests
    return f"Reading {count} by {', '.join(others)}{' and ' if others else ''}{last}"


def finished(answer: Answer) -> str:
    """What came out, for those who cannot see it."""
    if answer.outcome in INSTEAD:
        return INSTEAD[answer.outcome]
    if about := told(answer):
        return f"About the archive: {about[0][1]}"
    cited = {number for sentence in answer.sentences for number in sentence.citations}
    return f"The answer is there: {_count(answer.sentences, 'sentence')} from {_count(cited, 'source')}."


def _count(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'s' if len(things) != 1 else ''}"
