"""The organisation by which one may sign in, for the pages that lead there."""

from typing import Any

from django import template

from okey.owners import organisation as organisations
from okey.owners.organisation import Organisation, entrance

register = template.Library()


@register.simple_tag
def organisation() -> Organisation | None:
    return organisations.set_up()


@register.simple_tag
def joined(owner: Any) -> Any:
    """The row by which it signs this owner in, or None."""
    return entrance.joined(owner)
