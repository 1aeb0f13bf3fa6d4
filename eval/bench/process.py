"""Runs one process and measures its wall time and peak memory; reads the JSON on its last line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

_KEPT_LINES = 12
# `ru_maxrss` counts kilobytes on Linux, bytes on macOS.
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


class ProcessFailed(Exception):
    """The process failed or ran too long; the message holds the end of its output."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One finished process.

    `peak_bytes` is its largest resident set. `cpu_s` far below `seconds` times
    the cores means that it had to share the machine (or did not use it).
    """

    seconds: float
    cpu_s: float
    peak_bytes: int
    output: str

    @property
    def result(self) -> dict[str, Any]:
        """The JSON object on the last line of the output."""
        result: dict[str, Any] = json.loads(self.output.strip().splitlines()[-1])
        return result


def measure(
    command: Sequence[str], folder: Path, *, limit_s: float, hear: Callable[[str], None] | None = None
) -> Measured:
    """Run a command in `folder` to its end; raises `ProcessFailed`.

    `hear` is called with each line of standard error. User settings (`CITECAST_*`,
    a `citecast.toml`) are not passed on: the defaults are measured. A child's peak
    starts at this process's size, so the caller must stay small: it loads no model.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CITECAST_")}
    lines: deque[str] = deque(maxlen=_KEPT_LINES)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        clock = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        assert process.stderr is not None
        reader = threading.Thread(target=_listen, args=(process.stderr, lines, hear), daemon=True)
        killer = threading.Timer(limit_s, os.kill, (process.pid, signal.SIGKILL))
        reader.start()
        killer.start()
        try:
            # Popen.wait does not report the child's memory.
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            killer.cancel()
        seconds = time.perf_counter() - clock
        process.returncode = os.waitstatus_to_exitcode(status)
        reader.join(timeout=5)
        if process.returncode:
            late = f" after {seconds:.0f} s (limit {limit_s:.0f} s)" if seconds >= limit_s else ""
            said = "\n".join(lines)
            raise ProcessFailed(f"{_shown(command)}: exit status {process.returncode}{late}\n{said}".strip())
        output.seek(0)
        cpu_s = usage.ru_utime + usage.ru_stime
        return Measured(seconds, cpu_s, usage.ru_maxrss * _RSS_UNIT, output.read())


def program() -> list[str]:
    """The `citecast` program of this environment; raises `ProcessFailed` if it is missing."""
    path = Path(sys.executable).parent / "citecast"
    if not path.is_file():
        raise ProcessFailed(f"{path} is missing: run `make setup`")
    return [str(path)]


def _listen(stream: IO[str], lines: deque[str], hear: Callable[[str], None] | None) -> None:
    with stream:
        for line in stream:
            if line.strip():
                lines.append(line.rstrip())
                if hear:
                    hear(line.rstrip())


def _shown(command: Sequence[str]) -> str:
    return " ".join([Path(command[0]).name, *command[1:]])[:160]
