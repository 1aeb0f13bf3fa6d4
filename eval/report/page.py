"""Writes a run as one HTML file that opens offline.

1. `eval.run_file` reads the run; `eval.report.sections`, `figure_sections` and `questions` turn it into plain data.
2. `templates/` turn that into HTML, with `report.css` and `report.js` inside (`eval.report.offline`).

Nothing here scores anything or reads a transcript.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.render.html import inline
from eval.report import sections
from eval.report.figure_sections import figures, plural
from eval.report.markdown import markdown
from eval.report.offline import offline_templates, style_of
from eval.report.questions import question_list
from eval.run_file import VERDICTS, Record, records

__all__ = ["html_of", "markdown", "write_report"]

_SCRIPT = Path(__file__).parent / "static" / "report.js"
_TEMPLATES = offline_templates()
_TEMPLATES.globals["verdicts"] = VERDICTS


def write_report(run: Mapping[str, Any], path: Path) -> None:
    """Write report.html; raises `eval.run_file.RunError` if it is not a run."""
    path.write_text(html_of(run), encoding="utf-8")


def html_of(run: Mapping[str, Any]) -> str:
    """The whole page."""
    suites = records(run)
    shown = (
        ("outcomes", "Outcomes", sections.outcomes(suites)),
        ("measures", "Measures", sections.measures(run, suites)),
        ("figures", "Figures", figures(run, suites)),
        ("types", "By type", sections.by_type(run, suites)),
        ("questions", "Questions", question_list(suites, made_up=bool((run.get("manifest") or {}).get("sample")))),
        ("settings", "Settings", sections.settings(run)),
    )
    return _TEMPLATES.get_template("report.html").render(
        style=style_of(),
        script=inline(_SCRIPT),
        system=run.get("system") or "",
        model=run.get("model") or "",
        about=_about(run, suites),
        warnings=_warnings(run, suites),
        sections=[part for part in shown if part[-1]],
    )


def _about(run: Mapping[str, Any], suites: Mapping[str, Sequence[Record]]) -> str:
    count = sum(map(len, suites.values()))
    about = f"{plural(count, 'question')} of {plural(len(suites), 'suite')}: {', '.join(suites)}"
    judge = (run.get("settings") or {}).get("judge")
    return about + (f"; support and facts by the {judge} judge" if judge else "")


def _warnings(run: Mapping[str, Any], suites: Mapping[str, Sequence[Record]]) -> list[str]:
    found: list[str] = []
    if failures := int(run.get("judge_failures") or 0):
        found.append(f"The judge failed {plural(failures, 'time')}; what it failed on is in no average.")
    if empty := [name for name, rows in suites.items() if not rows]:
        found.append(f"No question was run of: {', '.join(empty)}.")
    if not suites:
        found.append("The run holds no suite.")
    return found
