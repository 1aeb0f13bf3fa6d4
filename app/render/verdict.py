"""A verified statement for a terminal: verdict, score, and each piece of evidence with its place.

Nothing here judges. What came from a transcript or an editor is freed of control characters.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from app.render.answer import NO_RECORDING, WIDTH, link, span, trim_fillers
from app.types import Citation, Verdict, Verified
from ingest.text import clean

_COLORS = {Verdict.SUPPORTED: "32", Verdict.PARTLY: "33", Verdict.NOT_FOUND: "31"}


def verified_text(result: Verified, color: bool) -> str:
    """At most 100 columns wide; without control sequences unless `color`."""
    verdict = f"{result.said} (score {result.score:.2f})"
    lines = [
        _wrap(clean(result.statement)),
        f"\033[{_COLORS[result.verdict]}m{verdict}\033[0m" if color else verdict,
        *(_wrap(clean(note), "Note: ", "  ") for note in result.notes),
    ]
    if result.nearest:
        lines.append("Nearest (no support):")
    for citation in result.citations or result.nearest:
        lines += _evidence(citation)
    return "\n".join(lines) + "\n"


def _evidence(citation: Citation) -> Iterator[str]:
    item = citation.evidence
    where = (
        f"{clean(item.speaker)}, “{clean(item.episode.title)}”, chapter “{clean(item.chapter.title)}”, "
        f"{span(item)}{' (time estimated)' if item.estimated else ''}"
    )
    yield _wrap(where, f" [{citation.id}] ", "     ")
    yield _wrap(f"“{trim_fillers(clean(item.key))}”", "     ", "     ")
    # Never wrapped: a broken address cannot be clicked.
    yield f"     {link(item) or NO_RECORDING}"


def _wrap(text: str, first: str = "", rest: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
