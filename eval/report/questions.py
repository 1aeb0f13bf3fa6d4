"""The report's list of questions: each with its answer, citations, gold, ranking and scores.

Every question is a `<details>` in the page itself, so the list can be read, searched and
printed without the script; what the script filters and sorts by stands in `data-` attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from app.render.answer import INSTEAD
from app.types import Outcome
from eval.metric_catalog import in_order
from eval.metrics import Span
from eval.report.markup import anchor, at_second, esc, facts, stretch, table
from eval.report.plots import seconds
from eval.run_file import VERDICTS, Record, span_of
from ingest.text import clean


@dataclass(frozen=True)
class Recordings:
    """Titles and recordings of the episodes that the run's answers cite; gold names only a slug.

    A made-up archive has no recordings: nothing is linked then.
    """

    known: Mapping[str, tuple[str, str]]
    made_up: bool = False

    @classmethod
    def of(cls, suites: Mapping[str, list[Record]], *, made_up: bool) -> Recordings:
        """Collect them from every citation and every nearest chapter."""
        known: dict[str, tuple[str, str]] = {}
        for rows in suites.values():
            for row in rows:
                for citation in [*(row.output.get("citations") or []), *(row.output.get("nearest") or [])]:
                    known.setdefault(str(citation.get("episode")), (str(citation["title"]), str(citation["url"])))
        return cls(known, made_up)

    def title(self, episode: str) -> str:
        """The episode's title, or its slug where no answer cites it."""
        return self.known[episode][0] if episode in self.known else episode

    def url(self, episode: str, second: float) -> str | None:
        """Where a second of it can be heard."""
        return None if self.made_up or episode not in self.known else at_second(self.known[episode][1], second)

    def time_link(self, span: Span) -> str:
        """A stretch of time, linked where it can be heard."""
        return anchor(self.url(span.episode, span.start), stretch(span.start, span.end), kind="time")


def question_card(number: int, suite: str, row: Record, places: Recordings) -> str:
    """One question, closed; `number` gives it its place in the list and its anchor."""
    data = {
        "suite": suite,
        "type": row.type,
        "verdict": row.verdict,
        "wrong": int(row.wrong),
        "place": number,
        "quality": f"{_quality(row):.4f}",
        "confidence": "" if row.confidence is None else row.confidence,
        "ms": "" if row.total_ms is None else row.total_ms,
        "offset": row.scores.get("citation_offset_s", ""),
    }
    attributes = " ".join(f'data-{name}="{esc(value)}"' for name, value in data.items())
    parts = [_history(row), _answer(number, row), _citations(number, row, places), _gold(row, places)]
    parts += [_ranking(row, places), _scores(row)]
    return (
        f'<details class="question" id="q{number}" {attributes}><summary>'
        f'<span class="badge v-{row.verdict}">{VERDICTS[row.verdict]}</span>'
        f'<span class="asked"><span class="id">{esc(row.id)}</span> {esc(row.question)}</span>'
        f'<span class="brief">{_brief(row)}</span></summary><div class="body">{"".join(parts)}</div></details>'
    )


def _quality(row: Record) -> float:
    """For sorting alone: wrong ones first, then by the mean of what is better when higher."""
    higher = [row.scores[measure.key] for measure in in_order(set(row.scores)) if measure.gated and measure.better > 0]
    return (0.0 if row.wrong else 1.0) + (min(1.0, fmean(higher)) if higher else 0.5)


def _brief(row: Record) -> str:
    found = next((rank for rank, place in enumerate(row.ranking, start=1) if row.in_gold(place)), None)
    parts = [esc(row.type)] if row.type else []
    if row.gold and row.ranking:
        parts.append(f"gold at rank {found}" if found else "gold not ranked")
    if row.confidence is not None:
        parts.append(f"confidence {row.confidence:.2f}")
    if row.total_ms is not None:
        parts.append(seconds(row.total_ms))
    return " · ".join(parts)


def _part(title: str, body: str, *, kind: str = "") -> str:
    return f'<section class="part {kind}"><h3>{title}</h3>{body}</section>' if body else ""


def _history(row: Record) -> str:
    turns = "".join(f"<li>{esc(turn)}</li>" for turn in row.turns[:-1])
    alone = str(row.output.get("standalone_question") or "")
    asked = f"<p>Read as: {esc(alone)}</p>" if alone and clean(alone) != clean(row.question) else ""
    return _part("Conversation before it", (f"<ol>{turns}</ol>" if turns else "") + asked)


def _answer(number: int, row: Record) -> str:
    if row.answered is None:
        return ""
    text = "".join(_sentence(number, sentence) for sentence in row.output.get("sentences") or [])
    notes = "".join(f'<p class="note">{esc(note)}</p>' for note in row.output.get("notes") or [])
    outcome = Outcome(row.output.get("outcome") or Outcome.REFUSED)
    if not row.answered and outcome in INSTEAD:
        text = f'<p class="refusal">{esc(INSTEAD[outcome])}</p>{text}'
    return _part("Answer", text + notes, kind="answer")


def _sentence(number: int, sentence: Mapping[str, Any]) -> str:
    chips = "".join(
        f' <a class="chip" href="#q{number}-c{esc(cited)}"><span class="sr">source </span>{esc(cited)}</a>'
        for cited in sentence.get("citations") or []
    )
    support = sentence.get("support")
    shown = f' <span class="support">support {support:.2f}</span>' if isinstance(support, (int, float)) else ""
    return f"<p>{esc(sentence.get('text', ''))}{chips}{shown}</p>"


def _citations(number: int, row: Record, places: Recordings) -> str:
    cited, near = row.output.get("citations") or [], row.output.get("nearest") or []
    made = _part("Citations", _sources(number, row, cited, places))
    return made + _part("Nearest chapters offered (no answer)", _sources(number, row, near, places))


def _sources(number: int, row: Record, citations: list[dict[str, Any]], places: Recordings) -> str:
    items = "".join(_source(number, row, citation, places) for citation in citations)
    return f'<ol class="sources">{items}</ol>' if items else ""


def _source(number: int, row: Record, citation: dict[str, Any], places: Recordings) -> str:
    span = span_of(citation)
    kind, words = ("mark yes", "in gold") if row.in_gold(citation) else ("mark", "not gold")
    mark = f'<span class="{kind}">{words}</span>' if row.gold else ""
    time = anchor(None if places.made_up else str(citation.get("url")), stretch(span.start, span.end), kind="time")
    estimated = ' <span class="soft">(time estimated)</span>' if citation.get("estimated") else ""
    return (
        f'<li id="q{number}-c{esc(citation.get("id"))}"><p class="of"><span class="number">{esc(citation.get("id"))}'
        f"</span> <strong>{esc(citation.get('speaker'))}</strong> in <cite>{esc(citation.get('title'))}</cite>, "
        f"chapter “{esc(citation.get('chapter'))}” {time}{estimated} {mark}</p>"
        f"<blockquote>{_quote(str(citation.get('quote', '')), str(citation.get('key', '')))}</blockquote></li>"
    )


def _quote(text: str, key: str) -> str:
    """The quote with its key sentence marked, where there is one."""
    text, key = clean(text), clean(key)
    before, found, after = text.partition(key) if key and key != text else (text, "", "")
    # Marked stretches keep the white space around them, which `esc` would fold away.
    gap, rest = " " if before.endswith(" ") else "", " " if after.startswith(" ") else ""
    return f"{esc(before)}{gap}<mark>{esc(found)}</mark>{rest}{esc(after)}" if found else esc(before)


def _gold(row: Record, places: Recordings) -> str:
    cited = [span_of(citation) for citation in row.output.get("citations") or []]
    rows = [
        (
            esc(places.title(gold.episode)),
            places.time_link(gold),
            "yes" if any(gold.overlaps(span) for span in cited) else "no",
            next((str(n) for n, place in enumerate(row.ranking, start=1) if gold.overlaps(span_of(place))), "–"),
        )
        for gold in row.gold
    ]
    shown = table(["Gold", "Time", "Cited", "First rank"], rows, caption=f"Gold of {row.id}") if rows else ""
    if not row.answerable:
        shown = "<p>None: the archive does not answer it, and it should be refused.</p>"
    expected = "".join(f"<li>{esc(fact)}</li>" for fact in row.facts)
    return _part("Gold", shown) + _part("Facts expected", f"<ul>{expected}</ul>" if expected else "")


def _ranking(row: Record, places: Recordings) -> str:
    rows = [
        (
            f"{rank}. {esc(places.title(span.episode))}",
            places.time_link(span),
            f"{float(place.get('score') or 0):.3f}",
            '<span class="mark yes">gold</span>' if row.in_gold(place) else "",
        )
        for rank, place in enumerate(row.ranking, start=1)
        for span in [span_of(place)]
    ]
    if not rows:
        return ""
    ranked = table(["Passage", "Time", "Score", "Relevant"], rows, caption=f"Ranking of {row.id}")
    return f'<details class="part"><summary>Ranked passages ({len(rows)})</summary>{ranked}</details>'


def _scores(row: Record) -> str:
    scores = [(one.label, one.shown(row.scores[one.key])) for one in in_order(set(row.scores))]
    spent = [(stage, seconds(value)) for stage, value in row.timings_ms.items()]
    return _part("Scores", facts(scores) if scores else "") + _part("Timings", facts(spent) if spent else "")
