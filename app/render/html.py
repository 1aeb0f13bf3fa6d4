"""Sets up the HTML templates of the chat and the reports, with escaping on.

Every value in a template becomes one clean line and is escaped, whatever its origin; only the output of templates is
markup. An undefined name in a template is an error.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ingest.text import clean, clock

# The colours, which chat and reports share.
PALETTE = Path(__file__).with_name("palette.css")


def environment(*folders: Path) -> Environment:
    """The templates of some folders; the first that has a name counts."""
    templates = Environment(
        loader=FileSystemLoader(folders),
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
    """An address that is safe in a link; None if it is not a web address."""
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
