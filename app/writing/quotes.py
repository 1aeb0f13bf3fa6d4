"""The writer that needs no model: it quotes the key sentences of each run of evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.types import Citation, Sentence


def write(citations: Sequence[Citation]) -> Iterator[Sentence]:
    """One sentence a citation: its key, word for word."""
    for citation in citations:
        yield Sentence(citation.evidence.key, (citation.id,), 1.0)
