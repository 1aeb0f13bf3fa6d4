"""Who a transcript's `who` means: the host, one of the guests, or somebody unnamed.

The archive names speakers by first name, with slips ("Theo:", "Adityaitya",
"Jessi" for Jessie), and in some lines `who` holds a paragraph of the talk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from ingest.models import Role
from ingest.text import clean, fold

_LONGEST_NAME = 40
_MOST_WORDS = 4
_SIMILAR = 0.7
# A transcript with more names is broken; comparing thousands would take minutes. The rarest stay unknown.
_MOST_SPEAKERS = 50


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of one episode: what each `who` of its transcript resolves to."""

    known: Mapping[str, tuple[str, Role]]

    def resolve(self, who: str | None) -> tuple[str, Role]:
        """Full name and role; `("", UNKNOWN)` where `who` is missing or no name."""
        return self.known.get(_label(who), ("", Role.UNKNOWN))


def cast_of(guests: tuple[str, ...], host: str, whos: Iterable[str | None]) -> Cast:
    """Match every `who` of a transcript with a guest or the host.

    A name that fits neither keeps its own spelling and counts as a guest: the
    transcript knows better than the front matter who was there. A host who is
    listed as the guest is one.
    """
    roles = {host: Role.GUEST if host in guests else Role.HOST} | dict.fromkeys(guests, Role.GUEST)
    known: dict[str, tuple[str, Role]] = {}
    labels = Counter(label for label in map(_label, whos) if label)
    for label, _ in labels.most_common(_MOST_SPEAKERS):
        score, name = max((_likeness(label, name), name) for name in roles)
        known[label] = (name, roles[name]) if score >= _SIMILAR else (label, Role.GUEST)
    return Cast(known)


def _label(who: str | None) -> str:
    """`who` as a bare name, or "" where it cannot be one."""
    label = clean(who or "").strip(" :.,;-")
    return label if len(label) <= _LONGEST_NAME and len(label.split()) <= _MOST_WORDS else ""


def _likeness(label: str, name: str) -> float:
    """How well a first name or full name as written fits a person's full name, 0 to 1."""
    written, parts = fold(label), fold(name).split()
    if written == " ".join(parts) or written in parts:
        return 1.0
    if any(
        min(len(written), len(part)) >= 3 and (part.startswith(written) or written.startswith(part)) for part in parts
    ):
        return 0.9
    return max(SequenceMatcher(None, written, part).ratio() for part in [*parts, " ".join(parts)])
