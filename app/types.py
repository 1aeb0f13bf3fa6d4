"""The types of an answer and of a verdict.

Nothing here searches, writes or formats: the JSON is made by `app.contract`; `H:MM:SS`, Markdown and HTML
are made by `app.render` and the chat.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from app.reasons import Reason
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


def numbered(evidence: Iterable[Evidence]) -> tuple[Citation, ...]:
    """Evidence as citations, numbered from 1 in its order."""
    return tuple(Citation(number, item) for number, item in enumerate(evidence, start=1))


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer, the citations it rests on, and how well they support it (0 to 1).

    `quoted` is the citation whose words it is; None for words of a model or of ours.
    """

    text: str
    citations: tuple[int, ...]
    support: float
    quoted: int | None = None

    @classmethod
    def quoting(cls, citation: Citation) -> Self:
        """The key of a citation, word for word."""
        return cls(citation.evidence.key, (citation.id,), 1.0, quoted=citation.id)


@dataclass(frozen=True, slots=True)
class Writing:
    """What a language model wrote and what became of it.

    `shown` counts its sentences that passed, `dropped` has the reasons against each of the others, `replaced` counts
    quotes that stand in for dropped ones. `fault` is the `kind` of the `EngineError` that ended it early, else empty.
    `evidence_left_out` and `history_left_out` count what its window did not hold.
    """

    prompt_tokens: int = 0
    output_tokens: int = 0
    shown: int = 0
    dropped: tuple[tuple[Reason, ...], ...] = ()
    replaced: int = 0
    fault: str = ""
    evidence_left_out: int = 0
    history_left_out: int = 0


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


Event = Found | Passed | Finished


class Verdict(StrEnum):
    """What the archive has to say to a statement."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    NOT_FOUND = "not_found"

    @property
    def said(self) -> str:
        """The verdict in words."""
        return {
            Verdict.SUPPORTED: "Supported by the archive",
            Verdict.PARTLY: "Partly supported by the archive",
            Verdict.NOT_FOUND: "Not found in the archive",
        }[self]


@dataclass(frozen=True, slots=True)
class Verified:
    """What came out; `score` runs from 0 to 1.

    `citations` support the statement, best first; where it is not found there are none, and `nearest`
    is what comes nearest. `sentences` are the statement's, each with its own score and the citations
    that it rests on. `notes` are for the reader: who is no guest, which number is not said.
    """

    statement: str
    verdict: Verdict
    score: float
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...]
    sentences: tuple[Sentence, ...]
    notes: tuple[str, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)
    understood: bool = True

    @property
    def said(self) -> str:
        """The verdict in words; of a statement that was not understood nothing was looked up."""
        return self.verdict.said if self.understood else "Not looked up: not in English"
