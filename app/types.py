"""Defines the types of an answer and of a verdict.

Nothing here searches, writes or formats: `app.contract` makes the JSON; `app.render` and the chat
make `H:MM:SS`, Markdown and HTML.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from app.reasons import Reason
from ingest.models import Chapter, Episode

# The writer without a language model: the key sentences of the quotes are the answer.
EXTRACTIVE = "extractive"


class Outcome(StrEnum):
    """The result of a question. Only `answered` counts as an answer.

    `nearest`: nobody is sure to answer; the nearest moments are shown as such. `clarify`: the question is asked back,
    with choices. `refused`: nothing is near.
    """

    ANSWERED = "answered"
    NEAREST = "nearest"
    CLARIFY = "clarify"
    REFUSED = "refused"
    ABOUT_ARCHIVE = "about_archive"
    OTHER_LANGUAGE = "other_language"


@dataclass(frozen=True, slots=True)
class Evidence:
    """An excerpt of one guest's consecutive words, which an answer may quote or cite.

    `text`: the words as transcribed. `key`: the part of it (whole
    sentences) that is most relevant; in an answer, all of it. `asked`: the host's words
    before its turn, shown as context and never as evidence. `estimated`: `start`
    was calculated from the words said since the last known second. `before` and `after`: what the guest says
    directly around it. `row`: the place of its first line in the transcript on the episode's page, if known.
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
    before: str = ""
    after: str = ""
    row: int | None = None

    @property
    def words(self) -> int:
        """Number of words, split at white space."""
        return len(self.text.split())


@dataclass(frozen=True, slots=True)
class Citation:
    """Evidence with the number by which sentences cite it, or a nearest chapter of a refusal."""

    id: int
    evidence: Evidence


def numbered(evidence: Iterable[Evidence]) -> tuple[Citation, ...]:
    """Evidence as citations, numbered from 1 in its order."""
    return tuple(Citation(number, item) for number, item in enumerate(evidence, start=1))


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer, the ids of its citations, and how well they support it (0 to 1).

    `quoted`: the citation that it quotes; None for words of a model or of ours.
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
    """Statistics of a language model's answer.

    `shown` counts the sentences that passed, `dropped` has the reasons against each of the others, `replaced` counts
    quotes shown instead of dropped ones. `fault`: the `kind` of the `EngineError` that ended it early, else empty.
    `evidence_left_out` and `history_left_out` count what did not fit into its context window. `declined`: it read the
    evidence and wrote that it does not answer.
    """

    prompt_tokens: int = 0
    output_tokens: int = 0
    shown: int = 0
    dropped: tuple[tuple[Reason, ...], ...] = ()
    replaced: int = 0
    fault: str = ""
    evidence_left_out: int = 0
    history_left_out: int = 0
    declined: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The first event of an answer: the evidence, before anything is written. Only answered questions have it."""

    standalone_question: str
    citations: tuple[Citation, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Passed:
    """The next checked sentence of an answer."""

    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event: the whole answer, with its sentences in the order in which they passed."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Answer:
    """The result: checked sentences with citations, or what `outcome` says instead.

    `nearest`: moments for the outcome `nearest`, chapters for `refused`. `choices`: for `clarify`, whole questions that
    the archive answers, one of which may be meant.
    A question about the archive itself gets sentences from the catalogue, without citations; one in another
    language gets a note. `confidence`: the probability, from the ranking, that the archive answers the
    question; it decides between an answer and a refusal, is 1 for answers from the catalogue and 0 if
    the question was not understood. `notes` are for the reader: what was
    dropped, which name is not in the archive, that the archive is a sample.
    `writing`: statistics of the language model; None if none was used.
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
    choices: tuple[str, ...] = ()

    @classmethod
    def begun(cls, question: str, found: Found) -> Self:
        """An answer of which only the evidence is known yet."""
        return cls(
            question=question,
            standalone_question=found.standalone_question,
            outcome=Outcome.ANSWERED,
            sentences=(),
            citations=found.citations,
            nearest=(),
            model="",
            confidence=found.confidence,
        )

    def with_sentence(self, sentence: Sentence) -> Self:
        """The answer with one more sentence."""
        return replace(self, sentences=(*self.sentences, sentence))

    @property
    def answered(self) -> bool:
        """Whether guests' words answer the question."""
        return self.outcome is Outcome.ANSWERED


Event = Found | Passed | Finished


class Verdict(StrEnum):
    """How well the archive supports a statement."""

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
    """The result of a verification; `score` is between 0 and 1.

    `citations` support the statement, best first; if it is not found there are none, and `nearest`
    has the nearest excerpts. `sentences` are the statement's, each with its own score and
    citations. `notes` are for the reader: who is not a guest, which number is not said.
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
        """The verdict in words; a statement that was not understood was not looked up."""
        return self.verdict.said if self.understood else "Not looked up: not in English"
