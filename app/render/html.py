"""HTML by templates, the same way for the chat and for reports: safe by construction.

Every value that a template shows is made one clean line and is escaped, whoever wrote it; only what templates
made is markup. A name that a template uses and nobody gave is an error.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ingest.text import clean, clock

# The colours, which chat and reports share.
PALETTE = Path(__file__).with_name("palette.css")


def environment(folder: Path) -> Environment:
    """The templates of a folder."""
    templates = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_cleaned,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"lines": lines, "clock": clock}
    return templates


def lines(text: str) -> Markup:
    """The text with its line breaks, each line cleaned and escaped."""
    return Markup("\n").join(escape(clean(line)) for line in text.strip().splitlines())


def web_address(url: object) -> str | None:
    """An address that may stand in a link; None for what is no web address."""
    text = clean(str(url or ""))
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return quote(text, safe=":/?#@!$&*+,;=%~")


def _cleaned(value: object) -> object:
    return value if isinstance(value, Markup) else clean(str(value))
