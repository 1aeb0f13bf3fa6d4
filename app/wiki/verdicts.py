"""Defines what is said of a sentence of a page, and its JSON."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.contract import CitationModel
from app.types import Citation
from app.wiki.page import Claim


class WikiVerdict(StrEnum):
    """Whether a sentence is borne out by what its chips point to.

    `there`: by the words at the chip. `elsewhere`: in the episode, but not there. `other_guest`: by another guest than
    the sentence names. `partly`: the words there speak of it, and something is missing or differs. `not_found`: neither.
    `taken_down`, `unknown_slug`, `beyond_end`: a chip leads nowhere. `outside`: it cites a book. `uncited`: it has no
    chip. `no_claim`: it only leads to other pages.
    """

    THERE = "there"
    ELSEWHERE = "elsewhere"
    OTHER_GUEST = "other_guest"
    PARTLY = "partly"
    NOT_FOUND = "not_found"
    TAKEN_DOWN = "taken_down"
    UNKNOWN_SLUG = "unknown_slug"
    BEYOND_END = "beyond_end"
    OUTSIDE = "outside"
    UNCITED = "uncited"
    NO_CLAIM = "no_claim"

    @property
    def said(self) -> str:
        """The verdict in words."""
        return _SAID[self]

    @property
    def wrong(self) -> bool:
        """Whether an editor has to mend the sentence or its chip."""
        return self in _WRONG


_SAID = {
    WikiVerdict.THERE: "borne out there",
    WikiVerdict.ELSEWHERE: "borne out elsewhere in the episode",
    WikiVerdict.OTHER_GUEST: "said by another guest",
    WikiVerdict.PARTLY: "partly borne out",
    WikiVerdict.NOT_FOUND: "not found there",
    WikiVerdict.TAKEN_DOWN: "the episode was taken down",
    WikiVerdict.UNKNOWN_SLUG: "no such episode",
    WikiVerdict.BEYOND_END: "the second is beyond the end of the episode",
    WikiVerdict.OUTSIDE: "outside the archive (a book)",
    WikiVerdict.UNCITED: "no chip",
    WikiVerdict.NO_CLAIM: "no claim",
}
_WRONG = frozenset(
    (
        WikiVerdict.ELSEWHERE,
        WikiVerdict.OTHER_GUEST,
        WikiVerdict.NOT_FOUND,
        WikiVerdict.TAKEN_DOWN,
        WikiVerdict.UNKNOWN_SLUG,
        WikiVerdict.BEYOND_END,
    )
)


@dataclass(frozen=True, slots=True)
class Checked:
    """One sentence of a page with its verdict.

    `score`: the probability (0 to 1) that the words at its chips bear it out; 0 if they were not compared. `citations`:
    the words that come nearest, there or elsewhere. `suggested`: a chip that would fit better, empty if there is none.
    """

    page: str
    claim: Claim
    verdict: WikiVerdict
    score: float = 0.0
    citations: tuple[Citation, ...] = ()
    notes: tuple[str, ...] = ()
    suggested: str = ""

    def to_json(self) -> dict[str, Any]:
        """The line of JSON Lines; keys that a sentence does not have are absent."""
        made: dict[str, Any] = {
            "page": self.page,
            "line": self.claim.line,
            "sentence": self.claim.text,
            "kind": self.claim.kind.value,
            "chips": [
                {"slug": chip.slug, "seconds": chip.start, **({"end": chip.end} if chip.end is not None else {})}
                for chip in self.claim.chips
            ],
            "verdict": self.verdict.value,
            "score": round(self.score, 3),
            "citations": [CitationModel.of(citation).to_json() for citation in self.citations],
        }
        if self.claim.context:
            made["context"] = self.claim.context
        if self.notes:
            made["notes"] = list(self.notes)
        if self.suggested:
            made["suggested"] = self.suggested
        return made
