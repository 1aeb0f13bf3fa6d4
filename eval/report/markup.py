"""Small pieces of safe HTML that the report's parts share.

Transcripts, models, suites and settings are all untrusted: every text enters HTML through
`esc`, every address through `safe_url`. The page holds no data in scripts, and the one
script in it is ours: see `eval.report.page`.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ingest.text import clean, clock

NEW_TAB = '<span class="sr"> (new tab)</span>'


def esc(text: object) -> str:
    """Text as text: no markup, no control characters, one line."""
    return html.escape(clean(str(text)), quote=True)


def safe_url(url: object) -> str | None:
    """A web address that may stand in a link, or None for anything else."""
    text = clean(str(url or ""))
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return quote(text, safe=":/?#@!$&*+,;=%~")


def at_second(url: str | None, second: float) -> str | None:
    """The same recording from another second; None where the address names no second."""
    address = safe_url(url)
    if address is None:
        return None
    parts = urlsplit(address)
    query = parse_qsl(parts.query)
    if "t" not in dict(query):
        return None
    moved = [(key, str(max(0, int(second))) if key == "t" else value) for key, value in query]
    return urlunsplit(parts._replace(query=urlencode(moved)))


def anchor(url: str | None, text: str, *, kind: str = "") -> str:
    """Text as a link that opens in a new tab; only the text where there is no address. Escapes both."""
    address = safe_url(url)
    attributes = f' class="{esc(kind)}"' if kind else ""
    if address is None:
        return f"<span{attributes}>{esc(text)}</span>"
    where = f'href="{html.escape(address)}" target="_blank" rel="noopener noreferrer"'
    return f"<a{attributes} {where}>{esc(text)}{NEW_TAB}</a>"


def stretch(start: float, end: float) -> str:
    """From when to when, as clock times."""
    return f"{clock(start)}–{clock(end)}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str, kind: str = "") -> str:
    """A table whose first column heads its rows, in a box that scrolls sideways. Cells are HTML already."""
    tops = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>' for first, *rest in rows
    )
    return (
        f'<div class="scroll" role="region" aria-label="{esc(caption)}" tabindex="0">'
        f'<table class="{esc(kind or "plain")}"><caption class="sr">{esc(caption)}</caption>'
        f"<thead><tr>{tops}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Names and values; escapes both."""
    return "<dl>" + "".join(f"<div><dt>{esc(name)}</dt><dd>{esc(value)}</dd></div>" for name, value in rows) + "</dl>"
