"""Makes the notes for the reader of an answer."""

from __future__ import annotations

from collections.abc import Sequence

from app.answering.premise import Premise
from app.language.tokens import tokens
from app.types import Citation, Writing
from index.opened import Index

# Words of a premise that are named.
_NAMED = 3
_BROKE_OFF = "The language model broke off before its answer was complete; you can ask again."
# By `EngineError.kind`. A fault that does not end by itself says so, since asking again would not help.
_FAULTS = {
    "key": "The language model cannot be asked: its server does not accept the key.",
    "model": "The language model cannot be asked: its server does not have this model.",
    "quota": "The language model cannot be asked: its quota is used up.",
    "refused": "The language model cannot be asked: its server refuses the request.",
    "length": "The question and what it quotes are too long for the language model.",
    "busy": "The language model is busy; you can ask again in a while.",
    "declined": "The language model declined to answer.",
    "thought": "The language model only thought, and wrote no answer.",
}


def of_names(question: str, index: Index, *, narrowed: bool) -> tuple[str, ...]:
    """Notes on first names that several guests share, all of whom are quoted; none if filters decide (`narrowed`)."""
    unsure = () if narrowed else index.guest_names.unsure(question)
    return tuple(
        f"Several guests are called {name}: {_listed(guests, 'and')}. Which of them is meant?"
        for name, guests in unsure
    )


def of_refusal(question: str, index: Index) -> tuple[str, ...]:
    """Notes on names in a refused question that are not in the archive, or not in its list of guests."""
    unknown = index.unknown_names(question)
    strangers = [name for name in index.guest_names.strangers(question) if name not in unknown]
    return (
        *(f"“{name}” is nowhere in the archive." for name in unknown),
        *(f"“{name}” is not a guest of the archive." for name in strangers),
    )


def of_premise(premise: Premise | None, shown: Sequence[Citation]) -> tuple[str, ...]:
    """A note on a premise that was not found, with words of it that are not in what is shown."""
    if premise is None or not premise.doubtful:
        return ()
    there = {token.key for item in shown for token in tokens(item.evidence.text)}
    missing = [f"“{word}”" for word in premise.missing if not there.issuperset(token.key for token in tokens(word))]
    told = f"{premise.guest} was not found to say that."
    return (f"{told} The moments shown do not mention {_listed(missing[:_NAMED], 'or')}." if missing else told,)


def of_writing(writing: Writing) -> tuple[str, ...]:
    """Notes that say why not all sentences of a language model are shown."""
    notes = []
    if writing.fault:
        notes.append(_FAULTS.get(writing.fault, _BROKE_OFF))
    if writing.dropped:
        count = len(writing.dropped)
        notes.append(
            f"{count} sentence{'s were' if count > 1 else ' was'} left out: not supported by what "
            f"{'they cite' if count > 1 else 'it cites'}."
        )
    if writing.declined:
        notes.append("The language model found no answer in these moments.")
    elif not writing.shown:
        notes.append("Nothing that the language model wrote could be shown: the answer is made of quotes.")
    return tuple(notes)


def _listed(words: Sequence[str], last: str) -> str:
    """Words with commas, and `last` ("and", "or") before the last one."""
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1])))
