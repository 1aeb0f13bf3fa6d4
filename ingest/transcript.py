"""The entries of a transcript -> lines and headers whose types were checked.

Nothing here knows who speaks or repairs a time.
"""

from __future__ import annotations

from ingest.draft import Draft, Line, is_second, text_of
from ingest.files import BadFile, FrontMatter


def read_transcript(front: FrontMatter, draft: Draft) -> tuple[list[Line], list[str]]:
    """The transcript's lines and headers, types checked; raises `BadFile` where there is none."""
    entries = front.data.get("transcript")
    if not entries:
        raise BadFile("no transcript", front.line_of("transcript"))
    if not isinstance(entries, list):
        raise BadFile("the transcript is not a list", front.line_of("transcript"))
    lines: list[Line] = []
    headers: list[str] = []
    for position, entry in enumerate(entries):
        number = front.entry_line(position)
        if not isinstance(entry, dict):
            draft.problem(f"a transcript entry is not a mapping: {entry!r:.60}", number)
            continue
        if "header" in entry:
            headers.append(draft.label(entry["header"], number) or "Untitled chapter")
        if "line" not in entry:
            continue
        text = text_of(entry["line"])
        if not text:
            draft.problem("a transcript line holds no text", number)
            continue
        second = entry.get("sec")
        if second is not None and not is_second(second):
            draft.problem(f"a line's second is not a number of seconds: {second!r:.40}", number)
            second = None
        who = entry.get("who")
        lines.append(Line(text, second, who if isinstance(who, str) else None, number, len(headers)))
    return lines, headers
