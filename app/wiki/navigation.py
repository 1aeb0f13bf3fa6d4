"""Recognises sentences that claim nothing: they only lead to other pages, or say what this page is for."""

from __future__ import annotations

import re

from app.language.tokens import tokens
from app.wiki.blocks import ENDS, LINK

_A_LINK = rf"{LINK}[^{ENDS}]*{ENDS}"
_LINKS = rf"{_A_LINK}(?:(?:,| and|, and| or|, or|\s)+(?:the )?{_A_LINK})*"
_LEADING = r"(?:use|see|read|compare|keep|start|continue|go|follow|visit|open|check|explore|pair)\b"
_COVERS = (
    r"(?:also )?(?:covers?|explains?|describes?|owns?|compares?|turns?|has|have|holds?|goes|treats?|handles?|"
    r"belongs?|shows?|takes?|links?|connects?|gives?|continues?|details?|keeps?|focus(?:es)?)\b"
)
_SIGNS = (
    # "Use [[X]] for ...", "For raw storage, see [[X]]."
    re.compile(rf"^{_LEADING}.*{LINK}", re.IGNORECASE | re.DOTALL),
    re.compile(rf"^(?:for|if|when)\b.*\b{_LEADING}.*{LINK}", re.IGNORECASE | re.DOTALL),
    # "[[X]] covers ...", "The [[X]] turns those choices into ..."
    re.compile(rf"^(?:the )?{_LINKS}(?: \w+)? {_COVERS}", re.IGNORECASE),
    # "That connects it to [[X]].", "This links serving to [[X]]."
    re.compile(
        rf"^(?:it|they|this|that|these|those)\b[^.]{{0,80}}\b(?:connect|link|lead|belong)\w*\b.*{LINK}", re.I | re.S
    ),
    re.compile(
        rf"\b(?:covered|described|explained|compared|handled|discussed)\b[^.]*\b(?:as|in|on|under|by)\s+{LINK}", re.I
    ),
    # "Use this page when ...", "Read here for ..."
    re.compile(rf"^(?:{_LEADING}) .*\b(?:this page|these pages|here)\b", re.IGNORECASE | re.DOTALL),
    re.compile(r"^(?:this page|these pages|the page|related pages?)\b", re.IGNORECASE),
    re.compile(rf"^(?:and |or |the )?{_LINKS}\W*$"),
)


def navigates(sentence: str) -> bool:
    """Whether a sentence, with the marks of its links, makes no claim about its topic."""
    text = " ".join(sentence.split())
    plain = text.replace(LINK, "").replace(ENDS, "")
    if sum(token.content for token in tokens(plain)) < 2 or plain.rstrip().endswith((":", "?")):
        return True
    return any(sign.search(text) for sign in _SIGNS)
