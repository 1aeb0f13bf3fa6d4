"""Small pieces of safe HTML that the chat's views share.

Every text that enters HTML goes through `esc`; every address through `app.render.answer.link`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from app.render.answer import NO_RECORDING, link
from app.types import Citation, Evidence
from ingest.text import clean, clock

# A longer one (an address, say) has to be free to break.
LONG_WORD = 24
_VIDEO = re.compile(r"[A-Za-z0-9_-]{6,20}")


def esc(text: str) -> str:
    """Text as text: no markup, no control characters."""
    return html.escape(clean(text), quote=True)


def esc_lines(text: str) -> str:
    """As `esc`, with the line breaks kept (the page shows them by `white-space: pre-line`)."""
    return "\n".join(esc(line) for line in text.strip().splitlines())


def source_id(turn: str, citation: Citation) -> str:
    """The id of a citation's place in the source panel."""
    return f"source-{esc(turn)}-{citation.id}"


def chip(turn: str, citation: Citation) -> str:
    """The number of a source as the button that leads to it."""
    return (
        f'<button type="button" class="chip" data-source="{source_id(turn, citation)}"'
        f' aria-label="Source {citation.id}: {esc(citation.evidence.speaker)} at {clock(citation.evidence.start)}">'
        f"{citation.id}</button>"
    )


def with_chips(turn: str, text: str, citations: Sequence[Citation]) -> str:
    """The text with the numbers of its sources behind it, which stay on the line of the last word."""
    if not citations:
        return esc(text)
    head, _, last = clean(text).rpartition(" ")
    chips = "".join(chip(turn, citation) for citation in citations)
    if len(last) > LONG_WORD:
        head, last = f"{head} {last}", ""
    return f'{esc(head)} <span class="tail">{esc(last)}{chips}</span>'


def time_link(evidence: Evidence) -> str:
    """The clock time as a link that plays from there; only the time where nothing can be opened."""
    time = clock(evidence.start)
    url = link(evidence)
    if url is None:
        return f'<span class="time" title="{NO_RECORDING}">{time}</span>'
    there = "on YouTube" if evidence.episode.video else "the episode’s page"
    return (
        f'<a class="time" href="{html.escape(url)}" target="_blank" rel="noopener">'
        f'<span class="sr">Open {there} at </span>{time}<span class="sr"> (new tab)</span></a>'
    )


def embed_url(evidence: Evidence) -> str | None:
    """The player's address, from the second on; None where there is no recording to play."""
    video = evidence.episode.video
    if evidence.episode.sample or video is None or not _VIDEO.fullmatch(video):
        return None
    return f"https://www.youtube-nocookie.com/embed/{video}?start={max(0, int(evidence.start))}&autoplay=1"


def initials(name: str) -> str:
    """At most two letters that stand for a name."""
    letters = [word[0] for word in clean(name).split() if word[0].isalpha()]
    return esc("".join(letters[:1] + letters[1:][-1:]).upper())
