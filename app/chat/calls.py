"""Which calls of the page's events Gradio can take: others end in it as a 500, with its own code in the log.

A call names an event by its number, a session, and a value for each input of the event. The
values of inputs are checked by the kind of their component, and choices against the archive's
own: what the page itself sends passes. Nothing here answers anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import gradio as gr
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

Choices = Mapping[str, list[tuple[str, Any]]]


class Call(BaseModel):
    """The body of a call, as Gradio's page sends it."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    fn_index: StrictInt
    data: Annotated[list[Any], Field(max_length=50)]
    session_hash: Annotated[StrictStr, Field(pattern=r"^\w{1,64}$")]
    event_id: StrictStr | None = None
    event_data: dict[str, Any] | StrictStr | None = None
    trigger_id: StrictInt | None = None
    oauth_token: StrictStr | None = None
    simple_format: StrictBool = False
    batched: StrictBool | None = False


def checker(blocks: gr.Blocks, choices: Callable[[], Choices]) -> Callable[[bytes], str]:
    """A check of a call's body: what is wrong with it in a line, empty where nothing is."""

    def check(body: bytes) -> str:
        try:
            call = Call.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_input=False, include_context=False, include_url=False)[0]
            return f"{'.'.join(str(part) for part in first['loc'][:2]) or 'the body'}: {first['msg']}"[:200]
        event = blocks.fns.get(call.fn_index)
        if event is None or event.fn is None:  # what only stops another event has no work of its own
            return "fn_index: there is no such event"
        if call.batched:
            return "batched: events take one call at a time"
        if len(call.data) != len(event.inputs):
            return f"data: this event takes {len(event.inputs)} values"
        known = choices() if any(isinstance(block, gr.Dropdown) for block in event.inputs) else {}
        faults = (_fault(block, value, known) for block, value in zip(event.inputs, call.data, strict=False))
        return next((f"data: {fault}" for fault in faults if fault), "")

    return check


def waiting(blocks: gr.Blocks) -> Callable[[str], bool]:
    """Whether events wait for a session, as Gradio's queue knows it."""
    return lambda session: session in blocks._queue.pending_messages_per_session


def _fault(block: Any, value: Any, choices: Choices) -> str:
    """What is wrong with a value for a component; empty where nothing is."""
    if value is None or isinstance(block, gr.State):  # a state is the server's own
        return ""
    if isinstance(block, gr.Textbox):
        return "" if isinstance(value, str) else "a text box takes a text"
    if isinstance(block, gr.Dropdown):
        return _filter_fault(block, value, choices)
    return ""


def _filter_fault(block: gr.Dropdown, value: Any, choices: Choices) -> str:
    """What is wrong with the value of a filter's box, named by its label."""
    name = str(block.label)
    if not isinstance(value, list) or not all(isinstance(one, (str, int)) for one in value):
        return f"{name} takes a list of choices"
    known = [choice for _, choice in choices.get(name, [])]
    return "" if all(one in known for one in value) else f"{name} holds what is no choice of the archive"
