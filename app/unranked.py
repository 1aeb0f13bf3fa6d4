"""What is met without a search: another language, the archive itself, and a question that names nothing.

Each is an answer of its own outcome, with words of ours and no quote.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.about_archive import wanted
from app.catalogue import Catalogue
from app.followup import points_nowhere
from app.language import ONLY_ENGLISH, other_language
from app.models import Answer, Outcome, Sentence
from index.catalog import Index
from index.filters import Filters

NAMES_NOTHING = "The question names nothing that can be looked for: say what it is about, in a whole sentence."


def unranked(
    question: str, alone: str, history: Sequence[str], filters: Filters, index: Index, model: str
) -> Answer | None:
    """The answer to a question that no search is made for; None for any other.

    `alone` is the question as it stands alone, `history` what was asked before it.
    """
    sentences: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    if other_language(question):
        outcome, notes = Outcome.OTHER_LANGUAGE, (ONLY_ENGLISH,)
    elif (asked := wanted(question, alone, history)) and (
        sentences := Catalogue(index, filters).reply(asked, question, talking=bool(history))
    ):
        outcome = Outcome.ABOUT_ARCHIVE
    elif points_nowhere(alone):
        outcome, notes = Outcome.REFUSED, (NAMES_NOTHING,)
    else:
        return None
    about = outcome is Outcome.ABOUT_ARCHIVE
    return Answer(
        question=question,
        standalone_question=question if about else alone,
        outcome=outcome,
        sentences=tuple(Sentence(text, (), 1.0) for text in sentences or ()),
        citations=(),
        nearest=(),
        model=model,
        confidence=1.0 if about else 0.0,
        notes=notes,
    )
