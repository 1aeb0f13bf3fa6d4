"""Tests the report page: complete, without other hosts, safe whatever the run holds; figures against values by hand."""

from __future__ import annotations

import base64
import hashlib
import html
import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from chat_markup import Markup
from markdown_it import MarkdownIt
from run_fake import HOSTILE, SECRET, asked, made_up, run_of

from eval.metrics import Decision
from eval.report import figures
from eval.report.page import html_of, markdown, write_report
from eval.report.questions import at_second
from eval.run_file import RunError, records


def hostile_run() -> dict[str, Any]:
    rows = [
        asked(f"a{HOSTILE}", question=HOSTILE, quote=HOSTILE, kind=HOSTILE),
        asked("b", answered=False, question="${alert(1)} {{7*7}} <!-- -->", quote=HOSTILE),
        asked("c", answerable=False, question="a\ud800b\x00c\u202ed"),
    ]
    first = rows[0]["output"]["citations"][0]
    first |= {"url": "javascript:alert(1)", "speaker": HOSTILE, "title": HOSTILE, "chapter": HOSTILE, "id": '1" onx="'}
    rows[0]["output"]["citations"][1]["url"] = 'https://x.example/" onmouseover="alert(1)'
    rows[0]["output"]["notes"] = [HOSTILE]
    rows[0]["output"]["timings_ms"][HOSTILE] = 12.0
    rows[0]["item"]["facts"] = [HOSTILE]
    rows[0]["ranking"][0]["episode"] = HOSTILE
    suites: dict[str, Any] = {f"s{HOSTILE}": rows}
    run = run_of(f"ours {HOSTILE}", **suites)
    run["settings"][HOSTILE] = {"x": [HOSTILE]}
    run["settings"]["judge"] = HOSTILE
    run["model"] = HOSTILE
    return run


def test_the_report_is_one_file_that_asks_nobody(tmp_path: Path) -> None:
    write_report(made_up(1, count=6), tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    page = Markup(text)
    assert list(tmp_path.iterdir()) == [tmp_path / "report.html"]
    assert not {"link", "img", "iframe", "object", "embed", "base"} & {tag for tag, _ in page.elements}
    assert not [one for _, attributes in page.elements for one in attributes if one in ("src", "srcset", "style")]
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest", text)
    assert all(one["href"].startswith(("#", "https://www.youtube.com/watch?v=")) for one in page.all("a"))
    assert {one["rel"] for one in page.all("a") if one["href"].startswith("https")} == {"noopener noreferrer"}


def test_the_policy_lets_only_this_script_and_style_run() -> None:
    text = html_of(hostile_run())
    (policy,) = [one["content"] for one in Markup(text).all("meta") if "http-equiv" in one]
    assert policy.startswith("default-src 'none'; ")
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_hostile_text_stays_text() -> None:
    page = Markup(html_of(hostile_run()))
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    links = [one["href"] for one in page.all("a")]
    assert not [link for link in links if not link.startswith(("#", "https://"))]
    # It is all there to be read: question, id, quote, speaker, fact, note, type, suite, setting, stage.
    assert page.words.count(HOSTILE) > 10
    assert "${alert(1)} {{7*7}} <!-- -->" in page.words
    assert "a b cd" in page.words


def test_every_question_is_there_with_what_came_out() -> None:
    run = run_of(
        s=[
            asked("x", rank=2, confidence=0.91, total=1234.0),
            asked("y", answered=False),
            asked("z", answerable=False, kind="near-miss"),
        ]
    )
    page = Markup(html_of(run))
    cards = [one for one in page.all("details") if one.get("class") == "question"]
    assert [card["data-verdict"] for card in cards] == ["cited", "withheld", "invented"]
    assert [card["data-wrong"] for card in cards] == ["0", "1", "1"]
    assert [card["data-type"] for card in cards] == ["how", "how", "near-miss"]
    assert "how · gold at rank 2 · confidence 0.91 · 1.2 s" in page.words
    assert f"{SECRET}. source 1 source 2 support 0.91" in page.words
    # 105 to 145 s of ep-one: in gold; 900 s of ep-two: not.
    assert "1:45–2:25 (new tab) in gold" in page.words
    assert "15:00–15:40 (new tab) (time estimated) not gold" in page.words
    assert "The keeper owns fuses." in page.words
    assert "Nearest chapters (not an answer)" in page.words
    assert "Only wrong (2)" in page.words
    # Gold is linked at its own second, by the recording that a citation named.
    assert "https://www.youtube.com/watch?v=abcdefghijk&t=100" in [one["href"] for one in page.all("a")]
    targets = {attributes.get("id") for _, attributes in page.elements}
    assert {one["href"][1:] for one in page.all("a") if one["href"].startswith("#")} <= targets


def test_what_is_no_answer_is_there_and_named() -> None:
    near, back = asked("x", answered=False), asked("y", answerable=False, answered=False)
    near["output"] |= {"outcome": "nearest"}
    back["output"] |= {"outcome": "clarify", "sentences": [{"text": "Which one?"}], "choices": ["This?"], "nearest": []}
    page = Markup(html_of(run_of(s=[near, back])))
    cards = [one for one in page.all("details") if one.get("class") == "question"]
    assert [card["data-verdict"] for card in cards] == ["withheld", "refused"]
    for part in (
        "how · nearest · gold at rank 1",
        "Nobody answers this directly. The nearest moments are:",
        "Nearest moments (not an answer)",
        "how · clarify",
        "Which one?",
        "This?",
    ):
        assert part in page.words


def test_aggregates_stand_with_interval_and_count() -> None:
    run = run_of(s=[asked("x"), asked("y", rank=2), asked("z", answerable=False, answered=False)])
    run["aggregates"]["all"] = {"hit@1": 0.5, "latency_p50_ms": 84.2, "latency_retrieve_p50_ms": 12.0}
    text = Markup(html_of(run)).words
    assert "Hit@1 a relevant passage comes first 0.500 0.400 to 0.600 · n 2 0.500 n 2" in text
    assert "84 ms n 3" in text
    assert "retrieve p50" not in text
    assert "embedder all-MiniLM-L6-v2" in text
    assert "evidence.words 260" in text
    assert "archive 2026-06-30" in text


def test_settings_show_no_password() -> None:
    run = run_of(s=[asked("x")])
    run["settings"] |= {"store": "https://me:hunter2@qdrant.example:6333/x", "model": {"api_key": "sk-1"}, "token": ""}
    text = html_of(run)
    assert "https://qdrant.example:6333/x" in text
    assert "(not shown)" in text
    assert "hunter2" not in text
    assert "sk-1" not in text


def test_a_made_up_archive_is_not_linked() -> None:
    run = run_of(s=[asked("x")])
    run["manifest"]["sample"] = True
    assert not [one for one in Markup(html_of(run)).all("a") if one["href"].startswith("http")]


def test_a_system_that_only_ranks_has_a_report() -> None:
    rows = [asked("x", answered=None), asked("y", answered=None, rank=8), asked("z", answered=None, answerable=False)]
    page = Markup(html_of(run_of("lexical", s=rows)))
    cards = [one["data-verdict"] for one in page.all("details") if one.get("class") == "question"]
    assert cards == ["found", "missed", "open"]
    assert "Refusals" not in page.words
    rows[0]["output"] = None
    assert "gold at rank 1" in Markup(html_of(run_of("lexical", s=rows))).words


def test_what_is_missing_is_said() -> None:
    assert "The run holds no suite." in Markup(html_of(run_of())).words
    assert "No question was run of: s." in Markup(html_of(run_of(s=[]))).words
    failed = Markup(html_of(run_of(s=[asked("x")], judge_failures=2))).words
    assert "The judge failed 2 times; what it failed on is in no average." in failed
    with pytest.raises(RunError, match="no run"):
        html_of({})


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ('https://a.example/"x', "https://a.example/%22x"),
        ("javascript:alert(1)", None),
        (" java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("//evil.example", None),
        ("https://[broken", None),
        ("", None),
    ],
)
def test_only_web_addresses_become_links(url: str, link: str | None) -> None:
    row = asked("x")
    row["output"]["citations"] = [row["output"]["citations"][0] | {"url": url}]
    page = Markup(html_of(run_of(s=[row])))
    links = [one["href"] for one in page.all("a") if not one["href"].startswith(("#", "https://www.youtube.com/"))]
    assert links == ([link] if link else [])
    assert ("time" in [one.get("class") for one in page.all("a")]) == bool(link)


def test_a_recording_can_be_opened_at_another_second() -> None:
    assert at_second("https://www.youtube.com/watch?v=a&t=5", 61.7) == "https://www.youtube.com/watch?v=a&t=61"
    assert at_second("https://datatalks.club/podcast/x.html", 61) is None


# ---- figures ----


def made(*rows: tuple[bool, bool, float]) -> list[Decision]:
    return [Decision(*row) for row in rows]


def test_the_refusal_curve_by_hand() -> None:
    # due, refused, confidence
    curve = figures.refusal_curve(
        made((True, True, 0.1), (False, True, 0.3), (True, False, 0.6), (False, False, 0.8), (False, False, 0.9))
    )
    assert curve is not None
    assert [(p.confidence, p.precision, p.recall) for p in curve.points] == [
        (0.1, 1.0, 0.5),
        (0.3, 0.5, 0.5),
        (0.6, pytest.approx(2 / 3), 1.0),
        (0.8, 0.5, 1.0),
        (0.9, 0.4, 1.0),
    ]
    assert (curve.precision, curve.recall) == (0.5, 0.5)
    # 0.1 is below all three, 0.6 below two of them.
    assert curve.auroc == pytest.approx(5 / 6)
    assert curve.threshold == pytest.approx(0.45)
    assert curve.unexplained == 0


def test_a_refusal_that_confidence_does_not_explain_is_counted() -> None:
    curve = figures.refusal_curve(made((True, True, 0.2), (False, False, 0.4), (True, True, 0.9), (False, False, 0.95)))
    assert curve is not None
    assert curve.threshold == pytest.approx(0.3)
    assert curve.unexplained == 1


@pytest.mark.parametrize(("refused", "threshold"), [(False, 0.2), (True, 0.7)])
def test_a_system_that_refuses_nothing_or_all_has_a_threshold_at_the_edge(refused: bool, threshold: float) -> None:
    curve = figures.refusal_curve(made((True, refused, 0.2), (False, refused, 0.7)))
    assert curve is not None
    assert curve.threshold == pytest.approx(threshold)
    assert curve.unexplained == 0


def test_one_kind_of_question_has_no_curve() -> None:
    assert figures.refusal_curve(made((True, True, 0.2))) is None
    assert figures.refusal_curve([]) is None


def test_offsets_are_signed_and_of_right_citations_only() -> None:
    rows = records(run_of(s=[asked("x", offset=-12), asked("y", offset=30), asked("z", offset=400)]))["s"]
    assert figures.offsets(rows) == [-12, 30]
    bins = figures.offset_bins([-500, -20, -0.1, 0, 19.9, 20, 120])
    assert {figures.edges(one, str): one.size for one in bins if one.size} == {
        "before -120.0": 1,
        "from -20.0 to 0.0": 2,
        "from 0.0 to 20.0": 2,
        "from 20.0 to 60.0": 1,
        "from 120.0": 1,
    }


def test_latency_bins_have_round_edges_and_hold_everything() -> None:
    bins = figures.latency_bins([84.0] * 99 + [60_000.0])
    assert [one.low for one in bins[:3]] == [0, 5, 10]
    assert sum(one.size for one in bins) == 100
    assert (bins[-1].size, bins[-1].high) == (1, math.inf)
    assert figures.latency_bins([]) == []
    assert sum(one.size for one in figures.latency_bins([0.0, 0.0])) == 2


def test_stages_have_their_percentiles_and_the_total_last() -> None:
    rows = records(run_of(s=[asked(f"q{n}", total=100.0 * n) for n in range(1, 6)]))["s"]
    assert [(one.name, one.p50, one.highest) for one in figures.stages(rows)] == [
        ("retrieve", 150, 250),
        ("first_sentence", 270, 450),
        ("total", 300, 500),
    ]


def drawings(run: dict[str, Any]) -> list[ElementTree.Element]:
    """Every SVG of the report of a run."""
    return [ElementTree.fromstring(svg) for svg in re.findall("<svg.*?</svg>", html_of(run), re.DOTALL)]


def test_plots_have_title_and_description_and_no_number_that_is_none() -> None:
    plots = [svg for svg in drawings(made_up(1, count=20)) if svg.get("role") == "img"]
    assert [svg.findtext("title") for svg in plots] == ["Refusals: precision and recall over the threshold", "Latency"]
    assert "AUROC" in (plots[0].findtext("desc") or "")
    assert "Median" in (plots[1].findtext("desc") or "")
    for plot in plots:
        values = [value for part in plot.iter() for value in part.attrib.values()]
        assert not [value for value in values if "nan" in value or "inf" in value]


def test_bars_are_as_long_as_their_share() -> None:
    run = run_of(s=[asked("x"), asked("y"), asked("z"), asked("w", answered=False)])
    run["by_type"] = {"s": {"how": {"hit@1": 0.25}}}
    bars = {svg.get("class"): [dict(rect.attrib) for rect in svg.iter("rect")] for svg in drawings(run)}
    assert [(rect["class"], rect["x"], rect["width"]) for rect in bars["stacked"]] == [
        ("v-cited", "0.0", "75.0"),
        ("v-withheld", "75.0", "25.0"),
    ]
    assert [rect["width"] for rect in bars["inbar"]] == ["100", "25.0"]
    assert drawings(run_of(s=[]))[0].get("class") == "stacked"


# ---- Markdown ----


def test_markdown_has_figures_and_the_questions_that_went_wrong() -> None:
    run = run_of(s=[asked("x"), asked("y", answered=False), asked("z", offset=5, rank=2)], judge_failures=1)
    text = markdown(run)
    assert "### Evaluation: ours (extractive)" in text
    assert "**The judge failed 1 times**" in text
    assert "| Hit@1 | 0.667 [0.567, 0.767] |" in text
    assert "| Citation offset ↓ | 5.0 s [4.9 s, 5.1 s] |" in text
    assert "- Refused wrongly: s y, What about y?" in text
    assert SECRET not in text
    many = markdown(run_of(s=[asked(f"q{n}", answered=False) for n in range(30)]))
    assert "- and 10 more, in report.html" in many


def test_markdown_of_hostile_text_is_text() -> None:
    row = asked(
        "x|y", answered=False, question="@team see #12 and **bold** <b>x</b> [a](https://evil.example) `c`\n# head"
    )
    suites: dict[str, Any] = {f"s{HOSTILE}|": [row]}
    text = markdown(run_of("a|b", **suites))
    rendered = MarkdownIt("commonmark").enable("table").render(text)
    assert not re.search("<(?:script|img|a|b|strong|code|h1)[ >]", rendered)
    assert "<b>x</b>" in html.unescape(rendered)
    assert "@team" not in text
    assert "#12" not in text
    assert r"\*\*bold\*\* \<b>x\</b> \[a\]\(https\://evil.example\) \`c\` # head" in text
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines[:3]} == {3}


def test_markdown_of_an_empty_run_says_so() -> None:
    assert "No figures." in markdown(run_of())
