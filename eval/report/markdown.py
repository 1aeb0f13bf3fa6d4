"""Writes a run as Markdown for a pull request: measures with intervals, by type, and wrong results.

It holds questions but no answers or quotes, so it can be pasted where transcripts are not allowed.
Names and questions are untrusted: nothing in them becomes markup, a link, a mention or a reference.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from eval.metric_catalog import in_order, of_stage
from eval.run_file import GROUPINGS, VERDICTS, Record, numbers, records
from ingest.text import clean

WRONG_SHOWN = 20
_LONGEST = 160
_MARKUP = re.compile(r"[\\`*_\[\]<&~$|!{}()]|:(?=//)|(?<=www)\.", re.IGNORECASE)
# GitHub turns @name and #1 into mentions and references even where they are escaped; an
# invisible word joiner after the sign keeps them plain.
_REFERENCE = re.compile(r"(?<=[@#])(?=\w)|(?<=GH-)(?=\d)", re.IGNORECASE)


def escape(text: object) -> str:
    """One line of text in which nothing is Markdown, HTML, a mention or a reference."""
    line = clean(str(text))
    line = line if len(line) <= _LONGEST else line[:_LONGEST].rstrip() + " …"
    return _REFERENCE.sub("\u2060", _MARKUP.sub(r"\\\g<0>", line))


def markdown(run: Mapping[str, Any]) -> str:
    """The run's figures; raises `eval.run_file.RunError` if it is not a run."""
    suites = records(run)
    count = sum(map(len, suites.values()))
    lines = [f"### Evaluation: {escape(run.get('system') or 'unnamed system')} ({escape(run.get('model') or '–')})", ""]
    if failures := int(run.get("judge_failures") or 0):
        lines += [f"**The judge failed {failures} times**; what it failed on is in no average.", ""]
    judge = (run.get("settings") or {}).get("judge")
    judged = f" Support and facts by the {escape(judge)} judge." if judge else ""
    lines += [f"{count} questions. In brackets: bootstrap intervals (95 %).{judged}", ""]
    lines += _aggregates(run, suites)
    lines += _by_type(run)
    lines += _wrong(suites)
    return "\n".join(lines).strip() + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    rule = ["---", *("---:" for _ in head[1:])]
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)] + [""]


def _aggregates(run: Mapping[str, Any], suites: Mapping[str, list[Record]]) -> list[str]:
    values = {str(name): numbers(found) for name, found in (run.get("aggregates") or {}).items()}
    intervals = run.get("intervals") or {}
    head = ["Measure", *(escape(name) + (f" ({len(suites[name])})" if name in suites else "") for name in values)]
    rows: list[list[str]] = []
    for one in in_order({key for found in values.values() for key in found if not of_stage(key)}):
        cells: list[str] = []
        for name, found in values.items():
            between = (intervals.get(name) or {}).get(one.key)
            cell = one.shown(found[one.key]) if one.key in found else "–"
            cells.append(cell + (f" [{one.shown(between[0])}, {one.shown(between[1])}]" if between else ""))
        rows.append([one.label + (" ↓" if one.better < 0 else ""), *cells])
    return _table(head, rows) if rows else ["No figures.", ""]


def _by_type(run: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    grouped = [(word, *pair) for key, word in GROUPINGS.items() for pair in (run.get(key) or {}).items()]
    for word, suite, found in grouped:
        types = {str(kind): numbers(values) for kind, values in found.items()}
        measures = in_order({key for values in types.values() for key in values if not of_stage(key)})
        measures = [one for one in measures if one.group != "Cost"]
        rows = [
            [escape(kind), *(one.shown(values[one.key]) if one.key in values else "–" for one in measures)]
            for kind, values in types.items()
        ]
        if rows and measures:
            lines += [f"<details><summary>{html.escape(clean(str(suite)))} by {word}</summary>", ""]
            lines += [*_table([word.capitalize(), *(one.label for one in measures)], rows), "</details>", ""]
    return lines


def _wrong(suites: Mapping[str, list[Record]]) -> list[str]:
    found = [(name, row) for name, rows in suites.items() for row in rows if row.wrong]
    if not found:
        return []
    lines = [f"<details><summary>{len(found)} questions went wrong</summary>", ""]
    lines += [
        f"- {VERDICTS[row.verdict]}: {escape(name)} {escape(row.id)}, {escape(row.question)}"
        for name, row in found[:WRONG_SHOWN]
    ]
    if len(found) > WRONG_SHOWN:
        lines.append(f"- and {len(found) - WRONG_SHOWN} more, in report.html")
    return [*lines, "", "</details>", ""]
