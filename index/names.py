"""Which guests a question names.

A full name counts, and a surname that only one guest has; a first name alone
does not, since the archive has nine Alexanders. Nothing here searches.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from ingest.speakers import fold

_SHORTEST_SURNAME = 5
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")


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
        """Guests named in the question, in the order of their names there.

        A surname has to be written with a capital, unless it follows its first name.
        """
        written = _WORD.findall(question)
        tokens = [fold(word).removesuffix("'s").removesuffix("’s") for word in written]
        found: dict[str, None] = {}
        for i, token in enumerate(tokens):
            for length in (2, 3, 4):
                guest = self._full.get(tuple(tokens[i : i + length]))
                if guest:
                    found[guest] = None
            if token in self._surnames and written[i][:1].isupper():
                found[self._surnames[token]] = None
        return tuple(found)


def written_names(question: str) -> list[str]:
    """Names as a question writes them: two or three capitalised words in a row."""
    runs = re.findall(r"(?:\b[A-ZÀ-Ý][\w’'-]+(?: +|$)){2,3}", question + " ")
    return [run.strip().removesuffix("'s").removesuffix("’s") for run in runs]
