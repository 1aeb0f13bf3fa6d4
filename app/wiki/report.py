"""Writes what was found in pages: as text, JSON Lines, Markdown or HTML.

Text from pages and transcripts is untrusted: nothing in it becomes markup.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.render.html import PALETTE, environment, inline
from app.render.markdown import escape_markdown
from app.render.moment import Moment
from app.wiki.lint import Finding
from app.wiki.reading.page import Kind
from app.wiki.verdicts import Checked, WikiVerdict
from ingest.text import clean, clock

_QUIET = (WikiVerdict.THERE, WikiVerdict.NO_CLAIM, WikiVerdict.OUTSIDE)
_TEMPLATES = environment(Path(__file__).with_name("templates"))
_STYLE = inline(PALETTE, Path(__file__).with_name("static") / "wiki.css")


class Format(StrEnum):
    """The forms of a report."""

    TEXT = "text"
    JSONL = "jsonl"
    MARKDOWN = "markdown"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in pages. `read`: how many pages were read."""

    checked: Sequence[Checked]
    findings: Sequence[Finding]
    read: int

    @property
    def failed(self) -> bool:
        """Whether an editor has to mend something: a cited sentence that is wrong, or a rule that is broken."""
        wrong = any(one.verdict.wrong and one.claim.kind is Kind.CITED for one in self.checked)
        return wrong or any(finding.blocks for finding in self.findings)

    @property
    def to_mend(self) -> list[Checked]:
        """The sentences worth a look; those without a chip only if one is suggested."""
        return [
            one
            for one in self.checked
            if one.verdict not in _QUIET and (one.verdict is not WikiVerdict.UNCITED or one.suggested)
        ]

    def counts(self) -> Iterator[str]:
        """One line for the cited sentences, one for the covered and one for the uncited."""
        for kind in Kind:
            found = Counter(one.verdict for one in self.checked if one.claim.kind is kind)
            if found:
                said = ", ".join(f"{verdict.said} {found[verdict]}" for verdict in WikiVerdict if found[verdict])
                yield f"{kind.value}, {found.total()}: {said}"


def written(report: Report, form: Format) -> str:
    """The report in one of its forms."""
    lines = {Format.TEXT: _text, Format.JSONL: json_lines, Format.MARKDOWN: _markdown}
    return _html(report) if form is Format.HTML else "\n".join(lines[form](report)) + "\n"


def json_lines(report: Report) -> Iterator[str]:
    """A line for each sentence, and one for each finding of the linter (it has the key `rule`)."""
    for one in report.checked:
        yield json.dumps(one.to_json(), ensure_ascii=False)
    for finding in report.findings:
        yield json.dumps(
            {
                "page": finding.page,
                "line": finding.line,
                "rule": finding.rule,
                "finding": finding.text,
                "blocks": finding.blocks,
            },
            ensure_ascii=False,
        )


def _text(report: Report) -> Iterator[str]:
    for one in report.to_mend:
        yield f"{one.page}:{one.claim.line}: {one.claim.kind.value}, {one.verdict.said} ({one.score:.2f})"
        yield f"    {clean(one.claim.text)}"
        for note in one.notes:
            yield f"    {clean(note)}"
        for citation in one.citations:
            said = citation.evidence
            yield f"    {clean(said.speaker)}, {clock(said.start)}: “{clean(said.key)}”"
        if one.suggested:
            yield f"    better: {one.suggested}"
    for finding in report.findings:
        told = "" if finding.blocks else " (only told)"
        yield f"{finding.page}:{finding.line}: {finding.rule}: {clean(finding.text)}{told}"
    if report.to_mend or report.findings:
        yield ""
    yield f"{report.read} page{'s' if report.read != 1 else ''}"
    yield from report.counts()
    if report.findings:
        blocking = sum(finding.blocks for finding in report.findings)
        yield f"rules: {blocking} broken, {len(report.findings) - blocking} told"


def _markdown(report: Report) -> Iterator[str]:
    for line in report.counts():
        yield f"- {escape_markdown(line)}"
    for one in report.to_mend:
        yield ""
        yield f"**{one.page}:{one.claim.line}** ({one.claim.kind.value}): {one.verdict.said}"
        yield ""
        yield escape_markdown(one.claim.text)
        for moment in map(Moment.of, one.citations):
            at = f"[{clock(moment.start)}]({moment.url})" if moment.url else clock(moment.start)
            yield ""
            yield f"> {escape_markdown(moment.key)} ({escape_markdown(moment.speaker)}, {at})"
        for note in one.notes:
            yield ""
            yield f"_{escape_markdown(note)}_"
        if one.suggested:
            yield ""
            yield f"`{one.suggested.replace('`', '')}`"
    if report.findings:
        yield ""
    for finding in report.findings:
        yield f"- {finding.page}:{finding.line}: {finding.rule}: {escape_markdown(finding.text)}"


def _html(report: Report) -> str:
    pages = dict.fromkeys([one.page for one in report.checked] + [one.page for one in report.findings])
    rows = {
        page: [(one, list(map(Moment.of, one.citations))) for one in report.checked if one.page == page]
        for page in pages
    }
    found = {page: [finding for finding in report.findings if finding.page == page] for page in pages}
    return _TEMPLATES.get_template("wiki.html").render(
        style=_STYLE, counts=list(report.counts()), rows=rows, found=found
    )
