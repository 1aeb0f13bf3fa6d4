"""Puts `embed.js` together from the files in `static`, once at the start, and compresses it.

The colours are the chat's (`app/render/palette.css`), and so are the players (`recording.js`) and the way in which
a later version of an answer replaces the one before (`redraw.js`). Nothing is minified: the script can be read in the
browser as it is here.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from app.chat.page import STATIC as OF_CHAT
from app.render.html import PALETTE

STATIC = Path(__file__).with_name("static")
_OWN = ("ask.js", "texts.js", "shell.js", "player.js", "conversation.js", "embed.js")
PARTS = (OF_CHAT / "redraw.js", OF_CHAT / "recording.js", *(STATIC / name for name in _OWN))
# A site's visitors may keep it that long (in seconds) before they ask for a newer one.
KEPT = 600


def embed_script() -> str:
    """The whole script: style and texts as constants, then the parts, in a scope of their own."""
    style = PALETTE.read_text(encoding="utf-8").replace(":root", ":host") + _static("embed.css")
    texts = json.loads(_static("texts.json"))
    constants = f"const STYLE = {json.dumps(style)};\nconst TEXTS = {json.dumps(texts, ensure_ascii=False)};"
    parts = (path.read_text(encoding="utf-8") for path in PARTS)
    return "\n".join(('(() => {\n"use strict";', constants, *parts, "})();\n"))


class Script:
    """The script with its compressed form; `response` answers a request for it."""

    def __init__(self, text: str) -> None:
        self.plain = text.encode()
        self.compressed = gzip.compress(self.plain, 9, mtime=0)
        self._tag = f'"{hashlib.sha256(self.plain).hexdigest()[:20]}"'

    def response(self, request: Request) -> Response:
        """The script, compressed for those who take that; 304 for those who have it."""
        headers = {
            "Cache-Control": f"public, max-age={KEPT}",
            "ETag": self._tag,
            "Vary": "Accept-Encoding",
            # Any page may load it; only those of a listed origin can ask with it.
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if self._tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.compressed, headers=headers | {"Content-Encoding": "gzip"}, media_type=_MEDIA)
        return Response(self.plain, headers=headers, media_type=_MEDIA)


_MEDIA = "text/javascript"


def _static(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")
