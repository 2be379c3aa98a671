"""The board on the administrators' first page."""

from typing import Any

from django import template

from okey.seeing import board

register = template.Library()


@register.inclusion_tag("seeing/board.html")
def admin_board() -> dict[str, Any]:
    return {"cards": board.cards()}
