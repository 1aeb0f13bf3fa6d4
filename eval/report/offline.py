"""Prepares HTML pages that open offline: templates, and a page's own style and script, written into the page.

`templates/offline.html` is the frame of such a page. Its policy names the hash of the style and of the script, and
forbids everything else: no other script runs, and no other host is contacted. Scripts contain no data.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from app.render.html import PALETTE, environment
from app.render.moment import web_address

_HERE = Path(__file__).parent


def offline_templates(*folders: Path) -> Environment:
    """The templates of some folders, and those that all such pages share."""
    templates = environment(*folders, _HERE / "templates")
    templates.filters |= {"digest": _digest, "web_address": web_address}
    return templates


def style_of(*sheets: Path) -> Markup:
    """The style of a page: the colours, the report's style sheet, and those of the page."""
    return Markup("").join(map(text_of, (PALETTE, _HERE / "static" / "report.css", *sheets)))


def text_of(path: Path) -> Markup:
    """The text of one of our own files, as it is."""
    return Markup(path.read_text(encoding="utf-8"))


def _digest(text: str) -> str:
    """A text's hash, in the format of a content security policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
