"""A run as one HTML file that opens offline, and as Markdown for a pull request.

1. `eval.run_file` reads the run; the sections and the question cards are built as HTML.
2. `report.css` and `report.js` go into the page. Its policy names the hash of each and
   forbids everything else: whatever untrusted text might do, no other script runs and no
   other host is asked. The page holds no data in scripts at all.

Nothing here scores anything or reads a transcript.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.report import sections
from eval.report.markdown import markdown
from eval.report.markup import esc
from eval.report.questions import Recordings, question_card
from eval.run_file import VERDICTS, Record, records

__all__ = ["html_of", "markdown", "write_report"]

_HERE = Path(__file__).with_name("static")
_NAV = (
    ("outcomes", "Outcomes"),
    ("measures", "Measures"),
    ("figures", "Figures"),
    ("types", "By type"),
    ("questions", "Questions"),
    ("settings", "Settings"),
)
_SORTS = (
    ("place", "As in the suite"),
    ("quality", "Worst first"),
    ("confidence", "Least confident first"),
    ("-ms", "Slowest first"),
    ("-offset", "Largest offset first"),
)


def write_report(run: Mapping[str, Any], path: Path) -> None:
    """Write report.html; raises `eval.run_file.RunError` for what is no run."""
    path.write_text(html_of(run), encoding="utf-8")


def html_of(run: Mapping[str, Any]) -> str:
    """The whole page."""
    suites = records(run)
    style = (_HERE / "report.css").read_text(encoding="utf-8")
    script = (_HERE / "report.js").read_text(encoding="utf-8")
    parts = {
        "outcomes": sections.outcomes(suites),
        "measures": sections.aggregates(run, suites),
        "figures": sections.figures(run, suites),
        "types": sections.by_type(run, suites),
        "questions": _questions(run, suites),
        "settings": sections.settings(run),
    }
    body = "".join(sections.section(name, title, parts[name]) for name, title in _NAV)
    links = "".join(f'<a href="#{name}">{title}</a>' for name, title in _NAV if parts[name])
    title = f"Citecast evaluation: {esc(run.get('system', ''))}"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">{_policy(style, script)}'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" '
        f'content="light dark"><title>{title}</title><style>{style}</style></head><body>'
        f'<a class="skip" href="#questions">Skip to the questions</a>{_header(run, suites)}'
        f'<nav aria-label="Sections">{links}</nav><main>{_warnings(run, suites)}{body}</main>'
        f"<script>{script}</script></body></html>\n"
    )


def _policy(style: str, script: str) -> str:
    """The page may run its own script and use its own style, and load nothing."""
    rules = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{rules}">'


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _header(run: Mapping[str, Any], suites: Mapping[str, list[Record]]) -> str:
    count = sum(map(len, suites.values()))
    about = f"{sections.plural(count, 'question')} of {sections.plural(len(suites), 'suite')}: {', '.join(suites)}"
    judge = (run.get("settings") or {}).get("judge")
    about += f"; support and facts by the {judge} judge" if judge else ""
    return (
        '<header><p class="brand">Citecast evaluation</p>'
        f'<h1>{esc(run.get("system") or "unnamed system")} <span class="soft">{esc(run.get("model") or "")}</span></h1>'
        f"<p>{esc(about)}</p></header>"
    )


def _warnings(run: Mapping[str, Any], suites: Mapping[str, list[Record]]) -> str:
    found: list[str] = []
    if failures := int(run.get("judge_failures") or 0):
        found.append(f"The judge failed {sections.plural(failures, 'time')}; what it failed on is in no average.")
    if empty := [name for name, rows in suites.items() if not rows]:
        found.append(f"No question was run of: {', '.join(empty)}.")
    if not suites:
        found.append("The run holds no suite.")
    return "".join(f'<p class="warning" role="alert">{esc(line)}</p>' for line in found)


def _questions(run: Mapping[str, Any], suites: Mapping[str, list[Record]]) -> str:
    places = Recordings.of(suites, made_up=bool((run.get("manifest") or {}).get("sample")))
    rows = [(name, row) for name, found in suites.items() for row in found]
    if not rows:
        return ""
    cards = "".join(question_card(number, name, row, places) for number, (name, row) in enumerate(rows, start=1))
    return f'{_toolbar(rows)}<div id="list">{cards}</div><p id="none" hidden>No question fits these filters.</p>'


def _toolbar(rows: list[tuple[str, Record]]) -> str:
    """Filters and order; hidden until the script is there to act on them."""
    wrong = sum(row.wrong for _, row in rows)
    seen = {row.verdict for _, row in rows}
    outcome = [("wrong", f"Only wrong ({wrong})"), *((key, words) for key, words in VERDICTS.items() if key in seen)]
    kinds = sorted({row.type for _, row in rows if row.type})
    fields = [
        _select("suite", "Suite", [("", "All suites"), *((name, name) for name in dict.fromkeys(n for n, _ in rows))]),
        _select("type", "Type", [("", "All types"), *((kind, kind) for kind in kinds)]),
        _select("verdict", "Outcome", [("", "All outcomes"), *outcome]),
        '<label>Text<input type="search" id="f-text" placeholder="Words to find"></label>',
        _select("sort", "Order", list(_SORTS)),
    ]
    return (
        f'<form id="tools" hidden>{"".join(fields)}<div class="acts"><output id="count" aria-live="polite">'
        f"{len(rows)} questions</output>"
        '<button type="button" id="open">Open shown</button><button type="button" id="close">Close all</button>'
        '<button type="reset">Reset</button></div></form>'
    )


def _select(name: str, label: str, options: list[tuple[str, str]]) -> str:
    inner = "".join(f'<option value="{esc(value)}">{esc(words)}</option>' for value, words in options)
    return f'<label>{label}<select id="f-{name}">{inner}</select></label>'
