"""Detects transcripts with exchanged labels of host and guest.

If "the guest" asks nearly all the questions and "the host" says most of the words, the
names were exchanged. The true speaker of each paragraph is not certain, so
the labels are not changed back; the guest's paragraphs are only never quoted.
"""

from __future__ import annotations

from collections.abc import Iterable

from ingest.models import Role
from ingest.speakers.misattributed import Said

_FEWEST_QUESTIONS = 2
# Least ratio of the guest's questions to the host's, and of the host's words to the guest's.
_MORE_QUESTIONS = 3
_MORE_WORDS = 1.5


def swapped(said: list[Said]) -> dict[int, str]:
    """Positions of the guest's paragraphs, each with the sign, if host and guest seem exchanged."""
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
    """Number of paragraphs that end with a question, and number of words of all."""
    texts = [one.text for one in paragraphs]
    return sum(text.rstrip(" \"'”’)").endswith("?") for text in texts), sum(len(text.split()) for text in texts)
