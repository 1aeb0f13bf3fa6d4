"""The page's fixed parts as HTML: its heading, its start, the empty conversation and panel.

The templates hold no text from elsewhere: Gradio runs templates as code, values only as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.chat.markup import esc

if TYPE_CHECKING:
    from index.opened import Catalog

TAGLINE = "Answers from the podcast archive. Each sentence names the episode, the speaker and the second."
SAMPLE = (
    "<strong>Made-up sample archive.</strong> No such guests, episodes or recordings exist; it shows how "
    "Citecast works."
)

_MARK = (
    '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="9"/>'
    '<path d="M9 12.5v7M14 9v14M19 13.5v5M24 11v10"/></svg>'
)
_SUN = (
    '<svg class="sun" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="4.2"/>'
    '<path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4"/></svg>'
)
_MOON = (
    '<svg class="moon" viewBox="0 0 24 24" aria-hidden="true">'
    '<path d="M20 14.2A8.2 8.2 0 0 1 9.8 4a8.2 8.2 0 1 0 10.2 10.2z"/></svg>'
)

# Turns are not read out as they grow: how far they are is told, politely, in a line of its own.
CONVERSATION = """
<section aria-label="Conversation">
  <div class="log" role="log" aria-live="off"></div>
  <p class="sr status" role="status"></p>
  <p class="say" role="status"></p>
</section>
"""

PANEL = """
<section class="panel" aria-labelledby="sources-title">
  <h2 id="sources-title">Sources</h2>
  <p class="empty">The words behind each answer appear here, with the moment they were said.</p>
  <p class="none" hidden>No words of a guest are quoted here, so there is no source to show.</p>
  <div class="stack"></div>
  <p class="small">Recordings load from YouTube only when you press “Play here”.</p>
</section>
"""

VERIFY = """
<section class="help" aria-labelledby="verify-title">
  <h2 id="verify-title">Does the archive support a statement?</h2>
  <p>For those who write about the archive: give a statement, of one sentence or several, and see whether guests say so,
  and where. Names of guests and episodes, numbers, negations and opposites count. No language model takes part:
  what you get are the guests’ own words.</p>
</section>
"""

RESULT = """
<section aria-label="Result">
  <div class="result"></div>
  <p class="sr status" role="status"></p>
</section>
"""

# The mark as the tab's icon, in the address itself: nothing is fetched for it.
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' "
    "height='32' rx='9' fill='%230b6a63'/%3E%3Cpath d='M9 12.5v7M14 9v14M19 13.5v5M24 11v10' stroke='%23fff' "
    "stroke-width='2.4' stroke-linecap='round'/%3E%3C/svg%3E"
)


def head(css: str) -> str:
    """What goes into the page's head. The style stands here because Gradio rewrites selectors of its `css`."""
    return f'<meta name="color-scheme" content="light dark"><link rel="icon" href="{_ICON}"><style>{css}</style>'


def header(catalog: Catalog) -> str:
    """The heading, the theme's toggle, and the banner of the sample archive."""
    banner = f'<p class="banner" role="note">{SAMPLE}</p>' if catalog.sample else ""
    return (
        '<button type="button" class="skip">Skip to the question box</button>'
        f'<div class="masthead">{_MARK}<div class="title"><h1>Citecast</h1><p class="tagline">{TAGLINE}</p></div>'
        '<button type="button" class="theme" aria-pressed="false" aria-label="Dark theme" title="Dark theme">'
        f"{_SUN}{_MOON}</button></div>{banner}"
    )


def landing(examples: Sequence[str], catalog: Catalog) -> str:
    """What an empty conversation shows: what there is to ask, and example questions."""
    buttons = "".join(
        f'<li><button type="button" class="example" data-question="{esc(example)}">{esc(example)}</button></li>'
        for example in examples
    )
    tried = f'<p class="try">Try one of these</p><ul class="examples">{buttons}</ul>' if buttons else ""
    episodes, guests = len(catalog.episodes), len(catalog.guests)
    return (
        '<section class="landing" aria-label="Start"><h2>What would you like to hear about?</h2>'
        f"<p>{episodes:,} {'episode' if episodes == 1 else 'episodes'} with {guests:,} "
        f"{'guest' if guests == 1 else 'guests'}. You get the guests’ own words; where nobody answered your "
        f"question, Citecast says so.</p>{tried}</section>"
    )
