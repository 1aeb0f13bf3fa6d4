"""Citations as cards, in the source panel and below a verified statement: what was said, by whom, where and when.

Pure functions. Words stand here as they were transcribed. No player is in this HTML: the page
puts one in when its button is pressed, so nothing is loaded from YouTube before.
"""

from __future__ import annotations

import html
from collections.abc import Container, Sequence

from app.chat.markup import embed_url, esc, source_id
from app.render.answer import NO_RECORDING, link, parts, span
from app.types import Answer, Citation, Evidence
from ingest.text import clean, clock


def sources(turn_id: str, answer: Answer, *, complete: bool = True) -> str:
    """The list of an answer's sources; empty for a refusal, which has none.

    Those that a `complete` answer rests on none of its sentences on are marked as such.
    """
    if not answer.answered or not answer.citations:
        return ""
    cited = {number for sentence in answer.sentences for number in sentence.citations}
    unused = {citation.id for citation in answer.citations} - cited if complete else set()
    shown = cards(turn_id, answer.citations, back="Back to the answer", unused=unused)
    return (
        f'<div class="sources" data-turn="{esc(turn_id)}"><p class="for">For: {esc(answer.question)}</p>{shown}</div>'
    )


def cards(turn_id: str, citations: Sequence[Citation], *, back: str, unused: Container[int] = ()) -> str:
    """A card for each citation, the first open; `back` names the button that leads to where it is cited, if it is."""
    rows = "".join(
        _source(turn_id, citation, back, is_open=place == 0, unused=citation.id in unused)
        for place, citation in enumerate(citations)
    )
    return f'<ol class="source-list">{rows}</ol>'


def _source(turn_id: str, citation: Citation, back: str, *, is_open: bool, unused: bool) -> str:
    item = citation.evidence
    mark = '<span class="unused">Read, not cited</span>' if unused else ""
    return (
        f'<li class="source" id="{source_id(turn_id, citation)}" data-turn="{esc(turn_id)}">'
        f"<details{' open' if is_open else ''}><summary>"
        f'<span class="number"><span class="sr">Source </span>{citation.id}</span>'
        f'<span class="of"><strong>{esc(item.speaker)}</strong><cite>{esc(item.episode.title)}</cite>{mark}</span>'
        f'<span class="at">{clock(item.start)}</span></summary>'
        f'<div class="body">{_facts(item)}{_asked(item)}{_quote(item)}{_actions(item, back)}</div></details></li>'
    )


def _facts(item: Evidence) -> str:
    hint = (
        ' <span class="hint" title="The transcript gives no time for this paragraph; it was worked out from the'
        ' words said since the last known one.">time estimated</span>'
        if item.estimated
        else ""
    )
    return (
        f'<dl class="facts"><div><dt>Chapter</dt><dd>{esc(item.chapter.title)}</dd></div>'
        f"<div><dt>Time</dt><dd>{span(item)}{hint}</dd></div></dl>"
    )


def _asked(item: Evidence) -> str:
    if not clean(item.asked):
        return ""
    return f'<div class="asked"><span class="label">Asked by the host</span><p>{esc(item.asked)}</p></div>'


def _quote(item: Evidence) -> str:
    text = " ".join(f"<mark>{esc(part)}</mark>" if key else esc(part) for part, key in parts(item))
    return f'<blockquote class="transcribed">{text}</blockquote>'


def _actions(item: Evidence, back: str) -> str:
    url, embed = link(item), embed_url(item)
    buttons = ""
    if embed:
        title = f"Recording of {clean(item.episode.title)} from {clock(item.start)}"
        buttons += (
            f'<button type="button" class="play" data-embed="{html.escape(embed)}" data-title="{esc(title)}">'
            "Play here</button>"
        )
    if url and item.episode.video:
        buttons += _open(url, f"Open on YouTube at {clock(item.start)}")
    elif url:
        buttons += _open(url, "Open the episode’s page")
    else:
        buttons += f'<span class="no-recording">{NO_RECORDING}</span>'
    if back:
        buttons += f'<button type="button" class="quiet back">{back}</button>'
    return f'<div class="player"></div><div class="source-actions">{buttons}</div>'


def _open(url: str, words: str) -> str:
    return (
        f'<a class="open" href="{html.escape(url)}" target="_blank" rel="noopener">{words}'
        '<span class="sr"> (new tab)</span></a>'
    )
