"""Prepares a citation as plain data: who said what, in which episode, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eval.metrics import Span
from eval.run_file import span_of
from ingest.text import clean, clock


@dataclass(frozen=True, slots=True)
class Source:
    """A citation; `quote` is the text before its key sentence, that sentence, and the text after it."""

    id: str
    speaker: str
    title: str
    chapter: str
    time: str
    url: str | None
    estimated: bool
    quote: tuple[str, str, str]
    in_gold: bool = False


def source_of(citation: Mapping[str, Any], *, linked: bool) -> Source:
    """A citation as plain data, without a verdict on it; a made-up archive is not linked."""
    return Source(
        id=str(citation.get("id")),
        speaker=str(citation.get("speaker")),
        title=str(citation.get("title")),
        chapter=str(citation.get("chapter")),
        time=stretch(span_of(citation)),
        url=str(citation.get("url")) if linked else None,
        estimated=bool(citation.get("estimated")),
        quote=_quote(clean(str(citation.get("quote", ""))), clean(str(citation.get("key", "")))),
    )


def stretch(span: Span) -> str:
    """A time range, as it is shown."""
    return f"{clock(span.start)}–{clock(span.end)}"


def _quote(text: str, key: str) -> tuple[str, str, str]:
    """The text before the key sentence, the sentence, and the text after it; the whole quote first if it has no key."""
    return text.partition(key) if key and key != text else (text, "", "")
