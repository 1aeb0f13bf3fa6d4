"""Standard output and error, as a program in a shell has to treat them.

What a terminal cannot encode is replaced. Output that is closed (`>&-`), left (`| head -1`) or full
(`> /dev/full`) ends the program with one line and a status of its own. What others have written
cannot steer the terminal: control characters are shown, not sent.
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

# As `sysexits.h` has it for an error while writing.
STATUS = 74
_ENDED = {errno.EPIPE: "whoever read the output has stopped reading", errno.EBADF: "standard output is closed"}


class OutputError(Exception):
    """Standard output takes no more. Not an `OSError`: commands take those for faults of files that they read."""


class _Output(io.TextIOWrapper):
    """Standard output that says of its own errors that they are its own."""

    def write(self, text: str) -> int:
        with _own_errors():
            return super().write(text)

    def flush(self) -> None:
        with _own_errors():
            super().flush()


class _Closed(io.TextIOBase):
    """Standard output that was closed before the program began; what never writes does not mind."""

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
    """Run a program whose output may fail at any time; leaves with `STATUS` where it does."""
    # Files that are opened later must not take the numbers of standard output or error.
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
    """Standard input as bytes; raises `OSError` where it was closed before the program began."""
    # What stands for `None` here is typed as if it were always there.
    given = cast(TextIO | None, sys.stdin)
    if given is None:
        raise OSError(errno.EBADF, "standard input is closed")
    return given.buffer


def _abandon() -> None:
    """Let what is still in the buffer go nowhere: at its end Python would write it once more, and complain."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the process ends


class Terminal(Console):
    """A console for people. What it prints cannot steer the terminal, and holds no password of a URL."""

    def __init__(self, **options: Any) -> None:
        """As rich's, which would make pictures of names such as `:x:`."""
        super().__init__(**({"emoji": False} | options))

    def print(self, *objects: Any, **options: Any) -> None:
        """As rich's, with texts made harmless."""
        super().print(*(harmless(one) if isinstance(one, str) else one for one in objects), **options)
