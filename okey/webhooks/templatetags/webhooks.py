"""What the index of the settings shows of webhooks."""

from django import template

from okey.owners.models import Owner
from okey.webhooks.models import Endpoint

register = template.Library()


@register.simple_tag
def has_failing_webhooks(owner: Owner) -> bool:
    """Whether one of them fails, or was given up by O-Key."""
    mine = Endpoint.objects.of(owner).defer("secret", "old_secret")
    return any(one.state == Endpoint.State.FAILING or one.is_given_up for one in mine)
