"""Tests the frame around a claim: who holds it, and whether it is asserted, denied or left open."""

from __future__ import annotations

import pytest

from app.verification.frame import Polarity, names_in, read_frame, with_judgement

CLAIM = "old kilns waste most of their heat"


@pytest.mark.parametrize(
    "frame",
    [
        "Tom Alder denies that {}.",
        "Alder wrongly denies that {}.",
        "There is little reason to believe that {}.",
        "Tom Alder has long abandoned the belief that {}.",
        "Tom Alder rules out that {}.",
        "Tom Alder doubted that {}.",
        "Tom Alder doubts whether {}.",
        "Tom Alder denies {}.",
        "Tom Alder does not think {}.",
        "Tom Alder never says that {}.",
        "Tom Alder has yet to say that {}.",
        "Tom Alder refuses to believe that {}.",
        "Tom Alder stops short of saying that {}.",
        "Tom Alder is wrong to say that {}.",
        "Tom Alder wrongly denies that {}.",
        "Tom Alder would not say that {}.",
        "Tom Alder, who builds kilns, does not believe that {}.",
        "Tom Alder rejects the idea that {}.",
        "Tom Alder debunks the myth that {}.",
        "Tom Alder argues against the view that {}.",
        "Tom Alder says that it is false that {}.",
        "In Clay and Fire, Tom Alder is sceptical that {}.",
        "It is a myth that {}.",
        "It is not the case that {}.",
        "There is no evidence that {}.",
        "Nobody says that {}.",
        "Nobody, not even Tom Alder, says that {}.",
        "Few guests believe that {}.",
        "Neither Tom Alder nor the host says that {}.",
        "The claim that {} is false.",
        "That {} is not true.",
        "Contrary to what Tom Alder says, {}.",
        "Not true: {}.",
        "Tom Alder says the opposite: {}.",
        "Tom Alder said that {}, but that is false.",
        "{}, which Tom Alder disputes.",
        "{} - a claim that nobody accepts.",
        "{}, Tom Alder denies.",
        "{}: Tom Alder denies this.",
        "{}, although Tom Alder does not think so.",
        "{} - or so people wrongly think.",
        "Despite what Tom Alder says, {}.",
        "Tom Alder warns against the belief that {}.",
        "Tom Alder has given up the view that {}.",
        "Tom Alder would be the last to say that {}.",
        "Tom Alder finds the notion that {} absurd.",
        "The belief that {} is a widespread error.",
        "Whoever believes that {} is mistaken.",
        "{}, which is a myth.",
        "Tom Alder laughs at the suggestion that {}.",
        "Tom Alder is adamant that it is not true that {}.",
        "Tom Alder calls the idea that {} nonsense.",
        "Tom Alder has never once suggested that {}.",
        "Tom Alder does not believe for a moment that {}.",
        "It is a common misunderstanding that {}.",
        "It is impossible that {}.",
        "There is no way that {}.",
        "Only a fool would say that {}.",
    ],
)
def test_a_frame_denies_its_claim(frame: str) -> None:
    read = read_frame(frame.format(CLAIM))
    assert read is not None
    assert read.polarity is Polarity.DENIED
    assert read.claim.endswith(CLAIM)


@pytest.mark.parametrize(
    "frame",
    [
        "Tom Alder wonders whether {}.",
        "Tom Alder asks if {}.",
        "Alder wonders if {}.",
        "Tom Alder used to think that {}.",
        "Tom Alder once believed that {}.",
        "Tom Alder does not know whether {}.",
        "It is unclear whether {}.",
        "Whether {} is an open question.",
        "It remains to be seen whether {}.",
        "Tom Alder would like to know whether {}.",
        "Does Tom Alder say that {}?",
    ],
)
def test_a_frame_leaves_its_claim_open(frame: str) -> None:
    read = read_frame(frame.format(CLAIM))
    assert read is not None
    assert (read.polarity, read.claim) == (Polarity.OPEN, CLAIM)


@pytest.mark.parametrize(
    "frame",
    [
        "Tom Alder does not deny that {}.",
        "Tom Alder never doubts that {}.",
        "Nobody doubts that {}.",
        "There is no doubt that {}.",
        "Tom Alder cannot deny that {}.",
        "Tom Alder is not wrong to say that {}.",
        "Tom Alder denies that it is false that {}.",
        "It is wrong to deny that {}.",
        "It is no secret that {}.",
        "It goes without saying that {}.",
        "Tom Alder makes no secret of his view that {}.",
    ],
)
def test_two_denials_assert_the_claim(frame: str) -> None:
    read = read_frame(frame.format(CLAIM))
    assert read is not None
    assert (read.polarity, read.claim) == (Polarity.ASSERTED, CLAIM)


@pytest.mark.parametrize(
    "sentence",
    [
        f"Tom Alder says that {CLAIM}.",
        f"Tom Alder not only says that {CLAIM}.",
        f"According to Tom Alder, {CLAIM}.",
        "Old kilns do not waste heat.",
        "Tom Alder says that a kiln which doubles its heat never cracks.",
        "If nobody believes that a kiln is hot, it cracks.",
        "A hot kiln does not prove that the glaze is right.",
        "Tom Alder explains the mistake that beginners make.",
        "Tom Alder builds no shelves and says that clay dries alone.",
        "That leaves few cases that call for a kiln.",
        "Ask whether the kiln is hot.",
        "First ask whether the kiln is hot.",
        "Use Reverse Firing, Raku and salt.",
        "They are confident, but wrong.",
        f"Contrary to what many think, {CLAIM}.",
        f"Despite Raku, {CLAIM}.",
        f"{CLAIM}, although shelves are cheap.",
        f"Tom Alder says that {CLAIM}, doesn't he?",
        'The potter owns the question "is the kiln hot?"',
        "Teams test the glaze to know whether the kiln is hot.",
        "One way that potters dry clay is the sun.",
        "Tom Alder explains whether to buy a kiln.",
        "",
    ],
)
def test_a_sentence_that_only_tells_or_holds_a_denial_of_its_own_has_no_frame(sentence: str) -> None:
    assert read_frame(sentence) is None


def test_a_sentence_can_judge_the_one_before_it() -> None:
    read = with_judgement(f"Tom Alder says that {CLAIM}.", "That is false.")
    assert read is not None
    assert (read.polarity, read.claim) == (Polarity.DENIED, CLAIM)
    assert with_judgement(f"Tom Alder says that {CLAIM}.", "That is expensive.") is None


def test_somebody_can_judge_the_sentence_before() -> None:
    read = with_judgement(f"{CLAIM}.", "Tom Alder disagrees.")
    assert read is not None
    assert (read.polarity, read.claim) == (Polarity.DENIED, CLAIM)
    assert with_judgement(f"{CLAIM}.", "Tom Alder says the opposite.") is not None
    assert with_judgement(f"{CLAIM}.", "It is not true.") is not None
    assert with_judgement(f"{CLAIM}.", "Tom Alder agrees.") is None
    assert with_judgement(f"{CLAIM}.", "New kilns are expensive.") is None


def test_a_question_asserts_nothing() -> None:
    read = read_frame("Do old kilns waste heat?")
    assert read is not None
    assert read.polarity is Polarity.OPEN


def test_a_frame_names_whom_it_tells_of() -> None:
    assert list(names_in("Contrary to what Tom Alder says")) == ["Tom Alder"]
