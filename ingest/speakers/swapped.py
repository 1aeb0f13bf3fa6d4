"""Whether a transcript's two labels stand for each other from its first line to its last.

Where "the guest" asks nearly all the questions and "the host" says most of the words, the
names were exchanged. Which paragraphs are whose cannot be known for sure, so
nothing is given to the other: the guest's paragraphs are only never quoted.
"""

from __future__ import annotations

from collections.abc import Iterable

from ingest.models import Role
from ingest.speakers.misattributed import Said

_FEWEST_QUESTIONS = 2
# How many times as often as the host's a guest's paragraphs ask, and how many times as much the host says.
_MORE_QUESTIONS = 3
_MORE_WORDS = 1.5


def swapped(said: list[Said]) -> dict[int, str]:
    """The positions of the guest's paragraphs, each with the sign, where host and guest seem exchanged."""
    guests = {one.speaker for one in said if one.role is Role.GUEST}
    if len(guests) != 1:
        return {}
    asked, words = _asked_and_said(one for one in said if one.role is Role.GUEST)
    host_asked, host_words = _asked_and_said(one for one in said if one.role is Role.HOST)
    if asked < max(_FEWEST_QUESTIONS, _MORE_QUESTIONS * host_asked) or host_words < _MORE_WORDS * words:
        return {}
    sign = "host and guest seem exchanged: this one asks the questions, the host answers"
    return {at: sign for at, one in enumerate(said) if one.role is Role.GUEST}


def _asked_and_said(paragraphs: Iterable[Said]) -> tuple[int, int]:
    """How many paragraphs end with a question, and how many words they all hold."""
    texts = [one.text for one in paragraphs]
    return sum(text.rstrip(" \"'”’)").endswith("?") for text in texts), sum(len(text.split()) for text in texts)
