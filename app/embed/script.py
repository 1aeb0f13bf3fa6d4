"""Puts `embed.js` and `embed-answer.js` together from the files in `static`, once at the start, and compresses them.

The first is all that a page loads; the second, what can be done with an answer, comes with the first question. The
colours are the chat's (`app/render/palette.css`), and so is what happens in an answer: how a later version replaces the
one before (`redraw.js`), players, sharing, copying. Nothing is minified: the scripts can be read in the browser as they
are here.
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
_OWN = ("ask.js", "texts.js", "shell.js", "conversation.js", "embed.js")
_PARTS = (OF_CHAT / "device.js", OF_CHAT / "redraw.js", *(STATIC / name for name in _OWN))
_OF_ANSWERS = ("device.js", "copying.js", "recording.js", "sequence.js", "keep.js")
# A site's visitors may keep it that long (in seconds) before they ask for a newer one.
KEPT = 600


def embed_script() -> str:
    """What a page loads: style and texts as constants, then the parts, in a scope of their own."""
    style = PALETTE.read_text(encoding="utf-8").replace(":root", ":host") + _static("embed.css")
    texts = json.loads(_static("texts.json"))
    constants = f"const STYLE = {json.dumps(style)};\nconst TEXTS = {json.dumps(texts, ensure_ascii=False)};"
    parts = (path.read_text(encoding="utf-8") for path in _PARTS)
    return "\n".join(('(() => {\n"use strict";', constants, *parts, "})();\n"))


def answer_script() -> str:
    """What is loaded with the first question: the module `static/answer.js` with the chat's scripts before it."""
    paths = (*(OF_CHAT / name for name in _OF_ANSWERS), STATIC / "answer.js")
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


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
