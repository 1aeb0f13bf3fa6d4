"""Defines the base of both readers of model output: limits, skipped reasoning, dropped useless sentences.

Dropped are repeated sentences, refusals, texts without a word, endless
sentences, and citations of evidence that does not exist. Markup and links stay: the gate
judges them.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import NamedTuple

from ingest.text import clean

MOST_SENTENCES = 6
MOST_CHARACTERS = 4000
# No answer needs a longer sentence; the model is in a loop.
LONGEST_SENTENCE = 600
# Longest text that `schema` allows; the engine cuts a longer one in the middle of a sentence.
LONGEST_TEXT = 240
REFUSAL = "NOT ANSWERED"

_THINKS, _THOUGHT = "<think>", "</think>"


class Drafted(NamedTuple):
    """A sentence as the model wrote it, and the numbers of the evidence that it cites, valid and without repetition."""

    text: str
    cites: tuple[int, ...]


class Reader(ABC):
    """Reads one answer. `done`: nothing more will be read, so the generation can be stopped."""

    def __init__(self, count: int, most: int = MOST_SENTENCES) -> None:
        """`count`: pieces of evidence, numbered from 1; `most`: the limit of sentences."""
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
        """Sentences of the text so far that were not returned yet and that no further text can change."""

    @abstractmethod
    def _rest(self) -> list[Drafted]:
        """The remaining sentences at the end of the output."""

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
        """The piece without the text between `<think>` tags at the beginning."""
        if self._opening is None:
            return delta
        self._opening += delta
        begun = self._opening.lstrip()
        if begun.startswith(_THINKS):
            _, ended, rest = begun.partition(_THOUGHT)
            # Of long reasoning, only a tail is kept that may contain the start of the end tag.
            self._opening = None if ended else _THINKS + begun[len(_THINKS) :][-len(_THOUGHT) :]
            return rest
        if _THINKS.startswith(begun):
            return ""
        whole, self._opening = self._opening, None
        return whole
