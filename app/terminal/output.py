"""Makes standard output and error safe.

Characters that a terminal cannot encode are replaced. If output is closed (`>&-`), its reader has gone
(`| head -1`) or the disk is full (`> /dev/full`), the program ends with one line and exit status 74.
Untrusted text cannot control the terminal: control characters are shown, not sent.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, TextIO, cast

from rich.console import Console

from ingest.sources.urls import harmless

# The status of `sysexits.h` for an error while writing.
STATUS = 74
_ENDED = {errno.EPIPE: "whoever read the output has stopped reading", errno.EBADF: "standard output is closed"}


class OutputError(Exception):
    """Standard output failed. Not an `OSError`, which commands would take for an error of an input file."""


class _Output(io.TextIOWrapper):
    """Standard output that raises `OutputError` for its own errors."""

    def write(self, text: str) -> int:
        with _own_errors():
            return super().write(text)

    def flush(self) -> None:
        with _own_errors():
            super().flush()


class _Closed(io.TextIOBase):
    """Standard output that was closed before the program began; a program that writes nothing does not fail."""

    encoding = "utf-8"
    errors = "replace"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        raise OutputError(_ENDED[errno.EBADF])


@contextmanager
def _own_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(_ENDED.get(error.errno or 0, f"standard output: {error.strerror or error}")) from error
    except ValueError as error:  # closed meanwhile
        raise OutputError(_ENDED[errno.EBADF]) from error


@contextmanager
def guarded() -> Iterator[None]:
    """Run a program whose output may fail at any time; then it exits with `STATUS`."""
    # Files opened later must not get the numbers of standard output or error.
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    sys.stdout = _opened(sys.stdout)
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OutputError as error:
        with suppress(OSError, AttributeError):  # standard error may be gone as well
            print(f"citecast: {error}", file=sys.stderr)  # noqa: T201 - no console: it would be flushed twice
            sys.stderr.flush()
        _abandon()
        sys.exit(STATUS)


def _opened(stream: TextIO | None) -> TextIO:
    if stream is None:
        return cast(TextIO, _Closed())
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    encoding, line_buffering = stream.encoding, stream.line_buffering
    return _Output(stream.detach(), encoding=encoding, errors="replace", line_buffering=line_buffering)


def standard_input() -> BinaryIO:
    """Standard input as bytes; raises `OSError` if it was closed before the program began."""
    # `sys.stdin` can be None, but its type says otherwise.
    given = cast(TextIO | None, sys.stdin)
    if given is None:
        raise OSError(errno.EBADF, "standard input is closed")
    return given.buffer


def _abandon() -> None:
    """Discard the buffer: at its exit Python would try to write it again, and print an error."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the process ends


class Terminal(Console):
    """A console for people. Its output cannot control the terminal, and hides passwords in URLs."""

    def __init__(self, **options: Any) -> None:
        """As rich's, but without emoji for names such as `:x:`."""
        super().__init__(**({"emoji": False} | options))

    def print(self, *objects: Any, **options: Any) -> None:
        """As rich's, with texts made harmless."""
        super().print(*(harmless(one) if isinstance(one, str) else one for one in objects), **options)
