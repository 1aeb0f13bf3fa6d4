"""Sets up the HTML templates of the chat and the reports, with escaping on.

Every value in a template becomes one clean line and is escaped, whatever its origin; only the output of templates is
markup. An undefined name in a template is an error.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

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


class Inline(NamedTuple):
    """A script or style of our own within a page: its text, and the source that a content security policy names."""

    text: Markup
    source: Markup


@cache
def inline(*files: Path) -> Inline:
    """Some of our own files, one after the other, to stand within a page; each is read once."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Inline(Markup(text), Markup(f"'sha256-{digest}'"))


def lines(text: str) -> Markup:
    """The text with its line breaks, each line cleaned and escaped."""
    return Markup("\n").join(escape(clean(line)) for line in text.strip().splitlines())


def _cleaned(value: object) -> object:
    return value if isinstance(value, Markup) else clean(str(value))
