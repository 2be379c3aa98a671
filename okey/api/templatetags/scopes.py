"""What a token or a grant allows, in a few words."""

from django import template
from django.utils.translation import gettext_lazy as _

from okey.api.models import Scope

register = template.Library()

WORDS = {
    Scope.READ: _("Read"),
    Scope.SCHEDULE: _("Schedule, approve, move and cancel; contacts"),
    Scope.CONNECT: _("Connect and set up"),
}


@register.filter
def scope_words(scopes: str) -> str:
    """`scopes`: names of Scope with spaces between them."""
    return " · ".join(str(WORDS[Scope(name)]) for name in scopes.split())
