"""Prepares HTML pages that open offline: templates, and a page's own style and script, written into the page.

`templates/offline.html` is the frame of such a page. Its policy names the hash of the style and of the script, and
forbids everything else: no other script runs, and no other host is contacted. Scripts contain no data.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment

from app.render.html import PALETTE, Inline, environment, inline
from app.render.moment import web_address

_HERE = Path(__file__).parent


def offline_templates(*folders: Path) -> Environment:
    """The templates of some folders, and those that all such pages share."""
    templates = environment(*folders, _HERE / "templates")
    templates.filters["web_address"] = web_address
    return templates


def style_of(*sheets: Path) -> Inline:
    """The style of a page: the colours, the report's style sheet, and those of the page."""
    return inline(PALETTE, _HERE / "static" / "report.css", *sheets)
