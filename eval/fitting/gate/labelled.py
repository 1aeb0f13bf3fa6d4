"""Reads labelled sentences of models, and minimal corruptions of faithful sentences, from JSON Lines.

    sentences.jsonl    {"id", "question", "sentence": WORDING, "label": "supported" | "partly" | "unsupported",
                        "fault": str | null, "cites": [QUOTE], "model", "split": "tune" | "test"}
    corruptions.jsonl  {"id", "kind", "faithful", "corrupted", "cites": [QUOTE], "split": "tune" | "test"}
    QUOTE              {"episode": slug, "start": sec, "end": sec, "words": int, "sha256": of the words}
    WORDING            "text", where nothing was copied, or {"parts": [PART, ...], "sha256": of the whole sentence}
    PART               "own words" or {"quote": QUOTE, "from": int, "to": int}

    second-reader.jsonl  {"id", "label"}: sentences that were labelled again, with the first label hidden

The files hold no transcript. A quote is stored without its words: `QuoteRef.text` finds them in the
ingested archive, as whole sentences of one speaker's turn, and the checksum proves that they are
the same; the seconds say where to look first. A part's `from` and `to` count the quote's words from 0, without
`to`.

`supported`: the quotes alone say it; `partly`: they say its core, but the sentence is wider or more certain, or
adds something; `unsupported`: the rest, also questions, broken sentences and filler. A supported sentence with
`off_topic` answers another question. Of 60 sentences labelled twice, 53 labels agree (Cohen's kappa 0.72); on
whether a sentence is supported, 57 (kappa 0.84). A question is in `tune` if the SHA-256 of its text is even,
else in `test`.

Every line is checked; the first bad one is an error that names file, line and reason. Nothing here judges support.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Collection, Iterator, Mapping
from itertools import accumulate, groupby
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from eval.jsonl import checked, read_items
from ingest.models import Episode, Role
from ingest.text import sentences

FOLDER = Path(__file__).parents[2] / "support"
Label = Literal["supported", "partly", "unsupported"]
Split = Literal["tune", "test"]
LABELS: tuple[Label, ...] = get_args(Label)
SPLITS: tuple[Split, ...] = get_args(Split)

_Text = Annotated[str, Field(pattern=r"\S")]
_Checksum = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SupportError(ValueError):
    """Labelled data cannot be used; the message names what, where and why."""


class QuoteError(ValueError):
    """The archive does not hold a quote; the message says which and why."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class QuoteRef(_Data):
    """The place of a quote, and the hash of its words."""

    episode: _Text
    start: _Seconds
    end: _Seconds
    words: Annotated[int, Field(ge=1)]
    sha256: _Checksum

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"a quote of {self.episode} ends at {self.end:g}, before its start {self.start:g}")
        return self

    def text(self, episodes: Mapping[str, Episode], *, roles: Collection[Role] = (Role.GUEST,)) -> str:
        """The words, said by somebody in one of `roles`; raises `QuoteError` if the archive does not have them."""
        episode = episodes.get(self.episode)
        if episode is None:
            near = difflib.get_close_matches(self.episode, episodes, n=1)
            hint = f"; did you mean {near[0]}?" if near else "; ingest the archive that was labelled"
            raise QuoteError(f"the index has no episode {self.episode}{hint}")
        for text in self._excerpts(episode, roles):
            if checksum(text) == self.sha256:
                return text
        who = " or ".join(role.value for role in roles)
        raise QuoteError(
            f"{self.episode}, {self.start:.0f}-{self.end:.0f} s: no {who}'s {self.words} words there have the checksum "
            f"{self.sha256[:12]}; the transcript has changed since, so label that sentence again"
        )

    def _excerpts(self, episode: Episode, roles: Collection[Role]) -> Iterator[str]:
        """Whole sentences of one turn with the quote's number of words, nearest turns in time first."""
        turns = [list(turn) for _, turn in groupby(episode.segments, key=lambda s: (s.turn, s.role))]
        turns = [turn for turn in turns if turn[0].role in roles]
        for turn in sorted(turns, key=lambda turn: max(turn[0].start - self.start, self.start - turn[-1].end, 0.0)):
            said = [text for segment in turn for text in sentences(segment.text)]
            ends = list(accumulate((len(text.split()) for text in said), initial=0))
            places = {total: place for place, total in enumerate(ends)}
            for begin, before in enumerate(ends[:-1]):
                end = places.get(before + self.words)
                if end is not None:
                    yield " ".join(said[begin:end])


class Copied(_Data):
    """Words of a quote, by any speaker: a model may copy the host, whose words were in its context."""

    quote: QuoteRef
    begin: Annotated[int, Field(alias="from", ge=0)]
    end: Annotated[int, Field(alias="to")]

    @model_validator(mode="after")
    def _within(self) -> Self:
        if not self.begin < self.end <= self.quote.words:
            place = f"this is from {self.begin} to {self.end}"
            raise ValueError(f"a part has to lie within its quote's {self.quote.words} words, {place}")
        return self


class Wording(_Data):
    """A sentence in parts: its own words, and references to quotes instead of words copied from them."""

    parts: Annotated[tuple[_Text | Copied, ...], Field(min_length=1)]
    sha256: _Checksum

    def text(self, episodes: Mapping[str, Episode]) -> str:
        """The sentence, its parts joined by single spaces; raises `QuoteError` if the archive does not give it."""
        text = " ".join(
            part
            if isinstance(part, str)
            else " ".join(part.quote.text(episodes, roles=tuple(Role)).split()[part.begin : part.end])
            for part in self.parts
        )
        if checksum(text) != self.sha256:
            raise QuoteError(
                f"the parts of a sentence do not give the one with the checksum {self.sha256[:12]}; "
                "write its parts again"
            )
        return text


class _Item(_Data):
    id: _Text
    cites: Annotated[tuple[QuoteRef, ...], Field(min_length=1)]
    split: Split

    def quotes(self, episodes: Mapping[str, Episode]) -> tuple[str, ...]:
        """The words of the cited quotes; raises `QuoteError`."""
        return tuple(quote.text(episodes) for quote in self.cites)


class LabelledSentence(_Item):
    """A sentence that a model wrote, and a person's label: whether the quotes it cites support it."""

    question: _Text
    sentence: _Text | Wording
    label: Label
    fault: _Text | None
    model: _Text

    @model_validator(mode="after")
    def _fault_unless_supported(self) -> Self:
        if (self.label == "supported") != (self.fault is None):
            raise ValueError(f"`fault` has to be null for a supported sentence alone, this is {self.fault!r:.40}")
        return self

    def text(self, episodes: Mapping[str, Episode]) -> str:
        """The words of the sentence; raises `QuoteError`."""
        return self.sentence if isinstance(self.sentence, str) else self.sentence.text(episodes)


class Corruption(_Item):
    """A faithful sentence, and the same sentence with one error."""

    kind: _Text
    faithful: _Text
    corrupted: _Text
    question: str = ""

    @model_validator(mode="after")
    def _changed(self) -> Self:
        if self.faithful == self.corrupted:
            raise ValueError("`corrupted` says the same as `faithful`")
        return self


_Kind = TypeVar("_Kind", LabelledSentence, Corruption)


def checksum(text: str) -> str:
    """The SHA-256 of a text, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_sentences(path: Path = FOLDER / "sentences.jsonl") -> tuple[LabelledSentence, ...]:
    """Labelled sentences, checked; no question may be in both splits; raises `SupportError`."""
    items = _read(path, LabelledSentence)
    splits: dict[str, str] = {}
    for item in items:
        if splits.setdefault(item.question, item.split) != item.split:
            raise SupportError(
                f"{path}: {item.id}: question {item.question!r:.80} is in both splits; "
                "what a gate is tuned on must not be tested"
            )
    return items


def read_corruptions(path: Path = FOLDER / "corruptions.jsonl") -> tuple[Corruption, ...]:
    """Corrupted sentences, checked; raises `SupportError`."""
    return _read(path, Corruption)


def _read(path: Path, kind: type[_Kind]) -> tuple[_Kind, ...]:
    items = read_items(path, lambda line, _: checked(kind, line, SupportError), SupportError)
    if not items:
        raise SupportError(f"{path}: holds no line")
    return items
