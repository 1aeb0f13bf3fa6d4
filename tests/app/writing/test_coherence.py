"""Tests which sentences may follow others in an answer."""

from __future__ import annotations

import pytest

from app.reasons import ReasonKind
from app.writing.coherence import Flow

FIRST = "Batching keeps the card busy, since idle slots are filled with new requests."


@pytest.mark.parametrize("opening", ["It also saves memory.", "They are then filled.", "“This is cheaper,” one adds."])
def test_a_sentence_may_not_point_at_one_that_was_dropped(opening: str) -> None:
    flow = Flow([])
    flow.shown(FIRST)
    assert flow.fault(opening) is None
    flow.dropped()
    assert flow.fault(opening) is ReasonKind.POINTS_AT_NOTHING
    assert flow.fault("Memory is saved as well.") is None
    flow.shown("Electricity bills fall in winter.")
    assert flow.fault(opening) is None


def test_there_is_points_at_nothing_and_may_follow() -> None:
    flow = Flow([])
    flow.dropped()
    assert flow.fault("There are many ways to do it.") is None
    assert flow.fault("There you find free cards.") is ReasonKind.POINTS_AT_NOTHING


def test_the_same_in_other_order_is_said_once() -> None:
    flow = Flow([])
    flow.shown(FIRST)
    assert (
        flow.fault("Idle slots are filled with new requests, so batching keeps the card busy.")
        is ReasonKind.SAID_BEFORE
    )
    assert flow.fault("Batching keeps the card busy, and latency of a single request grows.") is None


def test_an_answer_may_not_open_with_what_points_into_its_quote() -> None:
    flow = Flow(["The vendors are in a race. They are also tuning them again, once they get more data. Prices fall."])
    assert flow.fault("They are tuning them again, once they get more data.") is ReasonKind.POINTS_AT_NOTHING
    assert flow.fault("They cost less where many share one.") is None
    flow.shown("The vendors are in a race.")
    assert flow.fault("They are tuning them again, once they get more data.") is None


@pytest.mark.parametrize("sentence", ["I think that's a good question.", "Yeah, exactly.", "Of course, you know."])
def test_small_talk_is_no_part_of_an_answer(sentence: str) -> None:
    assert Flow([]).fault(sentence) is ReasonKind.SAYS_NOTHING


def test_yes_and_no_may_be_the_answer() -> None:
    assert Flow([]).fault("Yes.") is None
