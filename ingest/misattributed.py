"""Paragraphs that plainly stand under another's name, found by what they say.

Nothing is given to another person: whose words they are can only be guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

from ingest.models import Role
from ingest.speakers import name_of


@dataclass(frozen=True, slots=True)
class Said:
    """A paragraph with whom its label means."""

    text: str
    speaker: str
    role: Role
    label: str


def misattributed(said: list[Said], people: tuple[str, ...]) -> dict[int, str]:
    """The positions of the paragraphs whose speaker is in doubt, each with the sign."""
    return {}
