"""Tests the server's log: repetitions once a minute, other messages at once, no secrets and no control characters."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from fakes import FakeClock

from app.observe import log_filter as quiet
from app.observe.log_filter import PAUSE_S, OncePerMinute


@pytest.fixture
def lines(clock: FakeClock) -> Iterator[list[str]]:
    """The output of a logger named `quiet.test` through the filter."""
    written: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(record.getMessage())

    handler, logger = Handler(), logging.getLogger("quiet.test")
    handler.addFilter(OncePerMinute(clock))
    logger.addHandler(handler)
    yield written
    logger.removeHandler(handler)


def trouble(text: str = "%s went away", *values: object) -> None:
    logging.getLogger("quiet.test").warning(text, *values or ("somebody",))


def other_trouble(error: Exception | None = None) -> None:
    logging.getLogger("quiet.test").error("another thing", exc_info=error)


def test_the_same_trouble_is_written_once_a_minute_whatever_its_words(clock: FakeClock, lines: list[str]) -> None:
    for name in ("anna", "bert", "carl"):
        trouble("%s went away", name)
        clock.now += PAUSE_S / 4
    assert lines == ["anna went away"]


def test_after_a_minute_it_is_written_again_with_how_often_it_came(clock: FakeClock, lines: list[str]) -> None:
    for _ in range(1_235):
        trouble()
    clock.now = PAUSE_S
    trouble("%s is 100%% gone", "dora")
    clock.now = 2 * PAUSE_S
    trouble()
    assert lines == [
        "somebody went away", "dora is 100% gone (and 1,234 times more since)", "somebody went away",
    ]  # fmt: skip


def test_other_places_and_other_exceptions_are_other_troubles(lines: list[str]) -> None:
    trouble()
    for error in (None, ValueError("a"), ValueError("b"), KeyError("c")):
        other_trouble(error)
    assert lines == ["somebody went away", *["another thing"] * 3]


def test_a_message_whose_values_do_not_fit_breaks_nothing_off(
    clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    handler, logger = logging.StreamHandler(), logging.getLogger("quiet.misfit")
    logger.propagate = False
    handler.addFilter(OncePerMinute(clock))
    logger.addHandler(handler)
    for _ in range(3):
        logger.warning("%d of %d", "one")
        clock.now += PAUSE_S / 2
    logger.removeHandler(handler)
    assert capsys.readouterr().err.count("Logging error") == 2


def test_so_many_kinds_of_trouble_at_once_are_not_all_remembered(clock: FakeClock) -> None:
    once = OncePerMinute(clock)
    for number in range(quiet._MOST + 50):
        record = logging.LogRecord("quiet.many", logging.WARNING, "", 0, f"kind {number}", (), None)
        assert once.filter(record)
    assert len(once._seen) == quiet._MOST
    clock.now = PAUSE_S
    assert once.filter(logging.LogRecord("quiet.many", logging.WARNING, "", 0, "a new kind", (), None))
    assert len(once._seen) == 1


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    logger = logging.getLogger()
    before = list(logger.handlers)
    yield logger
    logger.handlers[:] = before


def test_the_servers_log_takes_warnings_once_and_holds_no_secret(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    quiet.to_stderr()
    quiet.to_stderr()  # a second server in the process writes nothing twice
    try:
        raise OSError("no answer from http://bob:sECRET@host:1/x?key=sECRET")
    except OSError:
        logging.getLogger("quiet.root").exception("asked by \x1b[31m%s", "https://bob:s'ECRET@host")
    logging.getLogger("quiet.root").info("not for the log")
    written = capsys.readouterr().err
    assert written.startswith("ERROR: quiet.root: asked by \\x1b[31mhttps://host\n")
    assert "http://host:1/x?key=…" in written
    assert "ECRET" not in written
    assert written.count("Traceback") == 1
    assert "not for the log" not in written
