"""An answer as HTML for the conversation. Pure functions: nothing here asks, searches or keeps.

Each turn is one `<article>`: the question, then what came of it (an answer, a refusal, a
failure, or that it is under way). The page replaces only what differs from one version of a
turn to the next, so a version's blocks stand in the places of the version before. What a model
wrote is `app.chat.written`'s, the source panel `app.chat.sources`'.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from app.chat.markup import chip, esc, esc_lines, initials, time_link, with_chips
from app.chat.session import Asked
from app.chat.written import written
from app.render.answer import (
    INSTEAD,
    NEAREST,
    REFUSAL,
    Moment,
    answer_markdown,
    context,
    grouped,
    parts,
    told,
    trim_fillers,
)
from app.types import Answer, Citation, Evidence, Outcome
from ingest.text import clean, sentences

# Words shown on either side of the key sentence; the rest is one click away.
AROUND = 55


def turn(asked: Asked, body: str, state: str) -> str:
    """One turn of the conversation. `body` is HTML from this module."""
    narrowed = f'<p class="narrowed">Only {esc(asked.narrowed)}</p>' if asked.narrowed else ""
    busy = ' aria-busy="true"' if state == "pending" else ""
    return (
        f'<article class="turn" id="turn-{esc(asked.id)}" data-state="{esc(state)}"{busy}'
        f' aria-labelledby="question-{esc(asked.id)}">'
        f'<div class="question"><h2 id="question-{esc(asked.id)}"><span class="sr">You asked: </span>'
        f"{esc_lines(asked.question)}</h2>{narrowed}</div>{body}</article>"
    )


def pending(status: str) -> str:
    """What stands below a question, or below what was written so far, while there is more to come."""
    return (
        '<div class="pending"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>'
        f'<p>{esc(status)}<span class="slow"> – this can take a while</span></p></div>'
    )


def reading(turn_id: str, citations: Sequence[Citation]) -> str:
    """What is read before there is a word of the answer, where the sources stand out of sight (on a phone)."""
    rows = "".join(
        f'<li>{chip(turn_id, citation)}<span class="near">{esc(citation.evidence.speaker)}'
        f'<span class="of"><cite>{esc(citation.evidence.episode.title)}</cite></span></span></li>'
        for citation in citations
    )
    return f'<ul class="reading" aria-label="Quotes being read">{rows}</ul>'


def message(text: str, kind: str = "failed") -> str:
    """A plain message below a question."""
    return f'<div class="message {esc(kind)}"><p>{esc(text)}</p></div>'


def so_far(turn_id: str, answer: Answer, below: str) -> str:
    """The sentences that have passed, with a status or a message below."""
    return f"{_understood(answer)}{_answered(turn_id, answer)}{below}"


def outcome(turn_id: str, answer: Answer) -> str:
    """The answer, or what came out in its place, with its notes and its buttons."""
    match answer.outcome:
        case Outcome.ANSWERED:
            shown = _answered(turn_id, answer)
        case Outcome.ABOUT_ARCHIVE:
            shown = _about_archive(answer)
        case Outcome.OTHER_LANGUAGE:
            shown = f'<div class="refusal"><p class="refused">{esc(INSTEAD[answer.outcome])}</p></div>'
        case _:
            shown = _refused(answer)
    return f"{_understood(answer)}{shown}{notes(answer.notes)}{_actions(turn_id, answer)}"


def _understood(answer: Answer) -> str:
    standalone = clean(answer.standalone_question)
    if not standalone or standalone == clean(answer.question):
        return ""
    return f'<p class="understood">Understood as: <span>{esc(standalone)}</span></p>'


def _answered(turn_id: str, answer: Answer) -> str:
    return f'<div class="answer">{"".join(_group(turn_id, group) for group in grouped(answer))}</div>'


def _group(turn_id: str, group: Sequence[Moment]) -> str:
    lead = group[0].quoted
    if lead is None:
        return written(turn_id, group)
    who, title = lead.evidence.speaker, lead.evidence.episode.title
    body = "".join(_moment(turn_id, moment, moment.quoted) for moment in group if moment.quoted)
    return (
        '<div class="group">'
        f'<p class="lead"><span class="avatar" aria-hidden="true">{initials(who)}</span>'
        f'<span><strong class="who">{esc(who)}</strong> <span class="in">in</span> <cite>{esc(title)}</cite></span></p>'
        f"{body}</div>"
    )


def _moment(turn_id: str, moment: Moment, quoted: Citation) -> str:
    evidence = quoted.evidence
    marked = parts(evidence, moment.sentences)
    if not any(key for _, key in marked):
        marked = [(text, True) for text, _ in marked]
    shown = _shown(marked)
    last = max((place for place, (_, key) in enumerate(shown) if key), default=-1)
    run = "".join(
        f'<p class="{"key" if key else "around"}">'
        f"{with_chips(turn_id, text, moment.citations if place == last else ())}</p>"
        for place, (text, key) in enumerate(shown)
    )
    verbatim = clean(evidence.text)
    details = (
        f'<details class="verbatim"><summary>Words as transcribed</summary><p>{esc(verbatim)}</p></details>'
        if " ".join(text for text, _ in shown) != verbatim
        else ""
    )
    return (
        f'<div class="moment"><p class="where">{time_link(evidence)}'
        f' <span class="chapter"><span class="sr">Chapter: </span>{esc(evidence.chapter.title)}</span></p>'
        f"{_asked(evidence)}<blockquote>{run}</blockquote>{details}</div>"
    )


def _asked(evidence: Evidence) -> str:
    """The host's question above a quote that is too short to be understood without it."""
    asked = context(evidence)
    return f'<p class="around">{esc(asked)}</p>' if asked else ""


def _shown(marked: Sequence[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """The parts without the noises of speech, the first and the last cut to what stands near a key."""
    shown: list[tuple[str, bool]] = []
    for place, (part, key) in enumerate(marked):
        text = trim_fillers(part)
        if not key and place == 0:
            text = _tail(text)
        elif not key and place == len(marked) - 1:
            text = _head(text)
        if text and key and shown and shown[-1][1]:
            # Key sentences that follow each other are one stretch of speech.
            shown[-1] = (f"{shown[-1][0]} {text}", True)
        elif text:
            shown.append((text, key))
    return shown


def _head(text: str) -> str:
    """The first sentences of a text, about `AROUND` words of them."""
    if len(text.split()) <= AROUND:
        return text
    kept = _fitting(sentences(text))
    return f"{' '.join(kept)} …" if kept else f"{' '.join(text.split()[:AROUND])} …"


def _tail(text: str) -> str:
    """The last sentences of a text, about `AROUND` words of them."""
    if len(text.split()) <= AROUND:
        return text
    kept = _fitting(sentences(text)[::-1])[::-1]
    return f"… {' '.join(kept)}" if kept else f"… {' '.join(text.split()[-AROUND:])}"


def _fitting(texts: Sequence[str]) -> list[str]:
    kept: list[str] = []
    budget = AROUND
    for text in texts:
        budget -= len(text.split())
        if budget < 0:
            break
        kept.append(text)
    return kept


def _about_archive(answer: Answer) -> str:
    """What the catalogue says; episodes as a list."""
    blocks = [
        f"<ul>{''.join(f'<li>{esc(text)}</li>' for _, text in entries)}</ul>"
        if listed
        else "".join(f"<p>{esc(text)}</p>" for _, text in entries)
        for listed, entries in groupby(told(answer), key=itemgetter(0))
    ]
    return f'<div class="answer about">{"".join(blocks)}</div>'


def _refused(answer: Answer) -> str:
    rows = "".join(
        f'<li>{time_link(item)}<span class="near"><span class="chapter">{esc(item.chapter.title)}</span>'
        f"<span class='of'>{esc(item.speaker)} in <cite>{esc(item.episode.title)}</cite></span></span></li>"
        for item in (citation.evidence for citation in answer.nearest)
    )
    advice = (
        "<p>Nothing that a guest said was close enough to quote. Other words for it, or fewer filters, may help.</p>"
        if answer.nearest or not answer.notes
        else ""
    )
    nearest = f'<h3>{esc(NEAREST)}</h3><ul class="nearest">{rows}</ul>' if rows else ""
    return f'<div class="refusal"><p class="refused">{esc(REFUSAL)}</p>{advice}{nearest}</div>'


def notes(told: Sequence[str]) -> str:
    """What the reader should know besides."""
    rows = "".join(f"<li>{esc(note)}</li>" for note in told)
    return f'<ul class="notes" aria-label="Notes">{rows}</ul>' if rows else ""


def _actions(turn_id: str, answer: Answer) -> str:
    total = answer.timings_ms.get("total")
    took = "" if total is None else f" · {total:.0f} ms" if total < 1000 else f" · {total / 1000:.1f} s"
    markdown = "\n".join(esc(line) for line in answer_markdown(answer).splitlines())
    # A line break behind <textarea> is dropped by the parser; the text starts behind it.
    return (
        '<div class="actions"><button type="button" class="quiet copy">Copy as Markdown</button>'
        f'<span class="made">{esc(answer.model)}{took}</span></div>'
        f'<div class="copy-box" hidden><label for="copy-{esc(turn_id)}">Select and copy the answer</label>'
        f'<textarea id="copy-{esc(turn_id)}" readonly rows="8">\n{markdown}</textarea></div>'
    )
