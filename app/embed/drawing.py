"""Draws answers for the embed kit with the chat's own renderer, so that both show the same."""

from __future__ import annotations

from app.answering.pipeline import Answerer
from app.chat.state import Asked, narrowed
from app.chat.turn import Turn
from app.chat.view import Offers
from app.contract import DisplayModel
from app.keeping.keeper import Keeper
from app.render.markdown import answer_markdown
from app.render.wiki import wiki_text
from app.types import EXTRACTIVE, Event
from app.web.api import Draw, Drawing
from index.filters import Filters


def drawing(answerer: Answerer, keeper: Keeper) -> Draw:
    """What begins a drawing: a turn of the chat, with the cards of a model's sources apart."""
    offers = Offers.of(keeper)

    def begin(question: str, filters: Filters) -> Drawing:
        asked = Asked(question.strip(), filters, narrowed(filters, dict(answerer.catalog.episodes)))
        turn = Turn(asked, panel=answerer.model != EXTRACTIVE, offers=offers)

        def after(event: Event) -> DisplayModel:
            change = turn.heard([event])
            answer = turn.answer
            return DisplayModel(
                html=change["html"],
                sources=change["sources"] or "",
                state=change["state"],
                status=change["status"],
                markdown=answer_markdown(answer) if answer else "",
                wiki=wiki_text(answer) if answer else "",
            )

        return after

    return begin
