"""The chat page: Gradio's components, how their events are wired, and mounting it into a web app.

All that is kept of a visitor is a `Session`, which Gradio holds for one browser tab. No
cookies, no share links, no analytics, nothing loaded from another host before a click. What
the events do is `app.chat.events`; the JSON API is `app.web.api`.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Mount

from app.chat import frame
from app.chat.calls import checker, waiting
from app.chat.events import Answerer, Chat, filter_choices, filters_label
from app.chat.firewall import Surface
from app.chat.session import Session
from app.chat.verifying import Verifies, Verifying
from app.question import MAX_QUESTION
from app.web.bodies import MAX_BODY

if TYPE_CHECKING:
    from index.opened import Catalog

HERE = Path(__file__).parent
# Visitors who may wait for an answer; more are told to come back.
WAITING = 32
# Events that do little: not queued, without Gradio's progress marks, not offered to API clients.
QUICK: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
# Events that work: typed questions, those of examples and statements share the workers. What `start` refused
# waits in the queue, too, for nothing to do; by default Gradio would drop the next one that comes meanwhile.
QUEUED: dict[str, Any] = {
    "show_progress": "hidden", "api_visibility": "private", "concurrency_id": "answer", "trigger_mode": "multiple",
}  # fmt: skip
# More than a statement can have: what is pasted is refused with its length, and not cut in silence.
MOST_TYPED = 12_000
FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def build_chat(answerer: Answerer, verifier: Verifies, examples: Sequence[str], *, workers: int = 2) -> gr.Blocks:
    """The page as Gradio blocks; `mount_chat` serves them with style and head.

    `workers` questions and statements are worked on at the same time, `WAITING` may wait for it.
    """
    # Its own few threads: what was stopped makes room for another only when it has ended.
    threads = ThreadPoolExecutor(workers, thread_name_prefix="chat")
    with gr.Blocks(title="Citecast", analytics_enabled=False) as blocks:
        gr.HTML(frame.header(answerer.catalog), elem_id="cc-header", apply_default_css=False, js_on_load=None)
        with gr.Tabs(elem_id="cc-tabs"):
            with gr.Tab("Ask", elem_id="cc-tab-ask"):
                _questions(blocks, Chat(answerer, threads), answerer.catalog, examples)
            with gr.Tab("Verify a statement", elem_id="cc-tab-verify"):
                _statements(Verifying(verifier, threads))
    blocks.queue(max_size=WAITING, default_concurrency_limit=workers, api_open=False)
    return blocks


def _questions(blocks: gr.Blocks, chat: Chat, catalog: Catalog, examples: Sequence[str]) -> None:
    session = gr.State(Session())
    with gr.Row(elem_id="cc-layout"):
        with gr.Column(elem_id="cc-talk"):
            gr.HTML(frame.landing(examples, catalog), elem_id="cc-landing", apply_default_css=False, js_on_load=None)
            conversation = gr.HTML(
                elem_id="cc-conversation",
                html_template=frame.CONVERSATION,
                js_on_load=_script("device.js", "redraw.js", "page.js"),
                apply_default_css=False,
            )
            text, ask, stop, clear, boxes, reset, fold = _composer(catalog)
        with gr.Column(elem_id="cc-side"):
            gr.HTML(elem_id="cc-sources", html_template=frame.PANEL, apply_default_css=False, js_on_load=None)
    _wire_questions(chat, session, conversation, text, boxes, ask, stop, clear)
    _wire_filters(chat, blocks, boxes, reset, fold)


def _statements(verifying: Verifying) -> None:
    under_way = gr.State(None)
    with gr.Column(elem_id="cc-verify"):
        gr.HTML(frame.VERIFY, elem_id="cc-help", apply_default_css=False, js_on_load=None)
        with gr.Row(elem_id="cc-verify-box", elem_classes="cc-box-row"):
            text = _text("Your statement", "A statement that the archive may support…", "cc-statement", 12, MOST_TYPED)
            verify = gr.Button("Verify", variant="primary", elem_id="cc-verify-send", min_width=0)
            stop = gr.Button("Stop", elem_id="cc-verify-stop", min_width=0)
        result = gr.HTML(
            elem_id="cc-result",
            html_template=frame.RESULT,
            js_on_load=_script("device.js", "redraw.js", "verify.js"),
            apply_default_css=False,
        )
    shown = [result, under_way]
    begun = gr.on([text.submit, verify.click], verifying.start, [text, under_way], shown, **QUICK)
    verified = begun.then(verifying.verify, under_way, shown, **QUEUED)
    verified.failure(verifying.full, under_way, shown, **QUICK)
    stop.click(verifying.stop, under_way, shown, cancels=[verified], **QUICK)


def _script(*names: str) -> str:
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


def _text(label: str, placeholder: str, elem_id: str, most_lines: int, most: int) -> gr.Textbox:
    return gr.Textbox(
        label=label,
        show_label=False,
        placeholder=placeholder,
        lines=1,
        max_lines=most_lines,
        max_length=most,
        container=False,
        elem_id=elem_id,
        html_attributes=gr.InputHTMLAttributes(autocomplete="off", enterkeyhint="send"),
    )


def _composer(
    catalog: Catalog,
) -> tuple[gr.Textbox, gr.Button, gr.Button, gr.Button, list[gr.Dropdown], gr.Button, gr.Accordion]:
    with gr.Column(elem_id="cc-composer"):
        with gr.Row(elem_id="cc-ask", elem_classes="cc-box-row"):
            text = _text("Your question", "Ask the archive…", "cc-text", 6, MAX_QUESTION)
            ask = gr.Button("Ask", variant="primary", elem_id="cc-send", min_width=0)
            stop = gr.Button("Stop", elem_id="cc-stop", min_width=0)
        with gr.Row(elem_id="cc-tools"):
            with gr.Accordion("Filters", open=False, elem_id="cc-filters") as fold:
                boxes = [_box(label, choices) for label, choices in filter_choices(catalog).items()]
                reset = gr.Button("Reset filters", elem_id="cc-reset", size="sm")
            clear = gr.Button("Clear conversation", elem_id="cc-clear", size="sm", min_width=0)
    return text, ask, stop, clear, boxes, reset, fold


def _box(label: str, choices: list[tuple[str, Any]]) -> gr.Dropdown:
    # All choices within reach of the arrow keys. (None, which should say so, shows none in Gradio 6.31.)
    return gr.Dropdown(choices, label=label, multiselect=True, num_choices_shown=10_000, elem_classes="cc-box")


def _wire_questions(
    chat: Chat,
    session: gr.State,
    conversation: gr.HTML,
    text: gr.Textbox,
    boxes: Sequence[gr.Dropdown],
    ask: gr.Button,
    stop: gr.Button,
    clear: gr.Button,
) -> None:
    shown = [conversation, session]
    asked = gr.on([text.submit, ask.click], chat.start, [text, session, *boxes], [conversation, text, session], **QUICK)
    example = conversation.example(chat.start_example, [session, *boxes], shown, **QUICK)
    answers = []
    for begun in (asked, example):
        answer = begun.then(chat.answer, session, shown, **QUEUED)
        answer.failure(chat.full, session, shown, **QUICK)
        answers.append(answer)
    stop.click(chat.stop, session, shown, cancels=answers, **QUICK)
    clear.click(chat.clear, None, shown, cancels=answers, **QUICK)


def _wire_filters(
    chat: Chat, blocks: gr.Blocks, boxes: Sequence[gr.Dropdown], reset: gr.Button, fold: gr.Accordion
) -> None:
    # At each load, so that a rebuilt index needs no restart of the server.
    blocks.load(chat.choices, None, list(boxes), **QUICK)
    reset.click(lambda: [[] for _ in boxes], None, list(boxes), **QUICK)
    gr.on([box.change for box in boxes], filters_label, list(boxes), fold, **QUICK)


def mount_chat(
    app: FastAPI,
    answerer: Answerer,
    verifier: Verifies,
    examples: Sequence[str],
    path: str = "/",
    *,
    workers: int = 2,
    root_path: str = "",
) -> FastAPI:
    """Mount the page at `path`. At "/" it answers for all paths left: register other routes before.

    `root_path` is the prefix under which a proxy shows the whole app.
    """
    blocks = build_chat(answerer, verifier, examples, workers=workers)
    gr.mount_gradio_app(
        app,
        blocks,
        path=path,
        root_path=root_path or None,
        theme=_theme(),
        head=frame.head((HERE / "page.css").read_text(encoding="utf-8")),
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=MAX_BODY,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
    )
    route = app.routes[-1]
    assert isinstance(route, Mount)
    route.app = Surface(route.app, checker(blocks, lambda: filter_choices(answerer.catalog)), waiting(blocks))
    return app


def _theme() -> gr.themes.Base:
    # System fonts as plain names: Gradio loads no file for them. The colours are those of page.css,
    # for the moment before it applies.
    return gr.themes.Base(font=list(FONTS), font_mono=list(MONO)).set(
        body_background_fill="#f7f6f3",
        body_background_fill_dark="#14181b",
        body_text_color="#1d2226",
        body_text_color_dark="#e9ebec",
    )
