"""Builds the chat page from Gradio's components, connects their events, and mounts it into a web app.

The only data kept of a visitor is a `Session` for each tab of the page, which Gradio keeps for one browser window. No
cookies, no analytics, nothing is loaded from another host before a click, and nothing is stored before a visitor asks
for it (`app.keeping`). The events' handlers
are in `app.chat.handlers`; the JSON API is `app.web.api`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from fastapi import FastAPI
from markupsafe import Markup
from starlette.routing import Mount

from app.chat.firewall import Firewall
from app.chat.handlers import Answerer, Chat, Verifies, Verifying, filter_choices, filters_label
from app.chat.state import Session
from app.chat.view import fixed
from app.keeping.keeper import Keeper
from app.question import MAX_QUESTION
from app.render.html import PALETTE
from app.web.bodies import MAX_BODY
from app.web.streaming import Workers

if TYPE_CHECKING:
    from index.opened import Catalog

STATIC = Path(__file__).with_name("static")
# What runs before a script.
SCRIPTS = {"page.js": ("copying.js", "recording.js", "moments.js", "reader.js", "sequence.js", "keep.js")}
# Most events that Gradio holds at once: more than the workers let wait.
EVENTS = 1200
# Quick events: not queued, without Gradio's progress display, not offered to API clients.
QUICK: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
# Slow events: typed questions, examples and statements. An event that `start` refused also
# passes through the queue; by default Gradio would drop the next event that comes meanwhile.
QUEUED: dict[str, Any] = {
    "show_progress": "hidden", "api_visibility": "private", "trigger_mode": "multiple",
}  # fmt: skip
# More than a statement may have, so that a longer pasted text is refused with its length, not cut silently.
MOST_TYPED = 12_000
FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def build_chat(
    answerer: Answerer,
    verifier: Verifies,
    examples: Sequence[str],
    workers: Workers,
    *,
    keeper: Keeper | None = None,
    root_path: str = "",
) -> gr.Blocks:
    """The page as Gradio blocks; `mount_chat` serves them with style and head.

    Questions and statements wait for the `workers`, with those of the API. `keeper` stores what visitors share and
    think; without one, nothing is offered.
    """
    with gr.Blocks(title="Citecast", analytics_enabled=False) as blocks:
        _html("cc-header", fixed("header", answerer.catalog))
        with gr.Tabs(elem_id="cc-tabs"):
            with gr.Tab("Ask", elem_id="cc-tab-ask"):
                _questions(blocks, Chat(answerer, workers, keeper, root_path), answerer.catalog, examples)
            with gr.Tab("Verify a statement", elem_id="cc-tab-verify"):
                _statements(Verifying(verifier, workers))
    # The workers have a queue with fair turns; Gradio's passes everything on.
    blocks.queue(max_size=EVENTS, default_concurrency_limit=None, api_open=False)
    return blocks


def _questions(blocks: gr.Blocks, chat: Chat, catalog: Catalog, examples: Sequence[str]) -> None:
    session = gr.State(Session())
    with gr.Row(elem_id="cc-layout"):
        with gr.Column(elem_id="cc-talk"):
            _html("cc-landing", fixed("landing", catalog, examples))
            conversation = _html("cc-conversation", template=fixed("conversation"), script="page.js")
            with gr.Column(elem_id="cc-composer"):
                with gr.Row(elem_id="cc-ask", elem_classes="cc-box-row"):
                    text = _text("Your question", "Ask the archive…", "cc-text", 6, MAX_QUESTION)
                    ask = gr.Button("Ask", variant="primary", elem_id="cc-send", min_width=0)
                    stop = gr.Button("Stop", elem_id="cc-stop", min_width=0)
                with gr.Row(elem_id="cc-tools"):
                    boxes = _filters(blocks, chat, catalog)
                    clear = gr.Button("Clear conversation", elem_id="cc-clear", size="sm", min_width=0)
        if chat.panel:
            with gr.Column(elem_id="cc-side"):
                _html("cc-sources", template=fixed("panel"))
    asked = gr.on([text.submit, ask.click], chat.start, [text, session, *boxes], [conversation, text], **QUICK)
    example = conversation.example(chat.start_example, [session, *boxes], conversation, **QUICK)
    for begun in (asked, example):
        answer = begun.then(chat.answer, session, conversation, **QUEUED)
        answer.failure(chat.full, session, conversation, **QUICK)
    conversation.keep(chat.share, session, conversation, **QUICK)
    conversation.judge(chat.judge, session, conversation, **QUICK)
    stop.click(chat.stop, session, conversation, **QUICK)
    clear.click(chat.clear, session, conversation, **QUICK)


def _filters(blocks: gr.Blocks, chat: Chat, catalog: Catalog) -> list[gr.Dropdown]:
    with gr.Accordion("Filters", open=False, elem_id="cc-filters") as fold:
        # All choices can be reached with the arrow keys. (None should mean that, but shows none in Gradio 6.31.)
        boxes = [
            gr.Dropdown(choices, label=label, multiselect=True, num_choices_shown=10_000, elem_classes="cc-box")
            for label, choices in filter_choices(catalog).items()
        ]
        reset = gr.Button("Reset filters", elem_id="cc-reset", size="sm")
    # At each load of the page, so that a new index needs no restart of the server.
    blocks.load(chat.choices, None, boxes, **QUICK)
    reset.click(lambda: [[] for _ in boxes], None, boxes, **QUICK)
    gr.on([box.change for box in boxes], filters_label, boxes, fold, **QUICK)
    return boxes


def _statements(verifying: Verifying) -> None:
    session = gr.State(Session())
    with gr.Column(elem_id="cc-verify"):
        _html("cc-help", fixed("verify"))
        with gr.Row(elem_id="cc-verify-box", elem_classes="cc-box-row"):
            text = _text("Your statement", "A statement that the archive may support…", "cc-statement", 12, MOST_TYPED)
            verify = gr.Button("Verify", variant="primary", elem_id="cc-verify-send", min_width=0)
            stop = gr.Button("Stop", elem_id="cc-verify-stop", min_width=0)
        result = _html("cc-result", template=fixed("result"), script="verify.js")
    begun = gr.on([text.submit, verify.click], verifying.start, [text, session], result, **QUICK)
    verified = begun.then(verifying.answer, session, result, **QUEUED)
    verified.failure(verifying.full, session, result, **QUICK)
    stop.click(verifying.stop, session, result, **QUICK)


def _html(elem_id: str, value: str | None = None, *, template: str | None = None, script: str = "") -> gr.HTML:
    """An HTML component: a fixed value, or a template of ours with the script that fills it."""
    scripts = ("device.js", "redraw.js", *SCRIPTS.get(script, ()), script) if script else ()
    return gr.HTML(
        value,
        elem_id=elem_id,
        apply_default_css=False,
        js_on_load="\n".join(_static(name) for name in scripts) or None,
        **({"html_template": template} if template else {}),
    )


def _static(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


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


def mount_chat(
    app: FastAPI,
    answerer: Answerer,
    verifier: Verifies,
    examples: Sequence[str],
    workers: Workers,
    path: str = "/",
    *,
    root_path: str = "",
    keeper: Keeper | None = None,
) -> FastAPI:
    """Mount the page at `path`. At "/" it catches all remaining paths: register other routes first.

    `root_path` is the prefix under which a proxy shows the whole app.
    """
    blocks = build_chat(answerer, verifier, examples, workers, keeper=keeper, root_path=root_path)
    gr.mount_gradio_app(
        app,
        blocks,
        path=path,
        root_path=root_path or None,
        theme=_theme(),
        head=fixed("head", Markup(PALETTE.read_text(encoding="utf-8") + _static("page.css"))),
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
    route.app = Firewall(route.app, blocks, lambda: filter_choices(answerer.catalog), lambda: answerer.catalog.players)
    return app


def _theme() -> gr.themes.Base:
    # System fonts as plain names, for which Gradio loads no files. The colours are those of page.css,
    # for the moment before it is loaded.
    return gr.themes.Base(font=list(FONTS), font_mono=list(MONO)).set(
        body_background_fill="#f7f6f3",
        body_background_fill_dark="#14181b",
        body_text_color="#1d2226",
        body_text_color_dark="#e9ebec",
    )
