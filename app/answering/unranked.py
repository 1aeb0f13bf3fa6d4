"""Answers questions that need no search: other languages, the archive itself, and a single unknown word.

The text of each answer is ours, not a quote.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.about.replies import Catalogue
from app.about.wanted import Fact, Wanted, wanted
from app.language.detect import ONLY_ENGLISH, other_language
from app.language.followup import dangling
from app.types import Answer, Outcome, Sentence
from index.filters import Filters
from index.opened import Index
from ingest.text import STOP_WORDS, words

NAMES_NOTHING = "The question names nothing that can be looked for: say what it is about, in a whole sentence."


def unranked(
    question: str, alone: str, history: Sequence[str], filters: Filters, index: Index, model: str, *, unclear: bool
) -> Answer | None:
    """The answer to a question that needs no search; None for others.

    `alone`: the standalone question; `history`: the questions before it; `unclear`: it has to be asked back.
    """
    if other_language(question):
        return _answer(question, alone, Outcome.OTHER_LANGUAGE, model, notes=(ONLY_ENGLISH,))
    own = wanted(question, talking=bool(history), name=index.manifest.name) or _name_alone(question, history, index)
    if own and own.fact is Fact.WHAT and unclear and dangling(question):
        # "What is this?" is about the archive, "Is he right?" about somebody.
        return None
    asked = own or (wanted(alone, talking=True, name=index.manifest.name) if history else None)
    understood = question if own else alone
    if asked and (told := Catalogue(index, filters).reply(asked, understood, talking=bool(history))):
        return _answer(question, understood, Outcome.ABOUT_ARCHIVE, model, told=told)
    if history and _unheard(question, index):
        return _answer(question, alone, Outcome.REFUSED, model, notes=(NAMES_NOTHING,))
    return None


def _answer(
    question: str,
    understood: str,
    outcome: Outcome,
    model: str,
    *,
    told: Sequence[str] = (),
    notes: tuple[str, ...] = (),
) -> Answer:
    return Answer(
        question=question,
        standalone_question=understood,
        outcome=outcome,
        sentences=tuple(Sentence(text, (), 1.0) for text in told),
        citations=(),
        nearest=(),
        model=model,
        confidence=1.0 if told else 0.0,
        notes=notes,
    )


def _unheard(question: str, index: Index) -> bool:
    """Whether it is one word that the archive never uses: "asdf"."""
    said = words(question)
    unheard = len(said) == 1 and not index.frequency(said[0]) and not index.guest_names.knows(said[0])
    return unheard and said[0] not in STOP_WORDS and not question.rstrip().endswith("?")


def _name_alone(question: str, history: Sequence[str], index: Index) -> Wanted | None:
    """The fact for a guest's name alone; None in a conversation, where it completes the previous question."""
    named = index.guest_names.find(question)
    alone = bool(named) and not history and not words(index.guest_names.without(question))
    return Wanted(Fact.WORD, topic=question) if alone else None
