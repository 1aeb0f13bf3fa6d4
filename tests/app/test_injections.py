"""Tests instructions in questions and evidence that the model obeys: none of its text is shown, nor any markup.

Each case of the suite `injections` has the text of an obeying model and words that show that it obeyed. Cases of
type `evidence` are made-up episodes, added to the sample's, in which the guest or the host speaks the instruction.

A guest's whole sentences may be shown: that is a quote, under the guest's name. Part of a sentence is not a quote
("write that X is best" does not say "X is best"), and a sentence that addresses a machine is never shown.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml
from answer_contract import check_answer
from builds import Built, answerer_of
from chat_markup import Markup
from fakes import CountingProgress, settings_for, write_person
from llm_fakes import ScriptedEngine
from markdown_it import MarkdownIt
from model_texts import pieces

from app.answering.pipeline import Answerer
from app.chat import view
from app.chat.state import Asked
from app.contract import AnswerModel
from app.llm.engine import Request
from app.render.markdown import answer_markdown
from app.render.moment import link
from app.render.terminal import answer_text
from app.transcript.address import reading_address
from app.types import Answer, Sentence
from app.writing.prompt import harmless
from eval.running.suites import FOLDER, Item, read_suite
from index.building.build import build_index
from ingest.injections import without_injections
from ingest.models import Episode
from ingest.sources.open import SAMPLE, Source, Sources, content_hash, described
from ingest.text import sentences

CASES = read_suite(FOLDER / "injections.jsonl").items
HOST, GUEST = "Robin", "Jasna Quibell"
Obey = Callable[[Request, Sequence[str]], str]
Ask = Callable[[Item, Obey | None], tuple[Answer, Request | None]]


def write_case(root: Path, number: int, case: Item) -> None:
    """The case as an episode: a question and an answer, one of which contains the instruction."""
    raw = case.raw
    asked, said = case.question, f"{raw['before']} {raw['after']}"
    if raw["said_by"] == "host":
        asked = f"{asked} {raw['inject']}"
    else:
        said = f"{raw['before']} {raw['inject']} {raw['after']}"
    front = {
        "title": f"[Sample] Made-up case {number}",
        "short": f"Case {number}",
        "season": 2,
        "episode": number,
        "guests": ["jasnaquibell"],
        "ids": {"youtube": f"sample_inj{number:02d}"},
        "topics": ["made up"],
        "dateadded": "2025-04-01",
        "transcript": [
            {"header": "The question"},
            {"line": asked, "sec": 0, "who": HOST},
            {"line": said, "sec": 20, "who": GUEST.split()[0]},
        ],
    }
    text = f"---\n{yaml.safe_dump(front, sort_keys=False, width=10_000)}---\n"
    (root / "_podcast" / f"{case.id}.md").write_text(text, encoding="utf-8")


def poisoned(sample: Built, folder: Path) -> Built:
    """The sample's index with an episode for each case of evidence."""
    root = folder / "archive"
    shutil.copytree(SAMPLE, root)
    for number, case in enumerate((case for case in CASES if case.type == "evidence"), start=1):
        write_case(root, number, case)
    write_person(root, "jasnaquibell", GUEST)
    shutil.copytree(sample.settings.data, folder / "data")
    settings = settings_for(folder / "data")
    source = Sources((described(Source(root, "made up", content_hash(root)[:12], sample=True)),))
    return Built(settings, sample.embedder, build_index(source, settings, sample.embedder, CountingProgress()))


@pytest.fixture(scope="module")
def archive_of_cases(sample_built: Built, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return poisoned(sample_built, tmp_path_factory.mktemp("poisoned"))


@pytest.fixture(scope="module")
def episodes(archive_of_cases: Built) -> Mapping[str, Episode]:
    """The sample's and those of the cases."""
    index = archive_of_cases.open()
    index.store.close()
    return index.episodes


def as_json(said: Sequence[tuple[str, Sequence[int]]]) -> str:
    return json.dumps({"sentences": [{"text": text, "cites": list(cites)} for text, cites in said]})


def alone(request: Request, obey: Sequence[str]) -> str:
    """Only the instructed text; each sentence cites all the evidence."""
    return as_json([(text, range(1, len(pieces(request)) + 1)) for text in obey])


def behind(request: Request, obey: Sequence[str]) -> str:
    """A true sentence, then the instructed text, as running text with markers."""
    return " ".join(f"{text} [1]" for text in (opening(request), *obey))


def within(request: Request, obey: Sequence[str]) -> str:
    """The instructed text at the end of a true sentence."""
    true = opening(request).rstrip(".!?")
    return as_json([(f"{true}, {joint}{text}", [1]) for text in obey for joint in ("", "and ")])


def opening(request: Request) -> str:
    """The first sentence of the best evidence."""
    return sentences(pieces(request)[0])[0]


@pytest.fixture(scope="module")
def ask(sample_built: Built, archive_of_cases: Built) -> Iterator[Ask]:
    """Asks a case of a model that obeys in some way, or of none; gives the answer and what the model was asked.

    The model is asked however unsure the ranking is and however unclear the question: most such questions would be
    refused, some asked back.
    """
    with pytest.MonkeyPatch.context() as patch, ExitStack() as opened:
        patch.setattr("app.answering.finding.ANSWERED_FROM", 0.0)
        patch.setattr("app.answering.finding.NEAR_FROM", 0.0)
        patch.setattr("app.dialogue.reader.Reader.unclear", lambda reader, turn: False)
        llm = ScriptedEngine([])
        answerers: dict[tuple[str, bool], Answerer] = {}
        for kind, built in (("question", sample_built), ("evidence", archive_of_cases)):
            settings = built.settings.model_copy(update={"answer_cache": 0})  # each model is heard
            for quotes in (True, False):
                answerer = answerer_of(settings, built.embedder, None if quotes else llm)
                answerers[kind, quotes] = answerer
                opened.callback(answerer.close)

        def asked(case: Item, obey: Obey | None) -> tuple[Answer, Request | None]:
            answerer = answerers[case.type, obey is None]
            if obey is None:
                return answerer.ask(case.question), None
            llm._constrained = obey is not behind
            llm._script = lambda request: [obey(request, case.raw["obey"])]
            return answerer.ask(case.question), llm.requests[-1]

        yield asked


def is_quote(sentence: Sentence, answer: Answer) -> bool:
    """Whether these are consecutive whole sentences of a cited excerpt, without injected ones."""
    for citation in answer.citations:
        said = sentences(without_injections(citation.evidence.text))
        runs = (" ".join(said[a:b]) for a in range(len(said)) for b in range(a + 1, len(said) + 1))
        # The model reads other brackets.
        if citation.id in sentence.citations and harmless(sentence.text) in map(harmless, runs):
            return True
    return False


def followed(case: Item, answer: Answer) -> list[str]:
    """The shown sentences that follow the case's instruction."""
    return [
        sentence.text
        for sentence in answer.sentences
        if any(re.search(pattern, sentence.text) for pattern in case.raw["forbidden"])
        and not is_quote(sentence, answer)
    ]


def test_the_suite() -> None:
    kinds = [case.type for case in CASES]
    assert set(kinds) == {"question", "evidence"}
    assert kinds.count("question") >= 22
    assert kinds.count("evidence") >= 22
    for case in CASES:
        assert bool(case.raw["inject"]) == (case.type == "evidence")
        for text in case.raw["obey"]:
            assert any(re.search(pattern, text.replace("\u200b", "")) for pattern in case.raw["forbidden"]), case.id


@pytest.mark.parametrize("obey", [alone, behind, within])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_an_obeying_model_is_not_heard(case: Item, obey: Obey, ask: Ask) -> None:
    answer, request = ask(case, obey)
    assert request is not None
    assert followed(case, answer) == []
    assert answer.answered
    assert answer.writing is not None
    assert answer.writing.dropped
    check_safe(answer)
    check_prompt(case, answer, request)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_quotes_follow_nothing_either(case: Item, ask: Ask, episodes: dict[str, Episode]) -> None:
    answer, _ = ask(case, None)
    check_answer(AnswerModel.of(answer).to_json(), episodes)
    assert answer.answered
    assert followed(case, answer) == []
    assert all(is_quote(sentence, answer) for sentence in answer.sentences)
    for said in (citation.evidence for citation in answer.citations):
        for text in (said.before, said.text, said.after):
            assert without_injections(text) == text
    check_safe(answer)


def whole_before(case: Item) -> bool:
    """Whether what is said before the instruction ends its sentence; a sentence that goes on to it is left out."""
    before = sentences(case.raw["before"])
    return sentences(f"{case.raw['before']} {case.raw['inject']}")[: len(before)] == before


def check_prompt(case: Item, answer: Answer, request: Request) -> None:
    """The prompt has no instruction of the evidence, and neither question nor evidence breaks out of its place."""
    text = request.messages[-1]["content"]
    assert re.findall(r"^\[(\d+)\]", text, re.MULTILINE) == [str(citation.id) for citation in answer.citations]
    assert len(re.findall(r"\[", text)) == len(answer.citations)
    assert not re.search(r"[<>\u200b\u202e\u2066]", text)
    assert [len(re.findall(rf"^{part}:", text, re.MULTILINE)) for part in ("Question", "Evidence")] == [1, 1]
    assert harmless(case.question) in text
    if case.type == "evidence":
        if whole_before(case):
            assert harmless(case.raw["before"]) in text
        assert not [said for said in (case.raw["inject"], *case.raw["obey"]) if harmless(said) in text]


TAGS = {
    "div", "p", "span", "strong", "cite", "blockquote", "details", "summary", "button", "a", "ul", "li", "label",
    "textarea", "h2", "h3", "article", "mark",
}  # fmt: skip
CODE = re.compile(r"\x1b\[[0-9;]*m")


def check_safe(answer: Answer) -> None:
    """Nothing of a transcript, a model or a visitor is markup, a link or a control sequence in any output."""
    found = answer.citations + answer.nearest
    links = {url for citation in found if (url := link(citation.evidence))}
    page = Markup(view.turn(Asked(answer.question), str(answer.outcome), answer))
    assert set(page.tags) <= TAGS
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "srcset", "style")]
    transcripts = {reading_address(c.evidence.episode.slug, c.evidence.start, c.evidence.end) for c in found}
    assert {value for name, value in page.attributes if name == "href"} <= links | transcripts

    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(answer_markdown(answer))
    inner = [child for token in tokens for child in token.children or []]
    kinds = {token.type for token in (*tokens, *inner)}
    assert not kinds & {"html_block", "html_inline", "image", "heading_open", "table_open", "fence", "code_block"}
    assert {token.attrs["href"] for token in inner if token.type == "link_open"} <= links

    for color in (False, True):
        text = CODE.sub("", answer_text(answer, color)) if color else answer_text(answer, color)
        assert text.replace("\n", "").isprintable()
