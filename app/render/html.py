"""Sets up the HTML templates of the chat and the reports, with escaping on.

Every value in a template becomes one clean line and is escaped, whatever its origin; only the output of templates is
markup. An undefined name in a template is an error.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

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


def hash_source(text: str) -> str:
    """A script or style within a page, as a content security policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def lines(text: str) -> Markup:
    """The text with its line breaks, each line cleaned and escaped."""
    return Markup("\n").join(escape(clean(line)) for line in text.strip().splitlines())


def _cleaned(value: object) -> object:
    return value if isinstance(value, Markup) else clean(str(value))
