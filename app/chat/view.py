"""Renders answers and verdicts as HTML: fills the templates with what `app.chat.shown` prepares.

All are pure functions: nothing here searches or keeps state. Markup is only in `templates/`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from app.chat.cards import Source, sources_of
from app.chat.shown import page_of
from app.chat.state import Asked
from app.keeping.keeper import MAX_NOTE, Keeper
from app.render.answer import ALSO, CHAPTERS, shown
from app.render.html import environment
from app.render.moment import NO_RECORDING, Moment
from app.types import Answer, Citation, Sentence, Verdict, Verified
from ingest.text import clean

# A longer last word (such as an address) may be separated from its source's number by a line break.
LONG_WORD = 24
# The icon of a verdict, and what the verdict means.
_SIGNS = {
    Verdict.SUPPORTED: "m5.5 12.5 4.3 4.3 8.7-9.6",
    Verdict.PARTLY: "M4.5 13.5c2.4-4.6 5-4.6 7.5-1.5s5.1 3.1 7.5-1.5",
    Verdict.NOT_FOUND: "M5.5 12h13",
}
_MEANINGS = {
    Verdict.SUPPORTED: "The words below were found to say so. Read them before you cite them.",
    Verdict.PARTLY: "Something in it is not said, is said otherwise, or not in so many words.",
    Verdict.NOT_FOUND: "No guest was found to say so; that does not make it false.",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A verified statement: its sentences with sources and score, and the cards below."""

    result: Verified
    sentences: tuple[tuple[str, tuple[Source, ...], float], ...]
    sources: tuple[Source, ...]
    nearest: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Offers:
    """What is offered below an answer.

    `ask`: whether the page can ask and copy; a shared answer's page only shows. `share` and `feedback`: whether the
    answer can be stored, for `days` days (0: for ever), and judged.
    """

    ask: bool = True
    share: bool = False
    days: int = 0
    feedback: bool = False

    @classmethod
    def of(cls, keeper: Keeper) -> Self:
        """What a visitor who asks can do where this keeper stores things."""
        return cls(share=keeper.shares, days=keeper.days, feedback=keeper.hears)


COPY, NOTHING = Offers(), Offers(ask=False)


def _last_word(text: str) -> tuple[str, str]:
    """The text before its last word, and that word (empty if it is too long)."""
    head, _, last = clean(text).rpartition(" ")
    return (f"{head} {last}", "") if len(last) > LONG_WORD else (head, last)


_TEMPLATES = environment(Path(__file__).with_name("templates"))
_TEMPLATES.filters["last_word"] = _last_word
_TEMPLATES.globals |= {
    "no_recording": NO_RECORDING, "also": ALSO, "chapters_title": CHAPTERS, "signs": _SIGNS, "meanings": _MEANINGS,
    "most_note": MAX_NOTE,
}  # fmt: skip


def fixed(part: str, *values: object) -> str:
    """A fixed part of the page: a macro of `shell.html`."""
    macro: Any = getattr(_TEMPLATES.get_template("shell.html").module, part)
    return str(macro(*values))


def turn(
    asked: Asked,
    state: str,
    answer: Answer | None = None,
    *,
    status: str = "",
    failure: str = "",
    reading: Sequence[Citation] = (),
    offers: Offers = COPY,
) -> str:
    """One turn of the conversation: the question and its answer so far.

    `status` says what is being done while more is to come, `failure` why nothing more comes. `reading`: what is read
    before anything is written.
    """
    begun = answer is not None and not answer.sentences
    return _TEMPLATES.get_template("turn.html").render(
        asked=asked,
        state=state,
        page=page_of(asked.id, answer) if answer and not (begun and failure) else None,
        status=status,
        failure=failure,
        reading=_sources(asked.id, reading),
        offers=offers,
    )


def message(text: str, kind: str) -> str:
    """A plain message below a question."""
    module: Any = _TEMPLATES.get_template("parts.html").module
    return str(module.message(text, kind))


def sources(turn_id: str, answer: Answer, *, complete: bool = True) -> str:
    """The list of what a model's answer cites; empty for other answers, whose moments show all there is.

    In a `complete` answer, sources that no sentence cites are marked.
    """
    found = shown(answer).sources
    if not found:
        return ""
    cited = {number for sentence in answer.sentences for number in sentence.citations}
    unused: Container[int] = {moment.number for moment in found} - cited if complete else ()
    return _TEMPLATES.get_template("sources.html").render(
        turn=turn_id, question=answer.question, sources=sources_of(turn_id, found), unused=unused
    )


def verified(key: str, state: str, result: Verified | None = None, text: str = "") -> str:
    """A statement's result, or `text` if there is none. `key` makes its element ids unique."""
    shown = _judged(key, result) if result else None
    return _TEMPLATES.get_template("verified.html").render(id=key, state=state, shown=shown, text=text)


def _judged(key: str, result: Verified) -> Judged:
    known = {citation.id: citation for citation in result.citations}
    said = result.sentences or (Sentence(result.statement, (), result.score),)
    found = result.verdict is not Verdict.NOT_FOUND
    return Judged(
        result=result,
        sentences=tuple(
            (sentence.text, _sources(key, (known[n] for n in sentence.citations if n in known)), sentence.support)
            for sentence in said
        ),
        sources=_sources(key, result.citations) if found else (),
        nearest=() if found else _sources(key, result.nearest),
    )


def _sources(key: str, citations: Iterable[Citation]) -> tuple[Source, ...]:
    return sources_of(key, map(Moment.of, citations))
