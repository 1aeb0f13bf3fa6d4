"""Reads the pages of a file or folder, checks them, and gives one report.

path -> pages -> sentences that changed -> verdicts, findings -> report
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.wiki.check import WikiChecker
from app.wiki.lint import Finding, lint
from app.wiki.reading.changed import ChangedError, changed_lines
from app.wiki.reading.page import Claim, Page, PageError, read_page
from app.wiki.report import Report
from app.wiki.verdicts import Checked
from index.archive import Archive
from index.building.progress import Progress


class WikiError(ValueError):
    """Pages cannot be checked; the message names the place and the remedy."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is checked: sentences (`check`), the wiki's rules (`rules`), lines new since a Git revision (`since`).

    `suggest`: a chip is looked for, for each sentence without one.
    """

    check: bool = True
    rules: bool = True
    since: str | None = None
    suggest: bool = False


def run(path: Path, wanted: Wanted, archive: Callable[[], Archive], progress: Progress) -> Report:
    """Check the pages; the archive is opened only if sentences are checked. Raises `WikiError`."""
    try:
        pages = {file: read_page(file) for file in files_of(path)}
        lines = {file: changed_lines(file, wanted.since) if wanted.since else None for file in pages}
    except (PageError, ChangedError) as error:
        raise WikiError(f"{error}") from error
    except OSError as error:
        raise WikiError(f"{error.filename}: {error.strerror}") from error
    kept = [file for file in pages if lines[file] is None or lines[file]]
    findings = _findings(path, pages, kept, lines) if wanted.rules else []
    checked: list[Checked] = []
    if wanted.check and kept:
        checker = WikiChecker(archive().view(), suggest=wanted.suggest)
        progress.start("Checking", sum(sum(map(_wanting(lines[file]), pages[file].claims)) for file in kept))
        for file in kept:
            for one in checker.check(pages[file], _wanting(lines[file])):
                checked.append(one)
                progress.advance(1)
    return Report(checked, findings, len(kept))


def files_of(path: Path) -> list[Path]:
    """The pages at a path: the file itself, or the `.md` files of a folder, not of folders in it."""
    if not path.is_dir():
        if not path.is_file():
            raise WikiError(f"{path}: no such file or folder; give a page, or the folder that holds them (_wiki)")
        return [path]
    files = sorted(file for file in path.glob("*.md") if file.is_file())
    if not files:
        raise WikiError(f"{path}: no pages there; give a folder with files that end in .md")
    return files


def _wanting(lines: set[int] | None) -> Callable[[Claim], bool]:
    return (lambda _: True) if lines is None else (lambda claim: claim.on(lines))


def _findings(
    path: Path, pages: dict[Path, Page], kept: Sequence[Path], lines: dict[Path, set[int] | None]
) -> list[Finding]:
    """The rules broken on wanted lines; a single page is linted among those beside it."""
    beside = (
        {file: pages.get(file) or read_page(file) for file in sorted(path.parent.glob("*.md"))}
        if path.is_file()
        else pages
    )
    by_name = {pages[file].name: lines[file] for file in kept}
    found = lint(list(({**beside, **pages}).values()), by_name)
    return [one for one in found if (own := by_name[one.page]) is None or one.line in own]
