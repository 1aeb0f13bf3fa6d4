"""Prepares the answers of a run as plain data, with the moments that the program's own outputs show (`app.render`).

Runs are files, which other systems and earlier versions may have written: whatever a citation lacks is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.render.answer import CHAPTERS, INSTEAD
from app.render.moment import Moment, dated
from app.types import Outcome
from eval.metrics import Span
from eval.run_file import span_of
from ingest.text import clean, clock

# A sentence, the numbers it cites, and its support if that is known.
Said = tuple[str, list[str], float | None]


@dataclass(frozen=True, slots=True)
class Source:
    """A citation, or what came nearest; `id` is its number in the answer."""

    id: str
    moment: Moment
    in_gold: bool = False


def source_of(citation: Mapping[str, Any], *, linked: bool) -> Source:
    """A citation as plain data, without a verdict on it; a made-up archive is not linked."""
    span = span_of(citation)
    text = {name: clean(str(citation.get(name) or "")) for name in ("asked", "before", "quote", "after", "key")}
    moment = Moment(
        number=0,
        speaker=str(citation.get("speaker")),
        title=str(citation.get("title")),
        chapter=str(citation.get("chapter")),
        asked=text["asked"],
        before=text["before"],
        text=text["quote"],
        after=text["after"],
        key=text["key"],
        start=span.start,
        end=span.end,
        estimated=bool(citation.get("estimated")),
        date=dated(*(str(citation.get(name) or "") for name in ("date", "date_kind"))),
        url=str(citation.get("url")) if linked else None,
    )
    return Source(str(citation.get("id")), moment)


def stretch(span: Span) -> str:
    """A time range, as it is shown."""
    return f"{clock(span.start)}–{clock(span.end)}"


def outcome_of(output: Mapping[str, Any]) -> Outcome:
    """How a question ended; a system that names no outcome has answered or refused."""
    return Outcome(output.get("outcome") or (Outcome.ANSWERED if output.get("answered") else Outcome.REFUSED))


def instead_of(output: Mapping[str, Any]) -> str:
    """The text shown instead of an answer; empty for an answer, and where sentences of the system say it."""
    return "" if output.get("answered") is not False else INSTEAD.get(outcome_of(output), "")


def nearest_title(output: Mapping[str, Any]) -> str:
    """The heading of what came nearest."""
    return "Nearest moments (not an answer)" if outcome_of(output) is Outcome.NEAREST else CHAPTERS


def prose_of(output: Mapping[str, Any]) -> list[Said]:
    """The sentences of an answer, without those that are a whole quote: these are read as the moment itself."""
    quotes = {str(one.get("id")): one.get("quote") for one in output.get("citations") or []}
    found = [_said(sentence) for sentence in output.get("sentences") or []]
    return [said for said in found if said[0] not in [quotes.get(number) for number in said[1]]]


def choices_of(output: Mapping[str, Any]) -> list[str]:
    """The questions offered with a question back."""
    return [str(choice) for choice in output.get("choices") or []]


def _said(sentence: Mapping[str, Any]) -> Said:
    support = sentence.get("support")
    cited = [str(number) for number in sentence.get("citations") or []]
    return str(sentence.get("text", "")), cited, support if isinstance(support, (int, float)) else None
