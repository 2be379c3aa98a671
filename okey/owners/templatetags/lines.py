"""Several in one text, each on a line of its own: a template's tag cannot hold the end of a line."""

from collections.abc import Iterable

from django import template

register = template.Library()


@register.filter
def on_lines(several: Iterable[str]) -> str:
    return "\n".join(several)
