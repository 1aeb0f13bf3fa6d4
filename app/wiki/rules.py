"""Lists the wiki's rules of style, headings and lengths that `app.wiki.lint` applies."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.text import fold

# The site adds 31 characters to a title, of at most 60.
LONGEST_TITLE = 29
SHORTEST_SUMMARY, LONGEST_SUMMARY = 70, 160
# Lines of text from which on a section has to cite.
LONG_SECTION = 3
INBOUND = 6
TAGS = ("comparison", "guide", "roadmap", "transition", "how-to")

FORBIDDEN_HEADINGS = frozenset(
    (
        "contents",
        "link map",
        "search intent",
        "archive evidence",
        "episode evidence",
        "guest descriptions",
        "recurring archive themes",
        "maintenance notes",
        "agent maintenance notes",
        "guest experts",
        "bottom line",
        "common definition",
        "guest tradeoffs",
        "guest differences",
        "guest disagreements",
        "guest emphasis",
        "workflow definition",
        "tradeoffs in the episodes",
        "operating tradeoffs",
        "agent ops versus llmops",
        "project signals",
        "review checklist",
        "ready to review",
        "interview readiness",
        "learning paths and next steps",
    )
)


def heading_allowed(heading: str) -> bool:
    """Whether the wiki allows a heading."""
    title = fold(heading).lower()
    return title not in FORBIDDEN_HEADINGS and not re.search(r"\barchive\b", title)


@dataclass(frozen=True, slots=True)
class Rule:
    """What prose must not contain, and how a finding says so."""

    pattern: re.Pattern[str]
    says: str


_SAYS = r"(?:says|said|explains|explained)"
STYLE = (
    Rule(re.compile(r"\(\s*\d{1,3}:\d{2}(?::\d{2})?\s*\)"), "a time in prose"),
    Rule(
        re.compile(r"\b(?:at|from|around)\s+\d{1,3}:\d{2}(?::\d{2})?(?!\s*(?:[ap]m\b|local|UTC))", re.I),
        "a time in prose",
    ),
    Rule(re.compile(rf"\b(?:he|she)\s+(?:also\s+)?{_SAYS}\b", re.I), "state the idea, not who says it"),
    Rule(re.compile(r"\bguests?\s+argues?\b|\bpodcast guests?\b", re.I), "state the idea, not who says it"),
    Rule(
        re.compile(r"\bepisodes? shows?\b|\bpodcast discussions?\b|\bpodcast-backed\b", re.I),
        "the page is not about episodes",
    ),
    Rule(re.compile(r"\bthe archive\b", re.I), "the page is not about the archive"),
)

# How no line of a file may begin.
SIGNPOST = re.compile(r"^(?:use this page|use these pages|these pages cover|see also)\b", re.I)


def bad_label(label: str) -> str:
    """What is wrong with the label of a chip that cites; empty if nothing is."""
    words = label.strip().lower()
    if not words:
        return "a chip without a label"
    if words in ("interview", "conversation") or words.endswith("episode"):
        return f"“{label}” is no label; name the topic"
    return ""
