"""What both readers of model output share: the bounds, thinking aloud skipped, and what is not worth checking dropped.

Dropped are repeated sentences, refusals, texts without a word, sentences without an end
in sight, and numbers of evidence that there is none of. Markup and links stay: the gate
judges what may be shown.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import NamedTuple

from ingest.text import clean

MOST_SENTENCES = 6
MOST_CHARACTERS = 4000
# No answer needs a longer sentence; without an end in sight, a model is looping.
LONGEST_SENTENCE = 600
# What `schema` allows one text: a longer one was cut there, in the middle of a sentence.
LONGEST_TEXT = 240
REFUSAL = "NOT ANSWERED"

_THINKS, _THOUGHT = "<think>", "</think>"


class Drafted(NamedTuple):
    """A sentence as the model wrote it, and the numbers of the evidence it cites, each in range and once."""

    text: str
    cites: tuple[int, ...]


class Reader(ABC):
    """Reads one answer. `done` says that nothing further will be read: the generation can be stopped."""

    def __init__(self, count: int, most: int = MOST_SENTENCES) -> None:
        """`count` pieces of evidence were given, numbered from 1; at most `most` sentences are taken."""
        self.count = count
        self.done = False
        self._ended = False
        self._text = ""
        self._left = most
        self._given: set[str] = set()
        self._opening: str | None = ""

    def feed(self, delta: str) -> list[Drafted]:
        """The sentences that this piece of output completes."""
        if self.done:
            return []
        delta = self._without_thoughts(delta)
        self._text += delta[: MOST_CHARACTERS - len(self._text)]
        admitted = self._admit(self._complete())
        self._ended = self._ended or self._left == 0
        self.done = self._ended or len(self._text) >= MOST_CHARACTERS
        return admitted

    def close(self) -> list[Drafted]:
        """The sentences that the end of the output completes; one that was cut off is dropped."""
        if self._ended:
            return []
        if self._opening and not self._opening.startswith(_THINKS):
            self._text, self._opening = self._opening, None
        self.done = self._ended = True
        return self._admit(self._rest())

    @abstractmethod
    def _complete(self) -> list[Drafted]:
        """Sentences of the text so far that were not given yet and that no further text can change."""

    @abstractmethod
    def _rest(self) -> list[Drafted]:
        """What is left when nothing further comes."""

    def _admit(self, found: Iterable[Drafted]) -> list[Drafted]:
        admitted: list[Drafted] = []
        for text, cites in found:
            text = clean(text)
            key = re.sub(r"\W+", " ", text).strip().casefold()
            if not key or key == REFUSAL.casefold() or key in self._given or len(text) > LONGEST_SENTENCE:
                continue
            if self._left == 0:
                break
            self._left -= 1
            self._given.add(key)
            admitted.append(Drafted(text, tuple(dict.fromkeys(n for n in cites if 1 <= n <= self.count))))
        return admitted

    def _without_thoughts(self, delta: str) -> str:
        """The piece without what stands between `<think>` tags at the very beginning."""
        if self._opening is None:
            return delta
        self._opening += delta
        begun = self._opening.lstrip()
        if begun.startswith(_THINKS):
            _, ended, rest = begun.partition(_THOUGHT)
            # Of a long thought only as much is kept as may hold the beginning of its end.
            self._opening = None if ended else _THINKS + begun[len(_THINKS) :][-len(_THOUGHT) :]
            return rest
        if _THINKS.startswith(begun):
            return ""
        whole, self._opening = self._opening, None
        return whole
