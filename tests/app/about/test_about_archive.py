"""Tests answers about the archive itself and to small talk, alone and in a conversation."""

from __future__ import annotations

from pathlib import Path

import pytest
from builds import Built, answerer_of
from fakes import CountingProgress, FakeEmbedder, make_archive, settings_for, source_of, write_episode

from app.answering.pipeline import Answerer
from app.types import Answer, Outcome
from index.building.build import build_index
from index.filters import Filters

TOPIC = "What does Alpha Tester say about glaciers?"


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    """An archive of four episodes: alpha, beta, gamma, and delta about kilns, the newest."""
    root = make_archive(tmp_path_factory.mktemp("about") / "archive")
    write_episode(root, "delta", title="Kilns at night", season=4, episode=7, dateadded="2025-05-06", topics=["kilns"])
    return _answerer(root, tmp_path_factory.mktemp("data"))


def _answerer(root: Path, data: Path) -> Answerer:
    settings, embedder = settings_for(data), FakeEmbedder()
    build_index(source_of(root), settings, embedder, CountingProgress())
    return answerer_of(settings, embedder)


def told(answer: Answer) -> str:
    return "\n".join(sentence.text for sentence in answer.sentences)


@pytest.mark.parametrize(
    "text",
    """Hello|Hi there!|Thanks!|ok|help|test|a|yes|1|the|???|😀|Tell me more|What can you do?|What is this?|
    Who made this?|How are you?|Good morning!|Who are you?|how does this work|
    what is this podcast about?|Are you a bot?|Why?|
    What's in this archive?|I am bored|Can you help me?|how r u|See you tomorrow|One more question|testing 1 2 3|3.14|
    What sources do you have?|which language model do you use|Who is behind this project?|Hola|Guten Tag|
    What's the weather like?|Thank you so much, that was helpful""".replace("\n    ", "").split("|"),
)
def test_what_asks_nothing_is_told_what_can_be_asked(answerer: Answerer, text: str) -> None:
    answer = answerer.ask(text.strip())
    assert answer.outcome is Outcome.ABOUT_ARCHIVE
    assert not answer.answered
    assert (answer.citations, answer.nearest) == ((), ())
    assert all(sentence.citations == () and sentence.support == 1.0 for sentence in answer.sentences)
    assert "archive" in told(answer)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How many episodes are there?", "The archive has 4 episodes, with 4 guests."),
        ("how many guests have been on the podcast", "4 guests in 4 episodes"),
        ("List all guests.", "Alpha Tester, Beta Tester, Delta Tester and Gamma Tester"),
        ("who are the guests?", "Alpha Tester, Beta Tester"),
        ("How many hours of audio are there?", "of talk:"),
        ("total running time of all episodes", "of talk:"),
        ("how many chapters do you have?", "chapters."),
        ("How long is the archive?", "The archive has 4 episodes"),
        ("Show the catalog", "The archive has 4 episodes"),
        ("hwo many epsiodes are there?", "The archive has 4 episodes"),
        ("lits all guests", "Alpha Tester, Beta Tester"),
        ("whats teh newest episode", "The newest episode is"),
        ("which episode is the most recent one?", "The newest episode is"),
        ("how many episodes with Alpha Tester are there?", "1 episode with Alpha Tester"),
        ("which topics are covered", "generated"),
        ("How many seasons are there?", "3 seasons"),
        ("What is the newest episode?", "“Kilns at night” with Delta Tester (season 4, episode 7, 2025-05-06)"),
        ("when was the last episode", "2025-05-06"),
        ("who was the guest of the last episode?", "Delta Tester"),
        ("What was the first episode?", "The oldest episode is “All about"),
        ("Which episodes are about kilns?", "The archive has 1 episode on “kilns”:\n“Kilns at night”"),
        ("Is there an episode on kilns?", "Kilns at night"),
        ("In which episode do they talk about kilns?", "Kilns at night"),
        ("show me all episodes about kilns", "Kilns at night"),
        ("Do you have an episode with Delta Tester?", "1 episode with Delta Tester"),
        ("Has Delta Tester been on the podcast?", "1 episode with Delta Tester"),
        ("Do you have an interview with Zorblatt Quimby?", "No guest of the archive is called Zorblatt Quimby."),
        ("episodes from 2025", "1 episode dated 2025"),
        ("2025", "1 episode dated 2025"),
        ("Which episodes are in season 4?", "1 episode of season 4"),
        ("Who hosts this podcast?", "Alexey Grigorev"),
        ("Kilns", "What do guests say about Kilns?"),
        ("kilns?", "“Kilns at night”"),
        ("Delta Tester", "1 episode with Delta Tester"),
        ("xylophones", "No title, topic or chapter of the archive names “xylophones”."),
    ],
)
def test_a_question_about_the_archive_is_met_from_its_catalogue(answerer: Answerer, question: str, said: str) -> None:
    answer = answerer.ask(question)
    assert answer.outcome is Outcome.ABOUT_ARCHIVE
    assert said in told(answer)


@pytest.mark.parametrize(
    "question",
    [
        "How many episodes of training does an agent need?",
        "Which guests recommend Airflow?",
        "Who recommends Airflow?",
        "What are topics?",
        "How many topics does a Kafka cluster have?",
        "What are topics in Kafka?",
        "How do I find guests for my own show?",
        "Do you have any interview tips?",
        "What is the first episode of a depression like?",
        "How many guests should a small podcast invite?",
        "feature stores for small teams",
        "kubernetes vs airflow",
        "What is Kafka?",
        "Which lessons did Alpha Tester share in the podcast episode?",
        "How do teams archive old data?",
        "Is the newest model always the best one?",
        "What do guests say about kilns?",
        "Do guests agree on testing?",
        "hi, what is a kiln and how hot does it get?",
        "thanks, and what do potters think of electric ones?",
    ],
)
def test_a_question_about_what_guests_say_takes_the_ordinary_path(answerer: Answerer, question: str) -> None:
    assert answerer.ask(question).outcome in (Outcome.ANSWERED, Outcome.NEAREST, Outcome.REFUSED)


@pytest.mark.parametrize(
    "question", ["Is it raining?", "Is it Friday?", "What time is it?", "Does it scale?", "Is she married?"]
)
def test_a_question_that_names_nothing_is_asked_back(answerer: Answerer, question: str) -> None:
    answer = answerer.ask(question)
    assert answer.outcome is Outcome.CLARIFY
    assert answer.sentences[0].text.endswith("?")


@pytest.mark.parametrize("question", ["What is RAG and why does one need it?", "is it worth learning rust", "Why AI?"])
def test_a_question_that_names_something_is_looked_for(answerer: Answerer, question: str) -> None:
    assert not any("names nothing" in note for note in answerer.ask(question).notes)


@pytest.mark.parametrize("text", ["thanks!", "hello", "How many episodes are there?", "and who are the guests?"])
def test_it_works_in_the_middle_of_a_conversation(answerer: Answerer, text: str) -> None:
    assert answerer.ask(text, history=[TOPIC]).outcome is Outcome.ABOUT_ARCHIVE


@pytest.mark.parametrize("text", ["Tell me more", "why?", "What is this?", "and on kilns?"])
def test_what_follows_on_from_a_question_stays_a_follow_up(answerer: Answerer, text: str) -> None:
    answer = answerer.ask(text, history=[TOPIC])
    assert answer.outcome is not Outcome.ABOUT_ARCHIVE
    assert "glaciers" in answer.standalone_question or "kilns" in answer.standalone_question


def test_a_follow_up_of_a_question_about_the_archive_is_one_too(answerer: Answerer) -> None:
    answer = answerer.ask("Which episodes are about them?", history=["What are kilns?"])
    assert answer.outcome is Outcome.ABOUT_ARCHIVE
    assert answer.standalone_question == "Which episodes are about kilns?"


def test_small_talk_is_nothing_to_follow_on_from(answerer: Answerer) -> None:
    assert answerer.ask("What about glaciers?", history=["hello"]).standalone_question == "What about glaciers?"
    assert answerer.ask("Tell me more", history=["Hello!", "thanks"]).outcome is Outcome.ABOUT_ARCHIVE


def test_filters_narrow_the_catalogue(answerer: Answerer) -> None:
    answer = answerer.ask("How many episodes are there?", filters=Filters(seasons=(4,)))
    assert told(answer) == "The archive has 1 episode that the filters leave, with 1 guest."


def test_a_long_list_is_cut_and_says_so(tmp_path: Path) -> None:
    slugs = [f"ep{chr(97 + n)}" for n in range(23)]
    many = _answerer(make_archive(tmp_path / "many", slugs, lines=6), tmp_path / "data")
    assert "and 3 more" in told(many.ask("List the guests"))
    assert "15 more can be chosen in the chat’s filters." in told(many.ask("List all episodes"))


def test_the_sample_says_that_it_is_made_up(sample_built: Built) -> None:
    answer = answerer_of(sample_built.settings, sample_built.embedder).ask("What is this?")
    assert answer.outcome is Outcome.ABOUT_ARCHIVE
    assert "made-up sample" in told(answer)


@pytest.mark.parametrize("question", ["Was ist ein Feature Store?", "Зачем нужен кэш?", "什么是特征存储？"])
def test_another_language_is_told_that_english_is_understood(answerer: Answerer, question: str) -> None:
    answer = answerer.ask(question)
    assert (answer.outcome, answer.sentences, answer.nearest) == (Outcome.OTHER_LANGUAGE, (), ())
    assert answer.notes == ("Only English is understood here. Please ask again in English.",)


@pytest.mark.parametrize(
    "question",
    [
        "How many reasons are there to cool a glacier?",
        "How many chapters should a book on glaciers have?",
        "What is a data catalog?",
        "How many hours of sleep does a guest on a glacier need?",
        "Who is the president of the glacier club?",
    ],
)
def test_what_only_sounds_like_the_catalogue_is_searched_for(answerer: Answerer, question: str) -> None:
    assert answerer.ask(question).outcome in (Outcome.ANSWERED, Outcome.NEAREST, Outcome.REFUSED)


def test_somebody_of_nothing_is_nobody(answerer: Answerer) -> None:
    answer = answerer.ask("Who is the president?")
    assert answer.outcome is Outcome.CLARIFY


def test_a_word_that_the_archive_never_says_follows_on_from_nothing(answerer: Answerer) -> None:
    answer = answerer.ask("asdfgh", history=(TOPIC,))
    assert answer.outcome is Outcome.REFUSED
    assert "names nothing" in answer.notes[0]
