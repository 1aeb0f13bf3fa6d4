"""Prepares the report's list of questions as plain data: answer, citations, gold, ranking and scores of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from app.render.moment import web_address
from app.types import Outcome
from eval.metric_catalog import in_order
from eval.metrics import Span
from eval.report.plots import seconds
from eval.report.sources import (
    Said,
    Source,
    choices_of,
    instead_of,
    nearest_title,
    outcome_of,
    prose_of,
    source_of,
    stretch,
)
from eval.run_file import VERDICTS, Record, span_of
from ingest.text import clean

Suites = Mapping[str, Sequence[Record]]
Options = list[tuple[str, str]]

_SORTS: Options = [
    ("place", "As in the suite"),
    ("quality", "Worst first"),
    ("confidence", "Least confident first"),
    ("-ms", "Slowest first"),
    ("-offset", "Largest offset first"),
]


@dataclass(frozen=True, slots=True)
class Place:
    """A gold range or a ranked passage; `url` is None without a recording, `rank` if no ranked passage overlaps it."""

    title: str
    time: str
    url: str | None
    cited: bool = False
    rank: int | None = None
    score: float = 0.0
    in_gold: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One question; `number` is its position in the list, `data` holds the values for filters and sorting."""

    number: int
    row: Record
    data: Mapping[str, object]
    brief: str
    earlier: tuple[str, ...]
    read_as: str
    instead: str
    sentences: list[Said]
    choices: list[str]
    notes: list[str]
    citations: list[Source]
    nearest: list[Source]
    nearest_title: str
    gold: list[Place]
    ranking: list[Place]
    scores: list[tuple[str, str]]
    timings: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class QuestionList:
    """All questions, and the choices of the filters and of the order."""

    cards: list[Card]
    suites: Options
    types: Options
    outcomes: Options
    sorts: Options


@dataclass(frozen=True, slots=True)
class Recordings:
    """Titles and recordings of the episodes that the run's answers cite; gold names only a slug.

    A made-up archive has no recordings, so nothing is linked.
    """

    known: Mapping[str, tuple[str, str]]
    made_up: bool = False

    @classmethod
    def of(cls, suites: Suites, *, made_up: bool) -> Recordings:
        """Collect them from every citation and every nearest chapter."""
        known: dict[str, tuple[str, str]] = {}
        for rows in suites.values():
            for row in rows:
                for citation in [*_listed(row, "citations"), *_listed(row, "nearest")]:
                    known.setdefault(str(citation.get("episode")), (str(citation["title"]), str(citation["url"])))
        return cls(known, made_up)

    def place(self, span: Span, **more: Any) -> Place:
        """A time range; its title is the episode's slug if no answer cites the episode."""
        title, url = self.known.get(span.episode, (span.episode, ""))
        return Place(title, stretch(span), None if self.made_up else at_second(url, span.start), **more)


def question_list(suites: Suites, *, made_up: bool) -> QuestionList | None:
    """The questions of a run; None if there are none."""
    rows = [(name, row) for name, found in suites.items() for row in found]
    if not rows:
        return None
    places = Recordings.of(suites, made_up=made_up)
    wrong = sum(row.wrong for _, row in rows)
    seen = {row.verdict for _, row in rows}
    return QuestionList(
        cards=[_card(number, name, row, places) for number, (name, row) in enumerate(rows, start=1)],
        suites=[("", "All suites"), *((name, name) for name, found in suites.items() if found)],
        types=[("", "All types"), *((kind, kind) for kind in sorted({row.type for _, row in rows if row.type}))],
        outcomes=[
            ("", "All outcomes"),
            ("wrong", f"Only wrong ({wrong})"),
            *((verdict, words) for verdict, words in VERDICTS.items() if verdict in seen),
        ],
        sorts=_SORTS,
    )


def at_second(url: str | None, second: float) -> str | None:
    """The same recording from another second; None if the address has no second."""
    address = web_address(url)
    if address is None:
        return None
    parts = urlsplit(address)
    query = parse_qsl(parts.query)
    if "t" not in dict(query):
        return None
    moved = [(key, str(max(0, int(second))) if key == "t" else value) for key, value in query]
    return urlunsplit(parts._replace(query=urlencode(moved)))


def _listed(row: Record, key: str) -> list[Any]:
    return row.output.get(key) or []


def _card(number: int, suite: str, row: Record, places: Recordings) -> Card:
    alone = clean(str(row.output.get("standalone_question") or ""))
    return Card(
        number=number,
        row=row,
        data={
            "suite": suite,
            "type": row.type,
            "verdict": row.verdict,
            "wrong": int(row.wrong),
            "place": number,
            "quality": f"{_quality(row):.4f}",
            "confidence": "" if row.confidence is None else row.confidence,
            "ms": "" if row.total_ms is None else row.total_ms,
            "offset": row.scores.get("citation_offset_s", ""),
        },
        brief=_brief(row),
        earlier=row.turns[:-1],
        read_as="" if alone == clean(row.question) else alone,
        instead=instead_of(row.output),
        sentences=prose_of(row.output),
        choices=choices_of(row.output),
        notes=_listed(row, "notes"),
        citations=[_marked(row, citation, places) for citation in _listed(row, "citations")],
        nearest=[_marked(row, citation, places) for citation in _listed(row, "nearest")],
        nearest_title=nearest_title(row.output),
        gold=_gold(row, places),
        ranking=[
            places.place(span_of(place), score=float(place.get("score") or 0), in_gold=row.in_gold(place))
            for place in row.ranking
        ],
        scores=[(one.label, one.shown(row.scores[one.key])) for one in in_order(set(row.scores))],
        timings=[(stage, seconds(value)) for stage, value in row.timings_ms.items()],
    )


def _quality(row: Record) -> float:
    """Sort key: wrong answers first, then the mean of the metrics that are better when higher."""
    higher = [row.scores[measure.key] for measure in in_order(set(row.scores)) if measure.gated and measure.better > 0]
    return (0.0 if row.wrong else 1.0) + (min(1.0, fmean(higher)) if higher else 0.5)


def _brief(row: Record) -> str:
    found = next((rank for rank, place in enumerate(row.ranking, start=1) if row.in_gold(place)), None)
    parts = [row.type] if row.type else []
    if (outcome := outcome_of(row.output)) in (Outcome.NEAREST, Outcome.CLARIFY):
        parts.append(str(outcome))
    if row.gold and row.ranking:
        parts.append(f"gold at rank {found}" if found else "gold not ranked")
    if row.confidence is not None:
        parts.append(f"confidence {row.confidence:.2f}")
    if row.total_ms is not None:
        parts.append(seconds(row.total_ms))
    return " · ".join(parts)


def _marked(row: Record, citation: Mapping[str, Any], places: Recordings) -> Source:
    return replace(source_of(citation, linked=not places.made_up), in_gold=row.in_gold(citation))


def _gold(row: Record, places: Recordings) -> list[Place]:
    cited = [span_of(citation) for citation in _listed(row, "citations")]
    ranked = [span_of(place) for place in row.ranking]
    return [
        places.place(
            gold,
            cited=any(gold.overlaps(span) for span in cited),
            rank=next((rank for rank, span in enumerate(ranked, start=1) if gold.overlaps(span)), None),
        )
        for gold in row.gold
    ]
