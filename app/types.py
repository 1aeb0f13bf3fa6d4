"""The types of an answer, and the JSON object that the contract names.

Nothing here searches, writes or formats: `H:MM:SS`, Markdown and HTML are made
by `app.render.answer` and the chat.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ingest.models import Chapter, Episode

# Who writes where no language model does: the key sentences of the quotes are the answer.
EXTRACTIVE = "extractive"


class Outcome(StrEnum):
    """What came out of a question. Only the first is an answer from what guests said."""

    ANSWERED = "answered"
    REFUSED = "refused"
    ABOUT_ARCHIVE = "about_archive"
    OTHER_LANGUAGE = "other_language"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A contiguous run of one guest's words: what an answer may quote or rest on.

    `text` holds the words as transcribed. `key` is the part of it (whole
    sentences) that bears most on the question. `asked` is the host's question
    before it, shown as context and never as evidence. `estimated` says that
    `start` was worked out from the words said since the last known second.
    """

    episode: Episode
    chapter: Chapter
    speaker: str
    start: float
    end: float
    text: str
    key: str
    asked: str
    score: float
    estimated: bool = False

    @property
    def words(self) -> int:
        """Number of words, split at white space."""
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class Citation:
    """Evidence under the number by which sentences name it, or a nearest chapter of a refusal."""

    id: int
    evidence: Evidence

    def to_json(self) -> dict[str, Any]:
        """The citation as the contract has it, with `key`, `asked` and `estimated` besides."""
        item = self.evidence
        return {
            "id": self.id,
            "episode": item.episode.slug,
            "title": item.episode.title,
            "guests": list(item.episode.guests),
            "speaker": item.speaker,
            "chapter": item.chapter.title,
            "start": round(item.start, 1),
            "end": round(item.end, 1),
            "quote": item.text,
            "url": item.episode.url(item.start),
            "page": item.episode.page,
            "key": item.key,
            "asked": item.asked,
            "estimated": item.estimated,
        }


def numbered(evidence: Iterable[Evidence]) -> tuple[Citation, ...]:
    """Evidence as citations, numbered from 1 in its order."""
    return tuple(Citation(number, item) for number, item in enumerate(evidence, start=1))


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer, the citations it rests on, and how well they support it (0 to 1)."""

    text: str
    citations: tuple[int, ...]
    support: float

    def to_json(self) -> dict[str, Any]:
        """The sentence as the contract has it."""
        return {"text": self.text, "citations": list(self.citations), "support": round(self.support, 3)}


@dataclass(frozen=True, slots=True)
class Writing:
    """What a language model wrote and what became of it.

    `shown` counts its sentences that passed, `dropped` says for each of the others
    why, `replaced` counts quotes that stand in for dropped ones. `fault` says that it
    broke off: `timeout`, `unavailable` or `failed`. `evidence_left_out` and `history_left_out` count
    what its window did not hold.
    """

    prompt_tokens: int = 0
    output_tokens: int = 0
    shown: int = 0
    dropped: tuple[str, ...] = ()
    replaced: int = 0
    fault: str = ""
    evidence_left_out: int = 0
    history_left_out: int = 0

    def to_json(self) -> dict[str, Any]:
        """The keys `usage` and `gate` of an answer."""
        return {
            "usage": {"prompt_tokens": self.prompt_tokens, "output_tokens": self.output_tokens},
            "gate": {
                "shown": self.shown,
                "dropped": list(self.dropped),
                "replaced": self.replaced,
                "fault": self.fault,
                "evidence_left_out": self.evidence_left_out,
                "history_left_out": self.history_left_out,
            },
        }


@dataclass(frozen=True, slots=True)
class Found:
    """An answer's first event: what it will rest on, before anything is written. Only an answer has one."""

    standalone_question: str
    citations: tuple[Citation, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Passed:
    """An answer's next sentence, checked."""

    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Finished:
    """An answer's last event: the whole of it, with its sentences in the order in which they passed."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Answer:
    """What came out: checked sentences with citations, a refusal with the nearest chapters, or neither.

    A question about the archive itself gets sentences from the catalogue, without citations; one in another
    language gets a note. `confidence` (0 to 1) is how sure the ranking is that the archive answers the
    question; it decides between an answer and a refusal, is 1 for what the catalogue says and 0 where
    the question was not understood. `notes` are for the reader: what was
    dropped, which name is not in the archive, that the archive is a sample.
    `writing` is what a language model did; None where none was asked.
    """

    question: str
    standalone_question: str
    outcome: Outcome
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...]
    model: str
    confidence: float
    notes: tuple[str, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)
    writing: Writing | None = None

    @property
    def answered(self) -> bool:
        """Whether guests' words answer the question."""
        return self.outcome is Outcome.ANSWERED

    def to_json(self) -> dict[str, Any]:
        """The object that `citecast ask --json`, the API and a run of `eval` hold."""
        result: dict[str, Any] = {
            "question": self.question,
            "standalone_question": self.standalone_question,
            "answered": self.answered,
            "outcome": str(self.outcome),
            "sentences": [sentence.to_json() for sentence in self.sentences],
            "citations": [citation.to_json() for citation in self.citations],
        }
        if not self.answered:
            result["nearest"] = [citation.to_json() for citation in self.nearest]
        if self.writing:
            result |= self.writing.to_json()
        return result | {
            "model": self.model,
            "confidence": round(self.confidence, 3),
            "notes": list(self.notes),
            "timings_ms": {stage: round(value, 2) for stage, value in self.timings_ms.items()},
        }


Event = Found | Passed | Finished
