"""Whether a sentence may be shown: it cites evidence that it was given, and that evidence holds it.

For quotes, holding means word for word. A sentence that fails is dropped and
counted, never repaired in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.models import Citation, Sentence


def checked(sentences: Iterable[Sentence], citations: Sequence[Citation]) -> tuple[list[Sentence], int]:
    """The sentences that pass, and how many were dropped."""
    by_id = {citation.id: citation for citation in citations}
    passed: list[Sentence] = []
    dropped = 0
    for sentence in sentences:
        cited = [by_id[number] for number in sentence.citations if number in by_id]
        if cited and len(cited) == len(sentence.citations) and _quotes(sentence.text, cited):
            passed.append(sentence)
        else:
            dropped += 1
    return passed, dropped


def _quotes(text: str, cited: Sequence[Citation]) -> bool:
    """Whether some cited run holds the text word for word."""
    wanted = " ".join(text.split())
    # Spaces around both: "art" is not what "start" says.
    return bool(wanted) and any(f" {wanted} " in f" {' '.join(item.evidence.text.split())} " for item in cited)
