"""Which guests a question names.

A full name counts, and a surname that only one guest has; a first name alone
does not, since the archive has nine Alexanders. Nothing here searches.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from ingest.text import STOP_WORDS, fold

_SHORTEST_SURNAME = 5
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
# "What did NAME recommend": words that are ascribed to somebody.
_ASCRIBED_TO = re.compile(r"\b(?:did|does|do|has|would|to|of|with|by)\s+$", re.IGNORECASE)
_SAYING = re.compile(
    r"\b(?:say|said|tell|told|share|recommend|advise|advice|think|argue|explain|describe|mention|prefer|suggest|believe|"
    r"interview|podcast|episode)s?(?:d|ed)?\b",
    re.IGNORECASE,
)


class GuestNames:
    """The guests of an archive, ready to be found in questions."""

    def __init__(self, guests: Sequence[str]) -> None:
        self._full: dict[tuple[str, ...], str] = {}
        by_surname: defaultdict[str, set[str]] = defaultdict(set)
        for guest in guests:
            parts = tuple(_WORD.findall(fold(guest)))
            if len(parts) > 1:
                self._full[parts] = guest
                by_surname[parts[-1]].add(guest)
        self._surnames = {
            surname: next(iter(owners))
            for surname, owners in by_surname.items()
            if len(owners) == 1 and len(surname) >= _SHORTEST_SURNAME
        }

    def find(self, question: str) -> tuple[str, ...]:
        """Guests named in the question, in the order of their names there."""
        return tuple(dict.fromkeys(guest for _, _, guest in self._spans(question)))

    def without(self, question: str) -> str:
        """The question without guests' names: what is asked of them."""
        parts, at = [], 0
        for begin, end, _ in self._spans(question):
            if begin >= at:
                parts.append(question[at:begin])
                at = end
        return " ".join(" ".join([*parts, question[at:]]).split())

    def strangers(self, question: str) -> list[str]:
        """Names of two or three words to whom a question ascribes words, and who are no guests."""
        if not _SAYING.search(question):
            return []
        return [
            name
            for name in written_names(question)
            if not self.find(name) and (at := question.find(name)) > 0 and _ASCRIBED_TO.search(question[:at])
        ]

    def _spans(self, question: str) -> Iterator[tuple[int, int, str]]:
        """Begin and end of each name, and whose it is.

        A surname has to be written with a capital, unless it follows its first name.
        """
        written = list(_WORD.finditer(question))
        tokens = [fold(match.group()).removesuffix("'s").removesuffix("’s") for match in written]
        for i, token in enumerate(tokens):
            for end in range(min(i + 4, len(tokens)), i + 1, -1):
                if guest := self._full.get(tuple(tokens[i:end])):
                    yield written[i].start(), written[end - 1].end(), guest
                    break
            else:
                if token in self._surnames and written[i].group()[0].isupper():
                    yield written[i].start(), written[i].end(), self._surnames[token]


def written_names(question: str) -> list[str]:
    """Names as a question writes them: two or three capitalised words in a row."""
    runs = re.findall(r"\b[A-ZÀ-Ý][\w’'-]+(?: +[A-ZÀ-Ý][\w’'-]+){1,2}", question)
    # The question's own first word ("Does NVLink") only looks like part of a name.
    runs = [run.split(" ", 1)[1] if fold(run.split(" ", 1)[0]) in STOP_WORDS else run for run in runs]
    return [run.strip().removesuffix("'s").removesuffix("’s") for run in runs]
