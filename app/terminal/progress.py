"""Shows progress in a terminal: a bar for long work, an answer as it is written."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from app.types import Answer, Event, Finished, Found, Passed
from ingest.text import clean

_QUIET_S = 15.0


class BarProgress:
    """Shows progress as a bar (an `index.building.progress.Progress`)."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
        )
        self._task: TaskID | None = None
        self._stage, self._total, self._done, self._said = "", 0, 0, 0.0

    def __enter__(self) -> BarProgress:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    def start(self, stage: str, total: int) -> None:
        """Begin a stage; one without work is not shown."""
        self._stage, self._total, self._done, self._said = stage, total, 0, time.monotonic()
        if total and self._console.is_terminal:
            self._task = self._bar.add_task(stage, total=total)

    def advance(self, steps: int) -> None:
        """Count finished steps."""
        self._done += steps
        if self._console.is_terminal and self._task is not None:
            self._bar.advance(self._task, steps)
        elif time.monotonic() - self._said > _QUIET_S:
            self._said = time.monotonic()
            self._console.print(f"{self._stage}: {self._done:,} of {self._total:,}")


def follow(events: Generator[Event], console: Console) -> Answer:
    """Returns the answer; shows its events in a terminal while they come, then clears them.

    An interrupt stops the model.
    """
    shown = Text()
    with closing(events), Live(shown, console=console, transient=True, auto_refresh=False) as live:
        for event in events:
            if isinstance(event, Finished):
                return event.answer
            if isinstance(event, Found):
                count = len(event.citations)
                shown.append(f"Reading {count} quote{'s' if count > 1 else ''} …\n", style="dim")
            if isinstance(event, Passed):
                shown.append(clean(event.sentence.text) + "\n")
            if console.is_terminal:
                live.update(shown, refresh=True)
    raise AssertionError("an answer that nobody stopped has an end")
